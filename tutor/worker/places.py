"""Where runs keep their files: a directory for the worker, one in it for each run, and what is left in shared memory.

Whatever a run did to its files, they are gone after it: permissions, depth, numbers. What a worker left that was killed
itself is removed by the next one. It knows nothing of processes; none that belongs to a run may be alive when its files
are removed.
"""

from __future__ import annotations

import os
import stat
import tempfile
import time
from typing import FrozenSet, List, Set

PREFIX = "torch-tutor-worker-"
"""Before the number of the process that made a directory. Nothing else may be called so: what nobody holds goes."""
SHARED = "/dev/shm"
NOTE = "shared"  # the file in a worker's directory that says what was in shared memory before its last run
OF_TORCH = "torch_"  # what torch calls what it makes there begins so
LOCK = "lock"  # the file that is locked in a directory, on Windows
FRESH = 60.0  # seconds within which a directory without a lock may still be getting one
_locks: List[int] = []  # the descriptor of this worker's directory
TRIES = 3  # what cannot be removed at once, such as a mount, is left


def claim() -> str:
    """A directory for this worker, locked for as long as it lives."""
    base = tempfile.mkdtemp(prefix="{}{}-".format(PREFIX, os.getpid()))
    lock(base)
    return base


def lock(base: str) -> None:
    """Hold a directory, and let go of the one before."""
    release()
    fd = hold(base)
    if fd >= 0:
        _locks.append(fd)


def release() -> None:
    """Let go of it: Windows removes no file that is open."""
    while _locks:
        os.close(_locks.pop())


def hold(path: str) -> int:
    """A locked descriptor of a directory; -1 where somebody else holds it, or nothing can be locked."""
    try:
        import fcntl
    except ImportError:
        return hold_file(os.path.join(path, LOCK))
    try:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return -1
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return -1
    return fd


def hold_file(path: str) -> int:
    """The same of a file, where directories cannot be locked."""
    import msvcrt

    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT)
    except OSError:
        return -1
    try:
        getattr(msvcrt, "locking")(fd, getattr(msvcrt, "LK_NBLCK"), 1)
    except OSError:
        os.close(fd)
        return -1
    return fd


def new_directory(base: str) -> str:
    """For one run."""
    try:
        return tempfile.mkdtemp(prefix="run-", dir=base)
    except OSError:  # a run removed the worker's own, or closed it
        os.makedirs(base, stat.S_IRWXU, exist_ok=True)
        os.chmod(base, stat.S_IRWXU)
        lock(base)
        return tempfile.mkdtemp(prefix="run-", dir=base)


def clear(base: str, directory: str) -> None:
    """Remove what one run had, also where it closed the worker's directory."""
    try:
        os.chmod(base, stat.S_IRWXU)
    except OSError:
        pass
    remove(directory)


def sweep_leftovers() -> None:
    """Remove the directories of workers that were killed before they could: nobody holds their lock."""
    folder = tempfile.gettempdir()
    for name in names(folder):
        path = os.path.join(folder, name)
        if maker_of(name) and is_left(path):
            clear_noted(path)
            remove(path)


def maker_of(name: str) -> str:
    """The number of the process that made a directory; empty where it is not one of a worker."""
    maker = name[len(PREFIX) :].split("-")[0] if name.startswith(PREFIX) else ""
    return maker if maker.isdigit() else ""


def is_left(path: str) -> bool:
    """Whether the worker that made a directory is gone."""
    try:
        info = os.lstat(path)
        if not stat.S_ISDIR(info.st_mode) or info.st_uid != getattr(os, "getuid", int)():
            return False
        os.chmod(path, stat.S_IRWXU)
    except OSError:
        return False
    fd = hold(path)
    if fd < 0:
        return False
    os.close(fd)
    return is_gone(int(maker_of(os.path.basename(path)))) or time.time() - info.st_mtime > FRESH


