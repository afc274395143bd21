"""A window that slides over an input: convolution and pooling. The formula of the output size filled in, and where the
windows lie along the last dimension.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import clean
from tutor.render.pictures import axes
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.drawing import DIM, GOOD, WRONG, Operand, arrow, finished, note

WINDOWS = 4  # that are drawn
NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
NAMES_ZH = {1: ("长",), 2: ("高", "宽"), 3: ("深", "高", "宽")}


@dataclass(frozen=True)
class Sliding:
    """A convolution or a pooling of an input."""

    kind: Kind
    """conv or pool."""
    text: str
    input: Operand
    kernel: Shape
    stride: Shape
    padding: Shape
    dilation: Shape
    weight: Operand | None = None
    """For a convolution: (out channels, in channels of a group, *kernel)."""
    groups: int = 1
    ceil: bool = False

    @property
    def pages(self) -> int:
        """One."""
        return 1

    @property
    def fault(self) -> str:
        """What does not fit: `dims`, `channels`, `groups`, `kernel`, or nothing."""
        n = len(self.kernel)
        if len(self.input.shape) not in (n + 1, n + 2):
            return "dims"
        if self.weight is not None:
            if self.input.shape[-n - 1] != self.channels[0]:
                return "channels"
            if self.weight.shape[0] % self.groups:
                return "groups"
        return "kernel" if None in self.sizes else ""

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """Of the output, without batch and channels."""
        each = (self.terms(d).values() for d in range(len(self.kernel)))
        return tuple(axes.window(*part, ceil=self.ceil) for part in each)

    def terms(self, d: int) -> dict[str, int]:
        """The numbers that go into the size of one dimension, by their names in torch."""
        return {
            "size": self.input.shape[-len(self.kernel) :][d],
            "kernel_size": self.kernel[d],
            "stride": self.stride[d],
            "padding": self.padding[d],
            "dilation": self.dilation[d],
        }

    @property
    def channels(self) -> tuple[int, int]:
        """That go in, where the weight tells, and that come out."""
        given = self.input.shape[-len(self.kernel) - 1]
        return (self.weight.shape[1] * self.groups, self.weight.shape[0]) if self.weight is not None else (given, given)

    @property
    def shape(self) -> Shape | None:
        """Of the output; None where torch refuses."""
        if self.fault:
            return None
        sizes = (s for s in self.sizes if s is not None)
        return (*self.input.shape[: -len(self.kernel) - 1], self.channels[1], *sizes)

    def title(self, lang: Lang) -> str:
        """`convolution conv(x)`."""
        return f"{self.name(lang)} {clean(self.text)}"

    def name(self, lang: Lang) -> str:
        """Of the operation."""
        return say(lang, "convolution", "卷积") if self.kind == "conv" else say(lang, "pooling", "池化")

    def formula(self, terms: Mapping[str, object], canvas: Canvas) -> str:
        """Of the size of the output, with numbers or with names."""
        left, right = ("ceil(", ")") if self.ceil else ("floor(", ")")
        if not canvas.ascii:
            left, right = ("⌈", "⌉") if self.ceil else ("⌊", "⌋")
        text = "{size} + 2{times}{padding} - {dilation}{times}({kernel_size} - 1) - 1) / {stride}"
        return f"{left}({text.format(times=times(canvas), **terms)}{right} + 1"

    def refusal(self, lang: Lang) -> str:
        """Why the windows do not fit."""
        return say(lang, "the window is larger than the padded input", "窗口比补零后的输入还大")

    def figure(self, canvas: Canvas) -> list[Text]:
        """The windows along the last dimension."""
        return _windows(self, canvas)

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Shapes, channels, the formula of each dimension, the windows."""
        out = [_head(self, canvas)]
        for line, style in _words(self, canvas):
            out += note(line, canvas, style)
        if self.fault in ("", "channels", "groups"):
            out += self.figure(canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """The same without the windows."""
        canvas = Canvas(80, lang=lang, ascii=True)
        head = _head(self, canvas).plain.strip()
        return [f"{self.title(lang)}: {head}", *(line for line, _ in _words(self, canvas))]


def _head(picture: Sliding, canvas: Canvas) -> Text:
    """`x 1x3x32x32 → 1x8x16x16`."""
    shape = picture.shape
    line = Text("  ").append(picture.input.caption, "bold").append(f" {arrow(canvas)} ")
    if shape is None:
        return line.append("x" if canvas.ascii else "✗", WRONG)
    return line.append(values.shape(shape), GOOD)


def _words(picture: Sliding, canvas: Canvas) -> Iterator[tuple[str, str]]:
    lang, n = canvas.lang, len(picture.kernel)
    if picture.fault == "dims":
        text = say(
            lang,
            "an input here has {} or {} dimensions: (batch), channels and {}",
            "输入须有{}或{}维：（批次）、通道和{}",
        )
        yield text.format(n + 1, n + 2, say(lang, ", ", "、").join(_names(picture, lang))), WRONG
        return
    if picture.weight is not None:
        yield from _channels(picture, lang)
    groups: dict[str, list[str]] = {}
    for d, name in enumerate(_names(picture, lang)):
        groups.setdefault(_formula(picture, d, canvas), []).append(name)
    for formula, names in groups.items():
        yield f"{say(lang, ', ', '、').join(names)}{say(lang, ': ', '：')}{formula}", DIM
    named = picture.formula({name: name for name in picture.terms(0)}, canvas)
    yield say(lang, "that is {}", "即{}").format(named), DIM
    if picture.fault == "kernel":
        yield picture.refusal(lang), WRONG


def _names(picture: Sliding, lang: Lang) -> tuple[str, ...]:
    return (NAMES_ZH if lang == "zh" else NAMES)[len(picture.kernel)]


def _channels(picture: Sliding, lang: Lang) -> Iterator[tuple[str, str]]:
    """`channels: 3 in, 8 out: 8 filters of 3x3x3`."""
    assert picture.weight is not None
    (expected, out), (filters, *each) = picture.channels, picture.weight.shape
    given = picture.input.shape[-len(picture.kernel) - 1]
    en = "channels: {} in, {} out: {} filters of {}" if filters != 1 else "channels: {} in, {} out: {} filter of {}"
    text = say(lang, en, "通道：{}进{}出，{}个{}的卷积核")
    line = text.format(expected, out, filters, values.shape(tuple(each)))
    if picture.groups > 1:
        line += say(lang, ", in {} groups", "，分{}组").format(picture.groups)
    yield line, DIM
    if picture.fault == "channels":
        text = say(lang, "{} has {} channels where {} are expected", "{}有{}个通道，应为{}个")
        yield text.format(clean(picture.input.text), given, expected), WRONG


def _formula(picture: Sliding, d: int, canvas: Canvas) -> str:
    """`⌊(28 + 2·1 - 1·(3 - 1) - 1) / 2⌋ + 1 = 14`."""
    result = picture.sizes[d]
    return f"{picture.formula(picture.terms(d), canvas)} = {result if result is not None else '?'}"


def times(canvas: Canvas) -> str:
    """The sign of a product."""
    return "*" if canvas.ascii else "·"


def _windows(picture: Sliding, canvas: Canvas) -> list[Text]:
    """The input along its last dimension with its padding, and the first windows under it."""
    size, count = picture.input.shape[-1], picture.sizes[-1]
    k, s, p, g = picture.kernel[-1], picture.stride[-1], picture.padding[-1], picture.dilation[-1]
    width = g * (k - 1) + 1
    room = (canvas.width - 10) // 2
    if count is None or size == 0 or room < width:
        return []
    drawn = min(count, WINDOWS, (room - width) // s + 1)
    places = max(p + size + p, (count - 1) * s + width)
    reach = (drawn - 1) * s + width
    shown = min(places, room) if drawn == count else min(places, room, reach + 3)
    out = [Text(), places_of(range(shown), range(p, p + size), shown < places, canvas)]
    read = "^ " if canvas.ascii else "▲ "
    for n in range(drawn):
        marks = Text("  " + "  " * n * s)
        for i in range(k):
            marks.append(read, "cyan").append("  " * (g - 1) if i < k - 1 else "")
        out.append(marks.append(f" {arrow(canvas)} {n}", DIM))
    told = more(count - drawn, canvas)
    left = p + size - reach
    told += (
        [say(canvas.lang, "at the end {} not read", "末尾{}个读不到").format(left)]
        if drawn == count and left > 0
        else []
    )
    told += [f"{outside(canvas)} = {say(canvas.lang, 'padding', '补零')}"] if p else []
    return [*out, *([Text("  " + "   ".join(told), style=DIM)] if told else [])]


def more(count: int, canvas: Canvas) -> list[str]:
    """How many windows are not drawn."""
    return [say(canvas.lang, "… {} more", "……还有{}个").format(count)] if count > 0 else []


def outside(canvas: Canvas) -> str:
    """A place of the padding."""
    return "o" if canvas.ascii else "□"


def places_of(shown: range, inside: range, cut: bool, canvas: Canvas) -> Text:
    """A line of places, those of the padding hollow."""
    line = Text("  ")
    for i in shown:
        if i in inside:
            line.append("# " if canvas.ascii else "■ ")
        else:
            line.append(f"{outside(canvas)} ", DIM)
    return line.append(canvas.gap if cut else "", DIM)
