"""Processes and memory as Linux tells of them, in /proc. Each answer may be "unknown"."""

from __future__ import annotations

import os
from typing import List, Tuple

UNKNOWN = 1 << 62  # bytes, where the system does not tell


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


def marked(name: str, value: str) -> List[int]:
    """Every other process that was started with this in its environment."""
    found: List[int] = []
    want = "{}={}".format(name, value).encode()
    for pid in [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]:
        try:
            with open("/proc/{}/environ".format(pid), "rb") as f:
                if want in f.read().split(b"\0") and pid != os.getpid():
                    found.append(pid)
        except OSError:  # it ended, or it is somebody else's
            continue
    return found
