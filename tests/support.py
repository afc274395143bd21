"""Running snippets in a real worker, and writing what came back so that it can be read and compared whole."""

from __future__ import annotations

import asyncio
import itertools
import re
import textwrap
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tutor.runner import Runner
from tutor.worker.wire import (
    ArrayValue,
    Change,
    ClaimChecked,
    ContainerValue,
    Error,
    Finished,
    Gradient,
    Item,
    Job,
    JobEvent,
    LoopAdvanced,
    ModuleValue,
    Operands,
    OptimizerValue,
    PlainValue,
    Printed,
    Started,
    StepBegan,
    StepEnded,
    TensorValue,
    Value,
)

_numbers = itertools.count(1)


async def events(runner: Runner, code: str, **job: Any) -> list[JobEvent]:
    """All events of a snippet, adjacent text of one step and stream put together."""
    told = Job(job.pop("id", f"job-{next(_numbers)}"), textwrap.dedent(code).strip("\n"), **job)
    return merged([event async for event in runner.run(told)])


async def ending(runner: Runner, code: str, timeout: float = 20.0) -> tuple[list[JobEvent], Finished]:
    """All events, and the last one, which is the only Finished."""
    told = await events(runner, code, timeout=timeout)
    assert [event for event in told if isinstance(event, Finished)] == told[-1:]
    last = told[-1]
    assert isinstance(last, Finished)
    return told, last


def printed(told: list[JobEvent], stream: str = "stdout") -> str:
    """What was printed."""
    return "".join(event.text for event in told if isinstance(event, Printed) and event.stream == stream)


def worker(runner: Runner) -> int:
    """The process id of a runner's worker."""
    assert runner.ready is not None
    return runner.ready.pid


def merged(told: Iterable[JobEvent]) -> list[JobEvent]:
    """How a text is cut into events is a matter of timing; nothing may depend on it. Told progress cuts it too: `plain`
    leaves that out."""
    out: list[JobEvent] = []
    for event in told:
        last = out[-1] if out else None
        if isinstance(event, Printed) and isinstance(last, Printed) and continues(event, last):
            out[-1] = replace(last, text=last.text + event.text)
        else:
            out.append(event)
    return out


def continues(text: Printed, last: Printed) -> bool:
    """Whether a text goes on where the last one ended."""
    return (text.step, text.stream, text.skipped) == (last.step, last.stream, 0)


def plain(told: Iterable[JobEvent]) -> list[JobEvent]:
    """Events without what differs from run to run or between systems: times, memory, the job's name, progress while it
    runs, what it is kept from."""
    out: list[JobEvent] = []
    for event in told:
        if isinstance(event, LoopAdvanced):
            continue
        if isinstance(event, StepEnded):
            event = replace(event, ms=0.0, memory=0)
        elif isinstance(event, Finished):
            event = replace(event, ms=0.0, peak=0)
        elif isinstance(event, Started):
            event = replace(event, kept_from=())
        out.append(replace(event, job="job"))
    return out


async def story(runner: Runner, code: str, **job: Any) -> list[str]:
    """A snippet's events, one line each, steps indented: everything that is not at its default is in it."""
    return written(await events(runner, code, **job))


def lines(text: str) -> list[str]:
    """What `story` is compared with."""
    return textwrap.dedent(text).strip("\n").split("\n")


def written(told: Iterable[JobEvent]) -> list[str]:
    """The lines of a story."""
    out: list[str] = []
    depth = {-1: -1}
    for event in merged(plain(told)):
        if isinstance(event, StepBegan):
            depth[event.step] = depth[event.parent] + 1
            place = f"{event.line}" if event.line == event.end_line else f"{event.line}-{event.end_line}"
            number = f" #{event.index}" if event.kind == "iteration" else ""
            text = f"> {event.kind} {place}{number}" + (f" {event.label}" if event.label else "")
            out.append("  " * depth[event.step] + text)
        elif isinstance(event, StepEnded):
            out.append("  " * depth[event.step] + f"< {ended(event)}")
        elif isinstance(event, Printed):
            skipped = f" after {event.skipped} bytes" if event.skipped else ""
            out.append("  " * (depth[event.step] + 1) + f"{event.stream} {event.text!r}{skipped}")
        elif not isinstance(event, Started):
            out.append(other(event))
    return out


