"""A worker that tells what another one told once: the same looks on any machine, and a run that stops where it is told.

Its sheet has an entry for each recording.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from recorded import JOBS, events

from tutor import launch
from tutor.worker.wire import PROTOCOL, Device, Finished, Job, JobEvent, Question, Ready

READY = Ready(
    "3.11.7",
    "/usr/bin/python3",
    "2.13.0",
    "2.3.0",
    "fork",
    (Device("cpu"), Device("meta")),
    pid=1,
    platform="Linux",
    cores=2,
    protocol=PROTOCOL,
)
TITLES = {
    "backward": ("Backpropagate", "反向传播"),
    "training": ("A loop that trains", "训练循环"),
    "values": ("Values of every kind", "各种各样的值"),
    "hostile": ("Text that means harm", "不怀好意的文字"),
    "warnings": ("Warnings", "警告"),
}


class Replay:
    """The first job gets the events of a recording; a later one, as a second look is, finds nothing."""

    def __init__(self, name: str) -> None:
        self.target = launch.here()
        self.ready: Ready | None = None
        self._events = events(name)
        self._told = 0
        self._limit = len(self._events)
        self._more = asyncio.Event()
        self._over = False

    def stop_at(self, number: int) -> None:
        """Tell no more than so many events for now."""
        self._limit = number
        self._more.set()

    async def start(self) -> Ready:
        """It is there."""
        self.ready = READY
        return READY

    async def run(self, job: Job) -> AsyncIterator[JobEvent]:
        """What was recorded."""
        if self._over:
            yield Finished(job.id, "finished")
            return
        for event in self._events:
            while self._told >= self._limit:
                self._more.clear()
                await self._more.wait()
            self._told += 1
            self._over = isinstance(event, Finished)
            yield replace(event, job=job.id)

    async def cancel(self, job: str) -> None:
        """It is over when it is over."""

    async def close(self) -> None:
        """Nothing is left."""


def sheet(folder: Path) -> str:
    """A sheet of the recorded snippets."""
    entries = [
        {
            "id": name,
            "title": dict(zip(("en", "zh"), titles, strict=True)),
            "text": {"en": "Recorded once, shown again.", "zh": "录下一次，再次显示。"},
            "code": JOBS[name].code,
            "claims": [_claim(question) for question in JOBS[name].claims] or ["len(dir()) > 0"],
        }
        for name, titles in TITLES.items()
    ]
    section = {"id": "recorded", "title": {"en": "Recorded", "zh": "录制"}, "setup": "import torch", "entries": entries}
    path = folder / "recorded.yaml"
    told = {"format": 1, "title": {"en": "Recorded", "zh": "录制"}, "sections": [section]}
    path.write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return str(path)


def _claim(question: Question) -> dict[str, str]:
    match = {"match": question.match} if question.kind != "expr" else {}
    return {question.kind: question.code, **match}
