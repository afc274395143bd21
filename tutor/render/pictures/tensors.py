"""Which pictures of elements fit a step: those of its value, and of the tensors it made or changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tutor.render.pictures.bars import Bars, is_column
from tutor.render.pictures.canvas import Picture
from tutor.render.pictures.heatmap import HeatMap
from tutor.render.pictures.histogram import Histogram, spread
from tutor.render.pictures.matrix import gaps, is_real
from tutor.statements import statement, value_name
from tutor.trace import Step, Trace
from tutor.worker.wire import ArrayValue, TensorValue, Value

MANY = 100  # elements: from here on numbers in a column are no longer read
SPREAD = 50  # elements: from here on it tells something how they are spread


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """All that fit, best first."""
    return tuple(picture for name, value, before in subjects(step, trace) for picture in _of(name, value, before))


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """A tensor that was filled anew, before and after; a value that is looked at and too large to be read."""
    anew = tuple(p for p in find(step, trace) if isinstance(p, Histogram) and p.before is not None)
    if anew and _fills(statement(step, trace)):
        return anew[:1]
    value = step.value
    if not isinstance(value, (TensorValue, ArrayValue)) or value.numel < MANY:
        return ()
    plane = len(value.shape) == 2 and not is_column(value.shape) and not gaps(value.values)
    wanted = HeatMap if plane else Histogram
    first = next(iter(subjects(step, trace)))
    return tuple(p for p in _of(*first) if isinstance(p, wanted))[:1]


def subjects(
    step: Step, trace: Trace
) -> Iterator[tuple[str, TensorValue | ArrayValue, TensorValue | ArrayValue | None]]:
    """The tensors a step is about, with their names and what they were before."""
    if isinstance(step.value, (TensorValue, ArrayValue)) and not any(
        _same(change.value, step.value) for change in step.changes
    ):
        yield value_name(statement(step, trace)), step.value, None
    for change in step.changes:
        if isinstance(change.value, (TensorValue, ArrayValue)):
            before = change.before if isinstance(change.before, (TensorValue, ArrayValue)) else None
            yield change.name, change.value, before
    for gradient in step.gradients:
        if gradient.value is not None and gradient.how not in ("cleared", "zeroed", "reached"):
            yield f"{gradient.name}.grad", gradient.value, None


def _same(value: Value | None, other: TensorValue | ArrayValue) -> bool:
    """Whether a call gave back what it changed in place."""
    if not isinstance(value, (TensorValue, ArrayValue)) or value.values is None:
        return False
    return (value.shape, value.values, value.stats) == (other.shape, other.values, other.stats)


def _of(name: str, value: TensorValue | ArrayValue, before: TensorValue | ArrayValue | None) -> Iterator[Picture]:
    """The pictures of one tensor."""
    if not value.shape or value.numel < 2 or not is_real(value):
        return
    if value.values is not None:
        upright = len(value.shape) == 1 or is_column(value.shape)
        yield Bars(name, value) if upright else HeatMap(name, value)
    if value.numel >= SPREAD and spread(value) is not None and value.dtype != "bool":
        yield Histogram(name, value, before if before is not None and spread(before) is not None else None)


def _fills(node: ast.stmt | None) -> bool:
    """Whether it is a call of something like `nn.init.normal_(w)` or `w.uniform_()`."""
    call = getattr(node, "value", None)
    name = getattr(getattr(call, "func", None), "attr", getattr(getattr(call, "func", None), "id", ""))
    return isinstance(call, ast.Call) and name.endswith("_") and not name.endswith("__")
