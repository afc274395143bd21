"""Lines over axes: braille dots, two across and four down in a cell; in ASCII a character for each line.

Lines are told apart by their dashes as well as by their colours. What lies outside the axes is cut off at their edge,
and what is no number leaves a gap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from tutor.render import numbers
from tutor.render.clean import clean
from tutor.render.pictures.canvas import Canvas

Point = tuple[float, float]
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille cell, by row and column
FILLED = tuple(
    tuple(tuple(sum(DOTS[y][side] for y in range(first, last + 1)) for last in range(4)) for first in range(4))
    for side in range(2)
)
"""The dots of one column of a cell from one row to another."""
BRAILLE = 0x2800
HEIGHTS = "▔──▁"  # lines across a cell, by the row of dots they are nearest to
DASHES = ((1,), (1, 1, 1, 1, 0, 0, 0, 0), (1, 0, 0, 0), (1, 1, 1, 1, 0, 0, 1, 0, 0))
STYLES = ("bold cyan", "magenta", "green", "yellow")
GLYPHS = "*+ox"  # in ASCII
SPAN = "bold green"
WIDEST = 76  # cells of the plot: wider ones look flat
ROWS = 10  # at most
NEAR = 0.1  # of the highest point: a lowest one so near to zero has zero on its scale
LEGEND = 12  # dots across of a sample


@dataclass(frozen=True)
class Line:
    """A name and its points, x rising."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Axes:
    """What part of the plane is seen."""

    x: Point
    y: Point
    log: bool = False
    """Whether y is on a log scale; then its range is positive."""
    zero: bool = False
    """Whether lines are drawn through zero."""

    def up(self, y: float) -> float:
        """0 at the lower edge to 1 at the upper one; nan where there is no place for it."""
        low, high = self.y
        if self.log:
            if y <= 0:
                return math.nan
            low, high, y = math.log10(low), math.log10(high), math.log10(y)
        return (y - low) / (high - low)

    def along(self, x: float) -> float:
        """0 at the left edge to 1 at the right one."""
        return (x - self.x[0]) / (self.x[1] - self.x[0])


def around(lines: Sequence[Line], log: bool = False) -> Axes | None:
    """Axes that hold all points; None where there are none to hold."""
    points = [p for line in lines for p in line.points if math.isfinite(p[1]) and (not log or p[1] > 0)]
    if not points:
        return None
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    x, y = (min(xs), max(xs)), (min(ys), max(ys))
    if x[0] == x[1]:
        x = (x[0] - 1, x[1] + 1)
    if log:
        y = (y[0], max(y[1], y[0] * 1.001))
    elif y[1] - y[0] <= 1e-12 * max(abs(y[0]), abs(y[1])):
        y = (y[0] - (abs(y[0]) or 1.0) / 2, y[1] + (abs(y[1]) or 1.0) / 2)
    elif 0 < y[0] < NEAR * y[1]:  # a loss that has almost come down is seen to be almost down
        y = (0.0, y[1])
    return Axes(x, y, log)


def chart(
    lines: Sequence[Line], axes: Axes, canvas: Canvas, rows: int = 0, widest: int = WIDEST, span: Point | None = None
) -> list[Text]:
    """The plot with its scales at the left and below. A span of x is marked on the lower edge."""
    rows = rows or height(canvas)
    width = room(axes, canvas, rows, widest)
    raster = Raster(width, rows, canvas.ascii)
    for n in reversed(range(len(lines))):  # the first one on top
        _trace(raster, lines[n], n, axes)
    return framed([raster.line(row, axes) for row in range(rows)], width, axes, canvas, span)


def height(canvas: Canvas) -> int:
    """Rows of a plot."""
    return max(4, min(ROWS, canvas.height - 4))


def margin(axes: Axes, rows: int) -> int:
    """Cells of the scale at the left."""
    return max(cell_len(figure(level)) for level in _levels(axes, rows)) + 1


