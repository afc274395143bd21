"""Runs entries against what they promise: the code runs, every claim holds, the 0.3.0 form does today what is said,
and every pitfall bites.

The core of `torch-tutor check` and of any other gate; it reports, and prints nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace

from tutor.catalogue.model import Claim, Entry, Pitfall, Text, Then, Today
from tutor.jobs import Manner, bites_on, family, is_before, lacks, now_job, right_job, runs_on, then_job, wrong_job
from tutor.render import endings, page
from tutor.render.words import word
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import ClaimChecked, Job, PlainValue, TensorValue, Value

_CODE, _THEN, _TRUE, _FALSE, _NONE = (
    Text("code", "代码"),
    Text("then", "旧写法"),
    Text("True", "True"),
    Text("False", "False"),
    Text("None", "None"),
)
_RUNS = Text("runs", "能运行")
_WITHOUT_A_WARNING = Text("runs without a warning", "能运行，没有警告")
_IN_SILENCE = Text("runs in silence", "能运行，不报错也不警告")
_A_VALUE = Text("a value to look at", "一个可看的值")
_ANOTHER_VALUE = Text("another value after the right code", "正确写法之后是另一个值")
_NOT_REACHED = Text("not reached: the process ended before", "没有执行到：进程在此之前已经结束")
_DID: dict[str, Text] = {
    "works": Text("works", "能运行"),
    "warns": Text("warns", "警告"),
    "raises": Text("raises", "报错"),
}


@dataclass(frozen=True)
class Failure:
    """A promise that is not kept, in both languages."""

    entry: str
    what: Text
    """`code`, `claim 2: torch.equal(...)`, `then`, `pitfall columns: wrong`."""
    expected: Text
    seen: Text
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
    skipped: Text | None = None
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
        return Verdict(entry, 0.0, 0, skipped=needing("needs device", ", ".join(entry.devices)))
    missing = lacks(entry, manner.allow)
    if missing:
        return Verdict(entry, 0.0, 0, skipped=needing("needs permission", ",".join(missing)))
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
        return [Failure(entry.id, _CODE, _RUNS, outcome(trace), at(entry, trace))]
    warned = [f"{w.category}: {w.text}" for w in trace.warnings]
    if warned:
        seen = did("warns", Text(warned[0], warned[0]))
        return [Failure(entry.id, _CODE, _WITHOUT_A_WARNING, seen, entry.code_line)]
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
    happened, text = what_happened(trace)
    if happened != then.today or (then.match and then.match not in text.en):
        promised = did(then.today, Text(then.match, then.match))
        return [Failure(entry.id, _THEN, promised, did(happened, text), then.line)]
    return of_claims(entry, then.claims, trace)


def of_pitfall(entry: Entry, pitfall: Pitfall, wrong: Trace, right: Trace) -> list[Failure]:
    """The wrong code must go wrong as is said of it; the right code must run without a word and without the symptom."""
    return [*of_wrong(entry, pitfall, wrong), *of_right(entry, pitfall, right), *of_both(entry, pitfall, wrong, right)]


def of_wrong(entry: Entry, pitfall: Pitfall, trace: Trace) -> list[Failure]:
    """It raises, warns and goes on, or goes on in silence; where it goes on, the symptom must show."""
    happened, text = what_happened(trace)
    what, line = of(pitfall, "wrong", "错误写法"), in_code(pitfall.wrong_line, pitfall.wrong, trace) or pitfall.line
    silent = pitfall.kind == "silent"
    if happened != ("works" if silent else pitfall.kind) or pitfall.match not in text.en:
        promised = _IN_SILENCE if silent else did(pitfall.kind, Text(pitfall.match, pitfall.match))
        return [Failure(entry.id, what, promised, did(happened, text), line)]
    asked = of(pitfall, f"wrong, {pitfall.symptom}", f"错误写法，{pitfall.symptom}")
    return [Failure(entry.id, asked, _TRUE, seen(c), pitfall.line) for c in trace.claims if not c.holds]


def of_right(entry: Entry, pitfall: Pitfall, trace: Trace) -> list[Failure]:
    """It runs, without a warning, and the symptom does not show."""
    happened, text = what_happened(trace)
    what, line = of(pitfall, "right", "正确写法"), in_code(pitfall.right_line, pitfall.right, trace) or pitfall.line
    if happened != "works":
        return [Failure(entry.id, what, _WITHOUT_A_WARNING, did(happened, text), line)]
    asked = of(pitfall, f"right, {pitfall.symptom}", f"正确写法，{pitfall.symptom}")
    told = [replace(c, seen=c.seen.replace("is False", "is True", 1)) for c in trace.claims if not c.holds]
    return [Failure(entry.id, asked, _FALSE, seen(c), pitfall.line) for c in told]


def of_both(entry: Entry, pitfall: Pitfall, wrong: Trace, right: Trace) -> list[Failure]:
    """What is measured after either code must come out as a value, and not as the same one."""
    if not pitfall.measure or not (ended_well(wrong) and ended_well(right)):
        return []
    values = [trace.steps[-1].value for trace in (wrong, right)]
    what, (first, second) = of(pitfall, pitfall.measure, pitfall.measure), values
    if first is None or second is None:
        return [Failure(entry.id, what, _A_VALUE, _NONE, pitfall.line)]
    if first == second:
        same = short(first)
        both = Text(f"{same.en} after both", f"两种写法之后都是{same.zh}")
        return [Failure(entry.id, what, _ANOTHER_VALUE, both, pitfall.line)]
    return []


def in_code(first: int, code: str, trace: Trace) -> int:
    """The sheet's line of the statement that a run ended at; 0 where that is none of this code."""
    line = trace.finished.line if trace.finished is not None and not ended_well(trace) else 0
    return first + line - 1 if 0 < line <= code.count("\n") + 1 else 0


