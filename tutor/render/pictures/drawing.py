"""What several kinds of pictures are put together from: columns of words, boxes, blocks beside one another, remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from tutor.render import values
from tutor.render.ascii import ASCII
from tutor.render.clean import clean
from tutor.render.layout import wrapped
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas
from tutor.worker.wire import ArrayValue, TensorValue, Values

GOOD, WRONG, DIM, NAME = "bold green", "bold red", "dim", "bold"
STRETCHED, ADDED = "yellow", "magenta"


@dataclass(frozen=True)
class Operand:
    """A tensor in a picture: the expression it comes from and its shape, with its elements where they are known."""

    text: str
    shape: Shape
    values: Values = None

    @property
    def caption(self) -> str:
        """`x 2x3`."""
        return f"{clean(self.text)} {values.shape(self.shape)}"


def operand(text: str, value: TensorValue | ArrayValue) -> Operand:
    """A value of the trace."""
    return Operand(text, value.shape, value.values)


Cell = tuple[str, str]
"""Text and its style."""


def columns(rows: Sequence[Sequence[Cell]], canvas: Canvas, lead: int = 2, gap: int = 2) -> list[Text]:
    """Rows of cells: the first column to the left, the others to the right. The first gives way where it is tight."""
    count = max((len(row) for row in rows), default=0)
    widths = [max((cell_len(row[i][0]) for row in rows if i < len(row)), default=0) for i in range(count)]
    rest = sum(widths[1:]) + gap * (count - 1) + lead
    widths[0] = min(widths[0], max(4, canvas.width - rest))
    out: list[Text] = []
    for row in rows:
        line = Text(" " * lead)
        for i, (text, style) in enumerate(row):
            if i == 0:
                line.append(padded(text, widths[0]), style)
            else:
                line.append(" " * (gap + widths[i] - cell_len(text))).append(text, style)
        line.truncate(canvas.width)
        out.append(line)
    return out


def padded(text: str, width: int) -> str:
    """At a width, cut with a mark where it is longer."""
    if cell_len(text) <= width:
        return text + " " * (width - cell_len(text))
    while cell_len(text) > width - 1:
        text = text[:-1]
    return text + "…" + " " * (width - cell_len(text) - 1)


def finished(lines: Sequence[Text], canvas: Canvas) -> list[Text]:
    """Lines as they leave a picture: none wider than the canvas, in ASCII where that is asked for."""
    out = []
    for line in lines:
        if canvas.ascii and not line.plain.isascii():
            line.plain = line.plain.translate(ASCII)  # one character for one: styles stay where they are
        line.truncate(canvas.width)
        out.append(line)
    return out


def note(text: str, canvas: Canvas, style: str = DIM, lead: int = 2) -> list[Text]:
    """A remark, in as many lines as it needs."""
    lead = min(lead, max(0, canvas.width - 8))
    lines = wrapped(Text(text, style=style), max(8, canvas.width - lead)).split("\n")
    return [Text(" " * lead).append_text(line) for line in lines]


def rule(width: int, canvas: Canvas, lead: int = 2) -> Text:
    """A line above a sum."""
    return Text(" " * lead + ("-" if canvas.ascii else "─") * max(0, min(width, canvas.width - lead)), style=DIM)


def beside(blocks: Sequence[Sequence[Text]], gap: int = 2) -> list[Text]:
    """Blocks of lines beside one another, at their bottoms."""
    height = max((len(block) for block in blocks), default=0)
    out = [Text() for _ in range(height)]
    start = 0
    for block in blocks:
        for line, part in zip(out[height - len(block) :], block, strict=True):
            line.append(" " * (start - line.cell_len)).append_text(part)
        start += max((line.cell_len for line in block), default=0) + gap
    return out


def box(across: Cell, down: Cell, width: int, height: int, canvas: Canvas, label: str = "") -> list[Text]:
    """A frame with the count of its columns on the upper edge and of its rows at the left."""
    corner = "++++-|" if canvas.ascii else "┌┐└┘─│"
    left = cell_len(down[0]) + 1
    top = Text(" " * left).append(corner[0])
    width = max(width, cell_len(across[0]) + 2, cell_len(label))
    before = (width - cell_len(across[0]) - 2) // 2
    top.append(corner[4] * before + " ").append(*across).append(
        " " + corner[4] * (width - before - 2 - cell_len(across[0]))
    )
    out = [top.append(corner[1])]
    for i in range(height):
        middle = i == (height - 1) // 2
        line = Text().append(down[0] if middle else " " * (left - 1), down[1] if middle else "").append(" ")
        inside = label.center(width) if middle else " " * width
        out.append(line.append(corner[5]).append(inside, NAME).append(corner[5]))
    out.append(Text(" " * left + corner[2] + corner[4] * width + corner[3]))
    return out


def arrow(canvas: Canvas) -> str:
    """From one thing to another."""
    return "->" if canvas.ascii else "→"


def tick(good: bool, canvas: Canvas) -> str:
    """Whether something fits."""
    return ("ok" if good else "x") if canvas.ascii else ("✓" if good else "✗")


def unequal(canvas: Canvas) -> str:
    """Between two sizes that do not fit."""
    return "!=" if canvas.ascii else "≠"
