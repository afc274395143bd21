"""A run as it stands: a fold over the worker's events.

`Trace.apply(event)` gives the next Trace and touches nothing else: no clock, no I/O. Front ends read Traces and add
no facts of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from tutor.worker.wire import (
    Change,
    ClaimChecked,
    Error,
    Explained,
    Finished,
    Gradient,
    JobEvent,
    LoopAdvanced,
    Noticed,
    Operands,
    Printed,
    Series,
    Started,
    StepBegan,
    StepEnded,
    Studied,
    Value,
    Warned,
)

State = Literal["running", "done", "raised", "left", "stopped"]
POINTS = 1000  # of a series that is still growing
DEEPEST = 100  # steps within steps; a worker opens far fewer


@dataclass(frozen=True)
class Output:
    """Text on one stream, without a break."""

    stream: str
    text: str
    skipped: int = 0
    """Bytes left out before it."""


@dataclass(frozen=True)
class Step:
    """A statement, an iteration or a call, with what it did and the steps inside it."""

    id: int
    kind: str
    """setup | statement | iteration | call"""
    line: int
    end_line: int
    label: str = ""
    index: int = 0
    state: State = "running"
    outputs: tuple[Output, ...] = ()
    value: Value | None = None
    changes: tuple[Change, ...] = ()
    gradients: tuple[Gradient, ...] = ()
    warnings: tuple[Warned, ...] = ()
    error: Error | None = None
    ms: float = 0.0
    memory: int = 0
    done: int = 0
    """Of a loop: iterations so far."""
    total: int = -1
    """Of a loop: how many there will be; -1 where unknown."""
    series: tuple[Series, ...] = ()
    children: tuple[Step, ...] = ()

    def text(self, stream: str) -> str:
        """All that it printed on a stream itself, its inner steps not counted."""
        return "".join(o.text for o in self.outputs if o.stream == stream)


@dataclass(frozen=True)
class Trace:
    """One job, from before its first event to after its last."""

    steps: tuple[Step, ...] = ()
    outputs: tuple[Output, ...] = ()
    """Text that belongs to no step."""
    claims: tuple[ClaimChecked, ...] = ()
    operands: Operands | None = None
    studies: tuple[Studied, ...] = ()
    """What a study of the same job found, in the order in which it did."""
    finished: Finished | None = None
    seed: int = 0
    device: str = "cpu"
    code: str = ""
    """The snippet that runs; empty where an older worker does not tell."""
    kept_from: tuple[str, ...] = ()
    """What the system keeps it from."""

    @property
    def error(self) -> Error | None:
        """The exception that ended it."""
        return next((s.error for s in self.steps if s.error is not None and s.state == "raised"), None)

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """Every warning, in order."""
        return tuple(w for s in walk(self.steps) for w in s.warnings)

    @property
    def ok(self) -> bool:
        """Whether it ran to its end and every claim checked so far holds."""
        ended = self.finished is not None and self.finished.outcome == "finished"
        return ended and all(c.holds for c in self.claims)

    def apply(self, event: JobEvent) -> Trace:
        """The trace after one more event."""
        match event:
            case StepBegan():
                new = Step(event.step, event.kind, event.line, event.end_line, event.label, event.index)
                return replace(self, steps=_add(self.steps, event.parent, new))
            case Printed(step=-1):
                return replace(self, outputs=_print(self.outputs, event))
            case StepEnded() | LoopAdvanced() | Printed():
                return replace(self, steps=_update(self.steps, event.step, event))
            case ClaimChecked():
                return replace(self, claims=(*self.claims, event))
            case Operands():
                return replace(self, operands=event)
            case Studied():
                return replace(self, studies=(*self.studies, event))
            case Noticed() | Explained():  # said of a trace, not a part of it
                return self
            case Started():
                return replace(self, seed=event.seed, device=event.device, code=event.code, kept_from=event.kept_from)
            case Finished():
                return replace(self, finished=event, steps=tuple(_stop(s) for s in self.steps))


def walk(steps: tuple[Step, ...]) -> list[Step]:
    """All steps, each before the ones inside it."""
    found: list[Step] = []
    for step in steps:
        found.append(step)
        found += walk(step.children)
    return found


def _add(steps: tuple[Step, ...], parent: int, new: Step, room: int = DEEPEST) -> tuple[Step, ...]:
    """Steps with a new one: at the end, or inside the one it belongs to, which is the last on its level. Of a loop's
    opened iterations the first and the latest are kept. What belongs nowhere is passed over."""
    if parent < 0:
        return (*steps, new)
    if not steps or not room:
        return steps
    last = steps[-1]
    if last.id != parent:
        return (*steps[:-1], replace(last, children=_add(last.children, parent, new, room - 1)))
    inside = last.children
    if new.kind == "iteration" and sum(c.kind == "iteration" for c in inside) > 1:
        inside = inside[:-1]
    return (*steps[:-1], replace(last, children=(*inside, new)))


def _update(steps: tuple[Step, ...], step: int, event: StepEnded | LoopAdvanced | Printed) -> tuple[Step, ...]:
    """Steps with an event applied to the one it names. Open steps are always the last of their level."""
    if not steps:
        return steps
    last = steps[-1]
    if last.id != step:
        return (*steps[:-1], replace(last, children=_update(last.children, step, event)))
    return (*steps[:-1], _applied(last, event))


def _applied(step: Step, event: StepEnded | LoopAdvanced | Printed) -> Step:
    match event:
        case Printed():
            return replace(step, outputs=_print(step.outputs, event))
        case LoopAdvanced():
            series = {s.name: s.points for s in step.series}
            for s in event.series:
                series[s.name] = (*series.get(s.name, ()), *s.points)[-POINTS:]
            grown = tuple(Series(k, v) for k, v in series.items())
            return replace(step, done=event.done, total=event.total, series=grown)
        case StepEnded():
            state: State = "raised" if event.how == "raised" else "left" if event.how == "left" else "done"
            return replace(
                step,
                state=state,
                value=event.value,
                changes=event.changes,
                gradients=event.gradients,
                warnings=event.warnings,
                error=event.error,
                ms=event.ms,
                memory=event.memory,
                done=event.done or step.done,
                series=event.series or step.series,
            )


def _print(outputs: tuple[Output, ...], event: Printed) -> tuple[Output, ...]:
    if outputs and outputs[-1].stream == event.stream and not event.skipped:
        last = outputs[-1]
        return (*outputs[:-1], replace(last, text=last.text + event.text))
    return (*outputs, Output(event.stream, event.text, event.skipped))


def _stop(step: Step) -> Step:
    """A step that the end of the job caught running."""
    if step.state != "running":
        return step
    return replace(step, state="stopped", children=tuple(_stop(c) for c in step.children))
