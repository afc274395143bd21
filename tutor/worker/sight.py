"""Where a snippet is while it is studied, what it calls its tensors there, and what is still to be told."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List, Set, Tuple, Union

from . import tensors
from .watch import walk
from .wire import Finding, Job, Studied

MOST = 60  # findings of a job
DEEP = 40  # frames of the snippet that are asked for names


class Sight:
    """The names of the tensors in sight."""

    def __init__(self, frames: List[Any]) -> None:
        self.names: Dict[int, str] = {}
        self.made: Dict[Any, str] = {}
        with tensors.Looking():
            for frame in frames:  # the outer ones last: their names are the ones that the reader knows
                for path, t in walk(frame.f_locals):
                    if id(t) not in self.names or not path.startswith("self."):
                        self.add(path, t)

    def add(self, path: str, t: Any) -> None:
        """A tensor and its name."""
        self.names[id(t)] = path
        fn = tensors.get(t, "grad_fn")
        if fn is not None:
            self.made[fn] = path

    def name(self, t: Any) -> str:
        """Of a tensor; empty where the snippet has none for it."""
        return self.names.get(id(t), "")


class Notebook:
    """What was told so far, and where the snippet is."""

    def __init__(self, job: Job, emit: Callable[[Any], None]) -> None:
        self.job, self.emit = job, emit
        self.told: Set[Tuple[str, int]] = set()
        self.busy = False  # whether what happens now is done for the study

    def frames(self) -> List[Any]:
        """The snippet's own, innermost first."""
        found: List[Any] = []
        frame: Any = sys._getframe(1)
        while frame is not None and len(found) < DEEP:
            if frame.f_code.co_filename == self.job.file:
                found.append(frame)
            frame = frame.f_back
        return found

    def line(self) -> int:
        """Of the snippet, where it is now; 0 outside it."""
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.job.file:
            frame = frame.f_back
        return frame.f_lineno if frame is not None else 0

    def within(self, folder: str) -> bool:
        """Whether the snippet is in a call of something in a folder of torch."""
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.job.file:
            if folder in frame.f_code.co_filename:
                return True
            frame = frame.f_back
        return False

    def sight(self) -> Sight:
        """The names in sight now."""
        return Sight(self.frames())

    def fresh(self, kind: str, line: int) -> bool:
        """Whether something of a kind at a line is still to be told. Asking counts as telling."""
        if self.busy or line <= 0 or (kind, line) in self.told or len(self.told) >= MOST:
            return False
        self.told.add((kind, line))
        return True

    def tell(self, line: int, finding: Finding) -> None:
        """Send a finding."""
        self.emit(Studied(self.job.id, line, finding))

    def try_out(self, line: int, trial: Callable[[], Union[Finding, None]]) -> None:
        """Send what comes of computing something beside the snippet, if anything does."""
        self.busy = True
        try:
            found = trial()
            if found is not None:
                self.tell(line, found)
        except Exception:  # it needs what only the snippet has
            pass
        finally:
            self.busy = False
