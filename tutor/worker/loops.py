"""A loop while it runs: how far it is, and the series of the scalars it binds.

Most iterations pass without a look. A loop knows in advance the next one that deserves one: to open it, to read the
scalars, or to say how far it is; up to there an iteration costs a comparison.
"""

from __future__ import annotations

import time
from typing import Any, Dict, Iterable, List, Mapping, Tuple

from . import describe, tensors
from .wire import Series

POINTS = 400  # of a series
PAUSE = 0.05  # seconds between two reports of progress


class Loop:
    """Counts and series of one loop."""

    __slots__ = ("breaks", "done", "due", "last", "read", "report", "sent", "series", "stride", "total", "turn")

    def __init__(self, turn: int, total: int, breaks: bool) -> None:
        self.turn = turn  # the site of its iterations
        self.total = total  # iterations, -1 where it does not know
        self.breaks = breaks  # whether it may end before
        self.done = 0
        self.due = 0  # the iteration that gets the next look
        self.stride = 1  # iterations between two readings of scalars
        self.read = 0  # readings at this stride or a finer one
        self.series: Dict[str, List[Tuple[int, Any]]] = {}
        self.sent: Dict[str, int] = {}
        self.last = (time.perf_counter(), 0)  # the last look: when, at which iteration
        self.report = 0.0  # when the next report is due

    def opens(self, n: int) -> bool:
        """Whether an iteration is one to be opened: the first, the last, and where the last is not known, those at
        powers of two."""
        return n in (0, self.total - 1) or ((self.total < 0 or self.breaks) and n & (n + 1) == 0)

    def plan(self) -> None:
        """Find the next iteration to look at."""
        n = self.done
        now = time.perf_counter()
        before, at = self.last
        self.last = (now, n)
        rate = (n - at) / max(now - before, 1e-9)
        reading = n if (n - 1) % self.stride == 0 else n + self.stride - (n - 1) % self.stride
        self.due = min(reading, n + int(rate * PAUSE))
        if self.total > 0:
            self.due = min(self.due, max(n, self.total - 1))
        if self.total < 0 or self.breaks:
            self.due = min(self.due, (1 << n.bit_length()) - 1 if n & (n + 1) else n)

    def read_scalars(self, names: Mapping[str, Any], bound: Iterable[str]) -> None:
        """Note the scalars that the iteration just ended has bound, if it is one to be read; thin out where they have
        become many."""
        if (self.done - 1) % self.stride:
            return
        self.note(names, bound)
        self.read += 1
        if self.read > 2 * POINTS:
            self.stride *= 2
            self.read //= 2
            self.series = {k: [p for p in v if p[0] % self.stride == 0] for k, v in self.series.items()}

    def note(self, names: Mapping[str, Any], bound: Iterable[str]) -> None:
        """Add a point to every series."""
        n = self.done - 1
        for name in bound:
            if name in names:
                number, x = describe.scalar_of(names[name])
                points = self.series.get(name, ())
                if number and not (points and points[-1][0] == n):
                    self.series.setdefault(name, []).append((n, tensors.scalar(x)))

    def fresh_points(self) -> Tuple[Series, ...]:
        """The points not yet reported."""
        out = []
        for name, points in sorted(self.series.items()):
            last = self.sent.get(name, -1)
            fresh = [p for p in points if p[0] > last][-POINTS:]
            if fresh:
                out.append(Series(name, tuple(fresh)))
                self.sent[name] = fresh[-1][0]
        return tuple(out)

    def whole_series(self) -> Tuple[Series, ...]:
        """Every series worth plotting: at least two points, and not a counter."""
        out = []
        for name, points in self.series.items():
            step = max(1, (len(points) + POINTS - 1) // POINTS)
            kept = points[::step]
            if points and kept[-1] != points[-1]:
                kept.append(points[-1])
            if len(points) > 1 and not is_counter(points):
                out.append(Series(name, tuple(kept)))
        return tuple(sorted(out, key=lambda s: (s.name != "loss", s.name)))


def is_counter(points: List[Tuple[int, Any]]) -> bool:
    """Whether a series only counts the iterations."""
    if not all(type(x) is int for _, x in points):
        return False
    return all(b[1] - a[1] == b[0] - a[0] for a, b in zip(points, points[1:]))
