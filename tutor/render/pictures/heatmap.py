"""A tensor as colours. Where there is room the numbers stand in the coloured cells; else an element is two cells of a
line, or half of one, or shares its place with its neighbours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import clean
from tutor.render.pictures import chart, colours
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.colours import Scale
from tutor.render.pictures.drawing import finished, note
from tutor.render.pictures.matrix import Index, Matrix, finite, matrices, number
from tutor.worker.wire import ArrayValue, Scalar, TensorValue

BAR = 24  # cells of the colour scale
BOOLS = {"True": "T", "False": "F"}
TICKS = 5  # lines or columns of the picture from one index at the edge to the next


@dataclass(frozen=True)
class HeatMap:
    """The elements of one tensor, slice by slice."""

    kind: ClassVar[Kind] = "heatmap"
    name: str
    value: TensorValue | ArrayValue

    @property
    def pages(self) -> int:
        """One for each slice along the last two dimensions."""
        return max(1, len(matrices(self.value)))

    def title(self, lang: Lang) -> str:
        """`x 3x4 f32`."""
        return f"{clean(self.name)} {values.shape(self.value.shape)} {values.dtype(self.value.dtype)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """One slice, with the scale of the whole tensor under it."""
        slices = matrices(self.value)
        if not slices:
            return []
        page = min(max(page, 0), len(slices) - 1)
        known = finite(self.value.values)
        scale = colours.scale_of(known) if known else Scale(0.0, 0.0)
        out = [_place(self, slices[page], page, len(slices), canvas)] if len(slices) > 1 else []
        read = table(slices[page], scale, canvas)
        out += read or pixels(slices[page], scale, canvas)
        glyphs = not read and (canvas.ascii or not canvas.colour)
        plain = not canvas.colour or scale.high <= scale.low or self.value.dtype == "bool"
        bare = bool(read) and plain  # the numbers say all there is to say
        marked = () if read else tuple(_unfinite(slices[page]))
        return finished(out if bare or not known else [*out, self._legend(scale, marked, canvas, glyphs)], canvas)

    def _legend(self, scale: Scale, marked: tuple[float, ...], canvas: Canvas, glyphs: bool) -> Text:
        width = min(BAR, max(8, canvas.width - 24))
        bar = colours.glyphs(scale.signed, canvas.ascii) if glyphs else " " * width
        if self.value.dtype == "bool":
            return legend(scale, marked, canvas, bar[0] + bar[-1], lambda x: "T" if x else "F")
        whole = not self.value.dtype.startswith(("float", "bfloat"))
        return legend(scale, marked, canvas, bar, chart.figure if whole else lambda x: numbers.figure(x, 3))

    def describe(self, lang: Lang) -> list[str]:
        """The range, where the extremes stand, and how much is no number."""
        known = finite(self.value.values)
        if not known:
            return [self.title(lang)]
        low, high = numbers.figure(min(known)), numbers.figure(max(known))
        text = say(lang, "{}: values from {} to {}", "{}：取值从{}到{}").format(self.title(lang), low, high)
        return [text, *(_slice_words(self, m, lang) for m in matrices(self.value)[:8])]


def _place(map: HeatMap, slice: Matrix, page: int, pages: int, canvas: Canvas) -> Text:
    """`x[0, 1]  slice 2 of 6`."""
    at = ", ".join(map_index(i) for i in slice.at)
    count = say(canvas.lang, "slice {} of {}", "第{}片，共{}片").format(page + 1, pages)
    name = "" if map.name.endswith("…") else clean(map.name)
    return Text.assemble((f"{name}[{at}]", "bold"), "  ", (count, "dim"))


def map_index(i: Index) -> str:
    """An index, or the mark for those left out."""
    return numbers.GAP if i is None else str(i)


def _slice_words(map: HeatMap, slice: Matrix, lang: Lang) -> str:
    """`x[0]: least -1.2 at [0, 3], greatest 2.1 at [1, 0]`."""
    placed = [
        (number(x), (*slice.at, i, j))
        for i, row in zip(slice.down, slice.rows, strict=True)
        for j, x in zip(slice.across, row, strict=True)
        if i is not None and j is not None and isinstance(x, (bool, int, float)) and math.isfinite(x)
    ]
    if not placed:
        return say(lang, "no finite number", "没有有限的数")
    (low, where_low), (high, where_high) = min(placed), max(placed)
    dims = len(map.value.shape)
    return say(lang, "least {} at {}, greatest {} at {}", "最小{}，位于{}；最大{}，位于{}").format(
        numbers.figure(low), list(where_low[-dims:]), numbers.figure(high), list(where_high[-dims:])
    )


# ------------------------------------------------------------------------------------------------ numbers


def table(slice: Matrix, scale: Scale, canvas: Canvas) -> list[Text]:
    """Numbers in coloured cells under their column's index; nothing where they do not fit."""
    texts = _texts(slice)
    column = max(len(t) for row in texts for t in row) + 2
    column = max(column, max(len(map_index(i)) for i in slice.across) + 2)
    left = _left(slice, canvas)
    if left + column * len(slice.across) > canvas.width or len(slice.rows) > canvas.height:
        return []
    out = _head(slice, left, column, canvas) if len(slice.rows) > 1 or len(slice.across) > 1 else []
    for i, (row, shown) in enumerate(zip(slice.rows, texts, strict=True)):
        line = Text().append(_row_label(slice, i, left), "dim")
        for x, text in zip(row, shown, strict=True):
            line.append(f" {text.rjust(column - 2)} ", _cell_style(x, scale, canvas))
        out.append(line)
    return out


