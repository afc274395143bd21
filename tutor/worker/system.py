"""What the worker asks of the operating system: processes, memory, disks. Each answer may be "unknown"."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import time
from typing import List, Set, Tuple

UNKNOWN = 1 << 62  # bytes, where the system does not tell
STRAYS = 3.0  # seconds in a row that are spent on ending what was left behind


def leave_terminal() -> None:
    """Be in a session of its own, which has no controlling terminal. One that leads its group already is left there."""
    try:
        os.setsid()
    except OSError:
        pass


def become_reaper() -> None:
    """Orphans of snippets come to this process instead of init."""
    try:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    except Exception:
        pass


def single_threaded() -> bool:
    """Whether a fork is safe: threads do not survive it, but the locks they hold do."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return True


def children(pid: int) -> List[int]:
    """Of a process; empty where the system does not tell."""
    found: List[int] = []
    try:
        for task in os.listdir("/proc/{}/task".format(pid)):
            with open("/proc/{}/task/{}/children".format(pid, task)) as f:
                found += [int(x) for x in f.read().split()]
    except OSError:
        pass
    return found


def descendants(pid: int) -> List[int]:
    """Children and theirs."""
    found: List[int] = []
    rest = children(pid)
    while rest and len(found) < 10000:
        found.append(rest.pop())
        rest += children(found[-1])
    return found


def resident(pid: int) -> Tuple[int, int]:
    """Bytes of memory: a process's own, and those it shares with others outside of files; zeros where unknown."""
    own = shared = 0
    try:
        with open("/proc/{}/status".format(pid), "rb") as f:
            for line in f:
                if line.startswith(b"RssAnon:"):
                    own = int(line.split()[1]) * 1024
                elif line.startswith(b"RssShmem:"):
                    shared = int(line.split()[1]) * 1024
                    break
    except (OSError, ValueError):
        pass
    return own, shared


def command(pid: int) -> bytes:
    """What a process was started as; empty where unknown."""
    try:
        with open("/proc/{}/cmdline".format(pid), "rb") as f:
            return f.read()
    except OSError:
        return b""


def available() -> int:
    """Bytes of memory that the machine has left; very many where unknown."""
    try:
        with open("/proc/meminfo", "rb") as f:
            for line in f:
                if line.startswith(b"MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return UNKNOWN


def room(directory: str) -> int:
    """Bytes left on the disk of a directory; very many where unknown."""
    try:
        disk = os.statvfs(directory)
    except OSError:
        return UNKNOWN
    return disk.f_bavail * disk.f_frsize


def default_memory() -> int:
    """Half of what is available, at most 8 GB and at least 1."""
    return max(1 << 30, min(8 << 30, available() // 2))


def signal_to(pid: int, number: int) -> None:
    """Send a signal to what may be gone already."""
    try:
        os.kill(pid, number)
    except OSError:
        pass


def kill_group(pid: int) -> None:
    """A child, its process group, and what it started outside of the group."""
    below = descendants(pid)
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass
    for other in (pid, *below):
        signal_to(other, signal.SIGKILL)


def end_strays(known: Set[int]) -> bool:
    """Kill every child of this process that is not known, and what is below it, until there are none: what a snippet
    left behind ends up here. Whether that was all there are; those that multiply meanwhile are met again."""
    limit = time.monotonic() + STRAYS
    while time.monotonic() < limit:
        strays = [pid for pid in children(os.getpid()) if pid not in known]
        if not strays:
            return True
        for pid in strays:
            for other in (*descendants(pid), pid):
                signal_to(other, signal.SIGKILL)
        if not any([reaped(pid) for pid in strays]):
            time.sleep(0.001)
    return False


def reaped(pid: int) -> bool:
    """Take note of the end of a child, if it has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def drain_pipe(fd: int) -> None:
    """Empty a wake-up pipe."""
    try:
        os.read(fd, 4096)
    except OSError:
        pass


def set_aside() -> None:
    """Keep the garbage collectors of the children away from what was imported here: a collection in a child would
    touch, and so copy, all of it."""
    gc.collect()
    getattr(gc, "freeze", int)()