def room(axes: Axes, canvas: Canvas, rows: int, widest: int = WIDEST, left: int = 0) -> int:
    """Cells of a plot, besides the scale at its left, which may be given more than it needs."""
    return max(8, min(widest, canvas.width - max(left, margin(axes, rows)) - 2))


def framed(
    cells: list[Text],
    width: int,
    axes: Axes,
    canvas: Canvas,
    span: Point | None = None,
    left: int = 0,
    floor: bool = False,
) -> list[Text]:
    """Rows of a plot with the scales at the left and below. With a floor the lowest value is the lower edge itself, on
    which blocks stand, and not the middle of a dot above it."""
    across, down = dots(canvas.ascii)
    marks = _marks_up(axes, len(cells), down)
    left = max(left, margin(axes, len(cells)))
    low = marks.pop(len(cells) - 1, "") if floor else ""
    edge, tick = ("|", "+") if canvas.ascii else ("│", "┤")
    out = []
    for row, plot in enumerate(cells):
        line = Text().append(marks.get(row, "").rjust(left), "dim")
        line.append(tick if row in marks else edge, "dim")
        out.append(line.append_text(plot))
    corner, base, notch = ("+", "-", "+") if canvas.ascii else ("└", "─", "┴")
    places, marked = _marks_along(axes, width, across), _marked(axes, span, width, across)
    line = Text().append(low.rjust(left) + corner, "dim")
    for i in range(width):
        if i in marked:
            line.append("=" if canvas.ascii else "━", SPAN)
        else:
            line.append(notch if i in places else base, "dim")
    return [*out, line, Text(" " * (left + 1) + _labels(places, width), style="dim")]


def _marked(axes: Axes, span: Point | None, width: int, across: int) -> range:
    """The columns of a span, as far as they are seen."""
    if span is None or span[1] < axes.x[0] or span[0] > axes.x[1]:
        return range(0)
    first, last = (cell(axes.along(x), width, across) for x in span)
    return range(first, last + 1)