def _texts(slice: Matrix) -> list[list[str]]:
    flat = [x for row in slice.rows for x in row]
    shown = iter(numbers.digits([x for x in flat if x is not None]))
    return [[numbers.GAP if x is None else BOOLS.get(t := next(shown), t) for x in row] for row in slice.rows]


def _cell_style(x: Scalar, scale: Scale, canvas: Canvas) -> Style | str:
    if x is None:
        return "dim"
    value = number(x)
    if not math.isfinite(value):
        return colours.BAD if canvas.colour else colours.BAD_PLAIN
    if not canvas.colour:
        return ""
    return colours.ground(colours.colour(scale.position(value), scale.signed, canvas))


def _left(slice: Matrix, canvas: Canvas) -> int:
    """Cells before the elements: the indices of the rows."""
    if len(slice.rows) == 1 and not slice.at:
        return 2
    return max(len(map_index(i)) for i in slice.down) + 3


def _row_label(slice: Matrix, i: int, left: int) -> str:
    if len(slice.rows) == 1 and not slice.at:
        return " " * left
    return f"{map_index(slice.down[i])} ".rjust(left)


def _head(slice: Matrix, left: int, column: int, canvas: Canvas) -> list[Text]:
    """The indices of the columns."""
    line = "".join(f"{map_index(j)} ".rjust(column) for j in slice.across)
    return [Text(" " * left + line, style="dim")]


# ------------------------------------------------------------------------------------------------- pixels


