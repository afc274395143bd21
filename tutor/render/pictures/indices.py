"""What an index does: slices and single places give a view, whose strides and picked elements are known; masks and
tensors of indices copy.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from itertools import product

from tutor.render.pictures import axes
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.infer import Constant, Evaluation, Many, Result, Shaped, constant, fresh, text_of
from tutor.render.pictures.matrix import finite
from tutor.render.pictures.memory import Layout, Seen
from tutor.render.pictures.picks import Picked
from tutor.render.pictures.rules import operand

DRAWN = 100  # elements: up to here the picked ones are marked


@dataclass(frozen=True)
class Item:
    """One item of an index: what it does, and the places it takes along its dimension."""

    text: str
    what: str
    places: range = range(0)


def index(t: Shaped, node: ast.expr, text: str, run: Evaluation) -> Result:
    """`t[...]`."""
    parts = list(node.elts) if isinstance(node, ast.Tuple) else [node]
    if len(parts) == 1:
        by_tensor = _by_tensor(t, parts[0], text, run)
        if by_tensor is not None:
            return by_tensor
    items = _items(t, parts, run)
    return _view(t, items, text, run) if items is not None else None


def _by_tensor(t: Shaped, node: ast.expr, text: str, run: Evaluation) -> Result:
    """A mask, or a tensor or list of indices along the first dimension."""
    if isinstance(node, ast.Slice):
        return None
    at = run.at(node)
    if isinstance(at, Many):
        numbers = constant(at)
        if not isinstance(numbers, tuple) or not t.shape or not all(type(n) is int for n in numbers):
            return None
        return _rows(t, [n for n in numbers if isinstance(n, int)], (len(numbers),), text, text_of(node), run)
    if not isinstance(at, Shaped) or at.value is None:
        return None
    if at.value.dtype == "bool":
        return _masked(t, at, text, run)
    whole = [int(n) for n in finite(at.value.values)]
    if at.value.dtype.startswith(("int", "uint")) and len(whole) == at.numel and t.shape:
        return _rows(t, whole, at.shape, text, at.text, run)
    return None


def _rows(t: Shaped, chosen: list[int], shape: Shape, text: str, item: str, run: Evaluation) -> Result:
    places = [axes.dimension(n, t.shape[0]) for n in chosen]
    if None in places or 0 in t.shape:
        return None
    each = math.prod(t.shape[1:])
    flat = tuple(p * each + i for p in places if p is not None for i in range(each)) if t.numel <= DRAWN else ()
    out = (*shape, *t.shape[1:])
    run.note(Picked(text, operand(t), flat, out, ((item, "picks"),)))
    return fresh(text, out)


def _masked(t: Shaped, mask: Shaped, text: str, run: Evaluation) -> Result:
    told = finite(mask.value.values) if mask.value is not None else []
    if mask.shape != t.shape or len(told) != t.numel:
        return None
    flat = tuple(i for i, holds in enumerate(told) if holds)
    run.note(Picked(text, operand(t), flat, (len(flat),), ((mask.text, "mask"),)))
    return fresh(text, (len(flat),))


def _items(t: Shaped, parts: list[ast.expr], run: Evaluation) -> list[Item] | None:
    """Whole numbers, slices, None and `...`; None where there is another, or too many."""
    used = sum(not _is(part, None) and not _is(part, ...) for part in parts)
    if used > len(t.shape) or sum(_is(part, ...) for part in parts) > 1:
        return None
    items: list[Item] = []
    d = 0
    for part in parts:
        if _is(part, None):
            items.append(Item("None", "adds"))
        elif _is(part, ...):
            rest = len(t.shape) - used
            items += [Item("...", "keeps", range(n)) for n in t.shape[d : d + rest]]
            d += rest
        else:
            item = _item(part, t.shape[d], run)
            if item is None:
                return None
            items.append(item)
            d += 1
    return items + [Item(":", "keeps", range(n)) for n in t.shape[d:]]


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _item(node: ast.expr, size: int, run: Evaluation) -> Item | None:
    if isinstance(node, ast.Slice):
        ends = [constant(run.at(end)) if end is not None else None for end in (node.lower, node.upper, node.step)]
        if not all(end is None or (isinstance(end, int) and not isinstance(end, bool)) for end in ends):
            return None
        lower, upper, step = (end if isinstance(end, int) else None for end in ends)
        if step is not None and step < 1:
            return None
        return Item(text_of(node), "keeps", range(size)[slice(lower, upper, step)])
    at = run.at(node)
    if not isinstance(at, Constant) or type(at.value) is not int:
        return None
    place = axes.dimension(at.value, size) if size else None
    return Item(text_of(node), "drops", range(place, place + 1)) if place is not None else None


def _view(t: Shaped, items: list[Item], text: str, run: Evaluation) -> Result:
    shape = tuple(1 if i.what == "adds" else len(i.places) for i in items if i.what != "drops")
    taken = [i for i in items if i.what != "adds"]
    flat: tuple[int, ...] = ()
    if 0 < t.numel <= DRAWN:
        row = axes.contiguous(t.shape)
        flat = tuple(
            sum(n * s for n, s in zip(at, row, strict=True)) for at in product(*(item.places for item in taken))
        )
    told = tuple((i.text, i.what) for i in items if i.text not in (":", "..."))
    if t.shape:
        run.note(Picked(text, operand(t), flat, shape, told))
    if t.strides is None:
        return Shaped(text, shape, None, memory=t.memory, own=t.own)
    result = Shaped(text, shape, *_strides(t, t.strides, items), t.memory)
    assert result.strides is not None
    run.note(
        Layout(Seen(t.text, t.shape, t.strides, t.offset), Seen(text, shape, result.strides, result.offset), True, text)
    )
    return result


def _strides(t: Shaped, steps: Shape, items: list[Item]) -> tuple[Shape, int]:
    """The strides and the first place of what an index leaves."""
    out: list[int] = []
    offset, d = t.offset, 0
    for item in items:
        if item.what == "adds":
            out.append(t.shape[d] * steps[d] if d < len(steps) else 1)
            continue
        offset += (item.places.start if item.places else 0) * steps[d]
        if item.what == "keeps":
            out.append(steps[d] * item.places.step)
        d += 1
    return tuple(out), offset
