"""Which memory two tensors read, and in which order: one storage under two names, or a copy. In small tensors each
element stands with its place in the storage, so that strides can be seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import clean
from tutor.render.pictures import axes, colours
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.colours import Scale
from tutor.render.pictures.drawing import DIM, GOOD, NAME, STRETCHED, Cell, beside, columns, finished, note, padded

ROWS, COLUMNS = 6, 8  # that are drawn of each
WIDE = 24  # columns that are drawn where all of them fit
HIGH = 11  # lines of slices under one another


@dataclass(frozen=True)
class Seen:
    """A tensor as a way to read a storage."""

    text: str
    shape: Shape
    strides: Shape
    offset: int = 0

    @property
    def contiguous(self) -> bool:
        """Whether it reads its memory row by row."""
        return axes.is_contiguous(self.shape, self.strides)

    @property
    def last(self) -> int:
        """The farthest place it reads."""
        return self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True) if n)

    @property
    def repeats(self) -> tuple[int, ...]:
        """Dimensions along which the same element is read again."""
        return tuple(d for d, (n, s) in enumerate(zip(self.shape, self.strides, strict=True)) if s == 0 and n > 1)


@dataclass(frozen=True)
class Layout:
    """A tensor, and one that came from it."""

    kind: ClassVar[Kind] = "layout"
    pages: ClassVar[int] = 1
    source: Seen
    result: Seen
    shared: bool
    """Whether both read one storage."""
    operation: str = ""
    """The call that made the second."""
    refused: bool = False
    """A view that no strides can give; `result` has the shape asked for."""

    @property
    def telling(self) -> bool:
        """Whether the second reads the storage in another way than row by row."""
        return self.refused or (self.shared and not self.result.contiguous)

    def title(self, lang: Lang) -> str:
        """`memory: x, y = x.t()`."""
        name = clean(self.result.text)
        said = name if self.operation in ("", self.result.text) else f"{name} = {clean(self.operation)}"
        return f"{say(lang, 'memory', '内存')} {said}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Shapes and strides, the elements by their places, and what follows."""
        out = _table(self, canvas)
        grids = _grids(self, canvas) if not self.refused else []
        if grids:
            out += [Text(), *grids]
        for line in _words(self, canvas.lang):
            out += note(line, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Shapes, strides and whose memory."""
        both = "; ".join(
            f"{clean(s.text)} {values.shape(s.shape)} strides {_strides(s)}" for s in (self.source, self.result)
        )
        return [f"{self.title(lang)}: {both}", *_words(self, lang)]


def _strides(seen: Seen) -> str:
    return str(seen.strides).replace(",)", ")")


def _table(picture: Layout, canvas: Canvas) -> list[Text]:
    lang = canvas.lang
    head: list[Cell] = [("", ""), (say(lang, "shape", "形状"), DIM), (say(lang, "strides", "步幅"), DIM)]
    head += [(say(lang, "starts at", "起点"), DIM), ("", "")]
    rows = [head]
    for seen in (picture.source, picture.result):
        own = seen is picture.result and not picture.shared and not picture.refused
        refused = seen is picture.result and picture.refused
        order = say(lang, "row by row", "按行连续") if seen.contiguous else say(lang, "not contiguous", "不连续")
        strides: Cell = ("?", "bold red") if refused else (_strides(seen), "" if seen.contiguous else STRETCHED)
        where = say(lang, "own memory", "自己的内存") if own else ""
        row: list[Cell] = [(clean(seen.text), NAME), (values.shape(seen.shape), "cyan"), strides]
        row += [(str(seen.offset), ""), ("" if refused else where or order, GOOD if own else DIM)]
        rows.append(row)
    longest = max(cell_len(row[-1][0]) for row in rows)
    return columns([[*row[:-1], (padded(row[-1][0], longest), row[-1][1])] for row in rows], canvas)


def _words(picture: Layout, lang: Lang) -> Iterator[str]:
    source, result = picture.source, picture.result
    names = clean(source.text), clean(result.text)
    if picture.refused and math.prod(source.shape) != math.prod(result.shape):
        text = say(lang, "{} elements cannot be {}: that takes {}", "{}个元素排不成{}：那需要{}个")
        yield text.format(math.prod(source.shape), values.shape(result.shape), math.prod(result.shape))
        return
    if picture.refused:
        yield say(
            lang,
            "no strides give {} over this memory: contiguous() or reshape() copies first",
            "在这块内存上没有步幅能给出{}：contiguous()或reshape()会先复制",
        ).format(values.shape(result.shape))
        return
    if not picture.shared:
        yield say(lang, "a copy: what changes in {1} does not show in {0}", "一份拷贝：改动{1}不影响{0}").format(*names)
        return
    yield say(
        lang, "one memory, two names: what changes in {1} shows in {0}", "一块内存，两个名字：改动{1}，{0}也随之改变"
    ).format(*names)
    if result.repeats:
        dims = ", ".join(map(str, result.repeats))
        text = say(lang, "stride 0: along dim {} the same element is read again", "步幅0：沿第{}维反复读取同一元素")
        yield text.format(dims)


# -------------------------------------------------------------------------------------------------- grids


def _grids(picture: Layout, canvas: Canvas) -> list[Text]:
    """The places that each reads, in its own shape; colours follow the storage, so that the order can be seen."""
    both = (picture.source, picture.result)
    if any(not 1 <= len(s.shape) <= 3 or 0 in s.shape for s in both):
        return []
    last = max(s.last for s in both)
    scale = Scale(0, max(last, 1))
    for lines in _arranged(both, scale, canvas):
        if max(line.cell_len for line in lines) <= canvas.width:
            break
    else:
        return []
    told = say(canvas.lang, "numbers are places in the memory", "数字是在内存中的位置")
    if not picture.shared:
        told = say(canvas.lang, "numbers are places, of each in its own memory", "数字是在各自内存中的位置")
    return [*lines, *note(told, canvas)]


def _arranged(both: tuple[Seen, Seen], scale: Scale, canvas: Canvas) -> Iterator[list[Text]]:
    """Both beside one another, then with fewer columns, then under one another."""
    for most in (WIDE, COLUMNS):
        blocks = []
        for seen in both:
            grid = _grid(seen, scale, canvas, most if seen.shape[-1] <= most else COLUMNS)
            blocks.append([Text("  ").append(clean(seen.text), NAME), *(Text("  ").append_text(line) for line in grid)])
        yield beside([_topped(b, max(map(len, blocks))) for b in blocks], 4)
    yield [*blocks[0], *blocks[1]]


def _topped(block: list[Text], height: int) -> list[Text]:
    return [*block, *(Text() for _ in range(height - len(block)))]


def _grid(seen: Seen, scale: Scale, canvas: Canvas, most: int) -> list[Text]:
    """Places row by row, up to so many in each; slices of three dimensions under one another."""
    if len(seen.shape) == 3:
        out: list[Text] = []
        inner = seen.shape[1:]
        slices = min(seen.shape[0], max(2, (HIGH + 1) // (min(inner[0], ROWS) + 1)))
        for i in range(slices):
            start = seen.offset + i * seen.strides[0]
            out += [*([Text()] if i else []), *_grid(Seen("", inner, seen.strides[1:], start), scale, canvas, most)]
        return [*out, Text("…", style=DIM)] if seen.shape[0] > slices else out
    shape, strides = (1, *seen.shape)[-2:], (0, *seen.strides)[-2:]
    width = len(str(int(scale.high))) + 2
    out = []
    for i in range(min(shape[0], ROWS)):
        line = Text()
        for j in range(min(shape[1], most)):
            place = seen.offset + i * strides[0] + j * strides[1]
            line.append(f"{place} ".rjust(width), _style(place, scale, canvas))
        out.append(line.append(" …" if shape[1] > most else "", DIM))
    return [*out, Text(" …", style=DIM)] if shape[0] > ROWS else out


def _style(place: int, scale: Scale, canvas: Canvas) -> Style | str:
    if not canvas.colour:
        return ""
    return colours.ground(colours.colour(scale.position(place), False, canvas))
