"""What the clinic finds: values that tell of an error and of edits that may mend it. Nothing here runs or shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tutor.catalogue.model import Text
from tutor.trace import Step
from tutor.worker.wire import Value

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""A line with its end, as Python counts lines: a form feed ends none."""


@dataclass(frozen=True)
class Operand:
    """Something the failing call was given."""

    name: str
    """As the snippet calls it: `x`, `model.fc.weight`, `x.view(2, -1)`."""
    value: Value
    misfits: tuple[int, ...] = ()
    """Dimensions that do not fit, counted from 0."""
    wrong: bool = False
    """Whether it is the wrong thing as a whole: its type, device or value."""


@dataclass(frozen=True)
class Edit:
    """Lines of a source replaced by others."""

    line: int
    """The first line that goes, from 1."""
    end_line: int
    """The last one; `line - 1` where none goes and `text` comes before `line`."""
    text: str
    """What stands there instead, without the last line's end."""
    says: Text
    """What it does, as an instruction."""


@dataclass(frozen=True)
class Diagnosis:
    """An error explained."""

    rule: str
    """Which rule knew it; empty where none did, and there are operands only."""
    line: int
    """Of the failing call, in the snippet; 0 where it is not in it."""
    call: str
    """As it stands there."""
    operands: tuple[Operand, ...] = ()
    what: Text | None = None
    """What does not fit, with the names and numbers of this case."""
    why: Text | None = None
    """What usually causes it."""
    edits: tuple[Edit, ...] = ()
    """What may mend it, the likeliest first. None has been tried."""


@dataclass(frozen=True)
class Fix:
    """An edit that was tried: with it, the code gets past the failing statement."""

    edit: Edit
    finished: bool
    """Whether it then runs to its end."""
    step: Step | None = None
    """What the mended statement did."""
    error: str = ""
    """Where it does not: the class of what it raises further on."""
    line: int = 0
    """And the line of the edited source where it does."""


def apply(source: str, edit: Edit) -> str:
    """The source after an edit. Line ends stay as they are."""
    lines = LINE.findall(source)
    end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    before, after = lines[: edit.line - 1], lines[edit.end_line :]
    if before and not before[-1].endswith(("\n", "\r")):
        before[-1] += end
    new = [line + end for line in edit.text.split("\n")] if edit.text else []
    if new and not after and lines and not lines[-1].endswith(("\n", "\r")):
        new[-1] = new[-1].removesuffix(end)
    return "".join((*before, *new, *after))
