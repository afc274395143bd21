"""The snippets of the battery, read from `cases/*.txt`: what each is called, how it must end, and its code.

A heading is `=== NAME: ENDING; MORE; ...`. ENDING is a regular expression for `outcome what`: what was raised, which
limit it was, which signal. MORE is any of

- `open ENDING`: how it ends where nothing keeps it from what it tries;
- `says TEXT`: part of what the reader is told of the end; `prints TEXT`: part of the output;
- `timeout S`: its limit, for those that come to it;
- `alone`: it goes for files or processes of others, and runs only where it is known that it cannot reach them;
- `bomb`: it multiplies, and runs only as a user who may have but few processes;
- `spawn`: it is tried in a fresh interpreter too, where every case ends in the same way; each of those takes seconds,
  so it is these that stand for their kind, most of them of what processes and descriptors have to do with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
PATIENCE = 20.0  # seconds for what must end by itself


@dataclass(frozen=True)
class Case:
    """One snippet."""

    name: str
    """`time/endless loop`."""
    code: str
    ending: str
    open: str = ""
    says: str = ""
    prints: str = ""
    timeout: float = PATIENCE
    alone: bool = False
    bomb: bool = False
    spawn: bool = False


def cases() -> list[Case]:
    """All of them."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        _, *parts = re.split(r"^=== (.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        found += [case(path.stem, heading, code) for heading, code in zip(parts[::2], parts[1::2], strict=True)]
    return found


def case(group: str, heading: str, code: str) -> Case:
    """One of them."""
    name, _, rest = heading.partition(": ")
    ending, *more = rest.split("; ")
    said = dict(word.partition(" ")[::2] for word in more)
    unknown = set(said) - {"open", "says", "prints", "timeout", "alone", "bomb", "spawn"}
    assert not unknown, (heading, unknown)
    return Case(
        f"{group}/{name}",
        code.strip("\n"),
        ending,
        said.get("open", ending),
        said.get("says", ""),
        said.get("prints", ""),
        float(said.get("timeout", PATIENCE)),
        "alone" in said,
        "bomb" in said,
        "spawn" in said,
    )
