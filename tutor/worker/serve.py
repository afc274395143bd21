"""The worker: takes jobs on its input, gives each a fresh child, passes the events on, and ends what must end.

One thread, one loop. Where it can fork it imports torch once and never computes, so that every child starts warm and
safe; elsewhere (and for an accelerator) it keeps a fresh interpreter ready. It is the reaper of everything a snippet
starts: an orphan is never legitimate. When its input ends, its children end, and it ends.
"""

from __future__ import annotations

import os
import selectors
import signal
import sys
import time
import traceback
from dataclasses import replace
from typing import Any, Callable, Dict, FrozenSet, List, Tuple

from . import ends, limits, pipes, places, start, system, warm, wire
from .facts import ready, unready
from .limits import Stop
from .outbox import Outbox
from .permissions import USUAL
from .process import EVENTS, FLOOD, Child
from .spares import Spares

GRACE = 0.3  # seconds from the polite signal to the other
TICK = 0.05  # seconds between looks at what runs use
STARTING = 180.0  # seconds a fresh interpreter may take
REPLAY = 3.0  # seconds: a job that took longer is not run a second time to find out more
SOON = 0.02  # seconds within which a job follows the last one at once
IDLE = 0.2  # seconds of nothing to do before the warm-up of what the first optimizer would import
MEANWHILE = 4  # jobs that can be served during it, by children made before
REPLAYED = ("RuntimeError", "TypeError", "ValueError", "IndexError")


def main(sent: Dict[str, Any]) -> None:
    """Claim the descriptors before anything can print, then serve until the input ends."""
    client_in, client_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    system.leave_terminal()
    Worker(client_in, client_out, sent).run()


class Leave(BaseException):
    """Asked to end: imports take a second in which nobody looks whether the input has ended."""


def leave(*_: Any) -> None:
    """What a signal does."""
    raise Leave


