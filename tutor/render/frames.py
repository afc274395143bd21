"""Pictures as they stand under a row of the ledger: framed by their title, all pages of a few, in words where the page
is plain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import pictures
from tutor.render.clean import clean
from tutor.render.layout import GUTTER
from tutor.render.pictures import Canvas, Kind, Picture
from tutor.render.pictures.drawing import note
from tutor.statements import path
from tutor.trace import Step, Trace, walk

Which = Literal["auto", "all", "off"]
PAGES = {"auto": 1, "all": 4, "off": 0}  # of one picture
WHOLE = ("series", "backward", "module")
"""Kinds that help inside a function too: a script may be all `main()`."""
STEPS = 9  # of a backward pass: the whole and its first steps


@dataclass(frozen=True)
class Frames:
    """How pictures are shown on a page."""

    canvas: Canvas
    which: Which = "auto"
    words: bool = False
    """In words: for screen readers and logs."""
    wanted: tuple[Kind, ...] = ()
    """Kinds that an entry asks for, besides those that help."""

    def under(self, step: Step, trace: Trace, inside: bool = False) -> Iterator[Text]:
        """The lines under a step's row. Unasked, inside iterations there are none, and inside calls only those of a
        training script as a whole."""
        for picture in self.chosen(step, trace, inside):
            yield from self.one(picture)

    def since(self, steps: tuple[Step, ...], before: Trace, after: Trace) -> Iterator[Text]:
        """The pictures that steps have gained, each under the line it belongs to."""
        for top in steps:
            for step in walk((top,)):
                inside = step is not top
                known = self.chosen(step, before, inside)
                gained = [p for p in self.chosen(step, after, inside) if p not in known]
                if gained:
                    source = after.code.split("\n")[step.line - 1 : step.line]
                    yield Text.assemble((f"{step.line:>4} ", "dim"), clean("".join(source).strip()))
                for picture in gained:
                    yield from self.one(picture)

    def chosen(self, step: Step, trace: Trace, inside: bool = False) -> tuple[Picture, ...]:
        """The pictures of a step that are shown."""
        if self.which == "off":
            return ()
        if self.which == "all":
            return pictures.offered(step, trace)
        if inside and _again(step, trace):
            return ()
        told = pictures.helpful(step, trace, self.wanted)
        return tuple(p for p in told if _helps_inside(p, step, trace)) if inside and told else told

    def one(self, picture: Picture) -> Iterator[Text]:
        """A title and the lines under it."""
        lang: Lang = self.canvas.lang
        lead = " " * GUTTER
        if self.words:
            for words in picture.describe(lang):
                yield from note(words, self.canvas, "", GUTTER)
            return
        rule = "- " if self.canvas.ascii else "╭ "
        edge = "  " if self.canvas.ascii else "│ "
        yield Text.assemble((lead + rule, "dim"), (pictures.title(picture, self.canvas), "bold cyan"))
        inner = replace(self.canvas, width=self.canvas.width - GUTTER - len(edge))
        pages = STEPS if picture.kind == "backward" and self.which == "all" else PAGES[self.which]
        for page in range(min(picture.pages, pages)):
            for line in pictures.lines(picture, inner, page):
                yield Text().append(lead + edge, "dim").append_text(line)


def _again(step: Step, trace: Trace) -> bool:
    """Whether it is one of a later iteration."""
    above = path(step, trace.steps)
    return above is not None and any(outer.index for outer in above if outer.kind == "iteration")


def _helps_inside(picture: Picture, step: Step, trace: Trace) -> bool:
    above = path(step, trace.steps)
    if above is None or step.kind != "statement":
        return False
    if any(s.kind == "iteration" for s in above):  # of a training loop the model, once
        return picture.kind == "module"
    return picture.kind in WHOLE or all(s.kind != "call" for s in above)
