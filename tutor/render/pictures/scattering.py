"""What `scatter` and its like write: where each value goes, and which elements are overwritten."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render.clean import clean
from tutor.render.pictures.advanced import within
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.cells import (
    LETTERS,
    captioned,
    coordinates,
    edge,
    grid,
    listed,
    marked,
    small,
    texts,
    together,
)
from tutor.render.pictures.drawing import Operand, finished, note
from tutor.render.pictures.elements import flat
from tutor.worker.wire import Scalar, Values


@dataclass(frozen=True)
class Scattered:
    """`z.scatter_(1, index, src)`."""

    kind: ClassVar[Kind] = "index"
    pages: ClassVar[int] = 1
    text: str
    target: Operand
    """Before."""
    dim: int
    index: Operand
    source: Operand
    """What is written; a number has no dimensions."""
    adds: bool = False
    in_place: bool = False
    values: Values = None
    """Of the result."""

    @property
    def drawn(self) -> bool:
        """Whether it is small, and the index and what came out are known."""
        if not small(self.target.shape):
            return False
        known = texts(self.index.values, self.index.shape) and texts(self.values, self.target.shape)
        return bool(known) and all(0 <= i < self._size for _, i in self._indices())

    @property
    def _size(self) -> int:
        return self.target.shape[self.dim]

    def _indices(self) -> Iterator[tuple[tuple[int, ...], int]]:
        for n, i in enumerate(flat(self.index.values)):
            yield coordinates(n, self.index.shape), i if isinstance(i, int) else -1

    @property
    def writes(self) -> tuple[tuple[int, int], ...]:
        """For each index, in their order, the place that is written and the place in the source, counted row by row."""
        out = []
        for at, i in self._indices():
            goes = (*at[: self.dim], i, *at[self.dim + 1 :])
            out.append((within(goes, self.target.shape), within(at, self.source.shape) if self.source.shape else 0))
        return tuple(out)

    @property
    def stands(self) -> Mapping[int, tuple[int, ...]]:
        """For each place that is written the places in the source that are to be seen there: all that were added, else
        the last that has the value which came out; none where what is written is not known."""
        came, given = flat(self.values), flat(self.source.values)
        out: dict[int, tuple[int, ...]] = {}
        for place, read in self.writes:
            out.setdefault(place, ())
            if self._known and (self.adds or _same(given[read], came[place])):
                out[place] = (*out[place], read) if self.adds else (read,)
        return out

    @property
    def _known(self) -> bool:
        return bool(self.source.shape) and bool(texts(self.source.values, self.source.shape))

    def title(self, lang: Lang) -> str:
        """`scattering z.scatter_(1, index, src)`."""
        return f"{say(lang, 'scattering', '按索引写入')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The formula, what is written with a letter each, and the result with what was written in brackets."""
        out = note(self.formula, canvas, "bold")
        stands, source = self.stands, self.source
        read = sorted({read for _, read in self.writes}) if self._known else []
        letters = {place: chr(ord("a") + n) for n, place in enumerate(read)} if len(read) <= LETTERS else {}
        marks = {place: "".join(letters.get(read, "") for read in found) for place, found in stands.items()}
        named = self.in_place and self.target.text.isidentifier()
        result = Operand(self.target.text if named else say(canvas.lang, "result", "结果"), self.target.shape)
        right = marked(Operand("", self.target.shape, self.values), marks, canvas)
        blocks = [captioned(result.caption, right)] if right else []
        left = grid(texts(source.values, source.shape), source.shape, letters, canvas, bare=True) if letters else []
        if left:
            blocks.insert(0, captioned(source.caption, left, edge(right, self.target.shape) if right else 0))
        out += together(blocks, canvas) if blocks else []
        for line in self._words(canvas.lang):
            out += note(line, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """The formula, how many are written, and where."""
        caption = f"{self.target.caption}, {self.index.caption}"
        told = listed([place for place, _ in self.writes], self.target.shape)
        places = say(lang, "written, in the order of the index: {}", "按索引的次序写入：{}").format(told)
        return [f"{self.title(lang)}: {caption}", self.formula, *self._words(lang), places]

    @property
    def formula(self) -> str:
        """`z[i, index[i, j]] = src[i, j]`."""
        letters = "ijklmn"[: len(self.index.shape)]
        index = clean(self.index.text) if self.index.text.isidentifier() else "index"
        inside = [f"{index}[{', '.join(letters)}]" if d == self.dim else c for d, c in enumerate(letters)]
        name = clean(self.target.text) if self.in_place and self.target.text.isidentifier() else "out"
        source = clean(self.source.text) if self.source.text.isidentifier() or not self.source.shape else "src"
        read = f"{source}[{', '.join(letters)}]" if self.source.shape else source
        return f"{name}[{', '.join(inside)}] {'+=' if self.adds else '='} {read}"

    def _words(self, lang: Lang) -> Iterator[str]:
        places = [place for place, _ in self.writes]
        count, whole = len(set(places)), math.prod(self.target.shape)
        if self.adds:
            text = say(lang, "adds to {} of {} elements", "加到{1}个元素中的{0}个上")
        elif self.in_place:
            text = say(lang, "sets {} of {} elements in place", "原地改动{1}个元素中的{0}个")
        else:
            text = say(
                lang, "{} of {} elements are written, the others are those of {}", "{1}个元素写入{0}个，其余取自{2}"
            )
        yield text.format(count, whole, clean(self.target.text))
        often = len({place for place in places if places.count(place) > 1})
        if often and self.adds:
            yield say(lang, "{} of them get more than one", "其中{}个加上了多个值").format(often)
        elif often and self.source.shape:
            text = say(
                lang,
                "{} of them written more than once: which value stays is not defined",
                "其中{}个被多次写入：留下哪个值没有保证",
            )
            yield text.format(often)


def _same(one: Scalar, other: Scalar) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
