"""Programs with a mistake that raises nothing, each with the lines at which it is noticed; and correct programs, at
which nothing is. The sheet's own entries are among these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
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


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def firing(runner: Runner) -> dict[str, tuple[Trace, tuple[Notice, ...]]]:
    return await seen(runner, [job(name, code) for name, (code, _) in FIRING.items()])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def correct(runner: Runner) -> dict[str, tuple[Trace, tuple[Notice, ...]]]:
    return await seen(runner, [job(name, code) for name, code in CORRECT.items()])


@pytest.mark.parametrize("name", FIRING)
async def test_a_silent_mistake_is_noticed_at_its_line(
    firing: dict[str, tuple[Trace, tuple[Notice, ...]]], name: str
) -> None:
    trace, found = firing[name]
    assert trace.error is None
    assert [f"{notice.line} {notice.rule}" for notice in found] == FIRING[name][1]


@pytest.mark.parametrize("name", CORRECT)
async def test_nothing_is_noticed_in_a_correct_program(
    correct: dict[str, tuple[Trace, tuple[Notice, ...]]], name: str
) -> None:
    trace, found = correct[name]
    assert trace.error is None
    assert found == ()


def test_there_are_many_correct_programs_and_one_that_fires_for_each_detector() -> None:
    assert len(CORRECT) >= 60
    fired = {line.split()[1] for _, said in FIRING.values() for line in said}
    assert fired == {detector.name for detector in DETECTORS}


async def test_nothing_is_noticed_in_the_sheet(runner: Runner) -> None:
    jobs = [now_job(entry, Manner(threads=1)) for entry in read(shipped()) if runs_on(entry, "cpu")]
    told = await seen(runner, [replace(job, claims=(), replays=False) for job in jobs])

    assert len(told) == len(jobs)
    assert {id: [n.rule for n in found] for id, (_, found) in told.items() if found} == {}


async def test_what_is_said_leaves_nothing_open(firing: dict[str, tuple[Trace, tuple[Notice, ...]]]) -> None:
    for _, found in firing.values():
        for notice in found:
            for words in (notice.what.en, notice.what.zh, notice.why.en, notice.why.zh):
                assert words.strip()
                assert "{" not in words
                assert words.count("`") % 2 == 0


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.name)
def test_every_detector_speaks_both_languages(detector: Detector) -> None:
    for en, zh in (detector.what, detector.why):
        assert en.isascii()
        assert any("一" <= char <= "鿿" for char in zh)
