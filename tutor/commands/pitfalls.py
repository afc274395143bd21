"""The part of `torch-tutor run --pitfalls` below an entry: each of its pitfalls, wrong and right, live."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from tutor.catalogue.model import Entry, Pitfall
from tutor.check import traced
from tutor.jobs import RIGHT, WRONG, Manner, bites_on, is_old, right_job, wrong_job
from tutor.render.layout import Sheet
from tutor.render.pitfalls import difference, pitfall_lines
from tutor.render.words import word
from tutor.runner import Runner
from tutor.worker.wire import Job


def jobs(entry: Entry, manner: Manner) -> list[Job]:
    """Both jobs of each pitfall that is one on this device."""
    told = [pitfall for pitfall in entry.pitfalls if bites_on(pitfall, manner.device)]
    return [job(entry, pitfall, manner) for pitfall in told for job in (wrong_job, right_job)]


def of_job(entry: Entry, job: Job) -> Pitfall | None:
    """The pitfall that a job is of."""
    name = job.id.removeprefix(f"{entry.id}/")
    return next((p for p in entry.pitfalls if name in (p.id + WRONG, p.id + RIGHT)), None)


async def show(entry: Entry, manner: Manner, out: Console, runner: Runner, sheet: Sheet) -> bool:
    """Run and print them; whether every one bit and every right code ran well. Of an old torch neither is asked."""
    assert runner.ready is not None
    told = [pitfall for pitfall in entry.pitfalls if bites_on(pitfall, manner.device)]
    out.print()
    out.print(Text(word("pitfalls" if told else "no pitfalls", sheet.lang), style="bold" if told else "dim"))
    good = True
    for pitfall in told:
        wrong = await traced(runner, wrong_job(entry, pitfall, manner))
        right = await traced(runner, right_job(entry, pitfall, manner))
        out.print()
        for part in pitfall_lines(pitfall, wrong, right, sheet):
            out.print(part)
        seen = difference(pitfall, wrong, right)
        good &= (seen.bit and seen.cured) or is_old(runner.ready)
    return good
