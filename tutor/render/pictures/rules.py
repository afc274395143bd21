"""What functions, methods and operators of torch do to shapes, and which of them have a picture.

A rule takes a call whose arguments are known as far as they are, notes its picture, and says what comes out; None where
that is not certain. `Fails` is raised after the picture of an operation that torch refuses was noted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from tutor.render.pictures import axes, elements
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.broadcast import Broadcast
from tutor.render.pictures.canvas import Picture
from tutor.render.pictures.drawing import Operand
from tutor.render.pictures.infer import (
    MANY,
    Call,
    Constant,
    Fails,
    Many,
    Result,
    Rule,
    Shaped,
    constant,
    fresh,
    somewhere,
)
from tutor.render.pictures.joins import Join
from tutor.render.pictures.products import Product

SAME = """abs acos asin atan ceil clamp clip clone cos cosh cumprod cumsum digamma dropout elu erf exp expm1 flip floor
frac full_like gelu hardshrink hardtanh isfinite isinf isnan leaky_relu lgamma log log10 log1p log2 log_softmax
logical_not logsigmoid nan_to_num neg normalize ones_like rand_like randn_like relu relu6 reciprocal renorm roll round
rsqrt selu sigmoid sign silu sin sinh softmax softmin softplus softshrink softsign sqrt square tan tanh tanhshrink
threshold tril triu trunc zeros_like"""
MAYBE_SAME = "bfloat16 bool byte cpu cuda double float half int long to type type_as"
FILLING = """bernoulli_ constant_ copy_ detach_ exponential_ eye_ fill_ kaiming_normal_ kaiming_uniform_ normal_ ones_
orthogonal_ random_ requires_grad_ sparse_ trunc_normal_ uniform_ xavier_normal_ xavier_uniform_ zero_ zeros_"""
PAIRED = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "multiply": "*",
    "subtract": "-",
    "div": "/",
    "divide": "/",
    "true_divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "fmod": "fmod",
    "pow": "**",
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "maximum": "max",
    "minimum": "min",
    "atan2": "atan2",
    "logical_and": "and",
    "logical_or": "or",
    "logical_xor": "xor",
}
PAIRED_LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
REDUCING = "all amax amin any argmax argmin logsumexp max mean median min norm prod std sum var"
MAKING = "empty ones rand randn zeros"


def operand(t: Shaped) -> Operand:
    """In a picture."""
    return Operand(t.text, t.shape, t.value.values if t.value is not None else None)


# ----------------------------------------------------------------------------------- element by element


def paired(
    text: str, sign: str, tensors: Sequence[Shaped], note: Callable[[Picture], None], in_place: bool = False
) -> Result:
    """An operation element by element."""
    picture = Broadcast(text, sign, tuple(operand(t) for t in tensors), in_place)
    if len({t.shape for t in tensors}) > 1:
        note(picture)
    if picture.shape is None:
        raise Fails
    return replace(tensors[0], text=text, value=None) if in_place else following(text, picture.shape, tensors)


def following(text: str, shape: Shape, tensors: Sequence[Shaped]) -> Shaped:
    """A result that lies in its memory as what it was made from does."""
    plain = all(t.is_contiguous for t in tensors)
    return fresh(text, shape) if plain else Shaped(text, shape)


def binary(text: str, sign: str, a: Shaped, b: Shaped, note: Callable[[Picture], None]) -> Result:
    """An operator between two tensors."""
    return product(text, a, b, note) if sign == "@" else paired(text, sign, (a, b), note)


def elementwise(sign: str, in_place: bool) -> Rule:
    """The rule of `add`, of `add_`."""

    def rule(call: Call) -> Result:
        first, second = call.tensor(0, "input"), call.tensor(1, "other", "exponent")
        if first is None or "out" in call.keywords:
            return None
        if second is None:
            given = call.get(1, "other")
            return (
                following(call.text, first.shape, (first,))
                if isinstance(given, (int, float)) and not in_place
                else None
            )
        return paired(call.text, sign, (first, second), call.note, in_place)

    return rule


def loss(call: Call) -> Result:
    """Of a prediction against a target of its shape."""
    first, second = call.tensor(0, "input"), call.tensor(1, "target")
    if first is None or second is None:
        return None
    whole = paired(call.text, call.name, (first, second), call.note)
    return whole if call.get(9, "reduction", "mean") == "none" else fresh(call.text, ())


def same(call: Call) -> Result:
    """A result of the first argument's shape."""
    t = call.tensor(0, "input")
    return following(call.text, t.shape, (t,)) if t is not None else None


def maybe_same(call: Call) -> Result:
    """The tensor itself, or a copy."""
    t = call.tensor(0, "input")
    return somewhere(call.text, t.shape) if t is not None else None


