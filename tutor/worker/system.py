"""What the worker asks of the operating system: processes, memory, disks. Each answer may be "unknown"."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import shutil
import signal
import sys
import time
from typing import Any, Iterable, Iterator, Set, Tuple

from .proc import UNKNOWN

try:
    resource: Any = importlib.import_module("resource")
except ImportError:
    resource = None

if os.path.isdir("/proc/self/task"):
    from .proc import available as available
    from .proc import children as children
    from .proc import command as command
    from .proc import descendants as descendants
    from .proc import marked as marked
    from .proc import resident as resident
else:
    from .asked import available as available
    from .asked import children as children
    from .asked import command as command
    from .asked import descendants as descendants
    from .asked import marked as marked
    from .asked import resident as resident

WINDOWS = os.name == "nt"
ORPHANS_ESCAPE = sys.platform != "linux" and not WINDOWS  # to init, where the kernel has no reapers and no jobs
RUN = "TORCH_TUTOR_RUN"  # environment variable by which they are found: the directory of their run
NO_WINDOW = 0x08000000 if WINDOWS else 0  # for `subprocess`: a console that nobody sees
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # on Windows any number ends a process at once
STRAYS = 3.0  # seconds in a row that are spent on ending what was left behind


def leave_terminal() -> None:
    """Be in a session of its own, which has no controlling terminal. One that leads its group already is left there."""
    try:
        getattr(os, "setsid", int)()
    except OSError:
        pass


def become_reaper() -> None:
    """Orphans of snippets come to this process instead of init; on Windows all it starts ends with it."""
    if WINDOWS:
        from .windows import cage_self

        return cage_self()
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


def peak() -> int:
    """Bytes of memory that this process has had at most; zero where unknown."""
    if resource is None:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) * unit


def room(directory: str) -> int:
    """Bytes left on the disk of a directory; very many where unknown."""
    try:
        return shutil.disk_usage(directory).free
    except OSError:
        return UNKNOWN


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
    if not WINDOWS:
        try:
            os.killpg(pid, KILL)
        except OSError:
            pass
    for other in (pid, *below):
        signal_to(other, KILL)


def end_strays(known: Set[int]) -> bool:
    """Kill every child of this process that is not known, and what is below it, until there are none: what a snippet
    left behind ends up here. Whether that was all there are; those that multiply meanwhile are met again. On Windows
    nothing does: it ended with the job of its run."""
    limit = 0.0 if WINDOWS else time.monotonic() + STRAYS
    while time.monotonic() < limit:
        strays = [pid for pid in children(os.getpid()) if pid not in known]
        if not strays:
            return True
        for pid in strays:
            for other in (*descendants(pid), pid):
                signal_to(other, KILL)
        if not any([reaped(pid) for pid in strays]):
            time.sleep(0.001)
    return False


def end_escaped(directory: str) -> None:
    """Kill what a run started and what then left its group and outlived its parent, where such orphans escape: all that
    still has the run in its environment."""
    limit = time.monotonic() + STRAYS
    while ORPHANS_ESCAPE and time.monotonic() < limit:
        escaped = marked(RUN, directory)
        if not escaped:
            return
        for pid in escaped:
            signal_to(pid, KILL)


def ended(ours: Iterable[Any]) -> Iterator[Tuple[int, int]]:
    """Which of these children ended, and orphans: each with its exit status, or minus the signal that ended it."""
    if WINDOWS:
        yield from [(child.pid, wait_for(child)) for child in ours if child.popen.poll() is not None]
    while not WINDOWS:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, exit_code(status)


def wait_for(child: Any) -> int:
    """The same of a child whose end is near."""
    if WINDOWS:
        from .windows import exit_code as exit_code_there

        return exit_code_there(child.popen.wait())
    try:
        return exit_code(os.waitpid(child.pid, 0)[1])
    except ChildProcessError:
        return 0


def exit_code(status: int) -> int:
    """What `os.waitpid` tells, as `subprocess` has it."""
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def reaped(pid: int) -> bool:
    """Take note of the end of a child, if it has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def set_aside() -> None:
    """Keep the garbage collectors of the children away from what was imported here: a collection in a child would
    touch, and so copy, all of it."""
    gc.collect()
    getattr(gc, "freeze", int)()
