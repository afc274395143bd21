"""What Windows has in place of process groups and of pipes that can be waited for: Job Objects, a look into a pipe.

By kernel32, with the structures and numbers of winnt.h and winbase.h; those of 64-bit systems. Nothing here asks which
system it is: it is imported on Windows only. A Windows that refuses something runs snippets all the same.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import subprocess
import sys
import time
from ctypes import c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Dict, List, Sequence, Tuple

NO_WINDOW = 0x08000000  # of CreateProcess: a console of its own, which nobody sees, and no Ctrl-C from the terminal's
PROCESSES, MEMORY = 0x8, 0x200  # JOB_OBJECT_LIMIT_ACTIVE_PROCESS, _JOB_MEMORY
SILENT, KILL_ON_CLOSE = 0x400, 0x2000  # _DIE_ON_UNHANDLED_EXCEPTION (no dialogue asks anything), _KILL_ON_JOB_CLOSE
PROCESS_LIST, EXTENDED_LIMIT = 3, 9  # JOBOBJECTINFOCLASS
MANY = 1024  # processes that are told of
PAUSE = 0.005  # seconds between looks into the pipes
ENDED = 1  # exit status of what is ended with its job
EXCEPTIONS = {
    0xC0000005: 11,  # access violation, as SIGSEGV
    0xC00000FD: 11,  # stack overflow
    0xC000001D: 4,  # illegal instruction, SIGILL
    0xC0000094: 8,  # integer division by zero, SIGFPE
    0xC0000409: 6,  # what abort() does, SIGABRT
}

_kernel: Any = None


def kernel() -> Any:
    """kernel32, with the types of what is called here."""
    global _kernel
    if _kernel is None:
        _kernel = getattr(ctypes, "WinDLL")("kernel32", use_last_error=True)
        for name, (result, arguments) in SIGNATURES.items():
            function = getattr(_kernel, name)
            function.restype, function.argtypes = result, arguments
    return _kernel


SIGNATURES: Dict[str, Tuple[Any, List[Any]]] = {
    "CreateJobObjectW": (c_void_p, [c_void_p, c_void_p]),
    "SetInformationJobObject": (c_uint32, [c_void_p, c_uint32, c_void_p, c_uint32]),
    "QueryInformationJobObject": (c_uint32, [c_void_p, c_uint32, c_void_p, c_uint32, c_void_p]),
    "AssignProcessToJobObject": (c_uint32, [c_void_p, c_void_p]),
    "TerminateJobObject": (c_uint32, [c_void_p, c_uint32]),
    "CloseHandle": (c_uint32, [c_void_p]),
    "GetCurrentProcess": (c_void_p, []),
    "PeekNamedPipe": (c_uint32, [c_void_p, c_void_p, c_uint32, c_void_p, c_void_p, c_void_p]),
}


# ------------------------------------------------------------------------------------------------ Job Objects


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = [
        ("process_time", c_int64),
        ("job_time", c_int64),
        ("flags", c_uint32),
        ("least_working_set", c_size_t),
        ("most_working_set", c_size_t),
        ("processes", c_uint32),
        ("affinity", c_size_t),
        ("priority", c_uint32),
        ("scheduling", c_uint32),
    ]


class Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = [
        ("basic", BasicLimits),
        ("io", c_uint64 * 6),
        ("process_memory", c_size_t),
        ("memory", c_size_t),
        ("peak_of_process", c_size_t),
        ("peak", c_size_t),
    ]


class ProcessList(ctypes.Structure):
    """JOBOBJECT_BASIC_PROCESS_ID_LIST."""

    _fields_ = [("assigned", c_uint32), ("told", c_uint32), ("pids", c_size_t * MANY)]


class Cage:
    """A Job Object: processes, and all that they start, which end together, at the latest when this process does."""

    def __init__(self, processes: int = 0) -> None:
        self.handle = kernel().CreateJobObjectW(None, None)
        self.limits = Limits()
        self.limits.basic.flags = KILL_ON_CLOSE | SILENT | (PROCESSES if processes else 0)
        self.limits.basic.processes = processes
        self.set_limits()

    def set_limits(self) -> None:
        """Have the system hold what is in it to `limits`."""
        kernel().SetInformationJobObject(
            self.handle, EXTENDED_LIMIT, ctypes.byref(self.limits), ctypes.sizeof(self.limits)
        )

    def add(self, process: int) -> None:
        """Put a process into it, by its handle. What it starts from now on is in it too."""
        kernel().AssignProcessToJobObject(self.handle, process)

    def limit_memory(self, budget: int) -> None:
        """An allocation beyond the budget fails; what was allocated before does not count."""
        now = Limits()
        kernel().QueryInformationJobObject(self.handle, EXTENDED_LIMIT, ctypes.byref(now), ctypes.sizeof(now), None)
        self.limits.basic.flags |= MEMORY
        self.limits.memory = now.peak + budget
        self.set_limits()

    def pids(self) -> List[int]:
        """The processes that are in it."""
        told = ProcessList()
        kernel().QueryInformationJobObject(self.handle, PROCESS_LIST, ctypes.byref(told), ctypes.sizeof(told), None)
        return list(told.pids[: told.told])

    def end(self) -> None:
        """End them all."""
        kernel().TerminateJobObject(self.handle, ENDED)

    def close(self) -> None:
        """Let go of it, which ends what is still in it."""
        kernel().CloseHandle(self.handle)


_cages: List[Cage] = []


def cage_self() -> None:
    """Have all that this process will start end with it."""
    _cages.append(Cage())
    _cages[-1].add(kernel().GetCurrentProcess())


def caged(argv: Sequence[str], pipes: Tuple[int, int, int], event_w: int, processes: int) -> Tuple[Any, Cage, int]:
    """Start an interpreter in a job of its own: the process, the job, and the handle by which it finds its pipe for
    events. It waits for its orders, and so is in the job before it can start anything."""
    import msvcrt

    handle = getattr(msvcrt, "get_osfhandle")(event_w)
    getattr(os, "set_handle_inheritable")(handle, True)
    start = getattr(subprocess, "STARTUPINFO")(lpAttributeList={"handle_list": [handle]})
    # The python.exe of a virtual environment starts another one: that one itself is meant, as in multiprocessing.
    base = getattr(sys, "_base_executable", sys.executable)
    popen = subprocess.Popen(
        [base, *argv[1:]],
        stdin=pipes[0],
        stdout=pipes[1],
        stderr=pipes[2],
        env=dict(os.environ, __PYVENV_LAUNCHER__=sys.executable) if base != sys.executable else None,
        startupinfo=start,
        creationflags=NO_WINDOW,
        close_fds=True,
    )
    cage = Cage(processes)
    cage.add(int(getattr(popen, "_handle")))
    return popen, cage, handle


def exit_code(code: int) -> int:
    """The exit status of a process; for an exception, minus the signal that it would be elsewhere."""
    return -EXCEPTIONS[code] if code in EXCEPTIONS else code


# ------------------------------------------------------------------------------------------------------ pipes


def opened(handle: int) -> int:
    """A descriptor for the handle of a pipe to write into."""
    import msvcrt

    return int(getattr(msvcrt, "open_osfhandle")(handle, os.O_WRONLY))


def peek(fd: int) -> int:
    """Bytes that wait in a pipe; -1 where nobody can write into it any more."""
    import msvcrt

    waiting = c_uint32()
    handle = getattr(msvcrt, "get_osfhandle")(fd)
    return waiting.value if kernel().PeekNamedPipe(handle, None, 0, None, ctypes.byref(waiting), None) else -1


def read_ready(fd: int, most: int) -> bytes:
    """What is in a pipe now; nothing at its end, BlockingIOError where nothing has come yet."""
    waiting = peek(fd)
    if not waiting:
        raise BlockingIOError
    return os.read(fd, min(waiting, most)) if waiting > 0 else b""


class Selector:
    """Of pipes, which the system's own cannot wait for: looks into each in turn. As much of `selectors.BaseSelector` as
    is used; into a pipe can always be written, and whoever does waits there."""

    def __init__(self) -> None:
        self.keys: Dict[int, selectors.SelectorKey] = {}

    def register(self, fd: int, events: int, data: Any) -> None:
        """Look into it from now on."""
        self.keys[fd] = selectors.SelectorKey(fd, fd, events, data)

    def unregister(self, fd: int) -> None:
        """No more; KeyError where it was not."""
        del self.keys[fd]

    def select(self, timeout: float | None = None) -> List[Tuple[selectors.SelectorKey, int]]:
        """Those that are ready, as soon as one is."""
        limit = None if timeout is None else time.monotonic() + timeout
        while True:
            ready = [
                (key, key.events)
                for key in self.keys.values()
                if key.events == selectors.EVENT_WRITE or peek(key.fd) != 0
            ]
            if ready or (limit is not None and time.monotonic() >= limit):
                return ready
            time.sleep(PAUSE)
