"""What `topk`, `sort` and `max` along a dimension take out of a tensor: which elements, and where they went."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import clean
from tutor.render.pictures import axes
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.cells import captioned, coordinates, edge, grid, listed, marked, small, texts, together
from tutor.render.pictures.drawing import Operand, finished, note

WHICH = {
    "topk": ("taken along dim {}", "沿第{}维取出"),
    "sort": ("sorted along dim {}", "沿第{}维排序"),
    "max": ("the largest along dim {}", "沿第{}维取最大"),
    "min": ("the smallest along dim {}", "沿第{}维取最小"),
    "median": ("the median along dim {}", "沿第{}维取中位数"),
}


@dataclass(frozen=True)
class Taken:
    """`x.topk(2)`: the elements that its indices stand for."""

    kind: ClassVar[Kind] = "index"
    pages: ClassVar[int] = 1
    text: str
    name: str
    """Of the function."""
    source: Operand
    dim: int | None
    """Along which; None for all elements row by row."""
    indices: Operand | None = None
    """What the trace says they are."""

    @property
    def drawn(self) -> bool:
        """Whether the source is small enough to be seen with its numbers, and they are known."""
        return small(self.source.shape) and bool(texts(self.source.values, self.source.shape)) and bool(self.places)

    @property
    def ranks(self) -> bool:
        """Whether several are taken along the dimension, in an order."""
        out = self.indices.shape if self.indices is not None else ()
        return self.dim is not None and len(out) == len(self.source.shape) and out[self.dim] > 1

    @property
    def places(self) -> tuple[int, ...]:
        """Of the taken elements in the source, counted row by row, in the order of the result."""
        if self.indices is None:
            return ()
        told = texts(self.indices.values, self.indices.shape)
        row = axes.contiguous(self.source.shape)
        return tuple(self._place(n, int(i), row) for n, i in enumerate(told))

    def _place(self, n: int, i: int, row: Shape) -> int:
        if self.dim is None or self.indices is None:
            return i
        at = coordinates(n, self.indices.shape)
        after = len(self.indices.shape) - len(self.source.shape) + 1  # 0 where the dimension is gone
        at = (*at[: self.dim], i, *at[self.dim + after :])
        return sum(k * step for k, step in zip(at, row, strict=True))

    def title(self, lang: Lang) -> str:
        """`taking x.topk(2)`."""
        name = say(lang, "sorting", "排序") if "sort" in self.name else say(lang, "taking", "取出")
        return f"{name} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The source with the taken elements in brackets; several along the dimension each have a letter, which is also
        in the result."""
        assert self.indices is not None
        ranks = (
            [coordinates(n, self.indices.shape)[self.dim or 0] for n in range(len(self.places))] if self.ranks else []
        )
        letters = [chr(ord("a") + rank) for rank in ranks] or [""] * len(self.places)
        left = marked(self.source, dict(zip(self.places, letters, strict=True)), canvas)
        if not left:
            return []
        out = captioned(self.source.caption, left)
        if ranks:
            told = texts(self.source.values, self.source.shape)
            alone = self.name.startswith("arg")  # the indices are all it gives
            numbers = texts(self.indices.values, self.indices.shape) if alone else [told[p] for p in self.places]
            right = grid(numbers, self.indices.shape, dict(enumerate(letters)), canvas, bare=True)
            caption = f"{'indices' if alone else 'values'} {values.shape(self.indices.shape)}"
            out = together([out, captioned(caption, right, edge(left, self.source.shape))], canvas)
        for line in self._words(canvas.lang):
            out += note(line, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Shapes, and where each element comes from."""
        shape = self.indices.shape if self.indices is not None else ()
        out = [f"{self.title(lang)}: {self.source.caption} -> {values.shape(shape)}", *self._words(lang, spoken=True)]
        if not self.places:
            return out
        told = listed(self.places, self.source.shape)
        return [*out, say(lang, "taken in this order: {}", "依次取自：{}").format(told)]

    def _words(self, lang: Lang, spoken: bool = False) -> Iterator[str]:
        if self.dim is None:
            text = say(
                lang, "without dim: the place among all, counted row by row", "未给dim：全部元素逐行数下来的位置"
            )
        elif self.ranks and spoken:
            text = say(lang, "in their order along dim {}", "沿第{}维依次排列")
        elif self.ranks:
            text = say(lang, "letters: the order in the result along dim {}", "字母：在结果中沿第{}维的次序")
        else:
            one = say(lang, *WHICH[self.name.removeprefix("arg")])
            each = (say(lang, ": one for each column", "：每列一个"), say(lang, ": one for each row", "：每行一个"))
            text = one + (each[self.dim] if len(self.source.shape) == 2 else "")
        yield text.format(self.dim)
