"""Shapes that are brought to one: the axes under one another, counted from the last, with what is added and stretched;
and small tensors drawn out, the repeated elements pale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import clean
from tutor.render.pictures import axes
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.drawing import (
    ADDED,
    DIM,
    GOOD,
    NAME,
    STRETCHED,
    WRONG,
    Cell,
    Operand,
    arrow,
    beside,
    columns,
    finished,
    note,
    rule,
    tick,
    unequal,
)
from tutor.worker.wire import Scalar, Values

ROWS, COLUMNS = 6, 8  # of a result that is drawn out


@dataclass(frozen=True)
class Broadcast:
    """An operation element by element on tensors of different shapes."""

    kind: ClassVar[Kind] = "broadcast"
    pages: ClassVar[int] = 1
    text: str
    """The expression."""
    sign: str
    """`+`, or the name of the function."""
    operands: tuple[Operand, ...]
    in_place: bool = False
    """Whether the first has to keep its shape."""
    values: Values = None
    """Of the result."""

    @property
    def shape(self) -> Shape | None:
        """Of the result; None where the shapes do not go together."""
        found = axes.broadcast([o.shape for o in self.operands])
        return None if self.in_place and found != self.operands[0].shape else found

    @property
    def stretches(self) -> bool:
        """Whether there is anything to see: a shape that is not the result's."""
        return any(o.shape != self.shape for o in self.operands)

    def title(self, lang: Lang) -> str:
        """`broadcasting x + b`."""
        return f"{say(lang, 'broadcasting', '广播')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The table of axes, the figure where it is small, and what happens to each operand."""
        out = _table(self, canvas)
        figure = _figure(self, canvas)
        if figure:
            out += [Text(), *figure]
        for line in _words(self, canvas.lang):
            out += note(line, canvas, WRONG if self.shape is None else DIM)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Shapes, then axis by axis."""
        shapes = ", ".join(o.caption for o in self.operands)
        result = values.shape(self.shape) if self.shape is not None else say(lang, "fails", "失败")
        return [f"{self.title(lang)}: {shapes} -> {result}", *_words(self, lang)]


# ------------------------------------------------------------------------------------------------- table


def _table(picture: Broadcast, canvas: Canvas) -> list[Text]:
    names = [clean(o.text) for o in picture.operands]
    columns_of = list(axes.aligned([o.shape for o in picture.operands]))
    if not columns_of:
        return []
    deep = len(columns_of)
    head: list[Cell] = [("", ""), *((f"dim {d}", DIM) for d in range(deep))]
    rows: list[list[Cell]] = [head]
    for i, name in enumerate(names):
        rows.append([(name, NAME), *(_cell(sizes, i, picture, canvas) for sizes in columns_of)])
    last: list[Cell] = [(clean(picture.text), NAME)]
    for sizes in columns_of:
        size = _together(sizes, picture)
        if size is None:
            known = list(dict.fromkeys(str(n) for n in sizes if n not in (None, 1)))
            last.append((f" {unequal(canvas)} ".join(known) + f" {tick(False, canvas)}", WRONG))
        else:
            last.append((str(size), GOOD))
    lines = columns([*rows, last], canvas)
    width = max(line.cell_len for line in lines) - 2
    return [*lines[:-1], rule(width, canvas), lines[-1]]


def _together(sizes: tuple[int | None, ...], picture: Broadcast) -> int | None:
    """The size of one axis in the result."""
    found = axes.broadcast([(n,) for n in sizes if n is not None])
    if found is None or (picture.in_place and found != (sizes[0],)):
        return None
    return found[0]


def _cell(sizes: tuple[int | None, ...], i: int, picture: Broadcast, canvas: Canvas) -> Cell:
    """`3`, `1→3`, `(1)→3` for an axis that is not there."""
    size, into = sizes[i], _together(sizes, picture)
    if into is None:
        return (str(size) if size is not None else "(1)", WRONG if size not in (None, 1) else DIM)
    if size is None:
        return ("(1)" if into == 1 else f"(1){arrow(canvas)}{into}", ADDED)
    if size != into:
        return f"{size}{arrow(canvas)}{into}", STRETCHED
    return str(size), ""


def _words(picture: Broadcast, lang: Lang) -> Iterator[str]:
    """What is done to each operand, or why it cannot be done."""
    columns_of = list(axes.aligned([o.shape for o in picture.operands]))
    for d, sizes in enumerate(columns_of):
        if _together(sizes, picture) is None:
            yield _why(d, sizes, picture, lang)
    if picture.shape is None:
        return
    for i, operand in enumerate(picture.operands):
        added = [d for d, sizes in enumerate(columns_of) if sizes[i] is None]
        wider = [d for d, sizes in enumerate(columns_of) if sizes[i] == 1 and _together(sizes, picture) != 1]
        parts = [_dims(added, lang) + say(lang, " added", "补上") if added else ""]
        parts.append(_dims(wider, lang) + say(lang, " stretched", "拉伸") if wider else "")
        told = say(lang, ", ", "，").join(part for part in parts if part)
        if told:
            yield f"{clean(operand.text)}{say(lang, ': ', '：')}{told}"


def _dims(dims: list[int], lang: Lang) -> str:
    return say(lang, "dim ", "第") + say(lang, ", ", "、").join(map(str, dims)) + say(lang, "", "维")


def _why(d: int, sizes: tuple[int | None, ...], picture: Broadcast, lang: Lang) -> str:
    known = list(dict.fromkeys(n for n in sizes if n not in (None, 1)))
    if len(known) > 1:
        text = say(lang, "dim {}: {} and {} differ, and neither is 1", "第{}维：{}与{}不同，且都不是1")
        return text.format(d, known[0], known[1])
    name = clean(picture.operands[0].text)
    text = say(
        lang,
        "dim {}: {} keeps its shape in place, and would have to grow",
        "第{}维：原地操作不改变{}的形状，此处却要变大",
    )
    return text.format(d, name)


# ------------------------------------------------------------------------------------------------ figure


def _figure(picture: Broadcast, canvas: Canvas) -> list[Text]:
    """The operands as they are read, and the result; nothing where they are large."""
    shape = picture.shape
    if shape is None or not 1 <= len(shape) <= 2 or len(picture.operands) != 2 or not picture.stretches:
        return []
    rows, across = (1, *shape)[-2:]
    if not (1 <= rows <= ROWS and 1 <= across <= COLUMNS):
        return []
    blocks = [_block(o.shape, o.values, shape, canvas) for o in picture.operands]
    result = _block(shape, picture.values, shape, canvas)
    sign = picture.sign if len(picture.sign) <= 2 else ","
    middle = (rows - 1) // 2
    join = [Text(sign if i == middle else " ") for i in range(rows)]
    gives = [Text("=" if i == middle else " ") for i in range(rows)]
    lines = beside([[Text(" ")] * rows, blocks[0], join, blocks[1], gives, result], 1)
    return lines if max(line.cell_len for line in lines) <= canvas.width else []


def _block(own: Shape, known: Values, shape: Shape, canvas: Canvas) -> list[Text]:
    """Each element of the result's shape, with those that are only read again pale."""
    rows, across = (1, *shape)[-2:]
    full = (1,) * (2 - len(own)) + own
    texts = _texts(known, full, canvas)
    width = max(len(t) for row in texts for t in row)
    out: list[Text] = []
    for i in range(rows):
        line = Text()
        for j in range(across):
            stored = i < full[0] and j < full[1]
            text = texts[min(i, full[0] - 1)][min(j, full[1] - 1)].rjust(width)
            if known is None and not stored:
                text = "." if canvas.ascii else "□"
            line.append(f" {text}", "bold" if stored else DIM)
        out.append(line)
    return out


def _texts(known: Values, shape: Shape, canvas: Canvas) -> list[list[str]]:
    """The elements of a matrix as texts; a dot each where they are not known."""
    if known is None:
        return [["#" if canvas.ascii else "■"] * shape[1] for _ in range(shape[0])]
    flat = _flat(known)
    told = numbers.digits(flat)
    return [told[i * shape[1] : (i + 1) * shape[1]] for i in range(shape[0])]


def _flat(known: Values) -> list[Scalar]:
    return [x for v in known for x in _flat(v)] if isinstance(known, (list, tuple)) else [known]
