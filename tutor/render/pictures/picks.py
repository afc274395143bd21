"""Elements picked out of a tensor: by an index, with the picked ones marked, and by `gather`, with its formula."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import clean
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.drawing import DIM, Cell, Operand, columns, finished, note
from tutor.worker.wire import Scalar, Values

ROWS, COLUMNS = 8, 12  # of a tensor that is drawn
MARKED = "bold reverse"


@dataclass(frozen=True)
class Picked:
    """`x[1:, 0]`: which elements it takes."""

    kind: ClassVar[Kind] = "index"
    pages: ClassVar[int] = 1
    text: str
    source: Operand
    places: tuple[int, ...]
    """Of the picked elements in the source, counted row by row, in the order of the result."""
    shape: Shape
    """Of the result."""
    axes: tuple[tuple[str, str], ...] = ()
    """For each item of the index, as it is written: what it does to the axes (`keeps`, `drops`, `adds`, `picks`)."""

    def title(self, lang: Lang) -> str:
        """`index x[1:, 0]`."""
        return f"{say(lang, 'index', '索引')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The source with the picked elements in brackets, then what each item of the index does."""
        out = _marked(self.source, set(self.places), canvas)
        for line in _words(self, canvas.lang):
            out += note(line, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Shapes, and what each item of the index does."""
        return [f"{self.title(lang)}: {self.source.caption} -> {values.shape(self.shape)}", *_words(self, lang)]


def _words(picture: Picked, lang: Lang) -> Iterator[str]:
    said = {
        "keeps": say(lang, "keeps its dimension", "保留这一维"),
        "drops": say(lang, "takes one and drops the dimension", "取一个，去掉这一维"),
        "adds": say(lang, "adds a dimension of size 1", "加上大小为1的一维"),
        "picks": say(lang, "picks in the order of the index", "按索引的次序挑选"),
        "mask": say(lang, "keeps what is True, as a flat list", "保留为True的，排成一列"),
    }
    for item, what in picture.axes:
        yield f"{clean(item)}{say(lang, ': ', '：')}{said[what]}"
    taken, whole = math.prod(picture.shape), math.prod(picture.source.shape)
    text = say(lang, "{} of {} elements: {} to {}", "{1}个元素取{0}个：{2}变为{3}")
    yield text.format(taken, whole, values.shape(picture.source.shape), values.shape(picture.shape))


def _marked(source: Operand, places: set[int], canvas: Canvas) -> list[Text]:
    """A vector or matrix of numbers with some in brackets."""
    if not 1 <= len(source.shape) <= 2 or source.values is None:
        return []
    rows, across = (1, *source.shape)[-2:]
    flat = _flat(source.values)
    if rows > ROWS or across > COLUMNS or len(flat) != rows * across:
        return []
    told = numbers.digits(flat)
    width = max(map(len, told))
    if across * (width + 2) + 2 > canvas.width:
        return []
    out = []
    for i in range(rows):
        line = Text("  ")
        for j in range(across):
            at = i * across + j
            text = told[at].rjust(width)
            line.append(f"[{text}]" if at in places else f" {text} ", MARKED if at in places else DIM)
        out.append(line)
    return out


def _flat(known: Values) -> list[Scalar]:
    return [x for v in known for x in _flat(v)] if isinstance(known, (list, tuple)) else [known]


# ------------------------------------------------------------------------------------------------- gather


@dataclass(frozen=True)
class Gathered:
    """`x.gather(1, index)`: one element of `x` for each of `index`."""

    kind: ClassVar[Kind] = "index"
    pages: ClassVar[int] = 1
    text: str
    source: Operand
    index: Operand
    dim: int

    def title(self, lang: Lang) -> str:
        """`picking out x.gather(1, i)`."""
        return f"{say(lang, 'picking out', '按索引取值')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The formula, the source with the picked elements marked, the first few one by one."""
        out = note(self.formula, canvas, "bold")
        places = [self.place(at, i) for at, i in self.picks() if self.inside(i)]
        out += _marked(self.source, set(places), canvas)
        rows: list[list[Cell]] = []
        for at, i in self.picks()[:6]:
            known = self.element(at, i)
            rows.append(
                [(f"out{list(at)}", ""), (f"= {clean(self.source.text)}{self.spot(at, i)}", "cyan"), (known, "")]
            )
        return finished([*out, *(columns(rows, canvas) if rows else [])], canvas)

    def describe(self, lang: Lang) -> list[str]:
        """The formula and the shapes."""
        return [f"{self.title(lang)}: {self.source.caption}, {self.index.caption}", self.formula]

    @property
    def formula(self) -> str:
        """`out[i, j] = x[i, index[i, j]]`."""
        letters = "ijklmn"[: len(self.index.shape)]
        inside = [
            clean(self.index.text) + f"[{', '.join(letters)}]" if d == self.dim else c for d, c in enumerate(letters)
        ]
        return f"out[{', '.join(letters)}] = {clean(self.source.text)}[{', '.join(inside)}]"

    def picks(self) -> list[tuple[tuple[int, ...], int]]:
        """Each place of the result with its index, where all are known."""
        flat = _flat(self.index.values)
        if len(flat) != math.prod(self.index.shape) or not all(isinstance(i, int) for i in flat):
            return []
        out = []
        for n, i in enumerate(flat):
            at, rest = [], n
            for size in reversed(self.index.shape):
                at.append(rest % size)
                rest //= size
            out.append((tuple(reversed(at)), int(i) if isinstance(i, int) else 0))
        return out

    def inside(self, i: int) -> bool:
        """Whether an index is one of the source."""
        return 0 <= i < self.source.shape[self.dim]

    def spot(self, at: tuple[int, ...], i: int) -> list[int]:
        """Where in the source."""
        return [*at[: self.dim], i, *at[self.dim + 1 :]]

    def place(self, at: tuple[int, ...], i: int) -> int:
        """The same, counted row by row."""
        out = 0
        for n, size in zip(self.spot(at, i), self.source.shape, strict=True):
            out = out * size + n
        return out

    def element(self, at: tuple[int, ...], i: int) -> str:
        """The picked number, where it is known."""
        flat = _flat(self.source.values)
        if not self.inside(i) or len(flat) != math.prod(self.source.shape):
            return ""
        return numbers.one(flat[self.place(at, i)])
