"""A product of matrices as on paper: the second above the result, the first at its left, the inner sizes marked."""

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
from tutor.render.pictures.drawing import DIM, GOOD, NAME, WRONG, Operand, box, finished, note, padded, tick, unequal

WIDE, HIGH = 14, 3  # cells of a box at most


@dataclass(frozen=True)
class Product:
    """`a @ b`, with a bias where a layer has one."""

    kind: ClassVar[Kind] = "matmul"
    pages: ClassVar[int] = 1
    text: str
    left: Operand
    right: Operand
    """As it enters the product: a layer's weight is already turned."""
    bias: Operand | None = None
    layer: str = ""
    """For a linear layer, the name of its weight, which is stored the other way round."""

    @property
    def shape(self) -> Shape | None:
        """Of the result; None where the shapes do not go together."""
        return axes.matmul(self.left.shape, self.right.shape)

    def title(self, lang: Lang) -> str:
        """`matrix product x @ w`."""
        return f"{say(lang, 'matrix product', '矩阵乘法')} {clean(self.text)}"

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Three boxes, and what each element of the result is."""
        out = _boxes(self, canvas) if self.left.shape and self.right.shape else []
        for line, style in _words(self, canvas):
            out += note(line, canvas, style)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Shapes and what is summed over."""
        result = values.shape(self.shape) if self.shape is not None else say(lang, "fails", "失败")
        head = f"{self.title(lang)}: {self.left.caption}, {self.right.caption} -> {result}"
        return [head, *(line for line, _ in _words(self, Canvas(80, lang=lang, ascii=True)))]


def _ends(shape: Shape, right: bool) -> tuple[int, int]:
    """Rows and columns: a vector is a row at the left, a column at the right."""
    if len(shape) > 1:
        return shape[-2], shape[-1]
    return (shape[0], 1) if right else (1, shape[0])


def _boxes(picture: Product, canvas: Canvas) -> list[Text]:
    (rows, inner), (inner2, across) = _ends(picture.left.shape, False), _ends(picture.right.shape, True)
    style = GOOD if inner == inner2 else WRONG
    upper = box((str(across), ""), (str(inner2), style), _wide(across), _high(inner2), canvas)
    left = box((str(inner), style), (str(rows), ""), _wide(inner), _high(rows), canvas)
    result = box((str(across), ""), (str(rows), ""), _wide(across), _high(rows), canvas)
    if picture.shape is None:
        result = _crossed(result, canvas)
    indent = max(max(line.cell_len for line in left), len(picture.left.caption)) + 4
    if indent + max(line.cell_len for line in upper) > canvas.width:
        return []
    out = [_caption(picture.right.caption, indent + 2, canvas)]
    out += [Text(" " * indent).append_text(line) for line in upper]
    names = Text("  ").append(padded(picture.left.caption, indent), NAME)
    result_name = f"{clean(picture.text)} {values.shape(picture.shape)}" if picture.shape is not None else ""
    names.append(result_name, NAME).truncate(canvas.width)
    out.append(names)
    for one, two in zip(left, result, strict=True):
        line = Text("  ").append_text(one)
        out.append(line.append(" " * (indent - line.cell_len)).append_text(two))
    return out


def _wide(n: int) -> int:
    return max(3, min(2 * n, WIDE))


def _high(n: int) -> int:
    return max(1, min(n, HIGH))


def _caption(text: str, indent: int, canvas: Canvas) -> Text:
    line = Text(" " * indent).append(text, NAME)
    line.truncate(canvas.width)
    return line


def _crossed(block: list[Text], canvas: Canvas) -> list[Text]:
    """A result that there is not."""
    middle = (len(block) - 1) // 2
    return [
        Text(" " * (line.cell_len // 2)).append(tick(False, canvas), WRONG) if i == middle else Text()
        for i, line in enumerate(block)
    ]


def _words(picture: Product, canvas: Canvas) -> Iterator[tuple[str, str]]:
    lang, a, b = canvas.lang, picture.left, picture.right
    if not a.shape or not b.shape:
        yield (
            say(lang, "a matrix product needs at least one dimension on each side", "矩阵乘法两边都至少要有一维"),
            WRONG,
        )
        return
    inner, inner2 = _ends(a.shape, False)[1], _ends(b.shape, True)[0]
    if inner != inner2:
        text = say(lang, "{} columns {} {} rows", "{}列 {} {}行").format(inner, unequal(canvas), inner2)
        said = say(lang, "{} has {}, {} has {}: {}", "{}有{}，{}有{}：{}").format(
            clean(a.text),
            say(lang, f"{inner} columns", f"{inner}列"),
            clean(b.text),
            say(lang, f"{inner2} rows", f"{inner2}行"),
            text,
        )
        yield said, WRONG
    elif picture.shape is None:
        yield _batch(picture, lang, False), WRONG
    else:
        yield _sum(picture, canvas), DIM
        if len(a.shape) > 2 or len(b.shape) > 2:
            yield _batch(picture, lang, True), DIM
    if picture.layer:
        stored = Operand(picture.layer, b.shape[::-1])
        text = say(
            lang, "{} is stored as (outputs, inputs) and enters turned", "{}按（输出，输入）存放，参与运算时转置"
        )
        yield text.format(stored.caption), DIM
    if picture.bias is not None:
        yield say(lang, "then + {}, to every row", "再加上{}，每行都加").format(picture.bias.caption), DIM


def _sum(picture: Product, canvas: Canvas) -> str:
    """`each element: a row of x times a column of w, 3 products summed`."""
    inner = _ends(picture.left.shape, False)[1]
    text = say(
        canvas.lang,
        "each element: a row of {} times a column of {}, {} products summed",
        "每个元素：{}的一行乘{}的一列，{}个乘积之和",
    )
    return text.format(clean(picture.left.text), clean(picture.right.text), inner)


def _batch(picture: Product, lang: Lang, good: bool) -> str:
    a, b = picture.left.shape[:-2], picture.right.shape[:-2]
    both = axes.broadcast([a, b])
    if not good or both is None:
        text = say(lang, "the batch dimensions {} and {} do not go together", "批次维{}与{}不能广播到一起")
        return text.format(values.shape(a), values.shape(b))
    text = say(lang, "batch: {} and {} give {}, one product for each", "批次：{}与{}得到{}，每个各做一次乘法")
    told = [values.shape(s) if s else say(lang, "none", "（无）") for s in (a, b)]
    return text.format(*told, values.shape(both))
