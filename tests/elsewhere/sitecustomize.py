"""Has the modules of torch-tutor see another system than the one they run on: in PYTHONPATH, with the name of the
system in SEEN_SYSTEM. Other modules, the snippet's too, see what there is.

`darwin` has no /proc and no prctl. `win32` lacks what Python lacks there, refuses what it refuses there, and has a
kernel32 that does to processes and pipes what the real one would; its calls go into the file named in SEEN_CALLS.
It shows that nothing of POSIX is relied upon, and in which order what is called; not what Windows makes of it.
"""

from __future__ import annotations

import asyncio
import builtins
import ctypes
import fcntl
import importlib
import itertools
import os
import select
import signal
import stat
import struct
import subprocess
import sys
import termios
from functools import partial
from types import ModuleType
from typing import Any

real_open = open
SYSTEM = os.environ.get("SEEN_SYSTEM", "")
MISSING = {"win32": ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty", "_posixsubprocess"), "darwin": ()}
HIDDEN = ("/proc", "/dev/shm")
NO_WINDOW = 0x08000000


class View(ModuleType):
    """A module without some of its names, and with others."""

    def __init__(self, module: Any, without: tuple[str, ...] = (), **other: Any) -> None:
        super().__init__(getattr(module, "__name__", "view"))
        self.__dict__.update(_module=module, _without=without, **other)

    def __getattr__(self, name: str) -> Any:
        if name in self._without:
            raise AttributeError(f"no {name} on {SYSTEM}")
        return getattr(self._module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module, name, value)


def is_hidden(path: Any) -> bool:
    """Whether there is no such place over there."""
    return os.fspath(path).startswith(HIDDEN) if isinstance(path, (str, os.PathLike)) else False


def is_ours(module: str) -> bool:
    """Whether it is one of torch-tutor's."""
    return module.partition(".")[0] in ("tutor", "tutor_worker")


def opened(path: Any, *options: Any, **more: Any) -> Any:
    if is_hidden(path) and is_ours(sys._getframe(1).f_globals.get("__name__", "")):
        raise FileNotFoundError(2, "not there", path)
    return real_open(path, *options, **more)


def listed(path: Any = ".") -> list[str]:
    if is_hidden(path):
        raise FileNotFoundError(2, "not there", path)
    return os.listdir(path)


PLACES = View(
    os.path,
    isdir=lambda path: not is_hidden(path) and os.path.isdir(path),
    exists=lambda path: not is_hidden(path) and os.path.exists(path),
)


def module_of(name: str) -> Any:
    if name in MISSING[SYSTEM]:
        raise ImportError(f"no module {name} on {SYSTEM}")
    return importlib.import_module(name)


IMPORTS = View(importlib, import_module=module_of)


# ------------------------------------------------------------------------------------------------------ darwin


class Library:
    """The C library, without what is Linux's."""

    def __init__(self, name: str | None, **options: Any) -> None:
        self.__dict__["library"] = ctypes.CDLL(name, **options)

    def __getattr__(self, name: str) -> Any:
        if name in ("prctl", "syscall"):
            raise AttributeError(name)
        return getattr(self.library, name)


def mac() -> dict[str, Any]:
    return {
        "os": View(os, without=("posix_fadvise", "pidfd_open"), path=PLACES, listdir=listed),
        "sys": View(sys, platform="darwin"),
        "ctypes": View(ctypes, CDLL=Library),
        "importlib": IMPORTS,
    }


# ------------------------------------------------------------------------------------------------------- win32

OF_POSIX = (
    "fork", "forkpty", "setsid", "setpgid", "getpgid", "getpgrp", "killpg", "getuid", "geteuid", "getgid", "getegid",
    "waitpid", "wait", "wait4", "WNOHANG", "WIFSIGNALED", "WIFEXITED", "WTERMSIG", "WEXITSTATUS", "statvfs",
    "set_blocking", "sysconf", "chown", "fchown", "fchmod", "mkfifo", "openpty", "ttyname", "tcgetpgrp", "uname",
    "O_NONBLOCK", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC", "O_PATH", "register_at_fork", "nice", "getloadavg",
    "sched_getaffinity", "pread", "pwrite", "readv", "writev", "posix_spawn", "pipe2",
)  # fmt: skip
TIMERS = ("alarm", "setitimer", "getitimer", "ITIMER_REAL", "pause", "pthread_sigmask", "pthread_kill", "siginterrupt")
SIGNALS = ("SIGABRT", "SIGFPE", "SIGILL", "SIGINT", "SIGSEGV", "SIGTERM")


def called(*words: Any) -> None:
    """Note a call of kernel32."""
    if "SEEN_CALLS" in os.environ:
        with real_open(os.environ["SEEN_CALLS"], "a", encoding="utf-8") as file:
            file.write(" ".join(map(str, words)) + "\n")


def below(pid: int) -> list[int]:
    """The processes that a process started, and theirs."""
    try:
        with real_open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            found = [int(child) for child in file.read().split()]
    except OSError:
        return []
    return found + [other for child in found for other in below(child)]


class Kernel:
    """kernel32. A job is a number; the processes in it are those that were put there and all below them."""

    def __init__(self, name: str, use_last_error: bool = False) -> None:
        self.jobs: dict[int, tuple[list[int], bytes]] = {}
        self.numbers = itertools.count(1)
        functions = [name for name in dir(type(self)) if name[0].isupper()]
        for name in functions:  # functions of their own, which can be given their types
            setattr(self, name, partial(getattr(self, name)))

    def CreateJobObjectW(self, attributes: None, name: None) -> int:
        number = next(self.numbers)
        self.jobs[number] = [], bytes(144)
        called("CreateJobObjectW", number)
        return number

    def SetInformationJobObject(self, job: int, kind: int, told: Any, size: int) -> int:
        limits = bytes(told._obj)
        flags, processes, memory = struct.unpack_from("=16xI20xI76xQ", limits)
        assert (kind, size, len(limits)) == (9, 144, 144)
        self.jobs[job] = self.jobs[job][0], limits
        called("SetInformationJobObject", job, hex(flags), processes, memory)
        return 1

    def QueryInformationJobObject(self, job: int, kind: int, into: Any, size: int, length: None) -> int:
        pids, limits = self.jobs[job]
        if kind == 9:
            ctypes.memmove(ctypes.addressof(into._obj), limits[:-8] + struct.pack("=Q", 1 << 30), 144)
        else:
            alive = [pid for top in pids for pid in [top, *below(top)] if os.path.exists(f"/proc/{pid}")]
            told = struct.pack(f"=II{len(alive)}Q", len(alive), len(alive), *alive)
            ctypes.memmove(ctypes.addressof(into._obj), told, len(told))
        return 1

    def AssignProcessToJobObject(self, job: int, process: int) -> int:
        called("AssignProcessToJobObject", job, "self" if process == -1 else "child")
        if process != -1:
            self.jobs[job][0].append(process)
        return 1

    def TerminateJobObject(self, job: int, status: int) -> int:
        called("TerminateJobObject", job, status)
        for top in self.jobs[job][0]:
            for pid in [*below(top), top]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
        return 1

    def CloseHandle(self, job: int) -> int:
        called("CloseHandle", job)
        del self.jobs[job]
        return 1

    def GetCurrentProcess(self) -> int:
        return -1

    def PeekNamedPipe(self, pipe: int, a: None, b: int, c: None, waiting: Any, d: None) -> int:
        there = ctypes.c_int()
        fcntl.ioctl(pipe, termios.FIONREAD, there)
        waiting._obj.value = there.value
        look = select.poll()
        look.register(pipe, select.POLLIN)
        ended = any(state & (select.POLLHUP | select.POLLIN | select.POLLNVAL) for _, state in look.poll(0))
        return int(there.value > 0 or not ended)


def libraries(name: str | None, **options: Any) -> Any:
    if name is None:
        raise TypeError("LoadLibrary() argument 1 must be str, not None")
    assert name == "ucrtbase"
    return ctypes.CDLL(None)


class Popen(subprocess.Popen[bytes]):
    """A process, with the options that Windows takes."""

    def __init__(self, argv: Any, startupinfo: Any = None, creationflags: int = 0, **options: Any) -> None:
        refused = {"pass_fds", "preexec_fn", "start_new_session", "process_group", "umask", "user"} & set(options)
        assert not refused, refused
        assert creationflags == NO_WINDOW
        handles = startupinfo.lpAttributeList["handle_list"] if startupinfo else ()
        super().__init__(argv, pass_fds=handles, **options)
        self._handle = self.pid


class StartUp:
    """STARTUPINFO."""

    def __init__(self, lpAttributeList: dict[str, Any]) -> None:
        self.lpAttributeList = lpAttributeList


def terminated(pid: int, number: int) -> None:
    os.kill(pid, signal.SIGKILL)


def removed(path: Any) -> None:
    if not os.lstat(path).st_mode & stat.S_IWUSR:
        raise PermissionError(13, "read-only", path)
    os.unlink(path)


def handled(number: int, what: Any) -> Any:
    if signal.Signals(number).name not in SIGNALS:
        raise ValueError(f"invalid signal value {number}")
    return signal.signal(number, what)


def woken(fd: int) -> int:
    if fd != -1:
        raise ValueError("not a socket")
    return -1


async def started(*argv: str, creationflags: int, **options: Any) -> Any:
    assert creationflags == NO_WINDOW
    process = await asyncio.create_subprocess_exec(*argv, **options)
    setattr(process, "terminate", process.kill)  # noqa: B010
    return process


def refused(*_: Any) -> Any:
    raise OSError(10038, "an operation was attempted on something that is not a socket")


class Console(ModuleType):
    """msvcrt. A handle is a descriptor."""

    LK_NBLCK = 2

    def get_osfhandle(self, fd: int) -> int:
        os.fstat(fd)
        return fd

    def open_osfhandle(self, handle: int, flags: int) -> int:
        return handle

    def locking(self, fd: int, mode: int, size: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def windows() -> dict[str, Any]:
    inheritable = {"set_handle_inheritable": os.set_inheritable}
    # what starts a Python of a virtual environment there does so here from Python 3.11 on
    launcher: dict[str, Any] = {} if sys.version_info >= (3, 11) else {"_base_executable": sys.executable}
    return {
        "os": View(
            os, without=OF_POSIX, name="nt", path=PLACES, listdir=listed, kill=terminated, unlink=removed, **inheritable
        ),
        "sys": View(sys, platform="win32", **launcher),
        "ctypes": View(ctypes, CDLL=libraries, WinDLL=Kernel),
        "signal": View(
            signal,
            without=(*TIMERS, *(s.name for s in signal.Signals if s.name not in SIGNALS)),
            signal=handled,
            set_wakeup_fd=woken,
        ),
        "select": View(select, without=("poll", "epoll"), select=refused),
        "selectors": View(importlib.import_module("selectors"), without=("DefaultSelector",)),
        "subprocess": View(subprocess, Popen=Popen, STARTUPINFO=StartUp),
        "asyncio": View(asyncio, create_subprocess_exec=started),
        "importlib": IMPORTS,
        "msvcrt": Console("msvcrt"),
    }


if SYSTEM:
    seen = windows() if SYSTEM == "win32" else mac()
    really = builtins.__import__

    def imported(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
        if level == 0 and is_ours((globals or {}).get("__name__", "")):
            if name in MISSING[SYSTEM]:
                raise ImportError(f"no module {name} on {SYSTEM}")
            if name in seen:
                return seen[name]  # type: ignore[no-any-return]
        return really(name, globals, locals, fromlist, level)

    builtins.__import__ = imported
    builtins.open = opened  # type: ignore[assignment]
