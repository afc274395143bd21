"""The pages of docs/ that follow from the code: the help of every command, and the lines of `run --json`.

`python -m scripts.docs` writes them, `python -m scripts.docs --check` says whether they are as the code has it. Types,
defaults and order come from the code; what a field of the lines means stands in docs/events.yaml, and a field without
words there is an error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from tutor.catalogue.model import LANGS, Lang
from tutor.cli import parser
from tutor.worker import findings, values, wire

DOCS = Path(__file__).resolve().parents[1] / "docs"
COLUMNS = 100
NOT_PRINTED = ("Job", "Question", "Cancel")
"""What torch-tutor says to the worker."""
Words = dict[str, dict[str, dict[Lang, str]]]
SPECIAL: tuple[tuple[object, str], ...] = (
    (wire.Scalar, "scalar"),
    (wire.Values, "nested"),
    (wire.Value, "value"),
    (wire.Finding, "finding"),
)
PLAIN: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def main() -> int:
    """Write the pages, or compare them; 1 if one is out of date."""
    asked = argparse.ArgumentParser(prog="python -m scripts.docs", description=__doc__)
    asked.add_argument("--check", action="store_true", help="write nothing; say which pages are out of date")
    check = asked.parse_args().check
    stale = []
    for name, text in pages().items():
        path = DOCS / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"out of date: {', '.join(stale)}. `python -m scripts.docs` writes them anew.", file=sys.stderr)
    elif stale:
        print(f"written: {', '.join(stale)}")
    return 1 if check and stale else 0


def pages() -> dict[str, str]:
    """Every page by its name."""
    words: Words = yaml.safe_load((DOCS / "events.yaml").read_text(encoding="utf-8"))
    english, chinese = Page(words, "en"), Page(words, "zh")
    return {
        "commands.md": "\n".join(commands()),
        "events.md": "\n".join(english.lines()),
        "events.zh.md": "\n".join(chinese.lines()),
    }


# ----------------------------------------------------------------------------------------------------- commands


def commands() -> Iterator[str]:
    """What `--help` says, of torch-tutor and of each command."""
    os.environ.update(COLUMNS=str(COLUMNS), NO_COLOR="1")
    top = parser()
    yield "# Commands\n"
    yield "What `torch-tutor --help` and `torch-tutor COMMAND --help` print. Made by `python -m scripts.docs`.\n"
    yield f"## torch-tutor\n\n```text\n{top.format_help()}```"
    (found,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    for name, command in found.choices.items():
        yield f"\n## torch-tutor {name}\n\n```text\n{command.format_help()}```"
    yield ""


# ------------------------------------------------------------------------------------------------------- events


class Page:
    """The lines of `run --json`, kind by kind, in one language."""

    def __init__(self, words: Words, lang: Lang) -> None:
        self.words, self.lang = words, lang

    def lines(self) -> Iterator[str]:
        """The whole page."""
        everything = {**vars(values), **vars(findings), **vars(wire)}
        kinds = {name: cls for name, cls in everything.items() if hasattr(cls, "__dataclass_fields__")}
        told = [name for name in kinds if name not in NOT_PRINTED]
        stray = sorted({*self.words} ^ {*told, "page"})
        if stray:
            raise SystemExit(f"docs/events.yaml: {', '.join(stray)}: here or in the code only")
        first = [cls.__name__ for cls in get_args(wire.Event)]
        last = [cls.__name__ for cls in get_args(wire.Value)]
        between = [name for name in told if name not in (*first, *last)]
        yield f"# {self.say('title')}\n\n{self.say('intro')}"
        for part, names in (("events", first), ("parts", between), ("values", last)):
            yield f"\n## {self.say(part)}"
            for name in names:
                yield from self.table(name, kinds[name])
        yield ""

    def table(self, name: str, cls: Any) -> Iterator[str]:
        """One kind of object."""
        words = self.words[name]
        names = ["doc", *(field.name for field in fields(cls))]
        if sorted(words) != sorted(names) or any(set(text) != set(LANGS) for text in words.values()):
            raise SystemExit(f"docs/events.yaml: {name}: must have {', '.join(names)}, each in {', '.join(LANGS)}")
        hints = get_type_hints(cls, vars(wire))
        yield f"\n### {name}\n\n{words['doc'][self.lang].strip()}\n"
        yield f"| {self.say('field')} | {self.say('type')} | {self.say('absent')} | {self.say('meaning')} |"
        yield "|---|---|---|---|"
        for field in fields(cls):
            meaning = words[field.name][self.lang].strip()
            yield f"| `{field.name}` | {self.kind(hints[field.name])} | {self.absent(field)} | {meaning} |"

    def absent(self, field: Field[Any]) -> str:
        """The default, as JSON."""
        if field.default is MISSING:
            return self.say("never")
        return f"`{json.dumps(wire.to_json(field.default))}`"

    def kind(self, hint: Any) -> str:
        """A type, in words and links."""
        for special, key in (
            (wire.Scalar, "scalar"),
            (wire.Values, "nested"),
            (wire.Value, "value"),
            (wire.Finding, "finding"),
        ):
            if hint == special:
                return self.say(key)
        if hint in PLAIN:
            return self.say(PLAIN[hint])
        inner = get_args(hint)
        if not inner:
            return f"[{hint.__name__}](#{hint.__name__.lower()})"
        if get_origin(hint) is tuple and inner[-1] is Ellipsis:
            return self.say("list").format(self.kind(inner[0]))
        if get_origin(hint) is tuple:
            return self.say("pair").format(*map(self.kind, inner))
        present = [part for part in inner if part is not type(None)]  # what may be null: one kind, or any value
        return self.say("maybe").format(self.kind(present[0]) if len(present) == 1 else self.say("value"))

    def say(self, key: str) -> str:
        """A phrase of the page."""
        return self.words["page"][key][self.lang].strip()


if __name__ == "__main__":
    sys.exit(main())
