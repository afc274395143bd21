"""Runs for the app: one worker on one target, its events folded into traces, at most thirty of them a second.

Everything it learns it posts as a message; it shows nothing and knows no widget. What a run does can never raise here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from textual.message import Message

from tutor.errors import TutorError
from tutor.launch import Target
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.tui.messages import Advanced, Compared, Enriched, Ticket, WorkerFailed, WorkerReady
from tutor.worker.wire import Finished, Job

FRAME = 1 / 30  # seconds between two traces of one run
FIRST = 0.05  # seconds a run has to be over, so that it is told of once
FEW = 50  # statements whose page is laid out in no time; more of them are told of less often


class Live:
    """A worker of the app."""

    def __init__(self, target: Target, post: Callable[[Message], object], memory: int = 0) -> None:
        self.runner = Runner(target, memory=memory)
        self._post = post
        self._serial = 0
        self._jobs: dict[int, str] = {}

    async def start(self) -> None:
        """Bring the worker up, and tell."""
        try:
            self._post(WorkerReady(await self.runner.start()))
        except TutorError as error:
            self._post(WorkerFailed(error))

    async def play(self, ticket: Ticket) -> None:
        """Run a job to its end. Cancelled from outside, the job is ended too."""
        self._serial += 1
        job = replace(ticket.job, id=f"{ticket.job.id}@{self._serial}")
        self._jobs[ticket.number] = job.id
        ready = self.runner.ready
        feed = _Feed(ticket, self._post)
        try:
            async for event in self.runner.run(job):
                feed.add(event, isinstance(event, Finished))
                if self.runner.ready is not ready and self.runner.ready is not None:
                    ready = self.runner.ready
                    self._post(WorkerReady(ready))
        except TutorError as error:
            self._post(WorkerFailed(error))
        finally:
            feed.close()
            del self._jobs[ticket.number]

    async def look_closer(self, ticket: Ticket, trace: Trace) -> None:
        """Find out what to do about an error, then study the run, for the pictures that need it."""
        from tutor.remedy import advise
        from tutor.studies import UNASKED, studied

        self._serial += 1
        job = replace(ticket.job, id=f"{ticket.job.id}@{self._serial}")
        advice = None
        try:
            if trace.error is not None and ticket.form == "now":  # what its 0.3.0 forms raise the sheet itself explains
                advice = await advise(self.runner, job, trace)
                if advice is not None:
                    self._post(Enriched(ticket, trace, trace, advice))
            more = await studied(self.runner, job, trace, UNASKED)
        except TutorError:  # the next run tells
            return
        if more is not trace:
            self._post(Enriched(ticket, trace, more, advice))

    async def compare(self, entry: str, where: str, pairs: list[tuple[str, Job, Job]]) -> None:
        """Run the wrong and the right code of pitfalls, one after the other."""
        for pitfall, wrong, right in pairs:
            first = await self._whole(wrong)
            self._post(Compared(entry, pitfall, where, first, None))
            self._post(Compared(entry, pitfall, where, first, await self._whole(right)))

    async def _whole(self, job: Job) -> Trace:
        self._serial += 1
        trace = Trace()
        try:
            async for event in self.runner.run(replace(job, id=f"{job.id}@{self._serial}")):
                trace = trace.apply(event)
        except TutorError as error:
            self._post(WorkerFailed(error))
        return trace

    async def cancel(self, ticket: Ticket) -> None:
        """End a run; its trace goes on to the end that says so."""
        job = self._jobs.get(ticket.number)
        if job is not None:
            await self.runner.cancel(job)

    async def close(self) -> None:
        """End the worker and all it runs."""
        await self.runner.close()


class _Feed:
    """Events in, a trace out now and then: at once where nothing came for a while, and always the last."""

    def __init__(self, ticket: Ticket, post: Callable[[Message], object]) -> None:
        self._ticket, self._post = ticket, post
        self._trace = Trace()
        self._told = float("-inf")
        self._later: asyncio.TimerHandle | None = None

    def add(self, event: object, last: bool) -> None:
        """One event."""
        self._trace = self._trace.apply(event)  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        if last:
            self._tell()
        elif self._later is None:
            pause = FRAME * (1 + len(self._trace.steps) / FEW)
            soon = FIRST if self._told < 0 else FRAME / 8
            self._later = loop.call_at(max(loop.time() + soon, self._told + pause), self._tell)

    def _tell(self) -> None:
        self.close()
        self._told = asyncio.get_running_loop().time()
        self._post(Advanced(self._ticket, self._trace))

    def close(self) -> None:
        """Nothing more is told."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
