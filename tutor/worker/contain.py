"""What the kernel keeps a run from: other files, the network, other processes, terminals. Linux only.

Landlock and seccomp, by system calls: they bind a process and all that it starts, for good, root too. Each is used as
far as this kernel has it, and what came of it is told in `Started`; a kernel without them runs snippets all the same.
It is no wall against an attacker: whoever may have sockets can connect to local ones that have a path, and whoever may
read can read all that the user can.

Numbers and structures: linux/landlock.h, linux/seccomp.h, linux/filter.h, and the tables of system calls of x86_64 and
aarch64.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from .permissions import PERMISSIONS

READ, WRITE, NETWORK, SUBPROCESS, SIGNALS = ALL = PERMISSIONS

_kept_from: Tuple[str, ...] = ()


def kept_from() -> Tuple[str, ...]:
    """What this process is kept from: files, terminals, memory, signals, network, reads, processes."""
    return _kept_from


def contain(directory: str, allow: Sequence[str], device: str = "cpu") -> None:
    """Hold this process to its directory, to shared memory and to what it is allowed. It must have one thread."""
    global _kept_from
    if set(allow) >= set(ALL) or _libc is None:
        return
    _libc.prctl(NO_NEW_PRIVILEGES, *(ctypes.c_ulong(n) for n in (1, 0, 0, 0)))
    kept = landlock(directory, allow, device)
    if filter_calls(allow):
        kept += ["memory", "network", "processes"]
    lower_privileges()
    free = {WRITE: "files", NETWORK: "network", SUBPROCESS: "processes", SIGNALS: "signals", READ: "reads"}
    given = {free[word] for word in allow if word in free} | ({"memory"} if SIGNALS in allow else set())
    _kept_from = tuple(what for what in dict.fromkeys(kept) if what not in given)


try:
    _libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
except OSError:
    _libc = None

NO_NEW_PRIVILEGES = 38  # of prctl
SET_SECCOMP = 22


# --------------------------------------------------------------------------------------------------- Landlock

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REMOVE_FILE, MAKE_CHAR, MAKE_REG, MAKE_BLOCK = 1 << 5, 1 << 6, 1 << 8, 1 << 11
FIRST = (1 << 13) - 1  # all rights of version 1
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15  # since versions 2, 3, 5
READING = EXECUTE | READ_FILE | READ_DIR
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
IN_SHARED = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_REG | TRUNCATE
SCOPES = 3  # abstract sockets and signals, since version 6
DEVICES = ("null", "zero", "full", "random", "urandom")
ACCELERATORS = ("nvidia", "dri", "kfd", "dxg")
IN_ETC = ("/etc/ld.so.cache", "/etc/passwd", "/etc/nsswitch.conf", "/etc/localtime", "/etc/alternatives")
IN_PROC = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat")
FOR_PYTHON = ("/usr", "/lib", "/lib64", "/lib32", "/bin", *IN_ETC, *IN_PROC, "/sys/devices/system", "/sys/fs/cgroup")


def version() -> int:
    """Of Landlock in this kernel; 0 for none."""
    return max(0, call(444, None, ctypes.c_size_t(0), ctypes.c_uint(1)))


def landlock(directory: str, allow: Sequence[str], device: str) -> List[str]:
    """Restrict files and signals; what this process is kept from by it."""
    here = version()
    if not here:
        return []
    handled = FIRST
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        handled |= right if here >= since else 0
    scopes = SCOPES if here >= 6 and SIGNALS not in allow else 0
    rules = struct.pack("=QQQ", handled, 0, scopes)[: 8 if here < 4 else 16 if here < 6 else 24]
    ruleset = call(444, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint(0))
    if ruleset < 0:
        return []
    try:
        for path, rights in grants(directory, allow, device).items():
            grant(ruleset, path, rights & handled)
        if call(446, ctypes.c_int(ruleset), ctypes.c_uint(0)):
            return []
    finally:
        os.close(ruleset)
    return ["files", "terminals", "memory", "reads"] + (["signals"] if scopes else [])


def grants(directory: str, allow: Sequence[str], device: str) -> Dict[str, int]:
    """Paths and the rights beneath them. Of `/dev`, where the terminals are, there is only what a program needs."""
    everything = FIRST | REFER | TRUNCATE | IOCTL_DEV
    within = everything & ~(MAKE_CHAR | MAKE_BLOCK)
    found: Dict[str, int] = {}
    if WRITE in allow or READ in allow:
        rights = within if WRITE in allow else READING
        found.update(("/" + name, rights) for name in os.listdir("/") if name != "dev")
    else:
        found.update((path, READING) for path in (*FOR_PYTHON, *interpreter()))
    devices = ["/dev/" + name for name in DEVICES]
    if device not in ("cpu", "meta"):
        devices += ["/dev/" + name for name in os.listdir("/dev") if name.startswith(ACCELERATORS)]
    found.update((path, everything) for path in devices)
    found["/dev/shm"] = IN_SHARED
    found[directory] = within
    return found


def interpreter() -> List[str]:
    """Where Python and its packages are, and the libraries that it was started with."""
    paths = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, os.path.realpath(sys.executable)]
    return [path for path in (*paths, *sys.path, *os.environ.get("LD_LIBRARY_PATH", "").split(":")) if path]


def grant(ruleset: int, path: str, rights: int) -> None:
    """Allow something beneath a path, if there is such a path."""
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= OF_FILES
    call(445, ctypes.c_int(ruleset), ctypes.c_int(1), struct.pack("=Qi", rights, fd), ctypes.c_uint(0))
    os.close(fd)


def call(number: int, *arguments: Any) -> int:
    """A system call that the C library has no name for."""
    return int(_libc.syscall(ctypes.c_long(number), *arguments))


# ---------------------------------------------------------------------------------------------------- seccomp


class Calls(NamedTuple):
    """The numbers of system calls on one kind of processor; 0 for those it has not."""

    machine: int
    socket: int
    ioctl: int
    kill: int
    tkill: int
    tgkill: int
    queue: int
    thread_queue: int
    looking: Tuple[int, ...]
    """ptrace, process_vm_readv, process_vm_writev, kcmp, add_key, request_key, keyctl, bpf, userfaultfd,
    perf_event_open"""
    lasting: Tuple[int, ...]
    """shmget, semget, msgget, mq_open: what they make outlives the process and belongs to no directory"""
    starting: Tuple[int, ...]
    """execve, execveat, fork, vfork"""
    clone: int
    capset: int


X86 = (101, 310, 311, 312, 248, 249, 250, 321, 323, 298)
ARM = (117, 270, 271, 272, 217, 218, 219, 280, 282, 241)
MACHINES = {
    "x86_64": Calls(0xC000003E, 41, 16, 62, 200, 234, 129, 297, X86, (29, 64, 68, 240), (59, 322, 57, 58), 56, 126),
    "aarch64": Calls(0xC00000B7, 198, 29, 129, 130, 131, 138, 240, ARM, (194, 190, 186, 180), (221, 281), 220, 91),
}
URING, PIDFD_OPEN, CLONE3, PIDFD_GETFD = 425, 434, 435, 438  # the same everywhere
TIOCSTI, TIOCLINUX = 0x5412, 0x541C  # type into a terminal
UNIX, NOTHING = 1, 99  # families of sockets
THREAD = 0x10000  # CLONE_THREAD
LOAD, EQUALS, ABOVE, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
DENY, PASS = 0x00050000, 0x7FFF0000


def filter_calls(allow: Sequence[str]) -> bool:
    """Refuse system calls for good; whether the kernel does it."""
    calls = MACHINES.get(platform.machine())
    if calls is None:
        return False
    program = assembled(calls, allow, os.getppid())
    kept = ctypes.create_string_buffer(program, len(program))
    pointer = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(kept)))
    return bool(_libc.prctl(SET_SECCOMP, ctypes.c_ulong(2), pointer, ctypes.c_ulong(0), ctypes.c_ulong(0)) == 0)


def assembled(calls: Calls, allow: Sequence[str], worker: int) -> bytes:
    """The program of the filter: which calls are refused, and with which error."""
    parts = [one(LOAD, 4), one(EQUALS, calls.machine, 1, 0), one(RETURN, DENY | errno.EPERM)]
    parts += [one(LOAD, 0), one(ABOVE, 0x40000000, 0, 1), one(RETURN, DENY | errno.EPERM)]  # the x32 numbers
    parts.append(refused(URING))  # does whatever it is asked to without a call that could be seen here
    parts += [refused(number) for number in calls.lasting]
    parts.append(refused_for(calls.ioctl, 1, (TIOCSTI, TIOCLINUX)))
    if NETWORK not in allow:
        family = UNIX if SUBPROCESS in allow else NOTHING
        parts.append(refused_but(calls.socket, 0, family, errno.EACCES))
    if SIGNALS not in allow:
        parts += [refused(number) for number in (*calls.looking, PIDFD_GETFD)]
        below = 1 << 32
        for number in (calls.kill, calls.tkill, calls.tgkill, calls.queue, calls.thread_queue, PIDFD_OPEN):
            parts.append(refused_for(number, 0, (worker, below - worker, below - 1)))
    if SUBPROCESS not in allow:
        parts += [refused(number) for number in calls.starting]
        parts.append(refused(CLONE3, errno.ENOSYS))  # hides its flags; the C library then uses the older one
        parts.append(refused_without(calls.clone, 0, THREAD))
    parts.append(one(RETURN, PASS))
    return b"".join(parts)


def one(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    """An instruction: `then` and `otherwise` are how many of those below it passes over."""
    return struct.pack("=HBBI", code, then, otherwise, value)


def refused(number: int, error: int = errno.EPERM) -> bytes:
    """Refuse a call whatever it is given."""
    return one(LOAD, 0) + one(EQUALS, number, 0, 1) + one(RETURN, DENY | error)


def refused_for(number: int, argument: int, values: Sequence[int]) -> bytes:
    """Refuse a call where an argument, as 32 bits, is one of these."""
    tests = b"".join(one(EQUALS, value, 0, 1) + one(RETURN, DENY | errno.EPERM) for value in values)
    return one(LOAD, 0) + one(EQUALS, number, 0, 1 + len(tests) // 8) + load(argument) + tests


def refused_but(number: int, argument: int, value: int, error: int) -> bytes:
    """Refuse a call unless an argument is this."""
    tests = load(argument) + one(EQUALS, value, 1, 0) + one(RETURN, DENY | error)
    return one(LOAD, 0) + one(EQUALS, number, 0, len(tests) // 8) + tests


def refused_without(number: int, argument: int, bits: int) -> bytes:
    """Refuse a call unless an argument has one of these bits."""
    tests = load(argument) + one(ANY_BIT, bits, 1, 0) + one(RETURN, DENY | errno.EPERM)
    return one(LOAD, 0) + one(EQUALS, number, 0, len(tests) // 8) + tests


def load(argument: int) -> bytes:
    """Take up the lower half of an argument; both kinds of processors are little-endian."""
    return one(LOAD, 16 + 8 * argument)


# ------------------------------------------------------------------------------------------------- privileges

KEPT = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: packages may belong to another user


def lower_privileges() -> None:
    """Where the user is root: no more than to read and write files, as far as Landlock lets it."""
    calls = MACHINES.get(platform.machine())
    if calls is None or os.geteuid() != 0:
        return
    header, data = struct.pack("=Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
    if call(calls.capset - 1, header, data) == 0:  # capget is the one before, here as there
        effective, permitted = (part & KEPT for part in struct.unpack_from("=II", data.raw))
        call(calls.capset, header, struct.pack("=6I", effective, permitted, 0, 0, 0, 0))
