"""The scroll bar of a pane of lines: its few different cells are made once, whatever its height.

Textual styles each of them by itself, and changes a bar with every page that is longer or shorter. Knows no pane.
"""

from __future__ import annotations

from typing import ClassVar

from rich.color import Color
from textual.geometry import Region
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip


class Slider(ScrollBar):
    """A vertical scroll bar."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Its visible cells."""
        bar = self.render()
        if not isinstance(bar, ScrollBarRender) or crop.width != self.thickness:
            return super().render_lines(crop)
        style = self.app.console.get_style(bar.style)
        cells = bar.render_bar(
            size=self.size.height,
            virtual_size=bar.virtual_size,
            window_size=bar.window_size,
            position=bar.position,
            thickness=self.thickness,
            back_color=style.bgcolor or Color.default(),
            bar_color=style.color or Color.default(),
        ).segments[crop.y : crop.bottom]
        filters, ground = self.get_line_filters(), self.background_colors[1]
        made: dict[int, Strip] = {}
        for cell in cells:
            if id(cell) not in made:
                parts = [cell]
                for filter in filters:
                    parts = filter.apply(parts, ground)
                made[id(cell)] = Strip(parts, self.thickness)
        return [made[id(cell)] for cell in cells]


class _Blocks(ScrollBarRender):
    """A scroll bar of whole cells."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "] * 8
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "] * 8


def use_scroll_bars(ascii: bool) -> None:
    """Scroll bars whose ends are drawn with parts of a cell, or without such characters."""
    ScrollBar.renderer = _Blocks if ascii else ScrollBarRender
