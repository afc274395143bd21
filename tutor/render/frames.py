"""Pictures as they stand under a row of the ledger: framed by their title, all pages of a few, in words where the page
is plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import pictures
from tutor.render.layout import GUTTER
from tutor.render.pictures import Canvas, Picture
from tutor.trace import Step, Trace

Which = Literal["auto", "all", "off"]
PAGES = {"auto": 1, "all": 4, "off": 0}  # of one picture


@dataclass(frozen=True)
class Frames:
    """How pictures are shown on a page."""

    canvas: Canvas
    which: Which = "auto"
    words: bool = False
    """In words: for screen readers and logs."""

    def under(self, step: Step, trace: Trace, inside: bool = False) -> Iterator[Text]:
        """The lines under a step's row: of steps inside others only where all are asked for."""
        if self.which == "off" or (self.which == "auto" and inside):
            return
        for picture in (pictures.offered if self.which == "all" else pictures.helpful)(step, trace):
            yield from self.one(picture)

    def one(self, picture: Picture) -> Iterator[Text]:
        """A title and the lines under it."""
        lang: Lang = self.canvas.lang
        lead = " " * GUTTER
        if self.words:
            yield from (Text(lead + line) for line in picture.describe(lang))
            return
        rule = "- " if self.canvas.ascii else "╭ "
        edge = "  " if self.canvas.ascii else "│ "
        yield Text.assemble((lead + rule, "dim"), (picture.title(lang), "bold cyan"))
        inner = Canvas(
            self.canvas.width - GUTTER - len(edge),
            self.canvas.height,
            lang,
            self.canvas.ascii,
            self.canvas.colour,
            self.canvas.truecolour,
        )
        for page in range(min(picture.pages, PAGES[self.which])):
            for line in picture.draw(inner, page):
                yield Text(lead + edge, style="dim").append_text(line)
