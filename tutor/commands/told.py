"""What `torch-tutor run --json` says of a run beyond what the worker does."""

from __future__ import annotations

from tutor.catalogue.model import Text
from tutor.clinic import Fix
from tutor.notices import notices
from tutor.remedy import advise
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import Explained, Job, Mended, Noticed, Words


async def explained(runner: Runner, job: Job, trace: Trace) -> list[Explained]:
    """The exception that ended a job; nothing where there is none, or none that the clinic knows."""
    advice = await advise(runner, job, trace)
    if advice is None or advice.diagnosis.what is None or advice.diagnosis.why is None:
        return []
    found = advice.diagnosis
    assert found.what is not None
    assert found.why is not None
    return [Explained(job.id, found.rule, found.line, words(found.what), words(found.why), mended(advice.fix))]


def noticed(job: Job, trace: Trace) -> list[Noticed]:
    """The mistakes that raised nothing."""
    return [Noticed(job.id, n.rule, n.line, words(n.what), words(n.why)) for n in notices(trace, job.code)]


def mended(fix: Fix | None) -> Mended | None:
    """A fix as it travels."""
    if fix is None:
        return None
    edit = fix.edit
    return Mended(edit.line, edit.end_line, edit.text, words(edit.says), fix.finished)


def words(text: Text) -> Words:
    """In every language."""
    return Words(text.en, text.zh)
