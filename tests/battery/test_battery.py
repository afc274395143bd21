"""Snippets that fail, cheat, flood, multiply and destroy: each ends as its reader is told, and nothing is left of it.

After each, the same worker answers the next run, with one thread and the descriptors it had, and there is no process,
no file and no shared memory more than before. Root runs them as an ordinary user too, one that has nothing else here.
What would reach others if it were let runs only there, or where protection has been seen to hold.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio
from rich.console import Console
from rich.text import Text
from support import children, ending, events, printed, until

from tutor.render.endings import ending_lines
from tutor.render.layout import Sheet
from tutor.render.page import trouble
from tutor.trace import Trace
from tutor.worker.places import PREFIX
from tutor.worker.wire import Finished, JobEvent, StepEnded

from .cases import Case, cases
from .places import Place, everything, family, of_user, place, process, renew, settle

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the battery looks at processes in /proc"),
]
CASES = cases()
GROUPS = ("death", "errors", "files", "memory", "output", "processes", "protocol", "tensors", "time")


async def test_the_battery_is_whole() -> None:
    assert {case.name.partition("/")[0] for case in CASES} == set(GROUPS)
    assert len({case.name for case in CASES}) == len(CASES) >= 120
    fresh = [case.name.partition("/")[0] for case in CASES if case.spawn]
    assert set(fresh) == set(GROUPS)
    assert len(fresh) >= 40
    assert all(re.compile(case.ending) and re.compile(case.open) for case in CASES)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def protected() -> AsyncIterator[Place | None]:
    """As this user, who may be root, with what the kernel can do."""
    async with place("own") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def unprotected() -> AsyncIterator[Place | None]:
    """As an ordinary user, without Landlock and seccomp."""
    async with place("stranger" if os.geteuid() == 0 else "own", everything()) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ordinary() -> AsyncIterator[Place | None]:
    """As an ordinary user, with what the kernel can do."""
    async with place("stranger") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def forkless() -> AsyncIterator[Place | None]:
    """With a fresh interpreter for each run. That the next run answers shows in the next case, and after the last."""
    async with place("own", mode="spawn") as found:
        yield found
        if found is not None:
            await answers(found)


def named(cases: list[Case]) -> pytest.MarkDecorator:
    """A test for each."""
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name.replace(" ", "-"))


@named(CASES)
async def test_with_protection(protected: Place | None, case: Case) -> None:
    await held(protected, case)


@named(CASES)
async def test_without_protection(unprotected: Place | None, case: Case) -> None:
    await held(unprotected, case)


@named([case for case in CASES if case.alone or case.bomb])
async def test_as_an_ordinary_user(ordinary: Place | None, case: Case) -> None:
    await held(ordinary, case)


@named([case for case in CASES if case.spawn])
async def test_in_a_fresh_interpreter(forkless: Place | None, case: Case) -> None:
    await held(forkless, case)


# ------------------------------------------------------------------------------------------------ what must hold


async def held(here: Place | None, case: Case) -> None:
    """Run a case, and look at what it told and left."""
    if here is None:
        pytest.skip("no such user here")
    if case.alone and not (here.protected or here.stranger):
        pytest.skip("it would reach what is others'")
    if case.bomb and not here.stranger:
        pytest.skip("it would take processes from others")
    try:
        await met(here, case)
    except BaseException:
        await renew(here)  # one failure is one failure
        raise


async def met(here: Place, case: Case) -> None:
    """The same, in a place where it may run."""
    canary = here.canary()

    told = await events(here.runner, case.code, timeout=case.timeout, allow=here.allow)

    wanted = case.ending if here.protected else case.open
    assert re.fullmatch(wanted, summary(told)), summary(told)
    assert case.says in read_by_a_reader(told) or not here.protected
    assert case.prints in printed(told) or not here.protected
    if here.protected:
        assert canary.read_text() == "mine"
        assert [path.name for path in here.home.iterdir()] == ["canary"]
    await nothing_left(here)


def summary(told: list[JobEvent]) -> str:
    """The ending of a run: its outcome, and what was raised, which limit it was or which signal."""
    assert [event for event in told if isinstance(event, Finished)] == told[-1:]
    last = told[-1]
    assert isinstance(last, Finished)
    if last.outcome == "raised":
        errors = [event.error.type for event in told if isinstance(event, StepEnded) and event.error]
        return f"raised {errors[-1] if errors else ''}"
    if last.why == "exit":
        return f"died exit {last.exit}"
    return f"{last.outcome} {last.signal or last.why}".strip()


def read_by_a_reader(told: list[JobEvent]) -> str:
    """What the reader is told of the end."""
    trace = Trace()
    for event in told:
        trace = trace.apply(event)
    out = Console(file=io.StringIO(), width=200)
    for part in (*trouble(trace, Sheet(200, "en", plain=True)), *map(Text, ending_lines(trace, "en"))):
        out.print(part)
    return cast(io.StringIO, out.file).getvalue()


async def nothing_left(here: Place) -> None:
    """The next run answers, in the same worker unless that was killed, and there is nothing more than before."""
    killed = process(here.runner) != here.worker or not os.path.exists(f"/proc/{here.worker}")
    if killed or not here.spawns:
        await answers(here)
    if killed:
        assert not here.protected, "a protected worker was killed"
        await settle(here)
    worker = process(here.runner)
    assert worker == here.worker
    await until(lambda: len(children(worker)) == 1)
    if here.stranger:
        await until(lambda: of_user(here.stranger) <= family(worker))
    assert len(os.listdir(f"/proc/{worker}/task")) == 1
    await until(lambda: len(os.listdir(f"/proc/{worker}/fd")) == here.descriptors)
    await until(lambda: len(list(runs(worker))) == 1)
    await until(lambda: not here.shared())


async def answers(here: Place) -> None:
    """A run that is right and ends as such."""
    _, last = await ending(here.runner, "assert 1 + 1 == 2", timeout=60.0)
    assert last.outcome == "finished"


def runs(worker: int) -> list[Path]:
    """The directories of runs that a worker keeps."""
    (tmp,) = {
        line.partition(b"=")[2].decode()
        for line in Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
        if line.startswith(b"TMPDIR=")
    }
    return list(Path(tmp).glob(f"{PREFIX}{worker}-*/run-*"))
