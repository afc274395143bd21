"""Elements picked out of a tensor: by an index, with the picked ones marked, and by `gather`, with its formula."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import clean
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.cells import LETTERS, captioned, coordinates, edge, grid, listed, marked, small, together
from tutor.render.pictures.drawing import Cell, Operand, columns, finished, note
from tutor.render.pictures.elements import flat
from tutor.worker.wire import Values


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

    @property
    def drawn(self) -> bool:
        """Whether the source is small enough to be seen with its numbers."""
        return bool(self.places) and small(self.source.shape)

    def title(self, lang: Lang) -> str:
        """`index x[1:, 0]`."""
        return f"{say(lang, 'index', '索引')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The source with the picked elements in brackets beside the result, then what each item of the index does."""
        out = _both(self.source, self.places, self.shape, self.text if self.copies else "", canvas)
        for line in _words(self, canvas.lang):
            out += note(line, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Shapes, what each item of the index does, and of a copy where each element comes from."""
        out = [f"{self.title(lang)}: {self.source.caption} -> {values.shape(self.shape)}", *_words(self, lang)]
        if self.copies and self.places:
            told = listed(self.places, self.source.shape)
            out.append(say(lang, "taken in this order: {}", "依次取自：{}").format(told))
        return out

    @property
    def copies(self) -> bool:
        """Whether tensors, lists or masks are in the index."""
        return any(what in ("picks", "mask") for _, what in self.axes)


def _words(picture: Picked, lang: Lang) -> Iterator[str]:
    said = {
        "keeps": say(lang, "keeps its dimension", "保留这一维"),
        "drops": say(lang, "takes one and drops the dimension", "取一个，去掉这一维"),
        "adds": say(lang, "adds a dimension of size 1", "加上大小为1的一维"),
        "picks": say(lang, "picks in the order of the index", "按索引的次序挑选"),
        "mask": say(lang, "keeps what is True, in one dimension", "保留为True的，合成一维"),
        "pairs": say(lang, "the lists go together, place by place", "各列表逐位配对"),
    }
    for item, what in picture.axes:
        yield f"{clean(item)}{say(lang, ': ', '：')}{said[what]}"
    taken, whole = math.prod(picture.shape), math.prod(picture.source.shape)
    text = say(lang, "{} of {} elements: {} to {}", "{1}个元素取{0}个：{2}变为{3}")
    yield text.format(taken, whole, values.shape(picture.source.shape), values.shape(picture.shape))


# ------------------------------------------------------------------------------------------------- setting


@dataclass(frozen=True)
class Assigned:
    """`x[x > 5] = 0`: which elements it sets."""

    kind: ClassVar[Kind] = "index"
    pages: ClassVar[int] = 1
    text: str
    picked: Picked
    """What the index would take."""
    after: Values

    def title(self, lang: Lang) -> str:
        """`setting x[x > 5] = 0`."""
        return f"{say(lang, 'setting', '按索引赋值')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Before and after, with the elements that are set in brackets."""
        source, taken = self.picked.source, dict.fromkeys(self.picked.places, "")
        names = say(canvas.lang, "before", "之前"), say(canvas.lang, "after", "之后")
        grids = [marked(Operand("", source.shape, known), taken, canvas) for known in (source.values, self.after)]
        blocks = [captioned(f"{source.text}  {when}", g) for when, g in zip(names, grids, strict=True) if g]
        lines = together(blocks, canvas) if blocks else []
        for words in self._words(canvas.lang):
            lines += note(words, canvas)
        return finished(lines, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """How many are set, and where."""
        told = listed(self.picked.places, self.picked.source.shape)
        return [self.title(lang), *self._words(lang), *([told] if told else [])]

    def _words(self, lang: Lang) -> Iterator[str]:
        said = {
            "mask": say(lang, "where it is True", "为True的位置"),
            "pairs": say(lang, "the lists go together, place by place", "各列表逐位配对"),
        }
        for item, what in self.picked.axes:
            if what in said:
                yield f"{clean(item)}{say(lang, ': ', '：')}{said[what]}"
        count, whole = len(set(self.picked.places)), math.prod(self.picked.source.shape)
        yield say(lang, "sets {} of {} elements in place", "原地改动{1}个元素中的{0}个").format(count, whole)


def _both(source: Operand, places: Sequence[int], shape: Shape, result: str, canvas: Canvas) -> list[Text]:
    """The source with some elements in brackets, and beside it the result, where it has a name. Where they are few each
    has a letter in both, so that one can see where it went."""
    letters: dict[int, str] = {}
    for place in places if result else ():
        letters.setdefault(place, chr(ord("a") + len(letters)) if len(letters) < LETTERS else "")
    if "" in letters.values():
        letters = {}
    left = marked(source, {place: letters.get(place, "") for place in places}, canvas)
    if not left or not result or not places:
        return left
    told, tags = numbers.digits(flat(source.values)), {i: letters.get(place, "") for i, place in enumerate(places)}
    right = grid([told[place] for place in places], shape, tags, canvas, bare=True)
    if not right:
        return left
    caption = f"{result} {values.shape(shape)}"
    return together([captioned(source.caption, left), captioned(caption, right, edge(left, source.shape))], canvas)


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
        picks = self.picks()
        places = [self.place(at, i) for at, i in picks if self.inside(i)]
        if places and len(places) == len(picks):
            out += _both(self.source, places, self.index.shape, self.text, canvas)
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
        index = clean(self.index.text) if self.index.text.isidentifier() else "index"
        inside = [f"{index}[{', '.join(letters)}]" if d == self.dim else c for d, c in enumerate(letters)]
        return f"out[{', '.join(letters)}] = {clean(self.source.text)}[{', '.join(inside)}]"

    def picks(self) -> list[tuple[tuple[int, ...], int]]:
        """Each place of the result with its index, where all are known."""
        known = flat(self.index.values)
        if len(known) != math.prod(self.index.shape) or not all(isinstance(i, int) for i in known):
            return []
        out = []
        for n, i in enumerate(known):
            out.append((coordinates(n, self.index.shape), int(i) if isinstance(i, int) else 0))
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
        known = flat(self.source.values)
        if not self.inside(i) or len(known) != math.prod(self.source.shape):
            return ""
        return numbers.one(known[self.place(at, i)])
