"""The elements of a vector as bars from zero: one below the other with their numbers, or where they are many side by
side over their index."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import clean
from tutor.render.pictures import chart, colours
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.chart import Axes, Raster
from tutor.render.pictures.drawing import DIM, finished
from tutor.render.pictures.heatmap import map_index
from tutor.render.pictures.matrix import Index, finite, indices, number
from tutor.worker.wire import ArrayValue, Scalar, TensorValue

LISTED = 12  # elements one below the other
EIGHTHS = " ▏▎▍▌▋▊▉█"
BLOCKS_ASCII = str.maketrans("*+", "##")
ABOVE, BELOW = "cyan", "magenta"
WIDEST = 48  # cells of the longest bar


@dataclass(frozen=True)
class Bars:
    """A vector, or a matrix of one column."""

    kind: ClassVar[Kind] = "bars"
    pages: ClassVar[int] = 1
    name: str
    value: TensorValue | ArrayValue

    @property
    def elements(self) -> tuple[tuple[Index, Scalar], ...]:
        """Each with its index; a gap stands for those left out."""
        known = self.value.values
        if is_column(self.value.shape):
            known = tuple(row if row is None else row[0] for row in known)
        return tuple(zip(indices(known, self.value.shape[0]), known, strict=True))

    def title(self, lang: Lang) -> str:
        """`x 5 f32`."""
        return f"{clean(self.name)} {values.shape(self.value.shape)} {values.dtype(self.value.dtype)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Bars to the right of zero and to its left, or above and below it."""
        if len(self.elements) <= LISTED:
            return finished(_listed(self.elements, canvas), canvas)
        return finished(_beside(self.elements, canvas), canvas)

    def describe(self, lang: Lang) -> list[str]:
        """The range and where its ends stand."""
        known = [(number(x), i) for i, x in self.elements if isinstance(x, (bool, int, float)) and math.isfinite(x)]
        if not known:
            return [self.title(lang)]
        (low, first), (high, last) = min(known, key=lambda k: k[0]), max(known, key=lambda k: k[0])
        text = say(lang, "{}: least {} at {}, greatest {} at {}", "{}：最小{}，位于{}；最大{}，位于{}")
        return [text.format(self.title(lang), numbers.figure(low), first, numbers.figure(high), last)]


def is_column(shape: tuple[int, ...]) -> bool:
    """Whether it is a matrix of one column: targets and predictions are."""
    return len(shape) == 2 and shape[0] > 1 == shape[1]


def _listed(elements: tuple[tuple[Index, Scalar], ...], canvas: Canvas) -> list[Text]:
    """A line for each: index, number, bar."""
    told = iter(numbers.digits([x for _, x in elements if x is not None]))
    texts = [numbers.GAP if x is None else next(told) for _, x in elements]
    width = max(map(len, texts))
    left = max(len(map_index(i)) for i, _ in elements)
    known = finite([x for _, x in elements])
    low, high = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    room = max(4, min(WIDEST, canvas.width - left - width - 7))
    scale = room / (high - low) if high > low else 0.0
    zero = max(low < 0, min(round(-low * scale), room - (high > 0)))
    out = []
    for (i, x), text in zip(elements, texts, strict=True):
        line = Text("  ").append(map_index(i).rjust(left), DIM).append("  ")
        value = number(x)
        if x is None or math.isfinite(value):
            line.append(text.rjust(width)).append("  ")
            out.append(line.append_text(_bar(value if x is not None else 0.0, scale, zero, room, canvas)))
        else:
            out.append(line.append(text.rjust(width), colours.BAD if canvas.colour else colours.BAD_PLAIN))
    return out


def _bar(x: float, scale: float, zero: int, room: int, canvas: Canvas) -> Text:
    """To the right of zero in eighths of a cell, to its left in halves; what is not zero can be seen."""
    axis = Text("|" if canvas.ascii else "│", style=DIM)
    if x < 0:
        halves = max(1, round(-x * scale * 2))
        full, half = divmod(min(halves, 2 * zero), 2)
        glyphs = "#" * full or "." if canvas.ascii else ("▐" if half else "") + "█" * full
        return Text(" " * (zero - len(glyphs))).append(glyphs, BELOW).append_text(axis)
    eighths = min(max(round(x * scale * 8), 1 if x else 0), 8 * (room - zero))
    full, part = divmod(eighths, 8)
    glyphs = "#" * (full + (part > 3)) or "." * (x > 0) if canvas.ascii else "█" * full + EIGHTHS[part].strip()
    return Text(" " * zero).append_text(axis).append(glyphs, ABOVE)


def _beside(elements: tuple[tuple[Index, Scalar], ...], canvas: Canvas) -> list[Text]:
    """Upright bars over the index, as wide as there is room for; several in a column where they are many."""
    known = finite([x for _, x in elements])
    low, high = (min(0.0, *known, 0.0), max(0.0, *known, 0.0)) if known else (0.0, 1.0)
    axes = Axes((-0.5, len(elements) - 0.5), (low, high if high > low else low + 1), zero=True)
    rows = chart.height(canvas)
    width = chart.room(axes, canvas, rows)
    raster = Raster(width, rows, canvas.ascii)
    level = int((1 - axes.up(0.0)) * (raster.high - 1) + 0.5)
    each = raster.wide / len(elements)
    bad: list[tuple[int, float]] = []
    for n, (_, x) in enumerate(elements):
        value = number(x)
        if not math.isfinite(value):
            bad += [(int(n * each) // raster.across, value)] if x is not None else []
            continue
        top = int((1 - axes.up(value)) * (raster.high - 1) + 0.5)
        last = max(int((n + 1) * each) - (each >= 2), int(n * each) + 1)
        for column in range(int(n * each), last):
            for y in range(min(top, level), max(top, level) + 1):
                raster.dot(column, y, 1 if value < 0 else 0)
    level_only = replace(axes, x=(0.0, 1.0))
    cells = [raster.line(row, level_only) for row in range(rows)]
    for line in cells if canvas.ascii else ():  # a plus below zero would mislead
        line.plain = line.plain.translate(BLOCKS_ASCII)
    for column, value in bad:
        mark = "n" if math.isnan(value) else "i" if canvas.ascii else "∞"
        line = cells[0]
        cells[0] = (
            Text()
            .append_text(line[:column])
            .append(mark, colours.BAD if canvas.colour else colours.BAD_PLAIN)
            .append_text(line[column + 1 :])
        )
    return chart.framed(cells, width, axes, canvas)
