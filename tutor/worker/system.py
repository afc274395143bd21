"""What the worker asks of the operating system: processes, memory, directories. Each answer may be "unknown"."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import signal
import stat
import tempfile
from typing import Any, List, Tuple


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


def resident(pid: int) -> int:
    """Bytes of memory that only this process and its like use; 0 where unknown."""
    try:
        with open("/proc/{}/statm".format(pid)) as f:
            _, rss, shared = f.read().split()[:3]
        return (int(rss) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def default_memory() -> int:
    """Half of what is available, at most 8 GB and at least 1."""
    available = 16 << 30
    try:
        with open("/proc/meminfo") as f:
            for line in f:
                if line.startswith("MemAvailable:"):
                    available = int(line.split()[1]) * 1024
    except OSError:
        pass
    return max(1 << 30, min(8 << 30, available // 2))


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


def death(status: int) -> Tuple[str, str, int]:
    """`(reason, signal, exit status)` of a process that ended without a word."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = "signal {}".format(number)
        return "the process was ended by {}".format(name), name, 0
    code = os.WEXITSTATUS(status)
    if code == 71:
        return "the snippet closed the descriptors through which its results are reported", "", code
    return "the process ended itself with status {}".format(code), "", code


def drain_pipe(fd: int) -> None:
    """Empty a wake-up pipe."""
    try:
        os.read(fd, 4096)
    except OSError:
        pass


def remove(path: str) -> None:
    """Delete a directory, whatever was done to its permissions."""

    def again(function: Any, name: str, _error: Any) -> None:
        try:
            os.chmod(os.path.dirname(name), stat.S_IRWXU)
            os.chmod(name, stat.S_IRWXU)
            function(name)
        except OSError:
            pass

    shutil.rmtree(path, onerror=again)
    if os.path.isdir(path):
        shutil.rmtree(path, ignore_errors=True)


def sweep_leftovers() -> None:
    """Directories of workers that were killed before they could clear up."""
    base = tempfile.gettempdir()
    try:
        for name in os.listdir(base):
            parts = name.split("-")
            if name.startswith("torch-tutor-") and len(parts) > 3 and parts[2].isdigit():
                path = os.path.join(base, name)
                if (
                    not os.path.exists("/proc/" + parts[2])
                    and os.path.isdir("/proc")
                    and os.stat(path).st_uid == os.getuid()
                ):
                    remove(path)
    except OSError:
        pass


def set_aside() -> None:
    """Keep the garbage collectors of the children away from what was imported here: a collection in a child would
    touch, and so copy, all of it."""
    gc.collect()
    getattr(gc, "freeze", int)()
