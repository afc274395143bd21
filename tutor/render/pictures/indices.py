"""What an index does: slices and single places give a view, whose strides and picked elements are known; masks and
tensors of indices copy.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from itertools import product

from tutor.render.pictures import axes, elements
from tutor.render.pictures.advanced import DRAWN, Along, Chosen, masked, picked
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.infer import Constant, Evaluation, Many, Result, Shaped, constant, fresh, text_of
from tutor.render.pictures.memory import Layout, Seen
from tutor.render.pictures.picks import Picked
from tutor.render.pictures.rules import operand

PAIRS = 4  # that are told of lists that walk together


@dataclass(frozen=True)
class Item:
    """One item of an index: what it does, and the places it takes along its dimension."""

    text: str
    what: str
    places: range = range(0)
    chosen: tuple[Chosen, ...] = ()
    """For a tensor or list of indices, and for a mask, which takes several dimensions."""


def index(t: Shaped, node: ast.expr, text: str, run: Evaluation) -> Result:
    """`t[...]`."""
    parts = list(node.elts) if isinstance(node, ast.Tuple) else [node]
    items = _items(t, parts, run)
    if items is None:
        return None
    if any(item.chosen for item in items):
        return _picked(t, items, text, run)
    out = _view(t, items, text, run)
    if not isinstance(out, Shaped):
        return out
    return replace(out, value=elements.reshaped(t.value, out.shape))  # where only dimensions of size 1 came or went


def _picked(t: Shaped, items: list[Item], text: str, run: Evaluation) -> Result:
    """By tensors, lists or masks: a copy."""
    steps: list[Along] = []
    for item in items:
        if item.what == "adds":
            steps.append(Along(None))
        elif item.chosen:
            steps += [Along(chosen) for chosen in item.chosen]
        else:
            steps.append(Along(item.places, item.what == "drops"))
    found = picked(t.shape, steps)
    if found is None:
        return None
    shape, flat = found
    lists = [step.step for step in steps if isinstance(step.step, Chosen)]
    told = [(i.text, i.what) for i in items if i.text not in (":", "...")]
    run.note(Picked(text, operand(t), flat, shape, tuple([*told, *_pairs(items, lists)])))
    return fresh(text, shape)


def _pairs(items: list[Item], lists: list[Chosen]) -> list[tuple[str, str]]:
    """Of several lists that walk together, the places they name."""
    alike = len({chosen.shape for chosen in lists}) == 1 and len(lists[0].shape) == 1
    if not alike or sum(bool(item.chosen) for item in items) < 2:
        return []
    named = [f"[{', '.join(map(str, at))}]" for at in zip(*(chosen.places for chosen in lists), strict=True)]
    return [(" ".join(named[:PAIRS]) + (" …" if len(named) > PAIRS else ""), "pairs")]


def _items(t: Shaped, parts: list[ast.expr], run: Evaluation) -> list[Item] | None:
    """What each part does, `...` filled out; None where there is one that is not known, or too many."""
    read = [None if isinstance(part, ast.Slice) else _as_tensor(run.at(part)) for part in parts]
    takes = [_takes(part, found) for part, found in zip(parts, read, strict=True)]
    rest = len(t.shape) - sum(takes)
    if rest < 0 or sum(_is(part, ...) for part in parts) > 1:
        return None
    items: list[Item] = []
    d = 0
    for part, found, dims in zip(parts, read, takes, strict=True):
        if _is(part, None):
            items.append(Item("None", "adds"))
        elif _is(part, ...):
            items += [Item("...", "keeps", range(n)) for n in t.shape[d : d + rest]]
            d += rest
        else:
            item = _item(part, found, t.shape[d : d + dims], run)
            if item is None:
                return None
            items.append(item)
            d += dims
    return items + [Item(":", "keeps", range(n)) for n in t.shape[d:]]


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _as_tensor(found: Result) -> Result:
    """A list as torch takes it."""
    value = elements.written(constant(found)) if isinstance(found, Many) else None
    return Shaped("", value.shape, value=value) if value is not None else found


def _takes(node: ast.expr, found: Result) -> int:
    """How many dimensions a part is about."""
    if _is(node, None) or _is(node, ...):
        return 0
    mask = isinstance(found, Shaped) and found.value is not None and found.value.dtype == "bool"
    return len(found.shape) if mask and isinstance(found, Shaped) else 1


def _item(node: ast.expr, found: Result, sizes: Shape, run: Evaluation) -> Item | None:
    """What a part does to the dimensions it is about."""
    text = text_of(node)
    if isinstance(node, ast.Slice):
        return _slice(node, sizes[0], run)
    if isinstance(found, Constant) and type(found.value) is int:
        place = axes.dimension(found.value, sizes[0]) if sizes[0] else None
        return Item(text, "drops", range(place, place + 1)) if place is not None else None
    if not isinstance(found, Shaped) or found.value is None:
        return None
    if found.value.dtype == "bool":
        where = masked(found) if found.shape == sizes else []
        return Item(text, "mask", chosen=tuple(where)) if where else None
    told = [axes.dimension(n, sizes[0]) for n in elements.indices(found.value)]
    places = tuple(n for n in told if n is not None)
    if len(places) != found.numel or not sizes[0]:
        return None
    if not found.shape:
        return Item(text, "drops", range(places[0], places[0] + 1))
    return Item(text, "picks", chosen=(Chosen(found.shape, places),))


def _slice(node: ast.Slice, size: int, run: Evaluation) -> Item | None:
    ends = [constant(run.at(end)) if end is not None else None for end in (node.lower, node.upper, node.step)]
    if not all(end is None or (isinstance(end, int) and not isinstance(end, bool)) for end in ends):
        return None
    lower, upper, step = (end if isinstance(end, int) else None for end in ends)
    if step is not None and step < 1:
        return None
    return Item(text_of(node), "keeps", range(size)[slice(lower, upper, step)])


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
