"""Runs entries against what they promise: the code runs, every claim holds, the 0.3.0 form does today what is said,
and every pitfall bites.

The core of `torch-tutor check` and of any other gate; it reports, and prints nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from tutor.catalogue.model import Claim, Entry, Pitfall, Then
from tutor.jobs import Manner, bites_on, family, is_before, lacks, now_job, right_job, runs_on, then_job, wrong_job
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import ClaimChecked, Job, PlainValue, TensorValue, Value


@dataclass(frozen=True)
class Failure:
    """A promise that is not kept."""

    entry: str
    what: str
    """`code`, `claim 2: torch.equal(...)`, `then`, `pitfall columns: wrong`."""
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
    pitfalls: int = 0
    """Tried."""
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
    missing = lacks(entry, manner.allow)
    if missing:
        return Verdict(entry, 0.0, 0, skipped=f"needs --allow {','.join(missing)}")
    trace = await once(runner, now_job(entry, manner))
    failures = [*of_code(entry, trace), *of_claims(entry, entry.claims, trace)]
    ms, claims = spent(trace), len(entry.claims)
    then = entry.then
    assert runner.ready is not None
    if then is not None and not is_before(runner.ready, then):
        past = await once(runner, then_job(entry, manner))
        failures += of_then(entry, then, past, manner.device)
        ms, claims = ms + spent(past), claims + len(then.claims)
    tried = [pitfall for pitfall in entry.pitfalls if bites_on(pitfall, manner.device)]
    for pitfall in tried:
        wrong = await once(runner, wrong_job(entry, pitfall, manner))
        right = await once(runner, right_job(entry, pitfall, manner))
        failures += of_pitfall(entry, pitfall, wrong, right)
        ms += spent(wrong) + spent(right)
    return Verdict(entry, ms, claims, tuple(failures), len(tried))


async def once(runner: Runner, job: Job) -> Trace:
    """A job's whole trace, without a second run to find out what a failing call was given: no verdict asks for it."""
    return await traced(runner, replace(job, replays=False))


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


def of_pitfall(entry: Entry, pitfall: Pitfall, wrong: Trace, right: Trace) -> list[Failure]:
    """The wrong code must go wrong as is said of it; the right code must run without a word and without the symptom."""
    return [*of_wrong(entry, pitfall, wrong), *of_right(entry, pitfall, right), *of_both(entry, pitfall, wrong, right)]


def of_wrong(entry: Entry, pitfall: Pitfall, trace: Trace) -> list[Failure]:
    """It raises, warns and goes on, or goes on in silence; where it goes on, the symptom must show."""
    happened, text = what_happened(trace)
    what, line = f"pitfall {pitfall.id}: wrong", in_code(pitfall.wrong_line, pitfall.wrong, trace) or pitfall.line
    if happened != ("works" if pitfall.kind == "silent" else pitfall.kind) or pitfall.match not in text:
        promised = "runs in silence" if pitfall.kind == "silent" else f"{pitfall.kind} {pitfall.match}"
        return [Failure(entry.id, what, promised, f"{happened} {text}".strip(), line)]
    return [
        Failure(entry.id, f"{what}, {pitfall.symptom}", "True", seen(c), pitfall.line)
        for c in trace.claims
        if not c.holds
    ]


def of_right(entry: Entry, pitfall: Pitfall, trace: Trace) -> list[Failure]:
    """It runs, without a warning, and the symptom does not show."""
    happened, text = what_happened(trace)
    what, line = f"pitfall {pitfall.id}: right", in_code(pitfall.right_line, pitfall.right, trace) or pitfall.line
    if happened != "works":
        return [Failure(entry.id, what, "runs without a warning", f"{happened} {text}", line)]
    return [
        Failure(
            entry.id, f"{what}, {pitfall.symptom}", "False", seen(c).replace("is False", "is True", 1), pitfall.line
        )
        for c in trace.claims
        if not c.holds
    ]


def of_both(entry: Entry, pitfall: Pitfall, wrong: Trace, right: Trace) -> list[Failure]:
    """What is measured after either code must come out as a value, and not as the same one."""
    if not pitfall.measure or not (ended_well(wrong) and ended_well(right)):
        return []
    values = [trace.steps[-1].value for trace in (wrong, right)]
    what = f"pitfall {pitfall.id}: {pitfall.measure}"
    if any(value is None for value in values):
        return [Failure(entry.id, what, "a value to look at", "None", pitfall.line)]
    if values[0] == values[1]:
        same = short(values[0]) if values[0] is not None else ""
        return [Failure(entry.id, what, "another value after the right code", f"{same} after both", pitfall.line)]
    return []


def in_code(first: int, code: str, trace: Trace) -> int:
    """The sheet's line of the statement that a run ended at; 0 where that is none of this code."""
    line = trace.finished.line if trace.finished is not None and not ended_well(trace) else 0
    return first + line - 1 if 0 < line <= code.count("\n") + 1 else 0


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
