"""Runs entries against what they promise: the code runs, every claim holds, the 0.3.0 form does today what is said.

The core of `torch-tutor check` and of any other gate; it reports, and prints nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

from tutor.catalogue.model import Claim, Entry, Then
from tutor.jobs import Manner, family, is_before, now_job, runs_on, then_job
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import ClaimChecked, Job, PlainValue, TensorValue, Value


@dataclass(frozen=True)
class Failure:
    """A promise that is not kept."""

    entry: str
    what: str
    """`code`, `claim 2: torch.equal(...)`, `then`."""
    expected: str
    seen: str
    line: int
    """Of the sheet."""


@dataclass(frozen=True)
class Verdict:
    """What became of one entry."""

    entry: Entry
    ms: float
    """Of its runs, as the worker measured them."""
    claims: int
    """Checked."""
    failures: tuple[Failure, ...] = ()
    skipped: str = ""
    """Why it was not run."""


async def check(runner: Runner, entries: Iterable[Entry], manner: Manner, at_once: int = 2) -> AsyncIterator[Verdict]:
    """Verdicts as they are reached, not in order."""
    gate = asyncio.Semaphore(at_once)

    async def one(entry: Entry) -> Verdict:
        async with gate:
            return await judge(runner, entry, manner)

    tasks = [asyncio.create_task(one(entry)) for entry in entries]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for pending in tasks:
            pending.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def judge(runner: Runner, entry: Entry, manner: Manner) -> Verdict:
    """One entry."""
    if not runs_on(entry, manner.device):
        return Verdict(entry, 0.0, 0, skipped=f"needs {', '.join(entry.devices)}")
    trace = await traced(runner, now_job(entry, manner))
    failures = [*of_code(entry, trace), *of_claims(entry, entry.claims, trace)]
    ms, claims = spent(trace), len(entry.claims)
    then = entry.then
    assert runner.ready is not None
    if then is not None and not is_before(runner.ready, then):
        past = await traced(runner, then_job(entry, manner))
        failures += of_then(entry, then, past, manner.device)
        ms, claims = ms + spent(past), claims + len(then.claims)
    return Verdict(entry, ms, claims, tuple(failures))


async def traced(runner: Runner, job: Job) -> Trace:
    """A job's whole trace."""
    trace = Trace()
    async for event in runner.run(job):
        trace = trace.apply(event)
    return trace


def spent(trace: Trace) -> float:
    """Milliseconds."""
    return trace.finished.ms if trace.finished is not None else 0.0


def of_code(entry: Entry, trace: Trace) -> list[Failure]:
    """Today's form must run, without a warning. A claim that took the process with it is told as that claim."""
    if not ended_well(trace) and trace.steps and all(s.state == "done" for s in trace.steps):
        told = {c.index for c in trace.claims if not c.seen.startswith("raises KeyboardInterrupt")}
        for i, claim in enumerate(entry.claims):
            if i not in told:
                return [Failure(entry.id, named(i, claim), expectation(claim), outcome(trace), claim.line)]
    if not ended_well(trace):
        return [Failure(entry.id, "code", "runs", outcome(trace), at(entry, trace))]
    warned = [f"{w.category}: {w.text}" for w in trace.warnings]
    if warned:
        return [Failure(entry.id, "code", "runs without a warning", "warns " + warned[0], entry.code_line)]
    return []


def of_claims(entry: Entry, claims: tuple[Claim, ...], trace: Trace) -> list[Failure]:
    """Every claim must hold. Those after code that failed were never asked and are not told one by one."""
    if not ended_well(trace):
        return []
    told = {c.index: c for c in trace.claims}
    found = []
    for i, claim in enumerate(claims):
        result = told.get(i)
        if result is None or not result.holds:
            found.append(Failure(entry.id, named(i, claim), expectation(claim), seen(result), claim.line))
    return found


def of_then(entry: Entry, then: Then, trace: Trace, device: str) -> list[Failure]:
    """The 0.3.0 form must do what is said of it, where it is said."""
    if then.when and then.when != family(device):
        return []
    promised = then.today + (f" {then.match}" if then.match else "")
    happened, text = what_happened(trace)
    if happened != then.today or (then.match and then.match not in text):
        return [Failure(entry.id, "then", promised, f"{happened} {text}".strip(), then.line)]
    return of_claims(entry, then.claims, trace)


def what_happened(trace: Trace) -> tuple[str, str]:
    """`works`, `warns` or `raises`, with the words."""
    if not ended_well(trace):
        return "raises", outcome(trace)
    if trace.warnings:
        return "warns", " | ".join(f"{w.category}: {w.text}" for w in trace.warnings)
    return "works", ""


def ended_well(trace: Trace) -> bool:
    """Whether the code ran to its end."""
    return trace.finished is not None and trace.finished.outcome == "finished"


def outcome(trace: Trace) -> str:
    """How it ended, in words."""
    if trace.error is not None and trace.error.type != "KeyboardInterrupt":
        return f"{trace.error.type}: {trace.error.message.strip()}"
    assert trace.finished is not None
    return f"{trace.finished.outcome}: {trace.finished.reason}" + (
        f" at line {trace.finished.line}" if trace.finished.line else ""
    )


def at(entry: Entry, trace: Trace) -> int:
    """The sheet's line of the statement that failed."""
    assert trace.finished is not None
    return entry.code_line + max(0, trace.finished.line - 1)


def named(index: int, claim: Claim) -> str:
    """`claim 2: torch.equal(...)`."""
    return f"claim {index + 1}: {claim.code.strip().splitlines()[-1]}"


def expectation(claim: Claim) -> str:
    """What a claim promises."""
    return "True" if claim.kind == "expr" else f"{claim.kind} {claim.match}"


def seen(result: ClaimChecked | None) -> str:
    """What came instead."""
    if result is None:
        return "not reached: the process ended before"
    sides = "; ".join(f"{s.code} is {short(s.value)}" for s in result.sides)
    return result.seen + (f" ({sides})" if sides else "")


def short(value: Value) -> str:
    """A value in a message."""
    if isinstance(value, TensorValue):
        text = str(value.values) if value.numel <= 16 and value.values is not None else f"of shape {value.shape}"
        return f"{text} {value.dtype}"
    return value.text if isinstance(value, PlainValue) else f"a {value.type}"
