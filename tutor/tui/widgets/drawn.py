"""Lines of a pane as they come on the screen: with their margin, under the cursor, in colours that the terminal has.

Textual makes every line of a pane anew, in a dozen steps, when one of them has changed or the pane is scrolled. Here it
is made in one, and kept for as long as it looks the same. Knows strips and styles, no pane.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.strip import Strip


class Looks(NamedTuple):
    """What lines of a pane have in common."""

    width: int
    base: Style
    mark: Style
    """Of the cursor's mark in the margin."""
    cursor: Style
    """Over all of a line that the cursor is on."""
    background: Color
    edge: Segment | None = None
    """The border at the right."""
    filters: tuple[LineFilter, ...] = ()


class Margin(NamedTuple):
    """What stands before a line, and whether the cursor is on it."""

    text: str
    here: bool


def drawn(strip: Strip, margin: Margin, looks: Looks) -> Strip:
    """A line of the pane's width, and its edge."""
    base = looks.base
    parts = [Segment(text, base + style if style else base) for text, style, _ in strip]
    if margin.text:
        parts.insert(0, Segment(margin.text, base + looks.mark if margin.here else base))
    length = strip.cell_length + len(margin.text)
    if length < looks.width:
        parts.append(Segment(" " * (looks.width - length), base))
    elif length > looks.width:
        parts = Segment.adjust_line_length(parts, looks.width)
    if margin.here:
        parts = [Segment(text, (style or base) + looks.cursor) for text, style, _ in parts]
    if looks.edge is not None:
        parts.append(looks.edge)
    for filter in looks.filters:
        parts = filter.apply(parts, looks.background)
    return Strip(parts, looks.width + (looks.edge is not None))


def restyled(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with a style put over the characters from `start` to `end` (-1: all the rest)."""
    out: list[Segment] = []
    at = 0
    for text, old, control in strip:
        stop = at + len(text)
        low, high = max(start, at), stop if end < 0 else min(end, stop)
        if low < high:
            cut = (
                (text[: low - at], old),
                (text[low - at : high - at], (old or Style()) + style),
                (text[high - at :], old),
            )
            out += [Segment(part, look, control) for part, look in cut if part]
        else:
            out.append(Segment(text, old, control))
        at = stop
    return Strip(out, strip.cell_length)


EDGES = {"solid": "│", "ascii": "|"}
"""What borders at the right are drawn with."""


class Kept:
    """Lines that have been drawn, by their number."""

    def __init__(self) -> None:
        self._looks: Looks | None = None
        self._lines: dict[int, tuple[Strip, Margin, Strip]] = {}

    def lines(
        self, numbers: range, looks: Looks, source: Callable[[int], Strip], margin: Callable[[int], Margin]
    ) -> list[Strip]:
        """Some lines; those that are as they were are the same strips as before. Others are forgotten."""
        known = self._lines if looks == self._looks else {}
        self._looks, self._lines = looks, {}
        for n in numbers:
            strip, beside = source(n), margin(n)
            found = known.get(n)
            if found is None or found[0] is not strip or found[1] != beside:
                found = (strip, beside, drawn(strip, beside, looks))
            self._lines[n] = found
        return [self._lines[n][2] for n in numbers]
