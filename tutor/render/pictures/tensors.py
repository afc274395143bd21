"""Which pictures of elements fit a step: those of its value, and of the tensors it made or changed."""

from __future__ import annotations

from collections.abc import Iterator

from tutor.render.pictures.canvas import Picture
from tutor.render.pictures.heatmap import HeatMap
from tutor.render.pictures.matrix import is_real
from tutor.statements import statement, value_name
from tutor.trace import Step, Trace
from tutor.worker.wire import ArrayValue, TensorValue

MANY = 100  # elements: from here on numbers in a column are no longer read


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """All that fit, best first."""
    return tuple(HeatMap(name, value) for name, value in subjects(step, trace) if _can_be_seen(value))


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """A value that is looked at and too large to be read."""
    value = step.value
    if isinstance(value, (TensorValue, ArrayValue)) and value.numel >= MANY and len(value.shape) == 2:
        return find(step, trace)[:1]
    return ()


def subjects(step: Step, trace: Trace) -> Iterator[tuple[str, TensorValue | ArrayValue]]:
    """The tensors a step is about, with their names."""
    if isinstance(step.value, (TensorValue, ArrayValue)):
        yield value_name(statement(step, trace)), step.value
    for change in step.changes:
        if isinstance(change.value, (TensorValue, ArrayValue)):
            yield change.name, change.value
    for gradient in step.gradients:
        if gradient.value is not None and gradient.how not in ("cleared", "zeroed", "reached"):
            yield f"{gradient.name}.grad", gradient.value


def _can_be_seen(value: TensorValue | ArrayValue) -> bool:
    return value.values is not None and bool(value.shape) and value.numel > 1 and is_real(value)