def pixels(slice: Matrix, scale: Scale, canvas: Canvas) -> list[Text]:
    """Elements as coloured dots, or as glyphs where there are no colours."""
    left = _left(slice, canvas)
    room, lines = max(4, canvas.width - left), max(4, canvas.height)
    halves = canvas.colour and not canvas.ascii
    across = -(-len(slice.across) // room)
    wide = 2 * len(slice.across) <= room and (len(slice.rows) <= lines or not halves)
    per_line = 2 if halves and not wide else 1
    down = -(-len(slice.rows) // (lines * per_line))
    grid = _reduced(slice, down, across) if max(across, down) > 1 else _numbers(slice)
    out = [_ticks(slice, left, across, 2 if wide else 1)]
    for top in range(0, len(grid), per_line):
        row = top * down
        label = f"{map_index(slice.down[row])} " if top // per_line % TICKS == 0 else ""
        line = Text().append(label.rjust(left), "dim")
        below = grid[top + 1] if per_line == 2 and top + 1 < len(grid) else None
        line.append_text(_line(grid[top], below, scale, canvas, 2 if wide else 1))
        out.append(line)
    if max(across, down) > 1:
        mean = say(canvas.lang, "each dot is the mean of {}x{} elements", "每个点是{}x{}个元素的均值")
        out += note(mean.format(down, across), canvas, lead=left)
    return out


Dot = float | None
"""A gap is None; infinities and nan are themselves."""


def _numbers(slice: Matrix) -> list[list[Dot]]:
    return [[None if x is None else number(x) for x in row] for row in slice.rows]


def _reduced(slice: Matrix, down: int, across: int) -> list[list[Dot]]:
    """Means of neighbours; one that is no number makes the whole so."""
    full = _numbers(slice)
    out: list[list[Dot]] = []
    for top in range(0, len(full), down):
        line: list[Dot] = []
        for start in range(0, len(slice.across), across):
            part = [x for row in full[top : top + down] for x in row[start : start + across] if x is not None]
            line.append(math.fsum(part) / len(part) if all(map(math.isfinite, part)) and part else _bad(part))
        out.append(line)
    return out


def _bad(part: list[float]) -> Dot:
    return next((x for x in part if not math.isfinite(x)), None)


def _ticks(slice: Matrix, left: int, across: int, wide: int) -> Text:
    """Indices over the columns: over each where there is room, else over every few."""
    line = " " * left
    every = 1 if max(len(map_index(i)) for i in slice.across) < wide else TICKS
    for i in range(0, len(slice.across), across):
        at = left + i // across * wide
        label = map_index(slice.across[i])
        if (i // across) % every == 0 and at >= len(line.rstrip()) + (i > 0):
            line = line[:at].ljust(at) + label
    return Text(line, style="dim")


def _line(upper: list[Dot], lower: list[Dot] | None, scale: Scale, canvas: Canvas, wide: int) -> Text:
    """A line of dots: `wide` cells each, or two rows of them in one line."""
    out = Text()
    for i, x in enumerate(upper):
        y = lower[i] if lower is not None else None
        mark = next((bad_glyph(v, canvas) for v in (x, y) if v is not None and not math.isfinite(v)), "")
        if mark:
            out.append(mark * wide, colours.BAD if canvas.colour else colours.BAD_PLAIN)
        elif not canvas.colour or canvas.ascii:
            glyph = numbers.GAP if x is None else _glyph(x, scale, canvas)
            out.append(glyph * wide, _back(x, scale, canvas) if canvas.colour else "")
        elif lower is None and wide == 2:
            out.append(
                "  " if x is not None else numbers.GAP + " ", _back(x, scale, canvas) if x is not None else "dim"
            )
        else:
            out.append(*_half(x, y, scale, canvas))
    return out


def _glyph(x: float, scale: Scale, canvas: Canvas) -> str:
    return colours.glyph(scale.position(x), scale.signed, canvas.ascii)


def _back(x: Dot, scale: Scale, canvas: Canvas) -> Style:
    if x is None:
        return Style.null()
    return colours.ground(colours.colour(scale.position(x), scale.signed, canvas))


def _half(x: Dot, y: Dot, scale: Scale, canvas: Canvas) -> tuple[str, Style]:
    if x is None and y is None:
        return " ", Style.null()
    upper, lower = (None if v is None else colours.colour(scale.position(v), scale.signed, canvas) for v in (x, y))
    if upper is None:
        assert lower is not None
        return "▄", colours.two(lower, None)
    return "▀", colours.two(upper, lower)


def bad_glyph(x: float, canvas: Canvas) -> str:
    """What stands for nan or an infinity."""
    if math.isnan(x):
        return "n"
    return "i" if canvas.ascii else "∞"


# ------------------------------------------------------------------------------------------------- legend


def legend(scale: Scale, marked: tuple[float, ...], canvas: Canvas, bar: str, told: Callable[[float], str]) -> Text:
    """`-2.1 ████ 2.1`: glyphs, or blanks to be coloured, and the glyphs of what is no number. Zero, where there are two
    colours, is in the middle."""
    low, high = told(scale.low), told(scale.high)
    far = max(-scale.low, scale.high)
    if scale.signed:
        low, high = told(-far), told(far)
    out = Text("  ").append(low, "dim").append(" ")
    out.append_text(_bar(scale, canvas, bar)) if scale.high > scale.low else out.append("")
    out.append(f" {high}" if scale.high > scale.low else "", "dim")
    marks = {bad_glyph(x, canvas): x for x in marked}
    for mark, x in marks.items():
        out.append("  ").append(mark, colours.BAD if canvas.colour else colours.BAD_PLAIN)
        out.append(" nan" if math.isnan(x) else " inf", "dim")
    return out if cell_len(out.plain) <= canvas.width else Text(f"  {low} {high}", style="dim")


def _unfinite(slice: Matrix) -> Iterator[float]:
    return (number(x) for row in slice.rows for x in row if isinstance(x, str) and x in ("nan", "inf", "-inf"))


def _bar(scale: Scale, canvas: Canvas, bar: str) -> Text:
    """From the lowest to the highest."""
    if not canvas.colour:
        return Text(bar)
    out = Text()
    for i, glyph in enumerate(bar):
        at = i / (len(bar) - 1)
        out.append(glyph, colours.ground(colours.colour(2 * at - 1 if scale.signed else at, scale.signed, canvas)))
    return out
