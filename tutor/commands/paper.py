"""The Rich console a command prints on: width, colours and encoding as the surroundings have them."""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from typing import TextIO, cast

from rich.console import Console

from tutor.commands.surroundings import width


def console(args: argparse.Namespace) -> Console:
    """Standard output. Markup and emoji are off: text is shown as it is."""
    unicode = "utf" in (sys.stdout.encoding or "").lower()
    if not unicode:
        args.plain = True
    return Paper(
        file=sys.stdout if sys.stdout.isatty() else cast(TextIO, Trimmed(sys.stdout)),
        width=width(),
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        color_system=None if os.environ.get("NO_COLOR") else "auto",
        safe_box=not unicode,
    )


class Paper(Console):
    """A console that says so when nobody reads any more; Rich's own ends the program as a failure."""

    def on_broken_pipe(self) -> None:
        """Called where a write fails."""
        raise BrokenPipeError


class Trimmed(io.TextIOBase):
    """A file or pipe that gets lines without the blanks by which tables are filled up."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What Rich asks to know whether it may draw lines."""
        return self.file.encoding

    def write(self, text: str) -> int:
        """Rich writes whole lines."""
        return self.file.write(re.sub(" +(?=\n)", "", text))

    def flush(self) -> None:
        """Pass it on."""
        self.file.flush()
