"""Tensors put together (cat, stack) and taken apart (split, chunk): which piece each part of the whole is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.color import Color
from rich.style import Style
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import clean
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
    columns,
    finished,
    note,
    rule,
    tick,
)

ROWS, COLUMNS = 8, 16  # of a whole that is drawn
LISTED = 6  # pieces
LETTERS = "abcdefghijklmnopqrstuvwxyz"
INKS = (24, 94, 60, 29, 131, 66)


@dataclass(frozen=True)
class Join:
    """Pieces, and the whole they make or come from."""

    kind: ClassVar[Kind] = "join"
    pages: ClassVar[int] = 1
    text: str
    pieces: tuple[Operand, ...]
    dim: int
    new: bool = False
    """Whether the dimension is a new one (stack)."""
    whole: Operand | None = None
    """Where it is taken apart (split)."""

    @property
    def misfits(self) -> tuple[tuple[int, int], ...]:
        """(piece, dimension) where a size is not that of the first piece."""
        first = self.pieces[0].shape
        return tuple(
            (i, d)
            for i, piece in enumerate(self.pieces)
            for d in range(max(len(first), len(piece.shape)))
            if (self.new or d != self.dim) and piece.shape[d : d + 1] != first[d : d + 1]
        )

    @property
    def shape(self) -> Shape | None:
        """Of the whole; None where the pieces do not fit."""
        if self.whole is not None:
            return self.whole.shape
        if self.misfits:
            return None
        first = self.pieces[0].shape
        if self.new:
            return (*first[: self.dim], len(self.pieces), *first[self.dim :])
        return (*first[: self.dim], sum(p.shape[self.dim] for p in self.pieces), *first[self.dim + 1 :])

    def title(self, lang: Lang) -> str:
        """`putting together torch.cat((a, b))`."""
        split = say(lang, "taking apart", "拆分")
        return f"{split if self.whole is not None else say(lang, 'putting together', '拼接')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The table of axes, and the whole with its pieces in letters where it is small."""
        out = _table(self, canvas)
        figure = _figure(self, canvas)
        if figure:
            out += [Text(), *figure]
        for line in _words(self, canvas.lang):
            out += note(line, canvas, DIM if self.shape is not None else WRONG)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Shapes and the dimension."""
        pieces = ", ".join(p.caption for p in self.pieces[:LISTED])
        result = values.shape(self.shape) if self.shape is not None else say(lang, "fails", "失败")
        told = f"{result} -> {pieces}" if self.whole is not None else f"{pieces} -> {result}"
        return [f"{self.title(lang)}: {told}", *_words(self, lang)]


def _table(picture: Join, canvas: Canvas) -> list[Text]:
    deep = max(len(p.shape) for p in picture.pieces) + picture.new
    rows: list[list[Cell]] = [[("", ""), *((f"dim {d}", DIM) for d in range(deep))]]
    misfits, marks = set(picture.misfits), _marks(picture)
    for i, piece in enumerate(picture.pieces[:LISTED]):
        sizes: list[Cell] = []
        for d, n in enumerate(piece.shape):
            style = WRONG if (i, d) in misfits else STRETCHED if d == picture.dim and not picture.new else ""
            sizes.append((f"{n} {tick(False, canvas)}" if (i, d) in misfits else str(n), style))
        if picture.new:
            sizes.insert(picture.dim, ("(1)", ADDED))
        mark, name = marks[i], clean(piece.text)
        rows.append([(name if mark == name else f"{mark} {name}", NAME), *sizes])
    if len(picture.pieces) > LISTED:
        rows.append([(say(canvas.lang, "{} more", "还有{}个").format(len(picture.pieces) - LISTED), DIM)])
    if picture.shape is None:
        return columns(rows, canvas)
    name = clean(picture.whole.text if picture.whole is not None else picture.text)
    total: list[Cell] = [(name, NAME)]
    total += [(str(n), GOOD if d == picture.dim else "") for d, n in enumerate(picture.shape)]
    lines = columns([*rows, total], canvas)
    return [*lines[:-1], rule(max(line.cell_len for line in lines) - 2, canvas), lines[-1]]


def _marks(picture: Join) -> list[str]:
    """A letter for each piece: its name where all have one of a single letter, else one that is none of their names."""
    names = [clean(piece.text) for piece in picture.pieces]
    if all(len(name) == 1 for name in names) and len(set(names)) == len(names):
        return names
    letters = [LETTERS[i % len(LETTERS)] for i in range(len(names))]
    return [letter.upper() for letter in letters] if set(letters) & set(names) else letters


def _words(picture: Join, lang: Lang) -> Iterator[str]:
    first = picture.pieces[0]
    for i, d in picture.misfits[:3]:
        piece = picture.pieces[i]
        text = say(
            lang,
            "dim {}: {} has {}, {} has {}; only the joined dimension may differ",
            "第{}维：{}为{}，{}为{}；只有拼接的那一维可以不同",
        )
        if picture.new:
            text = say(
                lang,
                "dim {}: {} has {}, {} has {}; stack needs equal shapes",
                "第{}维：{}为{}，{}为{}；stack要求形状完全相同",
            )
        sizes = (_size(first.shape, d, lang), _size(piece.shape, d, lang))
        yield text.format(d, clean(first.text), sizes[0], clean(piece.text), sizes[1])
    if picture.misfits:
        return
    if picture.whole is not None:
        count, each = len(picture.pieces), [p.shape[picture.dim] for p in picture.pieces]
        text = say(
            lang, "{} pieces along dim {}: {}; each is a view of {}", "沿第{1}维分成{0}份：{2}；每份都是{3}的视图"
        )
        yield text.format(count, picture.dim, " + ".join(map(str, each[:8])), clean(picture.whole.text))
    elif picture.new:
        yield say(lang, "a new dim {} counts the pieces", "新的第{}维用来数各份").format(picture.dim)
    else:
        each = [p.shape[picture.dim] for p in picture.pieces[:8]]
        text = say(lang, "dim {}: {} = {}", "第{}维：{} = {}")
        assert picture.shape is not None
        if len(picture.pieces) <= len(each):
            yield text.format(picture.dim, " + ".join(map(str, each)), picture.shape[picture.dim])


def _size(shape: Shape, d: int, lang: Lang) -> str:
    return str(shape[d]) if d < len(shape) else say(lang, "none", "无")


# ------------------------------------------------------------------------------------------------- figure


def _figure(picture: Join, canvas: Canvas) -> list[Text]:
    """The whole, each element as the letter of its piece."""
    shape = picture.shape
    if shape is None or not 1 <= len(shape) <= 2 or 0 in shape:
        return []
    rows, across = (1, *shape)[-2:]
    if rows > ROWS or across > COLUMNS or 3 * across + 2 > canvas.width:
        return []
    sizes = [1] * len(picture.pieces) if picture.new else [p.shape[picture.dim] for p in picture.pieces]
    owner = [i for i, n in enumerate(sizes) for _ in range(n)]
    along, marks = picture.dim + 2 - len(shape), _marks(picture)
    out = []
    for i in range(rows):
        line = Text("  ")
        for j in range(across):
            piece = owner[(i, j)[along]]
            line.append(f" {marks[piece]} ", _ink(piece, canvas))
        out.append(line)
    return out


def _ink(piece: int, canvas: Canvas) -> Style | str:
    if not canvas.colour:
        return ""
    return Style(color=Color.from_ansi(231), bgcolor=Color.from_ansi(INKS[piece % len(INKS)]))
