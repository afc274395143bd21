"""The elements of a Value as matrices: one for each place along the leading dimensions, with the indices they have in
the tensor. What is not on the wire is a gap.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from tutor.worker.wire import ArrayValue, Scalar, TensorValue, Values

Index = int | None
"""Along a dimension; None for a gap."""


@dataclass(frozen=True)
class Matrix:
    """A slice along the last two dimensions."""

    at: tuple[int, ...]
    """Where, along the dimensions before."""
    rows: tuple[tuple[Scalar, ...], ...]
    down: tuple[Index, ...]
    """The index of each row."""
    across: tuple[Index, ...]
    """The index of each column."""


def matrices(value: TensorValue | ArrayValue) -> tuple[Matrix, ...]:
    """Every slice whose elements are known. A vector is a single row."""
    if value.values is None or not value.shape or value.numel == 0:
        return ()
    if len(value.shape) == 1:
        return (Matrix((), (tuple(value.values),), (0,), indices(value.values, value.shape[0])),)
    return tuple(_matrices(value.values, value.shape, ()))


def _matrices(values: Values, shape: tuple[int, ...], at: tuple[int, ...]) -> Iterator[Matrix]:
    if len(shape) > 2:
        for i, inner in zip(indices(values, shape[0]), values, strict=True):
            if i is not None:
                yield from _matrices(inner, shape[1:], (*at, i))
        return
    down = indices(values, shape[0])
    across = next((indices(row, shape[1]) for row in values if row is not None), ())
    rows = tuple(tuple(row) if row is not None else (None,) * len(across) for row in values)
    yield Matrix(at, rows, down, across)


def indices(values: Values, size: int) -> tuple[Index, ...]:
    """The index of each element of a dimension of that size, of which the middle may be a gap."""
    if len(values) == size and None not in values:
        return tuple(range(size))
    gap = next((i for i, v in enumerate(values) if v is None), len(values))
    after = len(values) - gap - 1
    return (*range(gap), None, *range(size - after, size))


def number(x: Scalar) -> float:
    """As a float; nan for what is no real number."""
    if isinstance(x, (bool, int, float)):
        return float(x)
    return {"inf": math.inf, "-inf": -math.inf}.get(x or "", math.nan)


def finite(values: Values) -> list[float]:
    """The finite real elements."""
    if isinstance(values, (list, tuple)):
        return [x for v in values for x in finite(v)]
    return [float(values)] if isinstance(values, (bool, int, float)) and math.isfinite(values) else []


def is_real(value: TensorValue | ArrayValue) -> bool:
    """Whether the elements are numbers on a line."""
    return value.dtype.startswith(("float", "bfloat", "int", "uint", "bool"))


def gaps(values: Values) -> bool:
    """Whether elements are left out."""
    return any(v is None or gaps(v) for v in values) if isinstance(values, (list, tuple)) else False