def itself(call: Call) -> Result:
    """The first argument, changed in place or not."""
    t = call.tensor(0, "input", "tensor")
    return replace(t, text=call.text, value=None) if t is not None else None


# ---------------------------------------------------------------------------------------------- products


def product(
    text: str,
    a: Shaped,
    b: Shaped,
    note: Callable[[Picture], None],
    dims: tuple[int, ...] = (),
    whole: Shape | None = None,
) -> Result:
    """A product of matrices; `dims` are the numbers of dimensions that a function asks for."""
    picture = Product(text, operand(a), operand(b))
    note(picture)
    wrong = dims and (len(a.shape), len(b.shape)) != dims
    if picture.shape is None or wrong or (len(dims) == 2 and dims == (3, 3) and a.shape[0] != b.shape[0]):
        raise Fails
    return fresh(text, picture.shape)


def multiplying(*dims: int) -> Rule:
    """The rule of `matmul`, or of `mm` and its like, which take tensors of so many dimensions."""

    def rule(call: Call) -> Result:
        a, b = call.tensor(0, "input"), call.tensor(1, "other", "mat2", "vec")
        if a is None or b is None or "out" in call.keywords:
            return None
        if dims and (len(a.shape), len(b.shape)) != dims:
            return None
        return product(call.text, a, b, call.note, tuple(dims))

    return rule


def linear(call: Call) -> Result:
    """`F.linear(x, weight, bias)`."""
    x, weight = call.tensor(0, "input"), call.tensor(1, "weight")
    if x is None or weight is None or len(weight.shape) != 2:
        return None
    return applied(call, x, weight, call.tensor(2, "bias"))


def applied(call: Call, x: Shaped, weight: Shaped, bias: Shaped | None) -> Result:
    """A linear layer."""
    turned = Operand(f"{weight.text}.T", weight.shape[::-1])
    picture = Product(call.text, operand(x), turned, operand(bias) if bias is not None else None, weight.text)
    call.note(picture)
    if picture.shape is None:
        raise Fails
    return fresh(call.text, picture.shape)


# ---------------------------------------------------------------------------------------------- together


def join(call: Call) -> Result:
    """`cat` and `stack`."""
    pieces, dim = call.tensors(), call.get(1, "dim", call.get(1, "axis", 0))
    if pieces is None or not isinstance(dim, int) or "out" in call.keywords:
        return None
    new = call.name == "stack"
    place = axes.dimension(dim, len(pieces[0].shape) + new)
    if place is None or any(p.shape == (0,) for p in pieces) or (not new and not pieces[0].shape):
        return None
    picture = Join(call.text, tuple(operand(p) for p in pieces), place, new)
    call.note(picture)
    if picture.shape is None:
        raise Fails
    return fresh(call.text, picture.shape)


def apart(call: Call) -> Result:
    """`split` and `chunk`."""
    whole, dim = call.tensor(0, "input", "tensor"), call.get(2, "dim", 0)
    asked = call.get(1, "chunks" if call.name == "chunk" else "split_size_or_sections", call.get(1, "split_size"))
    if whole is None or not isinstance(dim, int):
        return None
    place = axes.dimension(dim, len(whole.shape))
    if place is None or not whole.shape:
        return None
    sizes = pieces_of(whole.shape[place], asked, call.name == "chunk")
    if not sizes:
        return None
    shapes = [(*whole.shape[:place], n, *whole.shape[place + 1 :]) for n in sizes]
    pieces = tuple(Operand(f"[{i}]", shape) for i, shape in enumerate(shapes))
    call.note(Join(call.text, pieces, place, whole=operand(whole)))
    return Many(tuple(somewhere(f"{call.text}[{i}]", shape) for i, shape in enumerate(shapes)))


