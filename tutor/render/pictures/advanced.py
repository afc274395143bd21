"""What an index of tensors, lists and masks picks, as torch does it: whole numbers among them go first, the others are
stretched to one shape and walk together; their dimensions come where they stood side by side, else to the front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from tutor.render.pictures import axes
from tutor.render.pictures.axes import Shape
from tutor.render.pictures.elements import elements
from tutor.render.pictures.infer import Shaped

DRAWN = 100  # elements: up to here the picked ones are marked


@dataclass(frozen=True)
class Chosen:
    """Places along one dimension, in the shape of the tensor of indices."""

    shape: Shape
    places: tuple[int, ...]
    """Row by row."""
    mask: int = 0
    """For the first dimension of a mask: how many it has."""


Step = range | Chosen | None
"""What an index does to a dimension; None adds one. A range of one place may drop it."""


@dataclass(frozen=True)
class Along:
    """One item of an index, with the dimension of the source it is about (-1 for a new one)."""

    step: Step
    drops: bool = False


def masked(mask: Shaped) -> list[Chosen]:
    """The dimensions of a mask as places, as `nonzero` tells them."""
    told = elements(mask.value)
    if len(told) != mask.numel or not mask.shape:
        return []
    where = [at for at, x in zip(product(*map(range, mask.shape)), told, strict=True) if x]
    dims = len(mask.shape)
    return [Chosen((len(where),), tuple(at[d] for at in where), dims if not d else 0) for d in range(dims)]


def picked(shape: Shape, steps: Sequence[Along]) -> tuple[Shape, tuple[int, ...]] | None:
    """The shape of the result and, of a small tensor, the places of its elements in the source, row by row."""
    kept = [a for a in steps if not a.drops]
    walking = [n for n, a in enumerate(kept) if isinstance(a.step, Chosen)]
    together = axes.broadcast([a.step.shape for a in kept if isinstance(a.step, Chosen)])
    if together is None or not walking:
        return None
    beside = walking[-1] - walking[0] == len(walking) - 1
    sizes = [(1 if a.step is None else len(a.step),) if not isinstance(a.step, Chosen) else () for a in kept]
    front = walking[0] if beside else 0
    before = [n for (n,) in (s for s in sizes[:front] if s)]
    after = [n for (n,) in (s for s in sizes[front:] if s)]
    out = (*before, *together, *after)
    if max(_count(shape), _count(out)) > DRAWN or 0 in shape:
        return out, ()
    return out, tuple(_places(shape, steps, (len(before), together, len(after))))


def _count(shape: Shape) -> int:
    out = 1
    for n in shape:
        out *= n
    return out


def _places(shape: Shape, steps: Sequence[Along], parts: tuple[int, Shape, int]) -> list[int]:
    """Of each element of the result, in its order."""
    before, together, _ = parts
    row = axes.contiguous(shape)
    straight = [a.step for a in steps if not a.drops and not isinstance(a.step, Chosen)]
    ranges = [range(1) if step is None else range(len(step)) for step in straight]
    out = []
    for first in product(*ranges[:before]):
        for walk in product(*map(range, together)):
            for last in product(*ranges[before:]):
                at = iter((*first, *last))
                out.append(_place(steps, walk, at, row))
    return out


def _place(steps: Sequence[Along], walk: tuple[int, ...], at: object, row: Shape) -> int:
    place, d = 0, 0
    coordinates = iter(at)  # type: ignore[call-overload]
    for a in steps:
        if a.step is None:
            next(coordinates)
            continue
        if isinstance(a.step, Chosen):
            n = a.step.places[within(walk, a.step.shape)]
        else:
            n = a.step[0] if a.drops else a.step[next(coordinates)]
        place += n * row[d]
        d += 1
    return place


def within(walk: tuple[int, ...], shape: Shape) -> int:
    """The place in a tensor of indices that is stretched to the common shape."""
    own = walk[len(walk) - len(shape) :]
    step = axes.contiguous(shape)
    return sum(0 if n == 1 else i * s for i, n, s in zip(own, shape, step, strict=True))
