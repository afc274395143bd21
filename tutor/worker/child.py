"""The process that serves one job: takes over its descriptors, waits for the job, runs it, ends.

Whether it was forked from the warm worker or started afresh, this is where it begins. Its three ways out are pipes
that only the worker reads: events, standard output, standard error. Before each event it writes a mark into both
output pipes, so that what was printed before the event and what comes after can be told apart exactly.
"""

from __future__ import annotations

import atexit
import ctypes
import io
import linecache
import os
import select
import signal
import sys
import tempfile
import threading
import time
from typing import Any, NamedTuple, Tuple

from . import wire
from .contain import contain
from .ends import BROKEN, CLOSED
from .permissions import USUAL
from .pipes import has_come
from .system import ORPHANS_ESCAPE, WINDOWS

EVENTS = 200  # descriptor numbers out of a snippet's usual way
OUT, ERR, JOBS = 201, 202, 203
FIRST_DYNAMIC = 3
HIGHEST = 1024
LINGER = 2.0  # seconds at most
LARGEST_FILE = 1 << 30  # bytes
CACHES = ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "CUDA_CACHE_PATH")  # what torch writes elsewhere else


class Place(NamedTuple):
    """Where a job runs."""

    directory: str
    memory: int
    """Bytes it may use."""
    allow: Tuple[str, ...] = USUAL
    """What it may do."""
    device: str = "cpu"


class Channel:
    """The event pipe, with the marks in the output pipes."""

    def __init__(self, nonce: str) -> None:
        self.nonce, self.number, self.pid = nonce, 0, os.getpid()
        self.places = {fd: identity(fd) for fd in (EVENTS, OUT, ERR)}
        try:
            self.flush: Any = ctypes.CDLL("ucrtbase" if WINDOWS else None).fflush
        except Exception:
            self.flush = None
        # Kept here because the snippet can replace what the modules hold.
        self.write, self.leave, self.getpid, self.encode = os.write, os._exit, os.getpid, wire.encode
        self.wait, self.sleep = select.select, time.sleep

    def emit(self, event: Any) -> None:
        """Send an event. A fork of the snippet that strayed into here ends silently."""
        if self.getpid() != self.pid:
            self.leave(0)
        if self.flush is not None:
            self.flush(None)
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:
            pass
        if identity(EVENTS) != self.places[EVENTS]:
            self.leave(CLOSED)
        mark = "{}:{}\n".format(self.nonce, self.number).encode()
        for fd in (OUT, ERR):
            if identity(fd) == self.places[fd]:
                self.send(fd, mark)
        head = "{}:{}:{}:{}:{}:{} ".format(self.nonce, self.number, type(event).__name__, *whereabouts(event))
        self.send(EVENTS, head.encode() + self.encode(event))
        self.number += 1

    def send(self, fd: int, data: bytes) -> None:
        """All of it."""
        while data:
            try:
                data = data[self.write(fd, data) :]
            except BlockingIOError:  # the snippet made the pipe one that does not wait
                self.wait([], [fd], [])

    def linger(self) -> None:
        """Wait to be ended, where orphans do not come to the worker: it finds what a run started while this lives."""
        if ORPHANS_ESCAPE:
            self.sleep(LINGER)


def whereabouts(event: Any) -> Tuple[int, int, str]:
    """The step, line and error of an event, which the worker reads without opening the event."""
    if isinstance(event, wire.StepBegan):
        return event.step, event.line, ""
    if isinstance(event, wire.StepEnded):
        if event.error is None:
            return event.step, 0, ""
        kinds = (event.error.type,) + event.error.bases
        return event.step, event.error.frames[-1].line if event.error.frames else 0, ",".join(kinds)
    return -1, 0, event.outcome if isinstance(event, wire.Finished) else ""


def identity(fd: int) -> Tuple[int, int]:
    """Which pipe a descriptor is; zeros for none."""
    try:
        info = os.fstat(fd)
        return info.st_dev, info.st_ino
    except OSError:
        return 0, 0


def serve_one(
    job_fd: int,
    event_fd: int,
    nonce: str,
    place: Place,
    parent: int,
    channel: Channel | None = None,
    clear_refs: int = -1,
) -> None:
    """The whole life of the process. `channel` where the descriptors are taken over already, and it is confined: then
    `clear_refs` is what that left. Never returns."""
    status, leave = BROKEN, os._exit  # kept here: the snippet can replace it
    try:
        if channel is None:
            take_over(job_fd, event_fd)
            channel = Channel(nonce)
            clear_refs = confine(place)
        settle(place, parent)
        rehearse()
        line = read_line(JOBS)
        if line:
            os.close(JOBS)
            count_peak_from_here(clear_refs)
            job = wire.decode(line)
            limit_time(job.timeout)
            run(job, channel)
            channel.linger()
        status = 0
    except KeyboardInterrupt:  # told to stop, between two statements of the snippet
        pass
    except BaseException as e:
        try:
            from .errors import last_words

            os.write(ERR, last_words(e).encode("utf-8", "backslashreplace"))
        except BaseException:
            pass
    finally:
        leave(status)


def take_over(job_fd: int, event_fd: int) -> None:
    """Output leaves by 1 and 2 (the pipes are there already); the job and the events have numbers of their own."""
    high = [out_of_the_way(fd, JOBS + 1 + i) for i, fd in enumerate((event_fd, 1, 2, job_fd))]
    for fd, place in zip(high, (EVENTS, OUT, ERR, JOBS)):
        os.dup2(fd, place, False)
    os.closerange(FIRST_DYNAMIC, EVENTS)
    os.closerange(JOBS + 1, HIGHEST)
    encoding: Any = {"encoding": "utf-8", "errors": "backslashreplace", "write_through": True}
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), **encoding)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), **encoding)


