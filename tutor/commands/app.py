"""`torch-tutor` and `torch-tutor app`: the app in the terminal."""

from __future__ import annotations

import argparse
import gc
import os
import sys

from tutor.catalogue.place import shipped
from tutor.commands.surroundings import language
from tutor.errors import UsageError


def main(args: argparse.Namespace) -> int:
    """Run the app until the reader leaves it."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError("the app needs a terminal; without one: torch-tutor list, show, search, run, check")
    if os.environ.get("TERM") == "dumb":
        raise UsageError("the app needs a terminal that can move its cursor; in this one: torch-tutor list, show, run")
    path = args.sheet or shipped()
    files = [name for name in args.selectors if name.endswith(".py") or os.path.isfile(name)]
    names = [name for name in args.selectors if name not in files]
    gc.disable()  # the desk enables it after its first frame: until then nothing is thrown away, and it costs a tenth
    from tutor.tui.app import Wishes, run

    if args.python:
        from tutor.launch import interpreter

        interpreter(args.python)  # a path that is none is told before the screen is taken
    lang = language(args) if args.lang else None
    wishes = Wishes(
        path,
        not args.sheet,
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
    )
    return run(wishes)
