"""What the functions that rearrange a tensor do to its shape and strides: most give another way to read one memory,
some copy.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NoReturn

from tutor.render.pictures import axes, elements
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.infer import Call, Fails, Result, Rule, Shaped, fresh, somewhere
from tutor.render.pictures.memory import Layout, Seen


def seen(t: Shaped, text: str = "") -> Seen | None:
    """In a picture; None where the strides are not known."""
    return Seen(text or t.text, t.shape, t.strides, t.offset) if t.strides is not None else None


def view(call: Call, t: Shaped, shape: Shape, strides: Shape | None, offset: int | None = None) -> Result:
    """Another way to read the memory of `t`. Its picture needs the strides of both."""
    start = t.offset if offset is None else offset
    if strides is None or t.strides is None:
        return Shaped(call.text, shape, None, memory=t.memory, own=t.own)
    result = Shaped(call.text, shape, strides, start, t.memory)
    source, other = seen(t), seen(result)
    if source is not None and other is not None:
        call.note(Layout(source, other, True, call.text))
    return result


def copy(call: Call, t: Shaped, shape: Shape) -> Result:
    """The same elements in a memory of their own."""
    result = fresh(call.text, shape)
    source, other = seen(t), seen(result)
    if source is not None and other is not None:
        call.note(Layout(source, other, False, call.text))
    return result


def sized(call: Call) -> Result:
    """`view` and `reshape`."""
    t = call.tensor(0, "input")
    sizes = call.sizes(1, "size" if call.name == "view" else "shape")
    if t is None or sizes is None:
        return None
    shape = axes.inferred(t.numel, sizes)
    if shape is None and t.strides is not None and all(n > 0 for n in sizes):
        refuse(call, t, sizes)
    if shape is None or t.strides is None:
        return None if shape is None else somewhere(call.text, shape)
    strides = axes.viewed(t.shape, t.strides, shape)
    if strides is not None:
        return view(call, t, shape, strides)
    if call.name == "reshape":
        return copy(call, t, shape)
    return refuse(call, t, shape)


def refuse(call: Call, t: Shaped, shape: Shape) -> NoReturn:
    """No way to read the memory gives that shape."""
    source = seen(t)
    if source is not None:
        call.note(Layout(source, Seen(call.text, shape, axes.contiguous(shape)), False, call.text, refused=True))
    raise Fails


def like(call: Call) -> Result:
    """`view_as`, `reshape_as`, `expand_as`."""
    t, other = call.tensor(0), call.tensor(1, "other")
    if t is None or other is None:
        return None
    if call.name == "expand_as":
        return expanded(call, t, other.shape)
    strides = axes.viewed(t.shape, t.strides, other.shape) if t.strides is not None else None
    if math.prod(other.shape) != t.numel:
        return None
    return view(call, t, other.shape, strides) if strides is not None else somewhere(call.text, other.shape)


def permuted(call: Call, t: Shaped, order: tuple[int | None, ...]) -> Result:
    """Dimensions in another order."""
    places = [d for d in order if d is not None]
    if sorted(places) != list(range(len(t.shape))):
        return None
    strides = tuple(t.strides[d] for d in places) if t.strides is not None else None
    return view(call, t, tuple(t.shape[d] for d in places), strides)


def turned(call: Call) -> Result:
    """`t`, `T` and `mT`: the last two dimensions change places."""
    t = call.tensor(0, "input")
    if t is None or (call.name != "mT" and len(t.shape) > 2) or (call.name == "mT" and len(t.shape) < 2):
        return None
    dims = list(range(len(t.shape)))
    return permuted(call, t, (*dims[:-2], *reversed(dims[-2:])))


def swapped(call: Call) -> Result:
    """`transpose` and its other names."""
    t, a, b = call.tensor(0, "input"), call.get(1, "dim0"), call.get(2, "dim1")
    if t is None or not isinstance(a, int) or not isinstance(b, int):
        return None
    one, two = axes.dimension(a, len(t.shape)), axes.dimension(b, len(t.shape))
    if one is None or two is None or not t.shape:
        return None
    order = list(range(len(t.shape)))
    order[one], order[two] = order[two], order[one]
    return permuted(call, t, tuple(order))


def ordered(call: Call) -> Result:
    """`permute`."""
    t, dims = call.tensor(0, "input"), call.sizes(1, "dims")
    if t is None or dims is None or len(dims) != len(t.shape):
        return None
    return permuted(call, t, tuple(axes.dimension(d, len(t.shape)) for d in dims))


def squeezed(call: Call) -> Result:
    """`squeeze`: dimensions of size 1 go."""
    t, dims = call.tensor(0, "input"), call.get(1, "dim")
    if t is None:
        return None
    given = range(len(t.shape)) if dims is None else dims if isinstance(dims, tuple) else (dims,)
    places = {axes.dimension(d, len(t.shape)) for d in given if isinstance(d, int)}
    if None in places or len(places) != len(tuple(given)):
        return None
    kept = [d for d, n in enumerate(t.shape) if n != 1 or d not in places]
    strides = tuple(t.strides[d] for d in kept) if t.strides is not None else None
    return view(call, t, tuple(t.shape[d] for d in kept), strides)


def unsqueezed(call: Call) -> Result:
    """`unsqueeze`: one more dimension of size 1."""
    t, dim = call.tensor(0, "input"), call.get(1, "dim")
    place = axes.dimension(dim, len(t.shape) + 1) if t is not None and isinstance(dim, int) else None
    if t is None or place is None:
        return None
    shape = (*t.shape[:place], 1, *t.shape[place:])
    if t.strides is None:
        return view(call, t, shape, None)
    step = t.shape[place] * t.strides[place] if place < len(t.shape) else 1
    return view(call, t, shape, (*t.strides[:place], step, *t.strides[place:]))


def expand(call: Call) -> Result:
    """`expand`."""
    t, sizes = call.tensor(0), call.sizes(1, "size")
    return expanded(call, t, sizes) if t is not None and sizes is not None else None


def expanded(call: Call, t: Shaped, sizes: Shape) -> Result:
    """Dimensions of size 1 read again and again: their stride is 0."""
    new = len(sizes) - len(t.shape)
    if new < 0:
        return None
    old: Shape = (1,) * new + t.shape
    shape = tuple(n if n != -1 else o for n, o in zip(sizes, old, strict=True))
    if any(o not in (1, n) for n, o in zip(shape, old, strict=True)) or -1 in sizes[:new]:
        return None
    if t.strides is None:
        return view(call, t, shape, None)
    steps = (0,) * new + t.strides
    kept = tuple(
        0 if o == 1 and (n != 1 or d < new) else s for d, (n, o, s) in enumerate(zip(shape, old, steps, strict=True))
    )
    return view(call, t, shape, kept)


def repeated(call: Call) -> Result:
    """`repeat`: copies side by side."""
    t, times = call.tensor(0), call.sizes(1, "repeats")
    if t is None or times is None or len(times) < len(t.shape):
        return None
    old = (1,) * (len(times) - len(t.shape)) + t.shape
    return copy(call, t, tuple(n * k for n, k in zip(old, times, strict=True)))


def flattened(call: Call) -> Result:
    """`flatten`."""
    t, start, end = call.tensor(0, "input"), call.get(1, "start_dim", 0), call.get(2, "end_dim", -1)
    if t is None or not isinstance(start, int) or not isinstance(end, int):
        return None
    if not t.shape:
        return somewhere(call.text, (1,))
    first, last = axes.dimension(start, len(t.shape)), axes.dimension(end, len(t.shape))
    if first is None or last is None or first > last:
        return None
    shape = (*t.shape[:first], math.prod(t.shape[first : last + 1]), *t.shape[last + 1 :])
    strides = axes.viewed(t.shape, t.strides, shape) if t.strides is not None else None
    if t.strides is not None and strides is None:
        return copy(call, t, shape)
    return view(call, t, shape, strides) if strides is not None else somewhere(call.text, shape)


def contiguous(call: Call) -> Result:
    """A copy where it does not lie row by row, else the tensor itself."""
    t = call.tensor(0)
    if t is None or t.strides is None:
        return somewhere(call.text, t.shape) if t is not None else None
    return replace(t, text=call.text, value=None) if t.is_contiguous else copy(call, t, t.shape)


def cloned(call: Call) -> Result:
    """`clone`: a copy that keeps the strides where it can."""
    t = call.tensor(0, "input")
    if t is None:
        return None
    return copy(call, t, t.shape) if t.is_contiguous else somewhere(call.text, t.shape)


def narrowed(call: Call) -> Result:
    """`narrow(dim, start, length)`."""
    t, dim, start, length = (call.tensor(0, "input"), call.get(1, "dim"), call.get(2, "start"), call.get(3, "length"))
    if t is None or not (isinstance(dim, int) and isinstance(start, int) and isinstance(length, int)):
        return None
    place = axes.dimension(dim, len(t.shape))
    if place is None or not 0 <= start <= start + length <= t.shape[place]:
        return None
    shape = (*t.shape[:place], length, *t.shape[place + 1 :])
    offset = t.offset + start * t.strides[place] if t.strides is not None else None
    return view(call, t, shape, t.strides, offset)


def in_order(rule: Rule) -> Rule:
    """A rule whose result has all elements in the order they had."""

    def known(call: Call) -> Result:
        t, out = call.tensor(0, "input"), rule(call)
        if t is None or not isinstance(out, Shaped):
            return out
        return replace(out, value=elements.reshaped(t.value, out.shape))

    return known


VIEWS: dict[str, Rule] = {
    "view": in_order(sized),
    "reshape": in_order(sized),
    "view_as": in_order(like),
    "reshape_as": in_order(like),
    "expand_as": like,
    "t": turned,
    "T": turned,
    "mT": turned,
    "transpose": swapped,
    "swapaxes": swapped,
    "swapdims": swapped,
    "permute": ordered,
    "squeeze": in_order(squeezed),
    "unsqueeze": in_order(unsqueezed),
    "expand": expand,
    "repeat": repeated,
    "flatten": in_order(flattened),
    "ravel": in_order(flattened),
    "contiguous": contiguous,
    "clone": cloned,
    "narrow": narrowed,
}
