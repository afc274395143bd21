"""A failed run explained, with a fix that was tried: the clinic's edits run one after the other in fresh runs, and the
first that gets past the failing statement is told.

Only what may be run again is: the reader's code runs a second time for this. Whoever does not want that asks the clinic
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tutor.clinic import Diagnosis, Edit, Fix, apply, diagnose
from tutor.own import is_harmless
from tutor.runner import Runner
from tutor.trace import Step, Trace, walk
from tutor.worker.wire import Job

TRIAL = "#trial"
"""Ends the id of the job that tries an edit."""
SECONDS = 10.0  # a trial takes, at most
SLOW = 3000.0  # milliseconds of a run beyond which nothing is tried
MOST = 6  # edits that are tried


@dataclass(frozen=True)
class Advice:
    """What is said about an error."""

    diagnosis: Diagnosis
    fix: Fix | None = None
    """None where no edit was found that mends it, or none may be tried."""


async def advise(runner: Runner, job: Job, trace: Trace) -> Advice | None:
    """What the clinic says about a job that raised, with the first of its edits that mends it: one with which the code
    runs to its end, else one that gets past the failing statement. None where nothing is known."""
    diagnosis = diagnose(job.code, trace)
    if diagnosis is None:
        return None
    best: Fix | None = None
    for edit in diagnosis.edits[:MOST] if may_try(trace) else ():
        code = apply(job.code, edit)
        if not (job.replays or is_harmless(code)):
            continue
        fix = judged(trace, edit, await trial(runner, job, code))
        if fix is not None and fix.finished:
            return Advice(diagnosis, fix)
        best = best or fix
    return Advice(diagnosis, best)


def may_try(trace: Trace) -> bool:
    """Whether a run was short enough to be repeated."""
    return trace.finished is not None and trace.finished.outcome == "raised" and trace.finished.ms < SLOW


async def trial(runner: Runner, job: Job, code: str) -> Trace:
    """A run of edited code, for nothing but what becomes of it."""
    tried = replace(job, id=job.id + TRIAL, code=code, claims=(), replays=False, timeout=min(job.timeout, SECONDS))
    trace = Trace()
    async for event in runner.run(tried):
        trace = trace.apply(event)
    return trace


def judged(before: Trace, edit: Edit, after: Trace) -> Fix | None:
    """Whether an edit mends: the edited code ends well, or raises only behind the statement that failed; and it warns
    of nothing that the code did not warn of before."""
    ended = after.finished is not None and after.finished.outcome
    if ended not in ("finished", "raised") or new_warnings(before, after):
        return None
    failed = [s for s in walk(before.steps) if s.state == "raised" and s.kind == "statement"]
    if not failed:
        return None
    shift = edit.text.count("\n") + bool(edit.text) - (edit.end_line - edit.line + 1)
    if ended == "finished":
        return Fix(edit, True, mended(after, edit, failed[-1].line, shift))
    error = after.error
    if error is None or not error.frames or error.type == "SyntaxError":
        return None
    if error.frames[0].line <= moved(reached(before, after, failed).end_line, edit, shift):
        return None
    return Fix(edit, False, mended(after, edit, failed[-1].line, shift), error.type, error.frames[-1].line)


def reached(before: Trace, after: Trace, failed: list[Step]) -> Step:
    """The statement behind which edited code has to get: the one that failed; of a block, such as a loop, the statement
    inside it, if the edited code went round as often."""
    line = before.error.frames[0].line if before.error is not None and before.error.frames else 0
    inside = [s for s in failed if s.line <= line <= s.end_line]
    again = [s for s in after.steps if s.state == "raised"]
    as_far = bool(again) and again[0].done >= failed[0].done
    return inside[-1] if inside and as_far else failed[0]


def moved(line: int, edit: Edit, shift: int) -> int:
    """Where a line stands after an edit."""
    return line + shift if line >= edit.line else line


def new_warnings(before: Trace, after: Trace) -> bool:
    """Whether edited code is warned of something new."""
    known = {(w.category, w.text) for w in before.warnings}
    return any((w.category, w.text) not in known for w in after.warnings)


def mended(after: Trace, edit: Edit, line: int, shift: int) -> Step | None:
    """The step that had failed, in the edited run: the one at its line, the innermost where there are several."""
    at = moved(line, edit, shift)
    found = [s for s in walk(after.steps) if s.kind == "statement" and covers(s, at, edit, line)]
    return found[-1] if found else None


def covers(step: Step, at: int, edit: Edit, line: int) -> bool:
    """Whether a step is the mended one: its first line is the old one's, or it is what stands there instead."""
    inside = edit.line <= line <= edit.end_line
    return edit.line <= step.line <= at if inside else step.line == at
