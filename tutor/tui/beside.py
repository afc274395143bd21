"""What stands beside the editor: for every line of the source one line of output, shapes and gradients. Pure.

Where a statement has more to show than it has lines, the last one says so; the details have it all.
"""

from __future__ import annotations

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render.ledger import Page, Row, rows
from tutor.trace import Trace

Cells = tuple[Text, Text, Text]
MOST = 44  # cells of a column


def beside(trace: Trace, source: tuple[str, ...], width: int, lang: Lang, ascii: bool) -> dict[int, Text]:
    """The lines that have something to show, counted from 1."""
    page = Page(source, lang, max(16, width // 3), max(16, width // 3), not ascii)
    cells: dict[int, Cells] = {}
    for step in trace.steps:
        if step.kind != "setup":
            for row in rows(step, page):
                _spread(row, cells)
    widths = _widths(cells, width)
    return {line: _joined(three, widths, ascii) for line, three in cells.items()}


def _spread(row: Row, cells: dict[int, Cells]) -> None:
    """A row's columns over the lines of its code; of a line that ran more than once, the latest."""
    if row.line < 1:
        return
    height = max(1, len(row.code))
    columns = [_over(column, height) for column in (row.output, row.shapes, row.gradients)]
    for i in range(height):
        output, shapes, gradients = (column[i] for column in columns)
        cells[row.line + i] = (output, shapes, gradients)


def _over(lines: tuple[Text, ...], height: int) -> list[Text]:
    shown = [line.copy() for line in lines[:height]]
    if len(lines) > height:
        shown[-1].append(" …", "dim")
    return shown + [Text()] * (height - len(shown))


def _widths(cells: dict[int, Cells], width: int) -> tuple[int, int, int]:
    """Each as wide as what stands in it, while there is room; the widest gives way first. 0: nothing in it."""
    needs = [min(MOST, max((three[i].cell_len for three in cells.values()), default=0)) for i in range(3)]
    told = sorted((i for i in range(3) if needs[i]), key=lambda i: needs[i])
    room, out = width - 3 * (len(told) - 1), [0, 0, 0]
    for n, i in enumerate(told):
        out[i] = max(4, min(needs[i], (room - sum(out)) // (len(told) - n)))
    return out[0], out[1], out[2]


def _joined(three: Cells, widths: tuple[int, int, int], ascii: bool) -> Text:
    out = Text(no_wrap=True)
    for cell, width in zip(three, widths, strict=True):
        if width:
            piece = cell.copy()
            piece.truncate(width, overflow="ellipsis", pad=True)
            out.append((" | " if ascii else " │ ") if out else "", "dim").append_text(piece)
    return out
