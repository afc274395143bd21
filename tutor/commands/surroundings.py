"""What a command finds around it: the language, the sheet, the width. Light, for the commands that start at once."""

from __future__ import annotations

import argparse
import os
import sys
import unicodedata

from tutor.catalogue.place import shipped
from tutor.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tutor.catalogue.model import Catalogue, Entry, Lang


COMMANDS = ("app", "list", "show", "search", "run", "check", "doctor")


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that a misspelt word most likely stands for, or nothing."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, list(names), 1)), "")


def language(args: argparse.Namespace) -> Lang:
    """As asked for, else as the locale says."""
    if args.lang:
        return "zh" if args.lang == "zh" else "en"
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def allowed(args: argparse.Namespace) -> tuple[str, ...]:
    """What snippets may do, as asked for."""
    from tutor.worker.permissions import PERMISSIONS, USUAL

    return tuple(word for word in PERMISSIONS if word in args.allow or (word in USUAL and not args.strict))


def catalogue(args: argparse.Namespace) -> Catalogue:
    """The sheet that was named, else the one that comes along."""
    from tutor.catalogue.index import read

    return read(args.sheet or shipped())


def entries(sheet: Catalogue, selectors: Sequence[str]) -> tuple[Entry, ...]:
    """Those that are named. A file is none of them; what to do with one is said."""
    from tutor.catalogue.select import select

    for name in selectors:
        if name.endswith((".yaml", ".yml")):
            raise UsageError(
                f"{name}: a sheet goes behind an option: --sheet {name}", f"{name}：表要写在选项之后：--sheet {name}"
            )
        if name.endswith(".py"):
            raise UsageError(
                f"{name}: not in the sheet; a file of your own can be run: torch-tutor run {name}",
                f"{name}：不在表中；自己的文件可以这样运行：torch-tutor run {name}",
            )
    return select(sheet, selectors)


def width() -> int:
    """Columns of the terminal; COLUMNS overrides. A pipe has those of the terminal it was typed into, where `less` or
    `head` will most likely show it, else 100."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return max(20, int(columns))
    for fd in (1, 2):
        try:
            columns_there = os.get_terminal_size(fd).columns
        except OSError:  # no terminal
            continue
        if columns_there:
            return max(20, columns_there)
    return 100


def coloured() -> bool:
    """Whether output goes to a terminal that wants colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def light() -> bool:
    """Whether the terminal says that its ground is light, as rxvt, Konsole and iTerm2 do (`COLORFGBG=0;15`)."""
    return os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")


def cells(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, columns: int) -> str:
    """The text at exactly this many columns, cut with a mark where it is longer."""
    if cells(text) <= columns:
        return text + " " * (columns - cells(text))
    out = ""
    for c in text:
        if cells(out + c) > columns - 1:
            break
        out += c
    return out + "…" + " " * (columns - cells(out) - 1)
