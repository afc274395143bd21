"""What stands beside the editor: for every line of the source one line of output, shapes and gradients. Pure.

Where a statement has more to show than it has lines, the last one says so; the details have it all. Where there is
little room, what stands in the code at the left, the name that is assigned to, is not said again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rich.cells import cell_len
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render.layout import BAR
from tutor.render.ledger import Page, Row, rows
from tutor.trace import Trace

Cells = tuple[Text, Text, Text]
MOST = 44  # cells of a column


def beside(trace: Trace, source: tuple[str, ...], width: int, lang: Lang, ascii: bool) -> dict[int, Text]:
    """The lines that have something to show, counted from 1."""
    page = Page(source, lang, max(16, width // 3), max(16, width // 3), not ascii)
    told = [row for step in trace.steps if step.kind != "setup" for row in rows(step, page)]
    cells = _spread(told)
    needs = [need for need in _needs(cells) if need]
    if sum(needs) + BAR * (len(needs) - 1) > width:
        cells = _spread(map(_unnamed, told))
    widths = _widths(cells, width)
    return {line: _joined(three, widths, ascii) for line, three in cells.items()}


def _unnamed(row: Row) -> Row:
    """What a row has to show, without the name that its code assigns to: `[1.0, 2.0]`, not `x = [1.0, 2.0]`."""
    left, assigned, _ = row.code[0].strip().partition(" = ") if row.code else ("", "", "")
    if not assigned:
        return row
    name = left.partition(":")[0]
    return replace(row, output=_after(f"{name} = ", row.output), shapes=_after(f"{name}  ", row.shapes))


def _after(name: str, lines: tuple[Text, ...]) -> tuple[Text, ...]:
    """Lines without the name that the first one begins with, and without the blanks that the others have under it."""
    if lines and lines[0].plain == name.rstrip():
        return lines[1:]
    if not lines or not lines[0].plain.startswith(name):
        return lines
    first, *more = lines
    under = " " * cell_len(name)
    if all(line.plain.startswith(under) for line in more):
        more = [line[len(under) :] for line in more]
    return (first[len(name) :], *more)


def _spread(told: Iterable[Row]) -> dict[int, Cells]:
    """The columns of rows over the lines of their code; of a line that ran more than once, the latest."""
    cells: dict[int, Cells] = {}
    for row in told:
        height = max(1, len(row.code)) if row.line >= 1 else 0
        columns = [_over(column, height) for column in (row.output, row.shapes, row.gradients) if height]
        for i in range(height):
            output, shapes, gradients = (column[i] for column in columns)
            cells[row.line + i] = (output, shapes, gradients)
    return cells


def _over(lines: tuple[Text, ...], height: int) -> list[Text]:
    shown = [line.copy() for line in lines[:height]]
    if len(lines) > height:
        shown[-1].append(" …", "dim")
    return shown + [Text()] * (height - len(shown))


def _needs(cells: dict[int, Cells]) -> list[int]:
    """Cells of what is widest in each of the columns."""
    return [min(MOST, max((three[i].cell_len for three in cells.values()), default=0)) for i in range(3)]


def _widths(cells: dict[int, Cells], width: int) -> tuple[int, int, int]:
    """Each as wide as what stands in it, while there is room; the widest gives way first. 0: nothing in it."""
    needs = _needs(cells)
    told = sorted((i for i in range(3) if needs[i]), key=lambda i: needs[i])
    room, out = width - BAR * (len(told) - 1), [0, 0, 0]
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
