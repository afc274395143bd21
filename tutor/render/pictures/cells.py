"""Small tensors cell by cell: some of them in brackets, each with a letter that tells where it went."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from rich.text import Text

from tutor.render import numbers
from tutor.render.clean import clean
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas
from tutor.render.pictures.drawing import DIM, NAME, Operand, beside
from tutor.render.pictures.elements import flat
from tutor.worker.wire import Values

ROWS, COLUMNS = 8, 12  # of a tensor that is drawn
MANY = 48  # elements that are shown unasked
LETTERS = 26  # by which elements are told apart
TOLD = 12  # elements whose places are told in words
MARKED = "bold reverse"


def small(shape: Shape) -> bool:
    """Whether a tensor is small enough to be shown unasked."""
    rows, across = (1, 1, *shape)[-2:]
    return len(shape) < 3 and 0 < rows <= ROWS and 0 < across <= COLUMNS and rows * across <= MANY


def texts(known: Values, shape: Shape) -> list[str]:
    """The elements row by row as they are shown; none where not all are known."""
    told = flat(known)
    return numbers.digits(told) if len(told) == math.prod(shape) and None not in told else []


def marked(of: Operand, marks: Mapping[int, str], canvas: Canvas) -> list[Text]:
    """A tensor in which the elements of some places, counted row by row, stand in brackets, each with its letter."""
    told = texts(of.values, of.shape)
    return grid(told, of.shape, marks, canvas) if told else []


def grid(
    told: Sequence[str], shape: Shape, marks: Mapping[int, str], canvas: Canvas, bare: bool = False, edged: bool = True
) -> list[Text]:
    """A vector or matrix. The places that are marked stand in brackets, unless it is `bare`; else it is `edged` by
    the indices of rows and columns where there is room."""
    if not 1 <= len(shape) <= 2 or 0 in shape:
        return []
    rows, across = (1, *shape)[-2:]
    if rows > ROWS or across > COLUMNS:
        return []
    width, wide = max(map(len, told)), max(map(len, marks.values()), default=0)
    edged = edged and not bare
    left = "{} " if edged and len(shape) == 2 else ""
    style = MARKED if len(marks) < len(told) else NAME  # where all are taken none stands out
    out = [] if not edged else [_columns(across, width, wide, 2 + len(left.format(0)))]
    for i in range(rows):
        line = Text("  ").append(left.format(i), DIM)
        for place in range(i * across, (i + 1) * across):
            text, taken = told[place].rjust(width), place in marks and not bare
            line.append(
                f"[{text}]" if taken else f" {text}" if bare else f" {text} ", style if taken else "" if bare else DIM
            )
            line.append(marks.get(place, "").ljust(wide), NAME + " cyan")
            line.append(" " if wide or bare else "")
        out.append(line)
    if max(line.cell_len for line in out) <= canvas.width:
        return out
    return grid(told, shape, marks, canvas, edged=False) if edged else []


def _columns(across: int, width: int, wide: int, lead: int) -> Text:
    """The index of each column over the last digit of its numbers."""
    line = " " * lead
    for j in range(across):
        line += str(j).rjust(width + 1) + " " * (wide + 2 if wide else 1)
    return Text(line.rstrip(), style=DIM)


def captioned(caption: str, lines: Sequence[Text], lead: int = 0) -> list[Text]:
    """Under what it is; `lead` empty lines where those beside it have the indices of their columns."""
    return [Text("  " + clean(caption), style=NAME), *(Text() for _ in range(lead)), *lines]


def edge(lines: Sequence[Text], shape: Shape) -> int:
    """How many lines of a grid are above its first row."""
    return len(lines) - (1, *shape)[-2]


def together(blocks: Sequence[Sequence[Text]], canvas: Canvas) -> list[Text]:
    """Blocks beside one another, row beside row; below one another where there is no room."""
    height = max(map(len, blocks))
    lines = beside([[*block, *(Text() for _ in range(height - len(block)))] for block in blocks], 4)
    if max(line.cell_len for line in lines) <= canvas.width:
        return lines
    return [line for block in blocks for line in block if line.plain]


def coordinates(place: int, shape: Shape) -> tuple[int, ...]:
    """Of an element, counted row by row."""
    at: list[int] = []
    for size in reversed(shape):
        at.append(place % size)
        place //= size
    return tuple(reversed(at))


def listed(places: Sequence[int], shape: Shape) -> str:
    """The first of some places by their coordinates: `[0, 1] [1, 0] …`."""
    told = " ".join(str(list(coordinates(place, shape))) for place in places[:TOLD])
    return told + (" …" if len(places) > TOLD else "")
