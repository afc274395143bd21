"""Bytes on their way into a pipe. Whoever reads there may take its time, and nobody else's clock stops for it."""

from __future__ import annotations

import os
import select
import selectors
from typing import Any

from .pipes import unblock

MOST = 64 * 1024 * 1024  # bytes that may wait here; beyond that the sender waits


class Outbox:
    """The writing end of a pipe, with what found no room in it yet. Where nobody reads any more, bytes are dropped:
    whoever left is missed elsewhere."""

    def __init__(self, fd: int, selector: Any) -> None:
        self.fd, self.selector = fd, selector
        self.waiting = bytearray()
        unblock(fd)

    def send(self, data: bytes) -> None:
        """Write now what there is room for, and the rest when the selector says so."""
        if not self.waiting:
            data = data[self.write(data) :]
            if data:
                self.selector.register(self.fd, selectors.EVENT_WRITE, self.flush)
        self.waiting += data
        while len(self.waiting) > MOST:
            select.select([], [self.fd], [])
            self.flush()

    def flush(self) -> None:
        """Write what there is room for now."""
        del self.waiting[: self.write(self.waiting)]
        if not self.waiting:
            self.selector.unregister(self.fd)

    def write(self, data: Any) -> int:
        """How many bytes are dealt with."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)
