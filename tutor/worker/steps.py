"""The hooks: they turn the running of a snippet into a stream of nested steps.

A step that begins finds its parent by place and frame, never by counting, so a `return`, `break` or exception that
leaves steps behind needs no care: whoever comes next closes them. Loops open their first iteration and their last
(where the loop does not know its length: those at powers of two); between them only scalars are read.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any, Callable, Dict, List, Set, Tuple

from . import describe, tensors
from .instrument import Site
from .loops import PAUSE, Loop
from .watch import Mark, Watch
from .wire import Change, Error, LoopAdvanced, StepBegan, StepEnded, Value, Warned

MOST = 3000  # steps of a job
DEEP = 16  # steps within steps
EXACT = (range, list, tuple, dict, set, str, bytes)

Emit = Callable[[Any], None]


class Open:
    """A step that has begun."""

    __slots__ = ("changes", "frame", "id", "loop", "marks", "memory", "opened", "own", "site", "start", "warnings")

    def __init__(self, step: int, site: Site, frame: int, marks: Dict[str, Mark]) -> None:
        self.id, self.site, self.frame, self.marks = step, site, frame, marks
        self.opened: Set[int] = set()
        self.warnings: List[Warned] = []
        self.changes: Tuple[Change, ...] = ()
        self.start = self.own = 0.0
        self.memory = 0
        self.loop: Loop | None = None


class Steps:
    """The open steps of one job."""

    def __init__(self, job: str, emit: Emit, watch: Watch, memory: Callable[[], int]) -> None:
        self.job, self.emit, self.watch, self.memory = job, emit, watch, memory
        self.sites: List[Site] = []
        self.stack: List[Open] = []
        self.globals: Dict[str, Mark] = {}
        self.active = False
        self.count = 0
        self.spent = 0.0  # seconds in hooks, so that steps are not charged for being watched
        self.paused = False
        self.now = 0.0  # when the hook that is running was entered
        self.main = (os.getpid(), threading.get_ident())
        self.totals: Dict[int, int] = {}
        self.passing: Loop | None = None  # whose iterations pass unopened now

    # ------------------------------------------------------------------------ from the driver (top level)

    def enter(self, site: Site, sites: List[Site]) -> None:
        """A top-level statement begins."""
        self.sites = sites
        self.now = time.perf_counter()
        self.push(site, -1, 0, self.globals)
        self.active = True
        self.resume()

    def begun(self) -> None:
        """It is compiled: its time counts from here."""
        self.now = self.stack[-1].start
        self.resume()

    def pause(self) -> None:
        """The statement itself is over; what follows is looking at its value."""
        self.active = False
        self.now = time.perf_counter()
        self.paused = True

    def exit(self, scope: Dict[str, Any], value: Tuple[Value, ...] = (), error: Error | None = None) -> None:
        """It ended; whatever is open inside it ended with it."""
        if not self.paused:
            self.now = time.perf_counter()
        self.paused = False
        how = "raised" if error is not None else "left"
        while len(self.stack) > 1:
            self.close(self.stack[-1], None, how)
        self.active = False
        if error is None:
            self.last_scalars(self.stack[0], scope)
        self.close(self.stack[0], scope, "raised" if error is not None else "done", value, error)
        self.active = False
        self.resume()

    def warn(self, warned: Warned) -> None:
        """A warning was issued in the innermost step."""
        if self.stack and len(self.stack[-1].warnings) < 20:
            self.stack[-1].warnings.append(warned)

    # ----------------------------------------------------------------------------- from the snippet (hooks)

    def begin(self, index: int) -> None:
        """A statement inside a body begins."""
        if self.mine():
            self.now = time.perf_counter()
            frame, site = sys._getframe(1), self.sites[index]
            if self.find(site.parent, id(frame)):
                if site.after_binding:
                    self.stack[-1].changes += self.look(self.stack[-1], frame)
                self.push(site, self.stack[-1].id, id(frame), self.stack[-1].marks)
            self.resume()

    def end(self, index: int) -> None:
        """It ended."""
        self.ended(index, sys._getframe(1))

    def value(self, index: int, value: Any) -> Any:
        """A bare expression inside a body ended."""
        self.ended(index, sys._getframe(1), (value,))
        return value

    def returned(self, index: int, value: Any) -> Any:
        """A function returns: its statement and its call end."""
        frame = sys._getframe(1)
        self.ended(index, frame, (value,))
        site = self.sites[index]
        while site.kind != "call" and site.parent >= 0:
            site = self.sites[site.parent]
        self.ended(site.index, frame, (value,))
        return value

    def call(self, index: int) -> bool:
        """A function of the snippet is entered: whether it opens."""
        if not self.active or not self.stack or index in self.stack[-1].opened or not self.mine():
            return False
        top, site = self.stack[-1], self.sites[index]
        if len(self.stack) >= DEEP or self.count >= MOST:
            return False
        self.now = time.perf_counter()
        frame = sys._getframe(1)
        top.opened.add(index)
        step = self.push(site, top.id, id(frame), {})
        step.changes = self.look(step, frame)
        self.resume()
        return True

    def leave(self, index: int) -> None:
        """A function's body ran to its end."""
        self.ended(index, sys._getframe(1))

    def over(self, index: int, iterable: Any) -> Any:
        """What a loop goes over, passed through; its length is noted where asking for it is harmless."""
        kind = type(iterable)
        length = -1
        if kind in EXACT or (describe.module_of(kind).startswith("torch.utils.data") and hasattr(kind, "__len__")):
            try:
                length = len(iterable)
            except Exception:
                length = -1
        elif tensors.is_tensor(iterable):
            with tensors.Looking():
                length = int((tensors.get(iterable, "shape") or (-1,))[0])
        known = self.totals.get(index, -1)
        self.totals[index] = length if known < 0 else min(known, length) if length >= 0 else known
        return iterable

    def turn(self, index: int) -> bool:
        """An iteration begins: whether it opens."""
        passing = self.passing
        if passing is not None and passing.turn == index and passing.done < passing.due:
            passing.done += 1
            return False
        if not self.mine():
            return False
        self.now = time.perf_counter()
        opens = self.next_turn(self.sites[index], sys._getframe(1))
        self.resume()
        return opens

    def lap(self, index: int) -> None:
        """An opened iteration ran to its end."""
        self.ended(index, sys._getframe(1))

    # ----------------------------------------------------------------------------------------------- loops

    def next_turn(self, turn: Site, frame: Any) -> bool:
        """Count an iteration and look at what is due; whether it opens."""
        top = self.stack[-1] if self.stack else None
        if top is None or top.site.index != turn.parent or top.frame not in (id(frame), 0):
            if not self.find(turn.parent, id(frame)):
                return False
            top = self.stack[-1]
        top.frame = id(frame)
        loop = top.loop
        if loop is None:
            loop = top.loop = Loop(turn.index, self.totals.pop(turn.index, -1), turn.breaks)
        else:
            self.look_at(loop, top, turn, frame)
        n = loop.done
        loop.done += 1
        self.active = opens = loop.opens(n) and self.count < MOST
        loop.plan()
        if opens:
            self.open_iteration(top, turn, n, frame)
        else:
            self.passing = loop
        return opens

    def look_at(self, loop: Loop, top: Open, turn: Site, frame: Any) -> None:
        """Between two iterations: scalars, and a report where the last is some time ago."""
        names = self.scope(frame)
        loop.read_scalars(names, turn.bound)
        self.drop(frame, names)
        if self.now >= loop.report:
            if loop.report:
                self.emit(LoopAdvanced(self.job, top.id, loop.done, loop.total, loop.fresh_points()))
            loop.report = self.now + PAUSE

    def open_iteration(self, top: Open, turn: Site, n: int, frame: Any) -> None:
        """An iteration becomes a step of its own."""
        if n:
            self.watch.gradients(False)  # what happened unseen belongs to no statement of this iteration
        step = self.push(turn, top.id, top.frame, top.marks, index=n, label=self.label(turn, frame))
        names = self.scope(frame)
        changes = self.watch.names(top.marks, names, set(turn.targets))
        step.changes = tuple(c for c in changes if c.name in turn.targets)
        self.drop(frame, names)

    def label(self, turn: Site, frame: Any) -> str:
        """`epoch = 3` for the loop variables that are plain numbers or short strings."""
        names = self.scope(frame)
        parts = [
            "{} = {!r}".format(k, names[k])
            for k in sorted(turn.targets)
            if type(names.get(k)) in (int, float, str, bool) and len(str(names[k])) <= 24
        ]
        self.drop(frame, names)
        return ", ".join(parts)

    # ----------------------------------------------------------------------------------------------- stack

    def resume(self) -> None:
        """A hook is done: the time it took is nobody's, and a step that it began starts now."""
        now = time.perf_counter()
        self.spent += now - self.now
        if self.stack and self.stack[-1].start == 0.0:
            self.stack[-1].start, self.stack[-1].own = now, self.spent

    def mine(self) -> bool:
        """Whether this is the thread that runs the snippet, and not one of its threads or forks."""
        return (os.getpid(), threading.get_ident()) == self.main

    def push(
        self, site: Site, parent: int, frame: int, marks: Dict[str, Mark], index: int = 0, label: str = ""
    ) -> Open:
        """Begin a step."""
        step = Open(self.count, site, frame, marks)
        self.count += 1
        self.stack.append(step)
        name = label or site.label
        self.emit(StepBegan(self.job, step.id, parent, site.kind, site.line, site.end_line, name, index))
        step.memory = self.memory()
        return step

    def find(self, index: int, frame: int) -> bool:
        """Bring the step of a place to the top of the stack by closing what is above it. A top-level statement
        has no frame of its own to compare."""
        for depth in range(len(self.stack) - 1, -1, -1):
            step = self.stack[depth]
            if step.site.index == index and (step.frame == frame or depth == 0):
                while len(self.stack) > depth + 1:
                    self.close(self.stack[-1], None, "left")
                step.frame = frame if depth == 0 else step.frame
                self.active = True
                self.passing = None
                return True
        return False

    def ended(self, index: int, frame: Any, value: Tuple[Any, ...] = ()) -> None:
        """A step of this frame is over: say what it did."""
        if not self.mine():
            return
        self.now = time.perf_counter()
        if self.find(index, id(frame)):
            step = self.stack[-1]
            names = self.scope(frame)
            self.last_scalars(step, names)
            seen: Tuple[Value, ...] = ()
            if value and value[0] is not None:
                seen = (self.watch.describe(value[0], shown=True),)
            self.close(step, names, "done", seen)
            self.drop(frame, names)
        self.resume()

    def last_scalars(self, step: Open, names: Dict[str, Any]) -> None:
        """Those of the last iteration, when a loop is over."""
        if step.loop is not None:
            step.loop.note(names, self.sites[step.loop.turn].bound)

    def close(
        self,
        step: Open,
        names: Dict[str, Any] | None,
        how: str,
        value: Tuple[Value, ...] = (),
        error: Error | None = None,
    ) -> None:
        """End a step; `names` is its scope where what it changed is to be found out."""
        elapsed = self.now - step.start - (self.spent - step.own)
        memory = max(0, self.memory() - step.memory)
        self.active = False  # describing may run code of the snippet
        self.passing = None
        while self.stack and self.stack.pop() is not step:
            pass
        changes = step.changes
        if names is not None:
            bound: Set[str] = set(step.site.bound) if step.site.kind == "statement" else set()
            changes += self.watch.names(step.marks, names, bound)
        gradients = self.watch.gradients(step.site.backward) if names is not None else ()
        loop = step.loop
        self.emit(
            StepEnded(
                self.job,
                step.id,
                how,
                value[0] if value else None,
                changes,
                gradients,
                tuple(step.warnings),
                error,
                round(max(0.0, elapsed) * 1000, 4),
                memory,
                loop.done if loop is not None else 0,
                loop.whole_series() if loop is not None else (),
            )
        )
        self.active = True

    # --------------------------------------------------------------------------------------------- scopes

    def scope(self, frame: Any) -> Dict[str, Any]:
        """The names of a frame."""
        return frame.f_locals if frame.f_code.co_flags & 1 == 0 else dict(frame.f_locals)

    def drop(self, frame: Any, names: Dict[str, Any]) -> None:
        """Let go of a function's names: before 3.13 the frame itself would keep the copy, and all in it, alive."""
        if frame.f_code.co_flags & 1:
            names.clear()
            if sys.version_info < (3, 13):
                frame.f_locals.clear()

    def look(self, step: Open, frame: Any) -> Tuple[Change, ...]:
        """The names of a frame that changed."""
        names = self.scope(frame)
        try:
            return self.watch.names(step.marks, names, set())
        finally:
            self.drop(frame, names)
