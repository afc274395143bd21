"""`torch-tutor` and `torch-tutor app`: the app in the terminal."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from tutor.catalogue.place import is_shipped, shipped
from tutor.commands.surroundings import allowed, language
from tutor.errors import SheetError, UsageError


def main(args: argparse.Namespace) -> int:
    """Run the app until the reader leaves it."""
    path = args.sheet or shipped()
    files = [name for name in args.selectors if name.endswith(".py") or os.path.isfile(name)]
    names = [name for name in args.selectors if name not in files]
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        known(path, names)
        raise UsageError(
            "the app needs a terminal; without one: torch-tutor list, show, search, run, check",
            "应用需要终端；没有终端时可用：torch-tutor list、show、search、run、check",
        )
    if os.environ.get("TERM") == "dumb":
        raise UsageError(
            "the app needs a terminal that can move its cursor; in this one: torch-tutor list, show, run",
            "应用需要能移动光标的终端；在这个终端里可用：torch-tutor list、show、run",
        )
    if names and "/" not in names[0]:
        known(path, names)
    gc.disable()  # the app enables it after its first frame: until then nothing is thrown away, and it costs a tenth
    from tutor.tui.app import Wishes, run

    if args.python:
        from tutor.launch import interpreter

        interpreter(args.python)  # a path that is none is told before the screen is taken
    lang = language(args) if args.lang else None
    wishes = Wishes(
        path,
        not args.sheet,
        args.trust or is_shipped(path),
        names[0] if names else "",
        tuple(files),
        lang,
        language(args),
        args.device,
        args.python or "",
        args.timeout,
        args.seed,
        args.fresh,
        args.plain or "utf" not in (sys.stdout.encoding or "").lower(),
        allowed(args),
        args.memory,
    )
    return run(wishes)


def known(path: str, names: list[str]) -> None:
    """UsageError where a name is none of the sheet's, with the command that may have been meant."""
    from tutor.catalogue.index import read
    from tutor.commands.surroundings import COMMANDS, entries, nearest

    try:
        sheet = read(path)
    except SheetError:  # the app shows its faults
        return
    try:
        entries(sheet, names)
    except UsageError as error:
        near = nearest(names[0], COMMANDS)
        meant = (f"\nOr did you mean the command: torch-tutor {near}", f"\n或者是想用命令：torch-tutor {near}")
        en, zh = meant if near else ("", "")
        raise UsageError(str(error) + en, error.zh + zh) from None