def pieces_of(size: int, asked: object, chunks: bool) -> tuple[int, ...]:
    """The sizes of the parts."""
    if isinstance(asked, tuple):
        sizes = tuple(n for n in asked if isinstance(n, int))
        return sizes if len(sizes) == len(asked) and sum(sizes) == size and not chunks else ()
    if not isinstance(asked, int) or asked < 1 or size < 1:
        return ()
    each = -(-size // asked) if chunks else asked
    return tuple(min(each, size - at) for at in range(0, size, each))


# ---------------------------------------------------------------------------------------- fewer, and new


def reduced(call: Call) -> Result:
    """Sums and the like, over all or along dimensions."""
    t = call.tensor(0, "input")
    dims = call.get(1, "dim", call.get(1, "axis"))
    if t is None or len(call.args) > 2 or "out" in call.keywords or (call.name == "norm" and len(call.args) > 1):
        return None
    if dims is None:
        return fresh(call.text, ())
    given = dims if isinstance(dims, tuple) else (dims,)
    places = {axes.dimension(d, len(t.shape)) for d in given if isinstance(d, int) and not isinstance(d, bool)}
    if len(places) != len(given) or None in places:
        return None
    keep = bool(call.get(9, "keepdim", False))
    shape = tuple(1 if d in places else n for d, n in enumerate(t.shape) if keep or d not in places)
    if call.name in ("max", "min", "median"):
        return Many((fresh(f"{call.text}[0]", shape), fresh(f"{call.text}[1]", shape)))
    return fresh(call.text, shape)


def made(call: Call) -> Result:
    """`torch.zeros(2, 3)`."""
    sizes = call.sizes(0, "size")
    return fresh(call.text, sizes) if sizes is not None else None


def counted(call: Call) -> Result:
    """`torch.arange(6)`, `torch.arange(0., 1., 0.25)`."""
    ends = [constant(argument) for argument in call.args]
    numbers = [n for n in ends if isinstance(n, (int, float)) and math.isfinite(n)]
    if not 1 <= len(numbers) == len(ends) <= 3 or 0 in numbers[2:]:
        return None
    start, end, step = (0, *numbers, 1) if len(numbers) == 1 else (*numbers, 1)[:3]
    count = math.ceil((end - start) / step)
    if count < 0:
        return None
    out = fresh(call.text, (count,))
    whole = [n for n in (start, end, step) if isinstance(n, int)]
    if len(whole) < 3 or "dtype" in call.keywords or not 0 < out.numel <= MANY:
        return out
    return replace(out, value=elements.holding(out.shape, "int64", range(*whole)))


def spaced(call: Call) -> Result:
    """`torch.linspace(0, 1, 5)`."""
    steps = call.get(2, "steps")
    return fresh(call.text, (steps,)) if isinstance(steps, int) else None


def filled(call: Call) -> Result:
    """`torch.full((2, 3), 0.5)`."""
    sizes = call.get(0, "size")
    return made(replace(call, args=call.args[:1])) if isinstance(sizes, tuple) else None


def drawn(call: Call) -> Result:
    """`torch.randint(10, (2, 3))`."""
    sizes = [s for s in (call.get(1, "size"), call.get(2, "size")) if isinstance(s, tuple)]
    return made(replace(call, args=[Constant(sizes[0])])) if sizes else None


def given(call: Call) -> Result:
    """`torch.tensor([1, 2])`."""
    if len(call.args) != 1 or call.keywords:
        return None
    value = elements.written(constant(call.args[0]))
    return replace(fresh(call.text, value.shape), value=value) if value is not None else None


def square(call: Call) -> Result:
    """`torch.eye(3)`."""
    n, m = call.get(0, "n"), call.get(1, "m")
    m = n if m is None else m
    return fresh(call.text, (n, m)) if isinstance(n, int) and isinstance(m, int) else None


def size(call: Call) -> Result:
    """`x.size()` and `x.size(0)`."""
    t, dim = call.tensor(0), call.get(1, "dim")
    if t is None:
        return None
    if dim is None:
        return Constant(t.shape)
    place = axes.dimension(dim, len(t.shape)) if isinstance(dim, int) else None
    return Constant(t.shape[place]) if place is not None and t.shape else None


def count(call: Call) -> Result:
    """`x.numel()`, `x.dim()`, `len(x)`."""
    t = call.tensor(0)
    if t is None:
        return None
    return Constant(len(t.shape) if call.name in ("dim", "ndimension") else t.numel)


RULES: dict[str, Rule] = {
    **dict.fromkeys(SAME.split(), same),
    **dict.fromkeys(MAYBE_SAME.split(), maybe_same),
    **dict.fromkeys(FILLING.split(), itself),
    **{name: elementwise(sign, False) for name, sign in PAIRED.items()},
    **{f"{name}_": elementwise(sign, True) for name, sign in PAIRED.items()},
    **dict.fromkeys(PAIRED_LOSSES, loss),
    **dict.fromkeys(REDUCING.split(), reduced),
    **dict.fromkeys(MAKING.split(), made),
    "arange": counted,
    **dict.fromkeys(("linspace", "logspace"), spaced),
    "full": filled,
    "randint": drawn,
    "eye": square,
    "tensor": given,
    "matmul": multiplying(),
    "mm": multiplying(2, 2),
    "bmm": multiplying(3, 3),
    "mv": multiplying(2, 1),
    "dot": multiplying(1, 1),
    "linear": linear,
    "cat": join,
    "concat": join,
    "stack": join,
    "split": apart,
    "chunk": apart,
    "size": size,
    "numel": count,
    "dim": count,
    "ndimension": count,
    "contiguous": same,
    "detach": itself,
}
