"""Pipes that nobody waits for, and waiting for several of them, as this system has it."""

from __future__ import annotations

import os
import select
import selectors
import signal
from typing import Any

from .system import WINDOWS

if WINDOWS:
    from . import windows


def new_selector() -> Any:
    """One that can wait for pipes."""
    return windows.Selector() if WINDOWS else selectors.DefaultSelector()


def read_ready(fd: int, most: int) -> bytes:
    """What is in a pipe now; nothing at its end, BlockingIOError where nothing has come yet."""
    return windows.read_ready(fd, most) if WINDOWS else os.read(fd, most)


def has_come(fd: int) -> bool:
    """Whether there is something to read, or the end."""
    return windows.peek(fd) != 0 if WINDOWS else bool(select.select([fd], [], [], 0)[0])


def unblock(fd: int) -> None:
    """Have reading and writing it not wait. On Windows only reading, with `read_ready`, does not."""
    if not WINDOWS:
        os.set_blocking(fd, False)


def wake_at_ends(selector: Any) -> None:
    """Have a selector return when a process ends. On Windows the end of its pipes tells."""
    if WINDOWS:
        return
    wake_r, wake_w = os.pipe()
    os.set_blocking(wake_w, False)
    os.set_blocking(wake_r, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_w)
    selector.register(wake_r, selectors.EVENT_READ, lambda: drain(wake_r))


def drain(fd: int) -> None:
    """Empty the wake-up pipe."""
    try:
        os.read(fd, 4096)
    except OSError:
        pass
