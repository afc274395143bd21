from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from support import children, events, story, until, worker

from tutor import launch
from tutor.runner import Runner

pytest_plugins = ["recorded"]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def runner() -> AsyncIterator[Runner]:
    """One warm worker for all tests that only need a place to run snippets."""
    async with Runner(launch.here()) as started:
        await events(started, "import torch.optim")  # now, and not in the first idle moment of some test
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def clean(runner: Runner) -> AsyncIterator[None]:
    """After every test: the same worker takes the next job, and nothing is left but the child that waits for it."""
    before = worker(runner)
    yield
    *begun, value, end = await story(runner, "import os\nos.getpid()")
    assert (begun, end) == (["> statement 1", "< done; os new module 'os'", "> statement 2"], "finished")
    ran = int(value.removeprefix("< done; value int "))
    assert worker(runner) == before
    assert len(os.listdir(f"/proc/{before}/task")) == 1
    await until(lambda: len(found := children(before)) == 1 and ran not in found)
    (spare,) = children(before)
    assert children(spare) == []
    await until(lambda: len(list(Path(tempfile.gettempdir()).glob(f"torch-tutor-worker-{before}-*/run-*"))) == 1)
