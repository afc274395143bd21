"""Programs with a mistake that raises nothing, each with the lines at which it is noticed; and correct programs, at
which nothing is. The sheet's own entries are among these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from support import sections

from tutor.catalogue import read, shipped
from tutor.jobs import Manner, now_job, runs_on
from tutor.notices import DETECTORS, Detector, Notice, notices
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import Job

SETUP = "import torch\nfrom torch import nn\nimport torch.nn.functional as F"
HERE = Path(__file__).parent
AT_ONCE = 3
FIRING = {
    name: (code, said.strip().split("\n"))
    for name, text in sections(HERE / "firing.txt").items()
    for code, said in [text.split("\n---\n")]
}
CORRECT = sections(HERE / "correct.txt")


async def seen(runner: Runner, jobs: Iterable[Job]) -> dict[str, tuple[Trace, tuple[Notice, ...]]]:
    """The traces of jobs and what is noticed in them."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(job: Job) -> tuple[str, tuple[Trace, tuple[Notice, ...]]]:
        async with gate:
            trace = Trace()
            async for event in runner.run(job):
                trace = trace.apply(event)
            return job.id, (trace, notices(trace, job.code))

    return dict(await asyncio.gather(*map(one, jobs)))


def job(name: str, code: str) -> Job:
    return Job(name, code, SETUP, file=f"<{name}>", timeout=30.0, replays=False)


async def test_silent_mistakes_are_noticed_at_their_lines(runner: Runner) -> None:
    told = await seen(runner, [job(name, code) for name, (code, _) in FIRING.items()])

    assert [name for name, (trace, _) in told.items() if trace.error is not None] == []
    assert {name: [f"{n.line} {n.rule}" for n in found] for name, (_, found) in told.items()} == {
        name: said for name, (_, said) in FIRING.items()
    }
    for words in (w for _, found in told.values() for n in found for t in (n.what, n.why) for w in (t.en, t.zh)):
        assert words.strip()
        assert "{" not in words
        assert words.count("`") % 2 == 0


async def test_nothing_is_noticed_in_correct_programs(runner: Runner) -> None:
    told = await seen(runner, [job(name, code) for name, code in CORRECT.items()])

    assert [name for name, (trace, _) in told.items() if trace.error is not None] == []
    assert {name: [n.rule for n in found] for name, (_, found) in told.items() if found} == {}


@pytest.mark.parametrize("given", ["weighted(scores, 3), y", "target=y, input=weighted(scores, 3)"])
async def test_the_scores_of_a_single_class_are_named_as_they_are_written(runner: Runner, given: str) -> None:
    code = f"""\
def weighted(x, by):
    return x * by
scores, y = torch.randn(4, 1, requires_grad=True), torch.zeros(4).long()
loss = F.cross_entropy({given}) + weighted(y, 2).sum()
loss.backward()
"""
    told = await seen(runner, [job("run.py", code)])
    named = [(n.what.en.split("`")[1], n.what.zh.split("`")[1]) for n in told["run.py"][1] if n.rule == "single-class"]
    assert named == [("weighted(scores, 3)", "weighted(scores, 3)")]


def test_there_are_many_correct_programs_and_one_that_fires_for_each_detector() -> None:
    assert len(CORRECT) >= 60
    fired = {line.split()[1] for _, said in FIRING.values() for line in said}
    assert fired == {detector.name for detector in DETECTORS}


async def test_nothing_is_noticed_in_the_sheet(runner: Runner) -> None:
    jobs = [now_job(entry, Manner(threads=1)) for entry in read(shipped()) if runs_on(entry, "cpu")]
    told = await seen(runner, [replace(job, claims=(), replays=False) for job in jobs])

    assert len(told) == len(jobs)
    assert {id: [n.rule for n in found] for id, (_, found) in told.items() if found} == {}


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_every_detector_speaks_both_languages(detector: Detector) -> None:
    for en, zh in (detector.what, detector.why):
        assert en.isascii()
        assert any("一" <= char <= "鿿" for char in zh)
