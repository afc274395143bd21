"""What `where` and `masked_fill` choose by a condition: which elements come from the one, which from the other."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import clean
from tutor.render.pictures import axes
from tutor.render.pictures.advanced import within
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.cells import captioned, coordinates, edge, grid, small, texts, together
from tutor.render.pictures.drawing import Operand, finished, note
from tutor.render.pictures.elements import flat
from tutor.worker.wire import Values

LETTERS = "FT"


@dataclass(frozen=True)
class Choice:
    """`torch.where(x > 0, x, b)`."""

    kind: ClassVar[Kind] = "index"
    pages: ClassVar[int] = 1
    text: str
    condition: Operand
    sides: tuple[Operand, Operand]
    """Where it is True, and where it is False; a number has no dimensions."""
    values: Values = None
    """Of the result."""

    @property
    def shape(self) -> Shape:
        """Of the result."""
        return axes.broadcast([self.condition.shape, *(side.shape for side in self.sides)]) or ()

    @property
    def drawn(self) -> bool:
        """Whether it is small, and condition and result are known."""
        if not self.shape or not small(self.shape):
            return False
        return bool(texts(self.condition.values, self.condition.shape) and texts(self.values, self.shape))

    @property
    def chosen(self) -> tuple[bool, ...]:
        """The condition for each element of the result."""
        told = flat(self.condition.values)
        return tuple(told[place] is True for place in self._read(self.condition))

    def _read(self, of: Operand) -> list[int]:
        """For each element of the result, row by row, the place that is read in an operand."""
        return [within(coordinates(n, self.shape), of.shape) for n in range(math.prod(self.shape))]

    def title(self, lang: Lang) -> str:
        """`choosing torch.where(x > 0, x, b)`."""
        return f"{say(lang, 'choosing', '按条件选取')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The result with a letter at each element; where there is room, before it each side as it is read, with those
        that are chosen in brackets."""
        chosen = self.chosen
        told = texts(self.values, self.shape)
        right = grid(told, self.shape, {n: f" {LETTERS[c]}" for n, c in enumerate(chosen)}, canvas, bare=True)
        blocks, lead = [], 0
        for side, wanted in zip(self.sides, (True, False), strict=True):
            known = texts(side.values, side.shape)
            if not known or not side.shape:
                continue
            marks = {n: "" for n, c in enumerate(chosen) if c == wanted}
            lines = grid([known[place] for place in self._read(side)], self.shape, marks, canvas)
            blocks.append(captioned(f"{wanted}: {side.caption}", lines))
            lead = edge(lines, self.shape)
        result = f"{say(canvas.lang, 'result', '结果')} {values.shape(self.shape)}"
        out = together([*blocks, captioned(result, right, lead)], canvas)
        if len(out) > len(right) + 1 + lead:  # they did not fit beside one another
            out = captioned(result, right)
        for line in self._words(canvas.lang):
            out += note(line, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """How many from which side, and each element of a small result."""
        chosen = "; ".join("".join(LETTERS[c] for c in row) for row in self._rows())
        return [f"{self.title(lang)}: {values.shape(self.shape)}", *self._words(lang), chosen]

    def _rows(self) -> Iterator[tuple[bool, ...]]:
        across = self.shape[-1] if self.shape else 1
        chosen = self.chosen
        for at in range(0, len(chosen), across):
            yield chosen[at : at + across]

    def _words(self, lang: Lang) -> Iterator[str]:
        condition, (one, other) = clean(self.condition.text), (clean(side.text) for side in self.sides)
        count = sum(self.chosen)
        text = say(
            lang, "{}: {} True (T), from {}; {} False (F), from {}", "{}：{}个True（T），取自{}；{}个False（F），取自{}"
        )
        yield text.format(condition, count, one, len(self.chosen) - count, other)
