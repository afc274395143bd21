"""Functions that pick elements out of a tensor: their shapes, and their pictures where the indices are known."""

from __future__ import annotations

from collections.abc import Sequence

from tutor.render.pictures import advanced, axes, elements
from tutor.render.pictures.choosing import Choice
from tutor.render.pictures.drawing import Operand
from tutor.render.pictures.infer import Call, Constant, Many, Result, Rule, Shaped, fresh
from tutor.render.pictures.picks import Gathered, Picked
from tutor.render.pictures.rules import following, itself, operand, paired, reduced
from tutor.render.pictures.scattering import Scattered
from tutor.render.pictures.taking import Taken


def gather(call: Call) -> Result:
    """`x.gather(dim, index)`."""
    x, dim, index = call.tensor(0, "input"), call.get(1, "dim"), call.tensor(2, "index")
    if x is None or index is None or not isinstance(dim, int) or len(x.shape) != len(index.shape) or not x.shape:
        return None
    place = axes.dimension(dim, len(x.shape))
    if place is None:
        return None
    call.note(Gathered(call.text, operand(x), operand(index), place))
    return fresh(call.text, index.shape)


def along(call: Call) -> Result:
    """`torch.take_along_dim(x, index, dim)`, of two tensors that need not be stretched."""
    x, index, dim = call.tensor(0, "input"), call.tensor(1, "indices"), call.get(2, "dim")
    if x is None or index is None or not isinstance(dim, int) or len(x.shape) != len(index.shape):
        return None
    place = axes.dimension(dim, len(x.shape))
    alike = [n == m for d, (n, m) in enumerate(zip(x.shape, index.shape, strict=True)) if d != place]
    if place is None or not x.shape or not all(alike):
        return None
    call.note(Gathered(call.text, operand(x), operand(index), place))
    return fresh(call.text, index.shape)


def masked_select(call: Call) -> Result:
    """`x.masked_select(mask)`."""
    x, mask = call.tensor(0, "input"), call.tensor(1, "mask")
    steps = advanced.masked(mask) if x is not None and mask is not None and x.shape == mask.shape else []
    return choose(call, x, steps, ((mask.text, "mask"),)) if x is not None and mask is not None and steps else None


def choose(call: Call, x: Shaped, steps: Sequence[advanced.Step], told: tuple[tuple[str, str], ...]) -> Result:
    """What a function picks out as an index would."""
    found = advanced.picked(x.shape, [advanced.Along(step) for step in steps])
    if found is None:
        return None
    call.note(Picked(call.text, operand(x), found[1], found[0], told))
    return fresh(call.text, found[0])


def select_rows(call: Call) -> Result:
    """`x.index_select(dim, index)`."""
    x, dim, index = call.tensor(0, "input"), call.get(1, "dim"), call.tensor(2, "index")
    if x is None or index is None or not isinstance(dim, int) or len(index.shape) != 1:
        return None
    place = axes.dimension(dim, len(x.shape))
    if place is None:
        return None
    shape = (*x.shape[:place], index.shape[0], *x.shape[place + 1 :])
    told = elements.indices(index.value)
    if len(told) != index.numel or not all(0 <= n < x.shape[place] for n in told):
        return fresh(call.text, shape)
    steps: list[advanced.Step] = [range(n) for n in x.shape]
    steps[place] = advanced.Chosen(index.shape, tuple(told))
    return choose(call, x, steps, ((f"dim={dim}, {index.text}", "picks"),))


def where(call: Call) -> Result:
    """`torch.where(condition, a, b)`, also with numbers, and `a.where(condition, b)`."""
    if len(call.args) != 3 or call.keywords:
        return None
    one, condition, other = call.args if call.method else (call.args[1], call.args[0], call.args[2])
    tensors = [a for a in call.args if isinstance(a, Shaped)]
    if len(tensors) + sum(isinstance(a, Constant) for a in (one, other)) != 3 or not isinstance(condition, Shaped):
        return None
    out = paired(call.text, "where", tensors, call.note)
    call.note(Choice(call.text, operand(condition), (side(one), side(other))))
    return out


def masked_fill(call: Call) -> Result:
    """`x.masked_fill(mask, value)`."""
    x, mask = call.tensor(0, "input"), call.tensor(1, "mask")
    if x is None or mask is None or len(call.args) + len(call.keywords) != 3:
        return None
    value = call.keywords.get("value", call.args[-1])
    out = paired(call.text, call.name, (x, mask), call.note)
    call.note(Choice(call.text, operand(mask), (side(value), operand(x))))
    return out


def side(of: Result) -> Operand:
    """A tensor or a number, as it is written."""
    if isinstance(of, Shaped):
        return operand(of)
    return Operand(str(of.value) if isinstance(of, Constant) else "value", ())


def scatter(call: Call) -> Result:
    """`x.scatter(dim, index, src)`, also with a number, `x.scatter_add(dim, index, src)`, and both in place."""
    x, dim, index = call.tensor(0, "input"), call.get(1, "dim"), call.tensor(2, "index")
    if x is None or index is None or not isinstance(dim, int) or len(call.args) + len(call.keywords) != 4:
        return None
    place, source = axes.dimension(dim, len(x.shape)), call.tensor(3, "src")
    number = call.keywords.get("value", call.args[-1])
    if place is None or len(index.shape) != len(x.shape) or not x.shape or "reduce" in call.keywords:
        return None
    if source is None and not isinstance(number, Constant):
        return None
    in_place = call.name.endswith("_")
    call.note(
        Scattered(call.text, operand(x), place, operand(index), side(source or number), "add" in call.name, in_place)
    )
    return itself(call) if in_place else following(call.text, x.shape, (x,))


def ranked(call: Call) -> Result:
    """`x.topk(k, dim)`, `x.sort(dim)`, `x.argsort(dim)`."""
    x, top = call.tensor(0, "input"), call.name == "topk"
    count, dim = call.get(1, "k"), call.get(2 if top else 1, "dim", -1)
    place = axes.dimension(dim, len(x.shape)) if x is not None and isinstance(dim, int) and x.shape else None
    if x is None or place is None or isinstance(dim, bool) or "out" in call.keywords:
        return None
    shape = x.shape
    if top:
        if not isinstance(count, int) or not 0 <= count <= x.shape[place]:
            return None
        shape = (*x.shape[:place], count, *x.shape[place + 1 :])
    call.note(Taken(call.text, call.name, operand(x), place))
    out = Shaped(call.text, shape)
    return out if call.name == "argsort" else Many((out, out))


def extreme(call: Call) -> Result:
    """`x.max(dim)`, `x.argmax(dim)`, and `x.argmax()` of all elements."""
    x, dim, out = call.tensor(0, "input"), call.get(1, "dim"), reduced(call)
    indexed = out if call.name.startswith("arg") or isinstance(out, Many) else None
    if x is not None and indexed is not None and (dim is None or isinstance(dim, int)):
        place = axes.dimension(dim, len(x.shape)) if isinstance(dim, int) else None
        call.note(Taken(call.text, call.name, operand(x), place))
    return out


PICKING: dict[str, Rule] = {
    "gather": gather,
    "index_select": select_rows,
    "masked_select": masked_select,
    "take_along_dim": along,
    "where": where,
    **dict.fromkeys(("scatter", "scatter_", "scatter_add", "scatter_add_"), scatter),
    "masked_fill": masked_fill,
    **dict.fromkeys(("topk", "sort", "argsort"), ranked),
    **dict.fromkeys(("max", "min", "median", "argmax", "argmin"), extreme),
}
