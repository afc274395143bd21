"""Children that wait for a job: what makes the next run start at once.

Knows who makes a child and who ends one; what a job is it does not know.
"""

from __future__ import annotations

from typing import Callable, List, Tuple

from .permissions import USUAL
from .process import Child

Allowed = Tuple[str, ...]


class Spares:
    """Those of one device may all do the same."""

    def __init__(self, make: Callable[[str, Allowed], Child], end: Callable[[Child], None]) -> None:
        self.make, self.end = make, end
        self.kept: List[Child] = []
        self.closed = False
        """Whether no new one may be made now."""

    def of(self, device: str) -> List[Child]:
        """Those that wait for a job on it."""
        return [spare for spare in self.kept if spare.device == device]

    def has(self, device: str, allow: Allowed) -> bool:
        """Whether one waits for a job like this."""
        return any(spare.allow == allow for spare in self.of(device))

    def take(self, device: str, allow: Allowed) -> Child:
        """One that waits, or a new child."""
        if not self.has(device, allow):
            return self.make(device, allow)
        spare = self.of(device)[0]
        self.kept.remove(spare)
        return spare

    def ensure(self, device: str, allow: Allowed = USUAL, count: int = 1) -> None:
        """Have some ready for the next jobs that are like this one."""
        if self.closed:
            return
        if not self.has(device, allow):
            self.drop(device)
        try:
            while len(self.of(device)) < count:
                self.kept.append(self.make(device, allow))
        except OSError:  # there is no room for one more process: the next job tries again
            pass

    def drop(self, device: str) -> None:
        """End those that wait there."""
        for spare in self.of(device):
            self.kept.remove(spare)
            self.end(spare)

    def lose(self, pid: int) -> Child | None:
        """The one of this process, which has ended."""
        found = next((spare for spare in self.kept if spare.pid == pid), None)
        if found is not None:
            self.kept.remove(found)
        return found