def ended(step: StepEnded) -> str:
    """What a step did."""
    parts = [step.how]
    if step.value is not None:
        parts.append(f"value {shown(step.value)}")
    parts += [changed(change) for change in step.changes]
    parts += [graded(gradient) for gradient in step.gradients]
    for warned in step.warnings:
        times = f" times {warned.times}" if warned.times != 1 else ""
        text = warned.text.partition(" (Triggered internally")[0]
        parts.append(f"{warned.category} {text!r} line {warned.line}{times}")
    if step.error is not None:
        parts.append(failed(step.error))
    if step.done:
        parts.append(f"{step.done} iterations")
    parts += [f"series {series.name} {list(series.points)}" for series in step.series]
    return "; ".join(parts)


def changed(change: Change) -> str:
    """A name that changed."""
    text = f"{change.name} {change.how}"
    if change.value is not None:
        text += f" {shown(change.value)}"
    return text if change.before is None else f"{text} before {shown(change.before)}"


def graded(gradient: Gradient) -> str:
    """A gradient that changed."""
    text = f"{gradient.name}.grad {gradient.how}"
    if gradient.value is not None:
        text += f" {gradient.value.values}"
    return text if gradient.before is None else f"{text} before {gradient.before.values}"


def failed(error: Error) -> str:
    """An exception with the places it went through."""
    places = ", ".join(f"{frame.line}{' in ' + frame.function if frame.function else ''}" for frame in error.frames)
    cause = f" from ({failed(error.cause)})" if error.cause is not None else ""
    return f"{error.type} {error.message!r} at {places or 'nowhere'}{cause}"


def other(event: JobEvent) -> str:
    """Claims, operands, and the end."""
    if isinstance(event, ClaimChecked):
        sides = "".join(f"; {side.code} is {shown(side.value)}" for side in event.sides)
        return f"claim {event.index} {'holds' if event.holds else event.seen}{sides}"
    if isinstance(event, Operands):
        return f"operands of {event.call}: " + ", ".join(f"{item.key} {shown(item.value)}" for item in event.operands)
    assert isinstance(event, Finished)
    text = event.outcome
    for name in ("line", "signal", "exit", "strays"):
        if getattr(event, name):
            text += f"; {name} {getattr(event, name)}"
    return text + (f"; {event.reason}" if event.reason else "")


def shown(value: Value) -> str:
    """A value."""
    if isinstance(value, TensorValue):
        return tensor(value)
    if isinstance(value, ArrayValue):
        shares = f" shares {value.shares}" if value.shares else ""
        return f"array {value.dtype} {list(value.shape)} {value.values}{shares}"
    if isinstance(value, ContainerValue):
        return f"{value.type}({value.length}) {{{members(value.items)}}}"
    if isinstance(value, ModuleValue):
        rows = ", ".join(f"{row.name} {list(row.shape)}" for row in value.parameters)
        return f"module {value.type}({value.text}) {value.total} in {value.count}: {rows}"
    if isinstance(value, OptimizerValue):
        return f"optimizer {value.type} {{{members(value.state)}}}"
    assert isinstance(value, PlainValue)
    return f"{value.type} {value.text.split()[1].strip('>') if value.type == 'module' else value.text}"


def members(items: Iterable[Item]) -> str:
    """What is in a container."""
    return ", ".join(f"{item.key}: {shown(item.value)}" if item.key else shown(item.value) for item in items)


def tensor(value: TensorValue) -> str:
    """A tensor: dtype, a star where it requires grad, shape, elements, and where it comes from."""
    text = f"{value.dtype}{'*' if value.requires_grad else ''} {list(value.shape)} {value.values}"
    if value.type != "Tensor":
        text = f"{value.type} {text}"
    if value.grad_fn:
        text += f" by {value.grad_fn}"
    if value.shares:
        text += f" shares {value.shares}"
    return text + (f" ({value.note})" if value.note else "")


def sections(path: Path) -> dict[str, str]:
    """A file of texts, each under a line `=== name`."""
    _, *parts = re.split(r"^=== (.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: text.strip("\n") + "\n" for name, text in zip(parts[::2], parts[1::2], strict=True)}


def stories(path: Path) -> list[tuple[str, str, list[str]]]:
    """A file of snippets, each with its story below a line `---`: name, code, lines."""
    told = [(name, *text.split("\n---\n")) for name, text in sections(path).items()]
    return [(name, code, story.strip("\n").split("\n")) for name, code, story in told]


def children(pid: int) -> list[int]:
    """The children of a process."""
    found: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in tasks.read_text().split()]
        except OSError:  # it, or a thread of it, has ended meanwhile
            continue
    return found


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that another process does. Fails if it does not come about."""
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not come about"
        await asyncio.sleep(0.005)
