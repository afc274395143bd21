"""Runs jobs: starts the worker, keeps it warm, hands out its events, and starts it again if it dies.

It knows processes and lines, and nothing of entries, traces or terminals. Every job's events end with exactly one
`Finished`, whatever happens to the worker.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from types import TracebackType
from typing import get_args

from tutor.errors import WorkerError, reason
from tutor.launch import Mode, Target, bootstrap
from tutor.worker import places, system
from tutor.worker.wire import Cancel, Event, Finished, Job, JobEvent, Ready, Request, Unready, decode, encode

LINE = 32 * 1024 * 1024  # bytes of an event
START = 180.0  # seconds for an interpreter to import torch
ATTEMPTS = 3  # starts in a row that may fail
SILENCE = 20.0  # seconds beyond the time of a job, and of its second run, in which the worker must have ended it
PATIENCE, LOOKS = 1.0, 50  # seconds for what was killed to be dead, and how often it is looked for
GENTLY = 3.0 if system.WINDOWS else 0.1  # seconds for a worker to end by itself: on Windows the next word is the last
AGAIN = 2.0  # seconds more where this process itself may have slept
ENDED = {
    "worker": "the worker process ended; the next run starts a new one",
    "silence": "the worker did not answer any more and was ended; the next run starts a new one",
}
_EVENTS = get_args(Event)
# asyncio complains where closing a transport reaps a process before its watcher does; the terminal is not the place.
logging.getLogger("asyncio").addFilter(lambda record: "Unknown child process" not in str(record.msg))
MARK = "TORCH_TUTOR_WORKER"  # environment variable by which everything a worker started can be found


class Runner:
    """A worker on one target. An async context manager; `run` may be called for several jobs at once."""

    def __init__(self, target: Target, mode: Mode = "auto", memory: int = 0) -> None:
        self.target, self.mode, self.memory = target, mode, memory
        self.ready: Ready | None = None
        """What the worker said of itself; None before the first start."""
        self._worker: _Worker | None = None
        self._starting = asyncio.Lock()
        self._closed = 0  # times
        self._runs: dict[str, _Run] = {}
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Runner:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> Ready:
        """Start the worker if none is running. Raises WorkerError if it cannot be started or has no torch."""
        async with self._starting:
            if self.ready is not None and self._worker is not None and self._worker.lives:
                return self.ready
            closed = self._closed
            for _ in range(ATTEMPTS):
                worker = self._worker = await _Worker.start(self.target)
                ready = await self._first_words(worker)
                if self._closed != closed:
                    await worker.end()
                    label = self.target.label
                    raise WorkerError(f"{label} was closed while it started", f"{label}在启动时被关闭")
                if ready is not None:
                    self.ready = ready
                    return ready
            label, said = self.target.label, worker.complaint
            raise WorkerError(
                f"{label} did not start as a Python interpreter with torch" + (f"; it said: {said}" if said else ""),
                f"{label}未能作为带torch的Python解释器启动" + (f"；它输出：{said}" if said else ""),
            )

    async def _first_words(self, worker: _Worker) -> Ready | None:
        try:
            ready = await asyncio.wait_for(worker.first_words(bootstrap(self.mode, self.memory)), START)
        except BaseException as e:
            await worker.end()
            if isinstance(e, asyncio.TimeoutError):
                raise WorkerError(
                    f"{self.target.label} was not ready after {START:g} s", f"{self.target.label}在{START:g}秒内未就绪"
                ) from None
            raise
        if ready is None:
            await worker.end()
        return ready

    async def run(self, job: Job) -> AsyncIterator[JobEvent]:
        """The events of a job as they happen, the last one its `Finished`. A caller that stops listening cancels it."""
        if job.id in self._runs:
            raise ValueError(f"job {job.id!r} is running already")
        run = self._runs[job.id] = _Run(str(next(self._numbers)))
        begun, over, closed = False, False, self._closed
        try:
            await self._give(run, job)
            while not over:
                event = await run.events.get()
                over = isinstance(event, Finished)
                if over and not begun and _came_too_late(event) and self._closed == closed:
                    begun, over, run.worker = True, False, None
                    await self._give(run, job)
                    continue
                begun = True
                yield replace(event, job=job.id)
        finally:
            del self._runs[job.id]
            run.unwatch()
            if run.worker is not None:
                await run.worker.drop(run, over)

    async def _give(self, run: _Run, job: Job) -> None:
        """Have a worker run a job, unless it was cancelled meanwhile."""
        await self.start()
        if run.events.empty():
            run.worker = self._worker
            assert run.worker is not None
            run.unwatch()
            run.watch(self._patience(job))
            await run.worker.take(run, job)

    def _patience(self, job: Job) -> float:
        """Seconds in which the worker has ended a job, however it went."""
        warm = self.ready is not None and self.ready.mode == "fork" and job.device in ("cpu", "meta")
        return job.timeout + SILENCE + (0.0 if warm else START)

    async def cancel(self, job: str) -> None:
        """End a job; its events go on to the `Finished` that says so."""
        run = self._runs.get(job)
        if run is None:
            return
        if run.worker is None:
            run.events.put_nowait(Finished(job, "cancelled", reason="stopped on request", why="asked"))
        else:
            await run.worker.send(Cancel(run.number))

    async def close(self) -> None:
        """End the worker and everything it runs."""
        self._closed += 1
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.end()


def _came_too_late(event: JobEvent) -> bool:
    """Whether the worker that a job was given to was dead already, as where it was killed while nothing ran."""
    return isinstance(event, Finished) and event.outcome == "died" and event.why == "worker"


class _Run:
    """A job under way. It has a number of its own on the wire: a job may come again under the same id while the
    worker is still ending the last one."""

    def __init__(self, number: str) -> None:
        self.number = number
        self.events: asyncio.Queue[JobEvent] = asyncio.Queue()
        self.worker: _Worker | None = None
        """Whose it is, once it was sent."""
        self._watch: asyncio.TimerHandle | None = None

    def watch(self, patience: float) -> None:
        """Expect the end of it. A worker that cannot even end a job, because it was stopped, is ended itself."""
        loop = asyncio.get_running_loop()

        def give_up() -> None:
            if self.worker is not None:
                self.worker.why = "silence"
                system.kill_group(self.worker.process.pid)

        def late() -> None:
            self._watch = loop.call_later(AGAIN, give_up)

        self._watch = loop.call_later(patience, late)

    def unwatch(self) -> None:
        """It has ended."""
        if self._watch is not None:
            self._watch.cancel()


class _Worker:
    """One process of a worker, from its start to its end."""

    def __init__(self, process: asyncio.subprocess.Process, mark: str) -> None:
        self.process, self.mark = process, mark
        self.runs: dict[str, _Run] = {}
        self.errors = b""
        self.why = "worker"  # the ending of its runs, where it ends before them
        self.words = self._words()
        self.tasks = [asyncio.create_task(self._read_errors())]

    @classmethod
    async def start(cls, target: Target) -> _Worker:
        """Only the process: it has said nothing yet."""
        mark = secrets.token_hex(8)
        try:
            process = await asyncio.create_subprocess_exec(
                *target.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={**os.environ, MARK: mark},
                start_new_session=True,
                creationflags=system.NO_WINDOW,
                limit=LINE,
            )
        except OSError as e:
            raise WorkerError(
                f"cannot start {target.label}: {reason(e, 'en')}", f"无法启动{target.label}：{reason(e, 'zh')}"
            ) from e
        return cls(process, mark)

    @property
    def lives(self) -> bool:
        """Whether its process has not ended."""
        return self.process.returncode is None

    @property
    def complaint(self) -> str:
        """The end of what it wrote to its standard error."""
        words = self.errors.decode("utf-8", "replace").strip().splitlines()[-3:]
        return " | ".join(words)

    async def first_words(self, sent: bytes) -> Ready | None:
        """Make the interpreter a worker. WorkerError where it has no torch, None where it just ends."""
        assert self.process.stdin is not None
        self.process.stdin.write(sent)
        async for said in self.words:
            if isinstance(said, Unready):
                raise _no_torch(said)
            if isinstance(said, Ready):
                self.tasks.append(asyncio.create_task(self._read_events()))
                return said
        return None

    async def take(self, run: _Run, job: Job) -> None:
        """Give it a job."""
        self.runs[run.number] = run
        await self.send(replace(job, id=run.number))

    async def drop(self, run: _Run, over: bool) -> None:
        """Nobody listens to a job any more."""
        self.runs.pop(run.number, None)
        if not over:
            await self.send(Cancel(run.number))

    async def send(self, request: Request) -> None:
        """One request."""
        assert self.process.stdin is not None
        if self.lives:
            try:
                self.process.stdin.write(encode(request))
                await self.process.stdin.drain()
            except (ConnectionError, RuntimeError):  # it died: the reader of its events tells
                pass

    async def end(self) -> None:
        """End it and everything it runs."""
        if self.lives:
            assert self.process.stdin is not None
            self.process.stdin.close()
            if not await self._gone(GENTLY):  # it imports something, or clears up
                try:
                    self.process.terminate()
                except ProcessLookupError:
                    pass
                if not await self._gone(1.0):
                    system.kill_group(self.process.pid)
                    await self.process.wait()
                    await self._alone()
        self._ended()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        transport = getattr(self.process, "_transport", None)
        if transport is not None:
            transport.close()

    async def _gone(self, seconds: float) -> bool:
        """Whether its process ends within this time."""
        try:
            await asyncio.wait_for(self.process.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def _alone(self) -> None:
        """What it left behind is dead: until then that holds on to its directory."""
        for _ in range(LOOKS):
            left = system.marked(MARK, self.mark)
            if not left:
                return
            for pid in left:
                system.signal_to(pid, system.KILL)
            await asyncio.sleep(PATIENCE / LOOKS)

    def _ended(self) -> None:
        """Its process is gone: so is what it left behind, and every job it had is over."""
        for pid in system.marked(MARK, self.mark):  # what it left behind, where it was killed itself
            system.signal_to(pid, system.KILL)
        places.sweep_leftovers()
        for run in self.runs.values():
            run.unwatch()
            run.events.put_nowait(Finished(run.number, "died", reason=ENDED[self.why], why=self.why))
        self.runs.clear()

    async def _words(self) -> AsyncIterator[Event]:
        """What it says, to its end."""
        assert self.process.stdout is not None
        try:
            while line := await self.process.stdout.readline():
                try:
                    event = decode(line)
                except ValueError:
                    continue
                if isinstance(event, _EVENTS):
                    yield event
        except (ValueError, ConnectionError):  # a line beyond all bounds
            system.kill_group(self.process.pid)

    async def _read_errors(self) -> None:
        assert self.process.stderr is not None
        while data := await self.process.stderr.read(65536):
            self.errors = (self.errors + data)[-8192:]

    async def _read_events(self) -> None:
        async for event in self.words:
            run = self.runs.get(getattr(event, "job", ""))
            if run is not None and not isinstance(event, (Ready, Unready)):
                if isinstance(event, Finished):
                    run.unwatch()
                run.events.put_nowait(event)
        await self.process.wait()
        self._ended()


def _no_torch(said: Unready) -> WorkerError:
    where = f"{said.executable} (Python {said.python})"
    if said.error.type in ("ModuleNotFoundError", "ImportError") and "'torch'" in said.error.message:
        install = f"    {said.executable} -m pip install torch\n"
        return WorkerError(
            f"{where} has no torch. Install it there:\n{install}or name an interpreter that has it with --python PATH",
            f"{where}里没有torch。在那里安装：\n{install}或用--python PATH指定装有torch的解释器",
        )
    error = f"{said.error.type}: {said.error.message}"
    return WorkerError(f"torch cannot be used in {where}: {error}", f"{where}里的torch不能用：{error}")
