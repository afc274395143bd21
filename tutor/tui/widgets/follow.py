"""The three columns beside the editor: one line for each line of the source, scrolled as the editor is."""

from __future__ import annotations

from rich.text import Text
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tutor.tui.paint import strips


class Follow(Widget):
    """Shows a line of text for some of the editor's lines."""

    DEFAULT_CSS = """
    Follow { width: 1fr; height: 1fr; padding: 0 0 0 1; background: $background; }
    Follow.stale { text-opacity: 55%; }
    """

    class Resized(Message):
        """It has another width: other texts fit."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: dict[int, Strip] = {}
        self._top = 0
        self._cursor = 0

    def show(self, lines: dict[int, Text]) -> None:
        """Show other texts; only the lines that differ are drawn."""
        width = max(8, self.content_size.width)
        drawn = {n: strips(text, width, self.app.console)[0] for n, text in lines.items() if text.plain.strip()}
        if drawn != self._lines:
            self._lines = drawn
            self.refresh()

    def on_resize(self) -> None:
        """Ask for texts of the new width."""
        self.post_message(self.Resized())

    def follow(self, top: int, cursor: int) -> None:
        """The editor is scrolled so far, and its cursor is on that line."""
        if (top, cursor) != (self._top, self._cursor):
            self._top, self._cursor = top, cursor
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        line = y + self._top + 1
        width = self.size.width
        strip = self._lines.get(line)
        base = self.rich_style
        if strip is None:
            return Strip.blank(width, base)
        return Strip([*Strip.blank(1), *strip], strip.cell_length + 1).adjust_cell_length(width, base).apply_style(base)
