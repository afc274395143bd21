"""A recurrent layer unrolled: one cell for each time step, all with the same weights, with the shapes between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import clean
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.drawing import DIM, NAME, finished, note
from tutor.worker.wire import Layer

SHOWN = 6  # time steps, the last one among them
DEEP = 3  # layers
FORMULAS = {
    "RNN": ("h = tanh(W_ih @ x + b_ih + W_hh @ h + b_hh)",),
    "LSTM": (
        "i, f, g, o = (W_ih @ x + b_ih + W_hh @ h + b_hh).chunk(4)",
        "c = sigmoid(f) * c + sigmoid(i) * tanh(g)",
        "h = sigmoid(o) * tanh(c)",
    ),
    "GRU": (
        "xr, xz, xn = (W_ih @ x + b_ih).chunk(3)",
        "hr, hz, hn = (W_hh @ h + b_hh).chunk(3)",
        "r, z = sigmoid(xr + hr), sigmoid(xz + hz)",
        "n = tanh(xn + r * hn)",
        "h = (1 - z) * n + z * h",
    ),
}
"""What one cell computes for one sample, as Python."""
RELU = ("h = relu(W_ih @ x + b_ih + W_hh @ h + b_hh)",)


@dataclass(frozen=True)
class Sizes:
    """What a recurrent layer goes over."""

    steps: int
    batch: int | None
    """None where there is a single sample without a dimension of its own."""
    features: int
    hidden: int
    out: int
    """Features of the output at a step in one direction: fewer than hidden where a projection follows."""


@dataclass(frozen=True)
class Unrolled:
    """A call of an RNN, LSTM or GRU, or of one of their cells."""

    kind: ClassVar[Kind] = "unrolled"
    pages: ClassVar[int] = 1
    layer: Layer

    @property
    def cell(self) -> str:
        """`LSTM`, of `LSTMCell` too."""
        return self.layer.type.removesuffix("Cell")

    @property
    def single(self) -> bool:
        """Whether it is a cell, which makes one step."""
        return self.layer.type.endswith("Cell")

    @property
    def sizes(self) -> Sizes | None:
        """From its options and the shape of its input; None where that is a packed sequence."""
        options = dict(self.layer.options)
        if not self.layer.inputs or any(len(shape) < (1 if self.single else 2) for shape in self.layer.inputs):
            return None
        shape = self.layer.inputs[0]
        hidden = int(options.get("hidden_size", "0"))
        out = int(options.get("proj_size", "0")) or hidden
        if self.single:
            return Sizes(1, shape[0] if len(shape) == 2 else None, shape[-1], hidden, hidden)
        if len(shape) == 2:
            return Sizes(shape[0], None, shape[1], hidden, out)
        if len(shape) != 3:
            return None
        steps, batch = (shape[1], shape[0]) if self.batch_first else shape[:2]
        return Sizes(steps, batch, shape[2], hidden, out)

    @property
    def batch_first(self) -> bool:
        """Whether time is the second dimension."""
        batched = bool(self.layer.inputs) and len(self.layer.inputs[0]) == 3
        return batched and dict(self.layer.options).get("batch_first") == "True"

    @property
    def layers(self) -> int:
        """Cells above one another."""
        return int(dict(self.layer.options).get("num_layers", "1"))

    @property
    def both_ways(self) -> bool:
        """Whether it also goes from the last step to the first."""
        return dict(self.layer.options).get("bidirectional") == "True"

    def title(self, lang: Lang) -> str:
        """`LSTM unrolled over 5 time steps`."""
        sizes = self.sizes
        if self.single or sizes is None:
            return say(lang, "{}: one time step", "{}：一个时间步").format(clean(self.layer.type))
        return say(lang, "{} unrolled over {} time steps", "{}按{}个时间步展开").format(
            clean(self.layer.type), sizes.steps
        )

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Time from left to right, layers from bottom to top; then the shapes and the formula of a cell."""
        sizes = self.sizes
        out = _cells(self, sizes, canvas) if sizes is not None else []
        for line in self.words(canvas.lang):
            out += note(line, canvas)
        for line in self.formula:
            out += note(line, canvas, "cyan", 4)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """The shapes, and the formula of a cell."""
        return [self.title(lang), *self.words(lang), *self.formula]

    @property
    def formula(self) -> tuple[str, ...]:
        """What a cell computes; empty for one that is not known."""
        if self.cell == "RNN" and "relu" in self.layer.text:
            return RELU
        if dict(self.layer.options).get("proj_size", "0") != "0":
            return ()
        return FORMULAS.get(self.cell, ())

    def words(self, lang: Lang) -> Iterator[str]:
        """Shapes at one step, and of the whole."""
        sizes = self.sizes
        given = ", ".join(map(values.shape, self.layer.inputs))
        came = ", ".join(map(values.shape, self.layer.outputs))
        yield say(lang, "given {}; comes out {}", "输入{}；输出{}").format(given, came)
        if sizes is None or self.single:
            return
        x, h = _at(sizes, sizes.features), _at(sizes, sizes.out)
        text = say(lang, "at each step: x {}, h {}", "每一步：x为{}，h为{}").format(values.shape(x), values.shape(h))
        if self.cell == "LSTM":
            text += say(lang, ", c {}", "，c为{}").format(values.shape(_at(sizes, sizes.hidden)))
        yield text + say(lang, "; the same weights each time", "；每一步用同一组权重")
        if self.both_ways:
            text = say(lang, "out has both directions side by side: {} features", "out把两个方向并排放在一起：{}个特征")
            yield text.format(2 * sizes.out)


