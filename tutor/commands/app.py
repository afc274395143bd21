"""`torch-tutor` and `torch-tutor app`: the app in the terminal."""

from __future__ import annotations

import argparse
import os
import sys

from tutor.catalogue.place import shipped
from tutor.commands.surroundings import language
from tutor.errors import SheetError, UsageError
from tutor.own import is_source


def main(args: argparse.Namespace) -> int:
    """Run the app until the reader leaves it."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError("the app needs a terminal; without one: torch-tutor list, show, search, run, check")
    if os.environ.get("TERM") == "dumb":
        raise UsageError("the app needs a terminal that can move its cursor; in this one: torch-tutor list, show, run")
    path = args.sheet or shipped()
    files = tuple(selector for selector in args.selectors if is_source(selector))
    names = [selector for selector in args.selectors if selector not in files]
    entry = first_entry(path, names) if names else ""
    from tutor.launch import interpreter
    from tutor.tui.app import Wishes, run

    if args.python:
        interpreter(args.python)  # a path that is none is told before the screen is taken
    lang = language(args) if args.lang else None
    wishes = Wishes(
        path,
        not args.sheet,
        entry,
        files,
        lang,
        language(args),
        args.device,
        args.python or "",
        args.timeout,
        args.seed,
        args.fresh,
        args.plain or "utf" not in (sys.stdout.encoding or "").lower(),
    )
    return run(wishes)


def first_entry(path: str, names: list[str]) -> str:
    """The first entry of what was named. A sheet with faults opens all the same, and shows them."""
    from tutor.catalogue.index import read
    from tutor.commands.surroundings import entries

    try:
        sheet = read(path)
    except SheetError:
        return ""
    return entries(sheet, names)[0].id
