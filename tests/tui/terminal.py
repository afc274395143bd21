"""A terminal: what stands on its screen after everything that the app wrote to it.

It takes the very text that goes to a real one. Only what the app needs is understood: to move the cursor, to set
colours. Any other sequence is an error, since nothing that a snippet prints may reach a terminal as an order.
"""

from __future__ import annotations

import re

from rich.cells import cell_len

_PARTS = re.compile(
    r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|(\n)|(\r)|([^\x00-\x1f\x7f\x9b]+)|(\x1b\]8;[^\x07\x1b]*\x1b\\)"
)


class Terminal:
    """Cells with a character and its colours. A wide character fills two; half of one that is overwritten is lost."""

    def __init__(self) -> None:
        self.width = self.height = 0
        self._cells: list[list[tuple[str, str]]] = []
        self.written: set[int] = set()
        """The rows that were written to since this was last emptied."""
        self.raw = ""
        """All that was written since this was last emptied."""

    def resize(self, width: int, height: int) -> None:
        """Another size: what stood there is gone."""
        if (width, height) != (self.width, self.height):
            self.width, self.height = width, height
            self._cells = [[(" ", "")] * width for _ in range(height)]

    def write(self, text: str) -> None:
        """What a program writes."""
        self.raw += text
        x = y = place = 0
        colours = ""
        for part in _PARTS.finditer(text):
            assert part.start() == place, f"an order to the terminal: {text[place : place + 20]!r}"
            place = part.end()
            row, column, sgr, newline, home, plain, _ = part.groups()
            if row:
                x, y = int(column) - 1, int(row) - 1
            elif sgr is not None:
                colours = "" if sgr in ("", "0") else f"{colours};{sgr}" if colours else sgr
            elif newline:
                x, y = 0, y + 1
            elif home:
                x = 0
            else:
                x = self._put(x, y, plain, colours)
        assert place == len(text), f"an order to the terminal: {text[place : place + 20]!r}"

    def _put(self, x: int, y: int, text: str, colours: str) -> int:
        cells = self._cells[y]
        self.written.add(y)
        for char in text:
            wide = cell_len(char)
            assert x + wide <= self.width, f"row {y} is too wide: {text!r}"
            if not wide:
                cells[x - 1] = (cells[x - 1][0] + char, cells[x - 1][1])
                continue
            if not cells[x][0]:
                cells[x - 1] = (" ", cells[x - 1][1])
            if x + wide < self.width and not cells[x + wide][0]:
                cells[x + wide] = (" ", cells[x + wide][1])
            cells[x] = (char, colours)
            if wide == 2:
                cells[x + 1] = ("", colours)
            x += wide
        return x

    @property
    def rows(self) -> list[str]:
        """The screen as a reader sees it, line by line."""
        return ["".join(char for char, _ in cells) for cells in self._cells]

    def colours(self, x: int, y: int) -> str:
        """The parameters of the colours of a cell, as they were set: `1;38;2;...`."""
        return self._cells[y][x][1]

    def find(self, text: str) -> tuple[int, int]:
        """Column and row of the first place where a text stands; -1, -1 where it does not."""
        for y, row in enumerate(self.rows):
            at = row.find(text)
            if at >= 0:
                return cell_len(row[:at]), y
        return -1, -1