def _at(sizes: Sizes, features: int) -> Shape:
    """At one step."""
    return (features,) if sizes.batch is None else (sizes.batch, features)


# -------------------------------------------------------------------------------------------------- cells


def _cells(picture: Unrolled, sizes: Sizes, canvas: Canvas) -> list[Text]:
    """Rows of cells, each layer above the one it takes its input from."""
    row = _plan(picture, sizes, canvas)
    layers = min(picture.layers, DEEP)
    at = "[:,{}]" if picture.batch_first else "[{}]"
    out = [] if picture.single else [row.labels(f"out{at}")]
    if picture.layers > DEEP:
        text = say(canvas.lang, "{} {} more layers", "{} 还有{}层").format(canvas.gap, picture.layers - DEEP)
        out += [row.arrows(), Text(" " * row.lead + text, style=DIM)]
    for _ in range(layers):
        out += [row.arrows(), *([row.cells(False)] if picture.both_ways else []), row.cells(True)]
    return [*out, row.arrows(), row.labels("x" if picture.single else f"x{at}")]


@dataclass(frozen=True)
class Row:
    """Where things stand along the time axis."""

    canvas: Canvas
    cell: str
    """`[LSTM]`."""
    state: str
    """What is passed from step to step: `h`, `h,c`."""
    shown: tuple[int, ...]
    """Time steps; -1 for those left out."""
    column: int
    """Cells of the terminal from one step to the next."""
    single: bool

    @property
    def lead(self) -> int:
        """What stands before the first step."""
        return len(self.named("0")) + 5

    def named(self, end: str) -> str:
        """`h0,c0`."""
        return ",".join(state + end for state in self.state.split(","))

    def cells(self, forward: bool) -> Text:
        """A layer in one direction, with the state that is passed on."""
        onward, back = ("->", "<-") if self.canvas.ascii else ("─→", "←─")
        way = onward if forward else back
        begin, end = (self.state, self.state) if self.single else (self.named("0"), self.named("_n"))
        left, right = (begin, end) if forward else (end, begin)
        line = Text().append(left.rjust(self.lead - 4) + " ", NAME).append(way, DIM).append(" ")
        for n, step in enumerate(self.shown):
            if step < 0:
                line.append(self.canvas.gap.center(len(self.cell)), DIM)
            else:
                line.append(self.cell, NAME)
            if n < len(self.shown) - 1:
                line.append(way.center(self.column - len(self.cell)), DIM)
        return line.append(f" {way} ", DIM).append(right, NAME)

    def arrows(self) -> Text:
        """Upward, at each step that is shown."""
        return self.spread(["^" if self.canvas.ascii else "↑"] * len(self.shown), DIM)

    def labels(self, text: str) -> Text:
        """`x[0]` at each step."""
        return self.spread([text.format(step) for step in self.shown], "cyan")

    def spread(self, texts: list[str], style: str) -> Text:
        """Each text at the middle of its step."""
        line = ""
        for n, (step, text) in enumerate(zip(self.shown, texts, strict=True)):
            middle = self.lead + n * self.column + (len(self.cell) - 1) // 2
            line = line.ljust(middle - (len(text) - 1) // 2) + (text if step >= 0 else "")
        return Text(line.rstrip(), style=style)


def _plan(picture: Unrolled, sizes: Sizes, canvas: Canvas) -> Row:
    cell, state = f"[{clean(picture.cell)}]", "h,c" if picture.cell == "LSTM" else "h"
    longest = len(f"out[{sizes.steps - 1}]") + 2 * picture.batch_first
    column = max(len(cell) + 4, longest + 1)
    names = state.count(",") + 1
    room = (canvas.width - 9 - len(state) * 2 - names * 3 + column - len(cell)) // column
    most = max(1, min(SHOWN, room))
    shown = [*range(sizes.steps)]
    if sizes.steps > most:
        shown = [*range(max(1, most - 2)), -1, *([sizes.steps - 1] if most > 2 else [])]
    return Row(canvas, cell, state, tuple(shown), column, picture.single)
