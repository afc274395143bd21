"""An import that takes a second, made while the worker has nothing else to do, and still without letting anybody wait.

Between two of the modules that it brings the worker has a turn: it takes jobs and looks after what runs. Knows nothing
of either.
"""

from __future__ import annotations

import importlib
import sys
import time
from typing import Any, Callable

COMPILER = "torch._dynamo"
"""torch's compiler front end, which the first optimizer imports."""
LOOK = 0.005  # seconds between two turns


def wanted(code: str) -> bool:
    """Whether code is going to import it."""
    return "optim" in code


class _Between:
    """A finder of modules that finds none; it is asked for every one."""

    def __init__(self, turn: Callable[[], object]) -> None:
        self.turn, self.last = turn, time.monotonic()
        self.ended: BaseException | None = None

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Another module is about to be imported."""
        if self.ended is None and time.monotonic() - self.last >= LOOK:
            try:
                self.turn()
            except BaseException as e:
                self.ended = e
                raise
            self.last = time.monotonic()


def bring(name: str, turn: Callable[[], object] | None) -> None:
    """Import a module. An exception in a turn ends that, whatever the module makes of it; one of its own is told by who
    uses it."""
    between = _Between(turn or (lambda: None))
    sys.meta_path.insert(0, between)
    try:
        importlib.import_module(name)
    except Exception:
        pass
    finally:
        sys.meta_path.remove(between)
    if between.ended is not None:
        raise between.ended