def out_of_the_way(fd: int, number: int) -> int:
    """A copy of a descriptor, with this number or the first free one above it. Where there is nothing to find that with
    every process is a fresh one, and they are all free."""
    try:
        import fcntl
    except ImportError:
        return os.dup2(fd, number, False)
    return fcntl.fcntl(fd, fcntl.F_DUPFD, number)


def read_line(fd: int) -> bytes:
    """A job; empty where the worker went away."""
    data = b""
    while not data.endswith(b"\n"):
        part = os.read(fd, 65536)
        if not part:
            return b""
        data += part
    return data


def settle(place: Place, parent: int) -> None:
    """A directory of its own, no input, nothing inherited to do on a signal or at exit, and death with the worker."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, "r", closefd=False), encoding="utf-8")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    getattr(atexit, "_clear")()
    if "multiprocessing.util" in sys.modules:
        atexit.register(sys.modules["multiprocessing.util"]._exit_function)
    die_with(parent)
    os.chdir(place.directory)
    if not getattr(sys.flags, "safe_path", False):
        sys.path.insert(0, "")  # taken out by `start.LOADER`
    for name in ("TMPDIR", "TEMP", "TMP") if WINDOWS else ("TMPDIR",):
        os.environ[name] = place.directory
    for name in CACHES:
        os.environ[name] = os.path.join(place.directory, name.lower())
    tempfile.tempdir = None
    limit_use(place.memory)


def confine(place: Place) -> int:
    """No more rights than it needs, for good. A descriptor for `count_peak_from_here`, which could not be opened any
    more; -1 for none."""
    try:
        with open("/proc/self/oom_score_adj", "w") as f:  # if memory runs out, this process first
            f.write("1000")
        peak = os.open("/proc/self/clear_refs", os.O_WRONLY)
    except OSError:
        peak = -1
    contain(place.directory, place.allow, place.device)
    return peak


REHEARSAL = """\
import torch
x = torch.ones(2, 2, requires_grad=True)
y = (x * 2).sum()
for i in range(2):
    z = y * i
str(x)
"""


def rehearse() -> None:
    """While there is no job yet: run a small one for nobody. The first operations of a fresh process are many times
    slower than the next ones, and this moves them to where nobody waits. A job that arrives ends it. No `backward`:
    where there is a GPU it starts threads, and a fork of the snippet could compute no gradient any more."""

    def arrived() -> bool:
        return has_come(JOBS)

    def emit(event: Any) -> None:
        wire.encode(event)
        if arrived():
            raise InterruptedError

    if arrived():
        return
    try:
        from .execute import execute

        execute(wire.Job("", REHEARSAL, claims=(wire.Question("expr", "x.sum() == 4"),), file="<rehearsal>"), emit)
    except InterruptedError:
        pass
    finally:
        linecache.cache.pop("<rehearsal>", None)


def count_peak_from_here(clear_refs: int) -> None:
    """What the process used before its job is not the job's."""
    if clear_refs >= 0:
        try:
            os.write(clear_refs, b"5")
        except OSError:
            pass
        os.close(clear_refs)


def die_with(parent: int) -> None:
    """Be killed when the worker dies, where the kernel can do that."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    except Exception:
        return
    if os.getppid() != parent:
        os._exit(1)


def limit_use(budget: int) -> None:
    """An allocation beyond the budget fails in the snippet instead of driving the machine into swap; what this process
    has already does not count. A file grows only so far, and a crash leaves no image of the memory."""
    used = 0
    try:
        with open("/proc/self/statm") as f:
            used = int(f.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        pass
    if used:
        limit("RLIMIT_DATA", used + budget + (8 << 20) * (os.cpu_count() or 1))  # and a stack per thread
    limit("RLIMIT_FSIZE", LARGEST_FILE)
    limit("RLIMIT_CORE", 0)


def limit_time(seconds: float) -> None:
    """If the worker does not come to end it, the kernel does: at three times the time on every processor."""
    limit("RLIMIT_CPU", int(3 * seconds * (os.cpu_count() or 1)) + 10)


def limit(name: str, most: int) -> None:
    """Lower a limit of this process for good. Where the system has none such, or a lower one, it stays as it is."""
    try:
        import resource

        kind = getattr(resource, name)
        resource.setrlimit(kind, (most, most))
    except Exception:
        pass


def run(job: wire.Job, channel: Channel) -> None:
    """The job itself. torch is imported by now, or here."""
    if job.record:
        from .replay import replay

        found = replay(job)
        if found is not None:
            channel.emit(found)
        channel.emit(wire.Finished(job.id, "finished"))
        return
    if job.study:
        from .study import study

        channel.emit(study(job, channel.emit))
        return
    from .execute import execute

    finished = execute(job, channel.emit)
    wind_up()
    channel.emit(finished)


def wind_up() -> None:
    """What an interpreter does at its end and `os._exit` does not: wait for the threads of the snippet, then call what
    it registered."""
    for part in (getattr(threading, "_shutdown"), getattr(atexit, "_run_exitfuncs")):
        try:
            part()
        except BaseException:  # told on stderr, and the end goes on
            pass