class Worker:
    """The loop and its children."""

    def __init__(self, client_in: int, client_out: int, sent: Dict[str, Any]) -> None:
        self.client_in, self.sources = client_in, sent["sources"]
        self.forks = sent.get("mode") != "spawn" and sys.platform == "linux"
        self.memory = int(sent.get("memory", 0)) or system.default_memory()
        self.selector = pipes.new_selector()
        self.send = Outbox(client_out, self.selector).send
        self.requests = b""
        self.running: Dict[int, Child] = {}
        self.spares = Spares(self.new_child, self.discard)
        self.dying: Dict[int, Child] = {}
        self.warm = False
        self.later: List[Tuple[wire.Job, wire.Finished]] = []  # replays that wait for the end of the warm-up
        self.said_ready = False
        self.base = places.claim()
        self.shared: FrozenSet[str] = places.note_shared(self.base)
        self.quiet_since = time.monotonic()

    # -------------------------------------------------------------------------------------------- loop

    def run(self) -> None:
        """Until the input ends."""
        places.sweep_leftovers()
        system.become_reaper()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, leave)
        pipes.wake_at_ends(self.selector)
        self.selector.register(self.client_in, selectors.EVENT_READ, self.read_requests)
        try:
            if self.forks and not self.import_torch():
                return
            self.spares.kept.append(self.new_child("cpu", USUAL))  # without a first one there is no worker
            while True:
                self.turn(self.pause())
        except (EOFError, Leave):
            pass
        except BaseException:
            traceback.print_exc()
        finally:
            self.end_all()

    def turn(self, pause: float | None = 0.0) -> None:
        """What has come, within so many seconds."""
        for key, _ in self.selector.select(pause):
            key.data()
        self.reap()
        self.watch_clocks()

    def import_torch(self) -> bool:
        """Everything a child will want, imported once. Nothing may start a thread or touch a device."""
        try:
            import torch.nn
            import torch.optim

            try:
                import numpy.random

                assert numpy
            except ImportError:  # torch does without
                pass
            from . import child, execute, replay, study  # noqa: F401
        except Leave:
            return False
        except BaseException as e:
            self.send(wire.encode(unready(e)))
            return False
        system.set_aside()
        self.send(wire.encode(ready("fork")))
        self.said_ready = True
        self.warm = not hasattr(torch, "compile")
        self.quiet_since = time.monotonic()
        return True

    def warm_up(self, turn: Callable[[], object] | None = None) -> None:
        """What the first optimizer would import, in every child. Nothing is forked until it is there whole."""
        allow = next((spare.allow for spare in self.spares.of("cpu")), USUAL)
        self.spares.ensure("cpu", allow, MEANWHILE if turn else 1)
        self.warm = self.spares.closed = True
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.path.join(self.base, "inductor")
        warm.bring(warm.COMPILER, turn)  # an incomplete torch: children will say so themselves
        self.spares.closed = False
        system.set_aside()
        self.spares.drop("cpu")
        self.spares.ensure("cpu", allow)

    def at_hand(self, job: wire.Job) -> bool:
        """Whether a child waits for it that needs no more than it has."""
        return self.spares.has(start.place(job.device), job.allow) and not warm.wanted(job.setup + job.code)

    def go_on(self) -> None:
        """What had to wait for that."""
        later, self.later = self.later, []
        for job, finished in later:
            self.begin(job, finished)
        self.take_requests()

    def pause(self) -> float | None:
        """Seconds the loop may sleep."""
        if self.running:
            return TICK
        if self.forks and not self.warm:
            return max(0.0, self.quiet_since + IDLE - time.monotonic())
        return None

    def read_requests(self) -> None:
        """Jobs and cancellations."""
        try:
            data = pipes.read_ready(self.client_in, 65536)
        except BlockingIOError:  # one socket for both ways, as sshd has it: not blocking for one, for neither
            return
        if not data:
            raise EOFError
        self.requests += data
        self.take_requests()

    def take_requests(self) -> None:
        """Those that have come whole, in their order."""
        while b"\n" in self.requests:
            line, _, rest = self.requests.partition(b"\n")
            try:
                request = wire.decode(line)
            except ValueError:
                request = None
            if self.spares.closed and isinstance(request, wire.Job) and not self.at_hand(request):
                return
            self.requests = rest
            if isinstance(request, wire.Job):
                self.begin(request)
            elif isinstance(request, wire.Cancel):
                for child in self.running.values():
                    if child.job.id == request.job:
                        self.tell_to_stop(child, Stop("cancelled", "asked"))

    # ------------------------------------------------------------------------------------------ children

    def new_child(self, device: str, allow: Tuple[str, ...]) -> Child:
        """A child that waits for a job."""
        if self.forks and device == "cpu" and system.single_threaded():
            child = start.forked(self.base, self.memory, self.selector, allow)
        else:
            child = start.spawned(self.base, self.memory, self.selector, self.sources, device, allow)
        self.selector.register(child.event_fd, selectors.EVENT_READ, lambda: self.events(child))
        for stream in child.streams:
            self.selector.register(stream.fd, selectors.EVENT_READ, lambda s=stream: self.output(child, s))
        return child

    def begin(self, job: wire.Job, replay_of: wire.Finished | None = None) -> None:
        """A job gets its child."""
        device = start.place(job.device)
        if replay_of is not None and self.spares.closed and not self.at_hand(job):
            self.later.append((job, replay_of))
            return
        if replay_of is None and not self.running and not self.dying:  # a replay's first run is not cleared up yet
            self.shared = places.note_shared(self.base, self.shared)
        if self.forks and not self.warm and warm.wanted(job.setup + job.code):
            self.warm_up()
        # Jobs that follow one another at once: the next one's child is made while this one computes.
        follows = self.forks and device == "cpu" and time.monotonic() - self.quiet_since < SOON
        try:
            child = self.spares.take(device, job.allow)
        except OSError as e:
            self.send(wire.encode(replay_of or ends.not_started(job.id, e)))
            return
        child.replay_of = replay_of
        self.running[child.pid] = child
        child.give(job)
        if follows:
            self.spares.ensure(device, job.allow)
        child.start_clock(self.memory, 0.0 if child.popen is None or child.facts else STARTING)

    def events(self, child: Child) -> None:
        """Events arrived."""
        fresh = child.popen is not None and not child.facts
        child.read_events(self.send)
        if fresh and child.facts:
            self.spawned_is_ready(child)
        if not child.event_open:
            self.forget(child.event_fd)
            if child.job is None or not child.result:
                return  # its end is noticed when it is reaped
        if child.result and child.pid in self.running:
            self.conclude(child)
        elif child.told > EVENTS:
            self.tell_to_stop(child, Stop("flooded", "events", EVENTS, child.told), 0.0)

    def spawned_is_ready(self, child: Child) -> None:
        """A fresh interpreter has imported torch: its clock starts now, and the worker knows what it is."""
        if child.job is not None:
            child.start_clock(self.memory, 0.0)
        if not self.said_ready:
            self.said_ready = True
            self.send(child.facts + b"\n")
            if b'"is":"Unready"' in child.facts:
                raise EOFError

    def output(self, child: Child, stream: Any) -> None:
        """Text arrived."""
        child.read_output(stream, self.send)
        if not stream.open:
            self.forget(stream.fd)
        if child.printed > FLOOD and child.stop is None:
            self.tell_to_stop(child, Stop("flooded", "output", FLOOD, child.printed), 0.0)

    def forget(self, fd: int) -> None:
        """Stop listening to a pipe."""
        try:
            self.selector.unregister(fd)
        except KeyError:
            pass

    # ---------------------------------------------------------------------------------------------- ends

    def tell_to_stop(self, child: Child, stop: Stop, grace: float = GRACE) -> None:
        """Politely first, so that the snippet can say where it is."""
        if child.stop is None:
            child.stop = stop
            child.kill_at = time.monotonic() + grace
            if not system.WINDOWS:  # where every signal kills
                system.signal_to(child.pid, signal.SIGINT)

    def watch_clocks(self) -> None:
        """Time, and what runs use."""
        now = time.monotonic()
        for child in list(self.running.values()):
            if child.stop is not None:
                if now >= child.kill_at:
                    child.kill()
            elif now >= child.deadline:
                self.tell_to_stop(
                    child, Stop("timed_out", "forks" if limits.forks(child) else "time", child.job.timeout)
                )
            else:
                over = limits.exceeded(child, self.memory)
                if over is not None:
                    self.tell_to_stop(child, over, 0.0)
        if self.running:
            self.sweep()
        elif self.forks and not self.warm and now - self.quiet_since >= IDLE:
            self.warm_up(self.turn)
            self.go_on()

    def reap(self) -> None:
        """Processes that ended."""
        for pid, status in system.ended(self.children()):
            if pid in self.dying:
                self.bury(self.dying.pop(pid))
            elif pid in self.running:
                child = self.running[pid]
                child.status = status
                self.conclude(child)
            else:
                spare = self.spares.lose(pid)
                if spare is not None:
                    self.spare_ended(spare, status)

    def spare_ended(self, spare: Child, status: int) -> None:
        """A child ended without a job. The very first was to tell what this interpreter is: without it, this ends."""
        spare.read_events(self.send)
        if not self.said_ready:
            if spare.facts:
                self.spawned_is_ready(spare)
            else:
                self.send(wire.encode(unready(RuntimeError(ends.death(status)[1]))))
                raise EOFError
        self.bury(spare)

    def conclude(self, child: Child) -> None:
        """A job is over: say so exactly once, then clear up."""
        child.drain(self.send)
        del self.running[child.pid]
        strays = len(child.family())
        finished = ends.finished(child, strays)
        if child.replay_of is not None:
            self.send(wire.encode(child.replay_of))
        elif finished.outcome == "raised" and self.worth_a_replay(child, finished):
            self.replay(child, finished)
        else:
            self.send(wire.encode(finished))
        self.discard(child)
        self.quiet_since = time.monotonic()
        if child.device == "cpu" or not self.running:
            self.spares.ensure(child.device, child.allow)

    def worth_a_replay(self, child: Child, finished: wire.Finished) -> bool:
        """Whether a second run may find the call that raised."""
        told = child.job.replays and any(k in REPLAYED for k in child.error_kinds)
        return told and finished.ms < REPLAY * 1000

    def replay(self, child: Child, finished: wire.Finished) -> None:
        """The same job with the recorder on; the first run's end is held back until then."""
        timeout = min(child.job.timeout, 2 * REPLAY)
        self.begin(replace(child.job, claims=(), timeout=timeout, record=True), replay_of=finished)

    def discard(self, child: Child) -> None:
        """End a child and whatever it started."""
        self.let_go(child)
        child.kill()
        if child.status is not None:
            self.bury(child)
        else:
            self.dying[child.pid] = child
        self.sweep()

    def children(self) -> List[Child]:
        """All that live, or were still alive when last looked at."""
        return [*self.running.values(), *self.spares.kept, *self.dying.values()]

    def let_go(self, child: Child) -> None:
        """Close its pipes, once: the numbers are soon another child's."""
        if not child.closed:
            for fd in (child.job_fd, child.event_fd, child.streams[0].fd, child.streams[1].fd):
                self.forget(fd)
            child.close()

    def bury(self, child: Child) -> None:
        """After its process is gone: its directory, and orphans."""
        if child.popen is not None:
            child.popen.returncode = 0  # reaped here, not by subprocess
        if child.cage is not None:
            child.cage.close()
        self.let_go(child)
        self.sweep()
        system.end_escaped(child.directory)
        places.clear(self.base, child.directory)
        if not self.running:
            places.clear_shared(self.shared)

    def sweep(self) -> None:
        """End every process that ended up here and is none of ours."""
        system.end_strays({child.pid for child in self.children()})

    def end_all(self) -> None:
        """The client is gone, or there is nothing to serve."""
        signal.set_wakeup_fd(-1)
        for child in self.children():
            child.kill()
        self.running, self.spares.kept, self.dying = {}, [], {}
        system.end_strays(set())
        places.release()
        places.remove(self.base)
        places.clear_shared(self.shared)
        os._exit(0)