def what_happened(trace: Trace) -> tuple[Today, Text]:
    """`works`, `warns` or `raises`, with the words."""
    if not ended_well(trace):
        return "raises", outcome(trace)
    if trace.warnings:
        told = " | ".join(f"{w.category}: {w.text}" for w in trace.warnings)
        return "warns", Text(told, told)
    return "works", Text("", "")


def did(what: str, text: Text) -> Text:
    """`raises TypeError: ...`, `works`."""
    done = _DID[what]
    return Text(f"{done.en} {text.en}".strip(), f"{done.zh}：{text.zh}" if text.zh else done.zh)


def of(pitfall: Pitfall, en: str, zh: str) -> Text:
    """What of a pitfall is meant."""
    return Text(f"pitfall {pitfall.id}: {en}", f"易错点{pitfall.id}：{zh}")


def needing(key: str, what: str) -> Text:
    """Why an entry is not run."""
    return Text(word(key, "en", what), word(key, "zh", what))


def ended_well(trace: Trace) -> bool:
    """Whether the code ran to its end."""
    return trace.finished is not None and trace.finished.outcome == "finished"


def outcome(trace: Trace) -> Text:
    """How it ended, in words."""
    if trace.error is not None and trace.error.type != "KeyboardInterrupt":
        told = f"{trace.error.type}: {trace.error.message.strip()}"
        return Text(told, told)
    done = trace.finished
    assert done is not None
    en = f"{done.outcome}: {done.reason}" + (f" at line {done.line}" if done.line else "")
    ended = word(done.outcome, "zh", trace.error.type if trace.error else "")
    parts = [endings.cause(done, "zh"), word("at line", "zh", done.line) if done.line else ""]
    told = "，".join(part for part in parts if part)
    return Text(en, f"{ended}：{told}" if told else ended)


def at(entry: Entry, trace: Trace) -> int:
    """The sheet's line of the statement that failed."""
    assert trace.finished is not None
    return entry.code_line + max(0, trace.finished.line - 1)


def named(index: int, claim: Claim) -> Text:
    """`claim 2: torch.equal(...)`."""
    code = claim.code.strip().splitlines()[-1]
    return Text(f"claim {index + 1}: {code}", f"论断{index + 1}：{code}")


def expectation(claim: Claim) -> Text:
    """What a claim promises."""
    return _TRUE if claim.kind == "expr" else did(claim.kind, Text(claim.match, claim.match))


def seen(result: ClaimChecked | None) -> Text:
    """What came instead."""
    if result is None:
        return _NOT_REACHED
    sides = [(side.code, short(side.value)) for side in result.sides]
    en = "; ".join(f"{code} is {value.en}" for code, value in sides)
    zh = "；".join(f"{code}是{value.zh}" for code, value in sides)
    told = page.seen(result.seen, "zh")
    return Text(result.seen + (f" ({en})" if en else ""), told + (f"（{zh}）" if zh else ""))


def short(value: Value) -> Text:
    """A value in a message."""
    if isinstance(value, TensorValue):
        if value.numel <= 16 and value.values is not None:
            return Text(f"{value.values} {value.dtype}", f"{value.values} {value.dtype}")
        return Text(f"of shape {value.shape} {value.dtype}", f"形状为{value.shape}的{value.dtype}")
    if isinstance(value, PlainValue):
        return Text(value.text, value.text)
    return Text(f"a {value.type}", f"一个{value.type}")
