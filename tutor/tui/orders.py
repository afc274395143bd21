"""An entry of the session as an order for the worker, or none where it is not to be run."""

from __future__ import annotations

from dataclasses import replace

from tutor.jobs import Manner, bites_on, family, is_old, lacks, now_job, right_job, runs_on, then_job, wrong_job
from tutor.own import is_harmless
from tutor.tui.messages import Ticket
from tutor.tui.scene import Form
from tutor.tui.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.model import Entry
    from tutor.tui.runs import Where
    from tutor.worker.wire import Job, Ready


UNASKED = 500  # lines above which code is run only when asked for: its page takes a while to lay out
MOST = 2000  # lines that can be followed statement by statement


def lines(code: str) -> int:
    """How many lines a code has."""
    return code.count("\n") + 1


def pairs(session: Session, where: Where, id: str) -> list[tuple[str, Job, Job]]:
    """The pitfalls of an entry that bite on this device: each with the job of its wrong and of its right code."""
    entry = session.entry(id)
    if entry is None or not can_run(entry, where):
        return []
    manner = Manner(where.seed, where.device, where.timeout, allow=where.allow)
    return [
        (pitfall.id, wrong_job(entry, pitfall, manner), right_job(entry, pitfall, manner))
        for pitfall in entry.pitfalls
        if bites_on(pitfall, where.device)
    ]


def can_run(entry: Entry, where: Where) -> bool:
    """Whether it runs on this device and may do what it needs."""
    return runs_on(entry, where.device) and not lacks(entry, where.allow)


def order(
    session: Session, where: Where, ready: Ready | None, id: str, form: Form, number: int, asked: bool
) -> Ticket | None:
    """The ticket. None where the entry cannot run on this device, has no such form, is too long, or is the reader's own
    code that looks as if it wrote or sent something and was not asked for."""
    entry = session.entry(id)
    if entry is None or not can_run(entry, where) or (form == "then" and entry.then is None):
        return None
    code = session.code(id, form)
    if lines(code) > (MOST if asked else UNASKED):
        return None
    own = session.shelf.is_own(id)
    harmless = is_harmless(code)
    if own and not harmless and not asked:
        return None
    manner = Manner(where.seed, where.device, where.timeout, allow=where.allow)
    job = replace(now_job(entry, manner) if form == "now" else then_job(entry, manner), code=code)
    if own or session.edit_of(id) is not None:
        job = replace(job, replays=harmless)
    if family(where.device) == "meta" or (form == "then" and ready is not None and is_old(ready)):
        job = replace(job, claims=())  # they ask for values, or are said of a torch of today
    return Ticket(number, id, form, code, session.where, job)
