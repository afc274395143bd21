"""Processes and memory where there is no /proc: as psutil tells of them, with the same answers as `proc`.

Where psutil is not installed either, nothing is known: no process, no memory used, very much left.
"""

from __future__ import annotations

import importlib
import os
from typing import Any, List, Tuple

from .proc import UNKNOWN

try:
    psutil: Any = importlib.import_module("psutil")
except Exception:
    psutil = None


def children(pid: int) -> List[int]:
    """Of a process; empty where the system does not tell."""
    return below(pid, False)


def descendants(pid: int) -> List[int]:
    """Children and theirs."""
    return below(pid, True)


def below(pid: int, recursive: bool) -> List[int]:
    """Both of these."""
    try:
        return [process.pid for process in psutil.Process(pid).children(recursive)]
    except Exception:  # it ended, or there is no psutil
        return []


def resident(pid: int) -> Tuple[int, int]:
    """Bytes of memory: a process's own, and zero, because what it shares is not told apart everywhere; zeros where
    unknown. Windows tells what is its own; elsewhere it is what is in memory, without what is known to be shared."""
    try:
        told = psutil.Process(pid).memory_info()
    except Exception:
        return 0, 0
    return int(getattr(told, "private", told.rss - getattr(told, "shared", 0))), 0


def command(pid: int) -> bytes:
    """What a process was started as; empty where unknown."""
    try:
        return b"".join(os.fsencode(word) + b"\0" for word in psutil.Process(pid).cmdline())
    except Exception:
        return b""


def available() -> int:
    """Bytes of memory that the machine has left; very many where unknown."""
    try:
        return int(psutil.virtual_memory().available)
    except Exception:
        return UNKNOWN


def marked(name: str, value: str) -> List[int]:
    """Every other process that was started with this in its environment, as far as the system tells of it."""
    found: List[int] = []
    for process in [] if psutil is None else psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(name) == value:
                found.append(process.pid)
        except Exception:  # it ended, or it is somebody else's
            continue
    return found