def is_gone(pid: int) -> bool:
    """Whether there is no such process, where it can be asked without doing anything to it."""
    try:
        if os.name != "nt":
            os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:  # somebody else's
        pass
    return False


def remove(path: str) -> None:
    """Delete a directory, whatever is in it. Each directory below is first moved up to the top, so that no path grows
    too long and nothing recurs, and made accessible; links are never followed."""
    number = 0
    for _ in range(TRIES):
        try:
            os.chmod(path, stat.S_IRWXU)
        except OSError:  # it is gone
            return
        rest = [path]
        while rest:
            folder = rest.pop()
            for name in names(folder):
                place = os.path.join(folder, name)
                if delete(place):
                    continue
                number += 1
                higher = os.path.join(path, ".{}-{}".format(os.getpid(), number))
                try:
                    os.chmod(place, stat.S_IRWXU)
                    if folder != path:
                        os.rename(place, higher)
                        place = higher
                except OSError:
                    continue
                rest.append(place)
        for name in names(path):
            empty(os.path.join(path, name))
        if empty(path):
            return


def names(folder: str) -> Set[str]:
    """What is in a directory; nothing where it cannot be told."""
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def delete(place: str) -> bool:
    """Delete anything but a directory; whether it was none."""
    try:
        if stat.S_ISDIR(os.lstat(place).st_mode):
            return False
        if os.name == "nt":  # where what is read-only is not removed
            os.chmod(place, stat.S_IRWXU)
        os.unlink(place)
    except OSError:
        pass
    return True


def empty(place: str) -> bool:
    """Delete a directory that has nothing in it; whether it is gone."""
    try:
        os.rmdir(place)
    except OSError:
        pass
    return not os.path.lexists(place)


# ---------------------------------------------------------------------------------------------- shared memory


def shared() -> FrozenSet[str]:
    """The names in shared memory now."""
    return frozenset(names(SHARED))


def note_shared(base: str, noted: FrozenSet[str] | None = None) -> FrozenSet[str]:
    """The same, written down for whoever clears up after a worker that was killed. `noted` is what was written last."""
    now = shared()
    if now != noted:
        try:
            with open(os.path.join(base, NOTE), "wb") as f:
                f.write(b"\0".join(os.fsencode(name) for name in now))
        except OSError:  # a run closed the directory
            pass
    return now


def clear_noted(base: str) -> None:
    """Remove what the runs of a worker that is gone left in shared memory, as far as torch made it: since then others
    may have left something there on purpose."""
    try:
        with open(os.path.join(base, NOTE), "rb") as f:
            noted = frozenset(os.fsdecode(name) for name in f.read().split(b"\0"))
    except OSError:
        return
    clear_shared(noted | {name for name in shared() if not name.startswith(OF_TORCH)})


def clear_shared(before: FrozenSet[str]) -> None:
    """Remove what runs left in shared memory: files that were not there before, of this user and for nobody else to
    read, that no living process has open or mapped. What another program is using stays."""
    left = {os.path.join(SHARED, name) for name in shared() - before}
    left = {path for path in left if is_private(path)}
    if left:
        for path in left - held():
            delete(path)


def is_private(path: str) -> bool:
    """Whether it is a file that only this user may read."""
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077


def held() -> Set[str]:
    """The files in shared memory that some process of this user has open or mapped."""
    found: Set[str] = set()
    for pid in names("/proc"):
        if pid.isdigit():
            found |= held_by("/proc/" + pid)
    return found


def held_by(process: str) -> Set[str]:
    """The same of one process."""
    found: Set[str] = set()
    try:
        with open(process + "/maps", "rb") as f:
            for line in f:
                at = line.find(SHARED.encode() + b"/")
                if at >= 0:
                    found.add(os.fsdecode(line[at:].rstrip(b"\n")))
        for fd in os.listdir(process + "/fd"):
            found.add(os.readlink(process + "/fd/" + fd))
    except OSError:  # it ended, or it is somebody else's
        pass
    return found
