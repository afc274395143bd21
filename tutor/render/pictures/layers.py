"""What torch's layers, and the functions of convolution and pooling, do to shapes."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from tutor.render.pictures.axes import Shape
from tutor.render.pictures.infer import UNKNOWN, Call, Fails, Layer, Result, Rule, Shaped, constant, fresh, somewhere
from tutor.render.pictures.rules import applied, operand
from tutor.render.pictures.transposed import Transposed
from tutor.render.pictures.windows import Sliding
from tutor.worker.wire import ModuleValue, PlainValue

UNCHANGED = re.compile(
    r"(Batch|Layer|Instance|Group|RMS)Norm\d?d?|(Alpha|Feature)?(Alpha)?Dropout\d?d?|Identity|ReLU6?|LeakyReLU|GELU|SiLU|"
    r"Mish|ELU|SELU|CELU|Sigmoid|Tanh|Hard\w+|Soft(max|min|plus|shrink|sign)|LogS(oftmax|igmoid)|PReLU|Threshold"
)


@dataclass(frozen=True)
class Options:
    """What a layer says of itself, or what a function was given: `3, 8, kernel_size=(3, 3)`."""

    places: tuple[object, ...]
    names: dict[str, object]

    def get(self, place: int, name: str, default: object) -> object:
        """An option; an unknown one is the default."""
        if name in self.names:
            return self.names[name]
        return self.places[place] if place < len(self.places) else default


def options(text: str) -> Options | None:
    """The words of a layer."""
    try:
        call = ast.parse(f"f({text})", mode="eval").body
        assert isinstance(call, ast.Call)
        names = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg is not None}
        return Options(tuple(ast.literal_eval(a) for a in call.args), names)
    except (SyntaxError, ValueError, AssertionError):
        return None


def layer(of: Layer, call: Call) -> Result:
    """A layer called with its input."""
    x = call.tensor(0, "input")
    told = options(of.options)
    if x is None or told is None or len(call.args) + len(call.keywords) != 1:
        return None
    if UNCHANGED.fullmatch(of.type):
        itself = re.search("Identity|Dropout", of.type) or told.get(9, "inplace", False)  # it may be
        return somewhere(call.text, x.shape) if itself else fresh(call.text, x.shape)
    if of.type == "Linear":
        return _linear(of, told, call, x)
    if re.fullmatch(r"Conv(Transpose)?[123]d", of.type):
        return _convolution(of, told, call, x)
    if re.fullmatch(r"(Max|Avg)Pool[123]d", of.type):
        return pooled(call, x, told, int(of.type[-2]), of.type.startswith("Max"))
    return _other(of, told, call, x)


def _other(of: Layer, told: Options, call: Call, x: Shaped) -> Result:
    if of.type == "Embedding" and len(told.places) > 1 and isinstance(told.places[1], int):
        return fresh(call.text, (*x.shape, told.places[1]))
    if (
        of.type == "Flatten"
        and told.get(0, "start_dim", 1) == 1
        and told.get(1, "end_dim", -1) == -1
        and len(x.shape) > 1
    ):
        return somewhere(call.text, (x.shape[0], math.prod(x.shape[1:])))
    if of.type == "Sequential" and of.value is not None:
        return _chain(of.text, of.value, call, x)
    return None


def _chain(name: str, module: ModuleValue, call: Call, x: Shaped) -> Result:
    """One after the other. The last result is that of the call."""
    out: Result = x
    for child in module.children:
        if not isinstance(out, Shaped) or not isinstance(child.value, PlainValue):
            return None
        text = f"{name}[{child.key}]"
        inner = Layer(text, child.value.type, child.value.text, None)
        out = layer(inner, replace_call(call, f"{text}({out.text if out is x else '…'})", out))
    return replace(out, text=call.text) if isinstance(out, Shaped) else None


def replace_call(call: Call, text: str, x: Shaped) -> Call:
    """A call of a layer inside another."""
    return Call(text, call.name, [x], {}, call.note)


def _linear(of: Layer, told: Options, call: Call, x: Shaped) -> Result:
    inputs, outputs = told.get(0, "in_features", None), told.get(1, "out_features", None)
    if not isinstance(inputs, int) or not isinstance(outputs, int):
        return None
    bias = Shaped(f"{of.text}.bias", (outputs,)) if told.get(2, "bias", True) else None
    return applied(call, x, Shaped(f"{of.text}.weight", (outputs, inputs)), bias)


def _convolution(of: Layer, told: Options, call: Call, x: Shaped) -> Result:
    n, groups = int(of.type[-2]), told.get(6, "groups", 1)
    inputs, outputs, kernel = told.get(0, "", None), told.get(1, "", None), spread(told.get(2, "kernel_size", None), n)
    if not (isinstance(inputs, int) and isinstance(outputs, int) and isinstance(groups, int)) or kernel is None:
        return None
    name = f"{of.text}.weight"
    if "Transpose" in of.type:
        as_function = replace(told, places=told.places[:7] + told.places[8:])  # which has its bias further in front
        return transposed(call, x, Shaped(name, (inputs, outputs // groups, *kernel)), as_function, n)
    return convolved(call, x, Shaped(name, (outputs, inputs // groups, *kernel)), told, n)


def convolved(call: Call, x: Shaped, weight: Shaped, told: Options, n: int) -> Result:
    """A convolution; `told` has stride, padding, dilation and groups."""
    kernel = weight.shape[2:]
    stride, dilation = spread(told.get(3, "stride", 1), n), spread(told.get(5, "dilation", 1), n)
    groups, padding = told.get(6, "groups", 1), told.get(4, "padding", 0)
    if padding == "same" and dilation is not None:
        total = [g * (k - 1) for g, k in zip(dilation, kernel, strict=True)]
        padding = None if any(t % 2 for t in total) else tuple(t // 2 for t in total)
    sides = spread(0 if padding == "valid" else padding, n)
    if stride is None or dilation is None or sides is None or not isinstance(groups, int) or len(kernel) != n:
        return None
    return slid(call, Sliding("conv", call.text, operand(x), kernel, stride, sides, dilation, operand(weight), groups))


def transposed(call: Call, x: Shaped, weight: Shaped, told: Options, n: int) -> Result:
    """A transposed convolution; `told` has stride, padding, output_padding, groups and dilation."""
    names = (("stride", 1), ("padding", 0), ("output_padding", 0))
    stride, sides, extra = (spread(told.get(3 + i, name, usual), n) for i, (name, usual) in enumerate(names))
    groups, dilation = told.get(6, "groups", 1), spread(told.get(7, "dilation", 1), n)
    if stride is None or sides is None or extra is None or dilation is None or not isinstance(groups, int):
        return None
    parts = (operand(x), weight.shape[2:], stride, sides, dilation, operand(weight), groups)
    return slid(call, Transposed("conv", call.text, *parts, output_padding=extra))


def pooled(call: Call, x: Shaped, told: Options, n: int, most: bool) -> Result:
    """A pooling; the mean has no dilation."""
    kernel = spread(told.get(0, "kernel_size", None), n)
    stride = spread(told.get(1, "stride", None) or told.get(0, "kernel_size", None), n)
    padding = spread(told.get(2, "padding", 0), n)
    dilation = spread(told.get(3, "dilation", 1) if most else 1, n)
    ceil = told.get(4 if most else 3, "ceil_mode", False)
    if kernel is None or stride is None or padding is None or dilation is None or not isinstance(ceil, bool):
        return None
    if told.get(9, "return_indices", False):
        return None
    return slid(call, Sliding("pool", call.text, operand(x), kernel, stride, padding, dilation, ceil=ceil))


def slid(call: Call, picture: Sliding) -> Result:
    """What comes out."""
    call.note(picture)
    if picture.shape is None:
        raise Fails
    return fresh(call.text, picture.shape)


def spread(given: object, n: int) -> Shape | None:
    """One number for each dimension."""
    if isinstance(given, int) and not isinstance(given, bool):
        return (given,) * n
    if isinstance(given, tuple) and all(isinstance(k, int) for k in given):
        return given * n if len(given) == 1 else given if len(given) == n else None
    return None


def given(call: Call, skipped: int) -> Options | None:
    """The arguments of a function behind its tensors; None where one is not known."""
    places = tuple(constant(a) if not isinstance(a, Shaped) else None for a in call.args[skipped:])
    names = {k: constant(v) for k, v in call.keywords.items() if not isinstance(v, Shaped)}
    return None if UNKNOWN in places or UNKNOWN in names.values() else Options(places, names)


def convolving(n: int, rule_of: Callable[[Call, Shaped, Shaped, Options, int], Result]) -> Rule:
    """`F.conv2d(x, weight, bias, stride, padding, dilation, groups)`, and `F.conv_transpose2d`."""

    def rule(call: Call) -> Result:
        x, weight, told = call.tensor(0, "input"), call.tensor(1, "weight"), given(call, 0)
        if x is None or weight is None or told is None or len(weight.shape) != n + 2:
            return None
        return rule_of(call, x, weight, told, n)

    return rule


def pooling(n: int, most: bool) -> Rule:
    """`F.max_pool2d(x, kernel_size, stride, padding, ...)`."""

    def rule(call: Call) -> Result:
        x, told = call.tensor(0, "input"), given(call, 1)
        return pooled(call, x, told, n, most) if x is not None and told is not None else None

    return rule


def embedded(call: Call) -> Result:
    """`F.embedding(indices, weight)`."""
    x, weight = call.tensor(0, "input"), call.tensor(1, "weight")
    return fresh(call.text, (*x.shape, weight.shape[1])) if x is not None and weight is not None else None


LAYERS: dict[str, Rule] = {
    **{f"conv{n}d": convolving(n, convolved) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": convolving(n, transposed) for n in (1, 2, 3)},
    **{f"max_pool{n}d": pooling(n, True) for n in (1, 2, 3)},
    **{f"avg_pool{n}d": pooling(n, False) for n in (1, 2, 3)},
    "embedding": embedded,
}
