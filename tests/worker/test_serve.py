"""A worker for which the system has no more processes goes on: the job is told so, and the next one tries again."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tutor.worker import places, wire
from tutor.worker.serve import Worker


def no_room(*_: Any, **__: Any) -> Any:
    raise BlockingIOError(errno.EAGAIN, "no more processes")


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Worker, int]]:
    """One that does not loop, with the descriptor from which its client reads."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", no_room)
    monkeypatch.setattr(os, "fork", no_room)
    client_in, (client_out, to_client) = os.open(os.devnull, os.O_RDONLY), os.pipe()
    yield Worker(client_in, to_client, {"sources": {}, "mode": "spawn"}), client_out
    places.release()
    for fd in (client_in, client_out, to_client):
        os.close(fd)


@pytest.mark.parametrize("forks", [True, False])
def test_a_job_without_a_process_is_told_so(worker: tuple[Worker, int], forks: bool) -> None:
    serving, client = worker
    serving.forks = forks
    gc.collect()  # what other tests left open is not closed from here on
    before = len(os.listdir("/dev/fd"))

    serving.begin(wire.Job("a", "1"))
    serving.spares.ensure("cpu")

    told = wire.decode(os.read(client, 65536))
    reason = "no process could be started: no more processes"
    assert told == wire.Finished("a", "died", reason=reason, why="unstarted")
    assert (serving.running, serving.spares.kept) == ({}, [])
    assert [path for path in os.listdir(serving.base) if path.startswith("run-")] == []
    assert len(os.listdir("/dev/fd")) == before


def test_a_replay_without_a_process_leaves_the_end_of_the_run(worker: tuple[Worker, int]) -> None:
    serving, client = worker
    end = wire.Finished("a", "raised", 3.5, line=2)

    serving.begin(wire.Job("a", "1 / 0", record=True), replay_of=end)

    assert wire.decode(os.read(client, 65536)) == end
