"""Colours and characters for terminals that have fewer, or whose reader wants none: how a line is changed on its way.

Textual leaves greys where NO_COLOR is set, and Rich makes a black, a navy and a teal of the dark greys of a theme where
there are 256 colours: neither is what was meant. Knows styles, no widget.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from rich.color import Color, ColorType
from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color as Background
from textual.filter import LineFilter

from tutor.render.ascii import ASCII

APART = 0.17  # difference in brightness above which a background says something: a cursor, a selection
LEVELS = (0, 95, 135, 175, 215, 255)
"""Of red, green and blue in the cube of the 256 colours."""


class Colourless(LineFilter):
    """No colour at all: that of the terminal. What stands on another background is reversed."""

    def apply(self, segments: list[Segment], background: Background) -> list[Segment]:
        """The same texts."""
        return _each(segments, lambda style: colourless(style, background.brightness))


class Plain(LineFilter):
    """Characters of ASCII in place of those that only draw something."""

    def apply(self, segments: list[Segment], background: Background) -> list[Segment]:
        """As many."""
        return [Segment(text.translate(ASCII), style, control) for text, style, control in segments]


def use_characters(app: App[Any], ascii: bool) -> None:
    """Draw with those of ASCII only, or with all."""
    app._filters = [known for known in app._filters if not isinstance(known, Plain)] + ([Plain()] if ascii else [])


class Indexed(LineFilter):
    """The nearest of the 256 colours in place of each other one."""

    def apply(self, segments: list[Segment], background: Background) -> list[Segment]:
        """The same texts."""
        return _each(segments, indexed)


def _each(segments: list[Segment], changed: Callable[[Style], Style]) -> list[Segment]:
    return [Segment(text, changed(style) if style is not None else None, control) for text, style, control in segments]


@lru_cache(4096)
def colourless(style: Style, brightness: float) -> Style:
    """A style without its colours, above a background of this brightness (0 to 1)."""
    own = style.bgcolor
    told = (
        own is not None and not own.is_default and abs(Background.from_rich_color(own).brightness - brightness) > APART
    )
    return style.without_color + Style(reverse=True) if told else style.without_color


@lru_cache(4096)
def indexed(style: Style) -> Style:
    """A style with colours of the 256."""
    return style + Style.from_color(_indexed(style.color), _indexed(style.bgcolor))


def _indexed(colour: Color | None) -> Color | None:
    if colour is None or colour.type is not ColorType.TRUECOLOR or colour.triplet is None:
        return colour
    return Color.from_ansi(nearest(*colour.triplet))


@lru_cache(4096)
def nearest(red: int, green: int, blue: int) -> int:
    """The number of the colour that is least far away: of the cube (16 to 231), or a grey (232 to 255)."""
    wanted = (red, green, blue)
    cube = [min(range(6), key=lambda n, value=value: abs(LEVELS[n] - value)) for value in wanted]  # type: ignore[misc]
    step = min(23, max(0, round((sum(wanted) / 3 - 8) / 10)))
    found = (16 + 36 * cube[0] + 6 * cube[1] + cube[2], tuple(LEVELS[n] for n in cube))
    grey = (232 + step, (8 + 10 * step,) * 3)
    return min((grey, found), key=lambda pair: sum((a - b) ** 2 for a, b in zip(pair[1], wanted, strict=True)))[0]