def legend(lines: Sequence[Line], canvas: Canvas) -> Text:
    """A piece of each line, and its name."""
    out = Text("  ")
    for n, line in enumerate(lines):
        raster = Raster(LEGEND // 2, 1, canvas.ascii)
        level = 0.6 * (raster.high - 1)
        raster.stroke((0, level), (raster.wide - 1, level), n)
        out.append("   " if n else "").append_text(raster.line(0)).append(f" {clean(line.name)}")
    return out


# ----------------------------------------------------------------------------------------------- scales


def steps(low: float, high: float, count: int) -> list[float]:
    """About `count` round numbers in a range."""
    rough = (high - low) / max(1, count)
    if not math.isfinite(rough) or rough <= 0:
        return [low]
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(k * size for k in (1, 2, 5, 10) if k * size >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-3)  # a curve that comes as close as that has reached it
    return [k * step + 0.0 for k in range(first, last + 1)]


def _levels(axes: Axes, rows: int) -> list[float]:
    """The values that are marked at the left."""
    low, high = axes.y
    values = _powers(low, high) if axes.log else steps(low, high, max(2, rows * 2 // 5))
    if len(values) < 2 and not axes.log:
        values = steps(low, high, 4)
    return values if len(values) > 1 else [low, high]


def _marks_up(axes: Axes, rows: int, down: int) -> dict[int, str]:
    """The labels of the rows that have one, counted from the top: those in which a line of that height is drawn."""
    marks: dict[int, str] = {}
    for value in _levels(axes, rows):
        marks.setdefault(cell(1 - axes.up(value), rows, down), figure(value))
    return marks


def _powers(low: float, high: float) -> list[float]:
    """Powers of ten, or where there are few of them also twos and fives between."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    apart = max(1, (last - first) // 4)
    tens = [10.0**k for k in range(first, last + 1, apart)]
    if last - first <= 2:
        tens = sorted({k * 10.0**e for e in range(first, last + 1) for k in (1, 2, 5)})
    return [t for t in tens if low * 0.999 <= t <= high * 1.001]


def _marks_along(axes: Axes, width: int, across: int) -> dict[int, str]:
    """The labels under the columns that have one."""
    values = steps(*axes.x, max(2, min(6, width // 10)))
    return {cell(axes.along(x), width, across): figure(x) for x in values}


def _labels(places: dict[int, str], width: int) -> str:
    """Each label under its place, as far as they leave room for one another."""
    line = ""
    for place, text in sorted(places.items()):
        start = max(0, min(width - len(text), place - len(text) // 2))
        if start >= len(line) + (1 if line else 0):
            line = line.ljust(start) + text
    return line


def figure(x: float) -> str:
    """A number at an axis: whole where it is."""
    if x == int(x) and abs(x) < 1e5:
        return str(int(x))
    return numbers.figure(x, 3)


# --------------------------------------------------------------------------------------------------- dots


def dots(ascii: bool) -> tuple[int, int]:
    """Of a cell: across and down."""
    return (1, 1) if ascii else (2, 4)


def cell(share: float, cells: int, each: int) -> int:
    """The cell of the dot that stands for a place, 0 to 1, on a side of so many cells with so many dots each."""
    return int(min(1.0, max(0.0, share)) * (cells * each - 1) + 0.5) // each


class Raster:
    """Cells of a plot, each with the dots that lines put into it."""

    def __init__(self, width: int, rows: int, ascii: bool) -> None:
        self.width, self.rows, self.ascii = width, rows, ascii
        self.across, self.down = dots(ascii)
        self.wide, self.high = width * self.across, rows * self.down
        """Dots."""
        self.dots = [[0] * width for _ in range(rows)]
        self.owner = [[-1] * width for _ in range(rows)]

    def stroke(self, a: Point, b: Point, line: int, phase: int = 0) -> int:
        """Dots from one place to another, y downward; the place in the pattern of dashes where it ends."""
        (x, y), count = a, max(1, math.ceil(max(abs(b[0] - a[0]), abs(b[1] - a[1]))))
        right, down = (b[0] - x) / count, (b[1] - y) / count
        pattern = (1,) if self.ascii else DASHES[line % len(DASHES)]
        length, x, y = len(pattern), x + 0.5, y + 0.5
        for i in range(phase, phase + count + 1):
            if length == 1 or pattern[i % length]:
                self.dot(int(x), int(y), line)
            x += right
            y += down
        return phase + count

    def dot(self, x: int, y: int, line: int) -> None:
        """One dot, if it is inside."""
        if 0 <= x < self.wide and 0 <= y < self.high:
            row, column = (y, x) if self.ascii else (y >> 2, x >> 1)
            self.dots[row][column] |= DOTS[y & 3][x & 1]
            self.owner[row][column] = line

    def upright(self, x: int, top: int, bottom: int, line: int) -> None:
        """All dots of a column between two rows of dots."""
        column, side = x // self.across, x % self.across
        if not 0 <= x < self.wide:
            return
        for row in range(max(0, top) // self.down, min(self.high - 1, bottom) // self.down + 1):
            first, last = max(0, top - row * self.down), min(self.down - 1, bottom - row * self.down)
            self.dots[row][column] |= FILLED[side][first][last]
            self.owner[row][column] = line

    def line(self, row: int, axes: Axes | None = None) -> Text:
        """A row of cells; where it is empty, the lines through zero. Neighbours of one style are one piece."""
        out = Text()
        level, height, upright = self._zeros(axes)
        piece, worn = "", "dim"
        for column, (dots, owner) in enumerate(zip(self.dots[row], self.owner[row], strict=True)):
            if dots:
                glyph, style = self._glyph(dots, owner), STYLES[owner % len(STYLES)]
            else:
                glyph = _zero(height if row == level else "", column == upright, self.ascii)
                style = worn if glyph == " " else "dim"
            if style != worn:
                out.append(piece, worn)
                piece, worn = "", style
            piece += glyph
        return out.append(piece, worn)

    def _glyph(self, dots: int, owner: int) -> str:
        return GLYPHS[owner % len(GLYPHS)] if self.ascii else chr(BRAILLE + dots)

    def _zeros(self, axes: Axes | None) -> tuple[int, str, int]:
        """The row and the column of zero, and between them the line that is as high in the row as the dots of zero."""
        if axes is None or not axes.zero:
            return -1, "", -1
        upright = cell(axes.along(0.0), self.width, self.across) if axes.x[0] < 0 < axes.x[1] else -1
        if not axes.y[0] <= 0 <= axes.y[1]:
            return -1, "", upright
        row, dot = divmod(cell(1 - axes.up(0.0), self.high, 1), self.down)
        return row, "-" if self.ascii else HEIGHTS[dot], upright


def _zero(level: str, upright: bool, ascii: bool) -> str:
    if level and upright:
        return "+" if ascii else "┼" if level == "─" else "│"
    if level:
        return level
    return ("|" if ascii else "│") if upright else " "


def _trace(raster: Raster, line: Line, number: int, axes: Axes) -> None:
    """A line, piece by piece; where many points share a column of dots, column by column."""
    if len(line.points) > (4 if number else 2) * raster.wide:  # only the first has no dashes to lose
        _fill(raster, line, number, axes)
        return
    before: Point | None = None
    phase = 0
    for x, y in line.points:
        place = axes.up(y) if math.isfinite(y) else math.nan
        if math.isnan(place):
            before = None
            continue
        here = (axes.along(x), place)
        piece = _inside(before or here, here)
        if piece is not None:
            a, b = ((p[0] * (raster.wide - 1), (1 - p[1]) * (raster.high - 1)) for p in piece)
            phase = raster.stroke(a, b, number, phase)
        before = here


def _fill(raster: Raster, line: Line, number: int, axes: Axes) -> None:
    """Of each column of dots what lies between the least and the greatest point, touching the column before."""
    scale, start = (raster.wide - 1) / (axes.x[1] - axes.x[0]), axes.x[0]
    lows: dict[int, float] = {}
    highs: dict[int, float] = {}
    finite = math.isfinite
    for x, y in line.points:
        if finite(y):
            column = int((x - start) * scale + 0.5)
            if column not in lows:
                lows[column] = highs[column] = y
            elif y < lows[column]:
                lows[column] = y
            elif y > highs[column]:
                highs[column] = y
    before: tuple[int, float, float] | None = None
    for column, least in lows.items():
        low, high = own = axes.up(least), axes.up(highs[column])
        if math.isnan(low) or math.isnan(high):  # not on a log scale
            before = None
            continue
        if before is not None and before[0] == column - 1:
            low, high = min(low, before[2]), max(high, before[1])
        before = (column, *own)
        top, bottom = ((1 - min(1.0, max(0.0, place))) * (raster.high - 1) for place in (high, low))
        raster.upright(column, int(top + 0.5), int(bottom + 0.5), number)


def _inside(a: Point, b: Point) -> tuple[Point, Point] | None:
    """The part of a piece between the lower and the upper edge."""
    if max(a[1], b[1]) < -1e-9 or min(a[1], b[1]) > 1 + 1e-9:
        return None
    return _cut(a, b), _cut(b, a)


def _cut(a: Point, b: Point) -> Point:
    """An end, moved along the piece to the edge where it lies beyond."""
    edge = min(1.0, max(0.0, a[1]))
    if edge == a[1] or a[1] == b[1]:
        return a[0], edge
    t = (edge - a[1]) / (b[1] - a[1])
    return a[0] + (b[0] - a[0]) * t, edge
