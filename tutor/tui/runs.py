"""The runs of the desk: which one is under way for each form, what the latest brought, and how to end one.

It gives orders to a worker and keeps what comes back in the session; it shows nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from tutor.errors import TutorError
from tutor.tui.messages import Advanced
from tutor.tui.scene import Form
from tutor.tui.session import Session
from tutor.worker.permissions import USUAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textual.message import Message

    from tutor.trace import Trace
    from tutor.tui.live import Live
    from tutor.tui.messages import Enriched, Ticket
    from tutor.worker.wire import Ready

WHOLE = ("finished", "raised")
"""How a run ends that is worth a second look."""


class Spawned(Protocol):
    """Something under way."""

    def cancel(self) -> None:
        """End it."""


Spawn = Callable[[Callable[[], Coroutine[None, None, None]], str], Spawned]
"""Runs something beside everything else, ending what ran before in the same group, also before it has begun."""


@dataclass(frozen=True)
class Where:
    """What runs are on."""

    python: str = ""
    """Path of an interpreter; empty for this one."""
    device: str = "cpu"
    seed: int = 0
    timeout: float | None = None
    allow: tuple[str, ...] = USUAL
    """What they may do."""
    memory: int = 0
    """Bytes that each may use; 0 is half of the machine."""

    @property
    def key(self) -> str:
        """Runs of equal keys are runs of the same thing."""
        return f"{self.python}|{self.device}|{self.seed}|{','.join(self.allow)}|{self.memory}"


class Runs:
    """Orders out, traces in."""

    def __init__(self, session: Session, where: Where, post: Callable[[Message], object], spawn: Spawn) -> None:
        self.session, self._post, self._spawn = session, post, spawn
        self.where = where
        session.where = where.key
        self.live: Live | None = None
        self.ready: Ready | None = None
        """What the worker said of itself, once it did."""
        self.failure: TutorError | None = None
        """Why nothing can be run."""
        self.syntax: Trace | None = None
        """A run of an edit that is no Python yet: the results before it stay."""
        self._tickets: dict[Form, Ticket] = {}
        self._began: dict[Form, float] = {}
        self._number = 0
        self._closer: dict[Form, Spawned] = {}
        """Second looks, which give way to any new run."""

    # ------------------------------------------------------------------------------------------------ the worker

    def start(self) -> None:
        """Bring up a worker."""
        from tutor.launch import here, interpreter
        from tutor.tui.live import Live

        self.ready, self.failure = None, None
        try:
            target = interpreter(self.where.python) if self.where.python else here()
        except TutorError as error:
            self.failure, self.live = error, None
            return
        self.live = Live(target, self._post, self.where.memory)
        self._spawn(self.live.start, "start")

    def move(self, where: Where) -> None:
        """Run elsewhere from now on; another interpreter needs another worker."""
        other = where.python != self.where.python
        self.where = where
        self.session.where = where.key
        if other:
            old, self.live = self.live, None
            for form in list(self._tickets):
                self._drop(form)
            if old is not None:
                self._spawn(old.close, f"close {old.runner.target.label}")
            self.start()

    @property
    def trouble(self) -> str:
        """Why nothing can be run, in words; empty where it can."""
        return self.failure.in_(self.session.lang) if self.failure is not None else ""

    def failed(self, why: TutorError) -> None:
        """The worker cannot be started."""
        self.failure = why
        for form in list(self._tickets):
            self._drop(form)

    # -------------------------------------------------------------------------------------------------- the runs

    def order(self, id: str, form: Form, asked: bool) -> None:
        """Run a form of an entry. `asked` by the reader: also what would not be run unasked."""
        from tutor.tui.orders import order

        assert self.live is not None
        self._number += 1
        self._drop(form)
        for closer in self._closer.values():
            closer.cancel()
        ticket = None
        if self.session.may_run(id):
            ticket = order(self.session, self.where, self.ready, id, form, self._number, asked)
        if ticket is None:
            self.session.phases[id, form] = "unable"
            return
        self.session.phases[id, form] = "running"
        self._tickets[form], self._began[form] = ticket, time.monotonic()
        self._spawn(partial(self.live.play, ticket), form)

    def compare(self, id: str) -> None:
        """Run the pitfalls of an entry, those that have not been run on this place."""
        from tutor.tui.orders import pairs

        assert self.live is not None
        if not self.session.may_run(id):
            return
        known = self.session.lab(id)
        left = [pair for pair in pairs(self.session, self.where, id) if known.get(pair[0], (None, None))[1] is None]
        if left:
            self._spawn(partial(self.live.compare, id, self.session.where, left), "compare")

    def _drop(self, form: Form) -> None:
        """A run that is of no interest any more."""
        old = self._tickets.pop(form, None)
        if old is not None:
            self.session.phases.pop((old.entry, form), None)

    def stop(self) -> bool:
        """End what is running; whether there was anything."""
        if self.live is None or not self._tickets:
            return False
        for ticket in self._tickets.values():
            self._spawn(partial(self.live.cancel, ticket), f"cancel {ticket.form}")
        return True

    def advanced(self, event: Advanced, editing: bool) -> bool:
        """A run has come further; whether it is one that is still of interest."""
        ticket, trace = event.ticket, event.trace
        id, form = ticket.entry, ticket.form
        if self._tickets.get(form) is not ticket:
            return False
        over = trace.finished is not None
        if over:
            del self._tickets[form]
            self.session.phases[id, form] = "done"
        known = self.session.outcome(id, form)
        self.syntax = trace if editing and known is not None and _no_python(trace) else None
        if self.syntax is None and not (known is not None and not over and _just_begun(trace)):
            self.session.keep(id, form, ticket.code, ticket.where, trace)
            if self.live is not None and trace.finished is not None and trace.finished.outcome in WHOLE:
                self._closer[form] = self._spawn(partial(self.live.look_closer, ticket, trace), f"closer {form}")
        return True

    def enriched(self, event: Enriched) -> bool:
        """A second look has found more; whether the run is still the latest one."""
        ticket = event.ticket
        known = self.session.outcome(ticket.entry, ticket.form)
        if known is None or known.trace is not event.before:
            return False
        self.session.keep(ticket.entry, ticket.form, ticket.code, ticket.where, event.after, event.advice)
        return True

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._tickets)

    def seconds(self, form: Form = "now") -> float:
        """How long a run has taken so far; 0 where none is under way."""
        return time.monotonic() - self._began[form] if form in self._tickets else 0.0

    @property
    def longest(self) -> float:
        """Seconds that the run under way, or the longer one of two, has taken so far; 0 where there is none."""
        return max(map(self.seconds, self._tickets), default=0.0)


def _no_python(trace: Trace) -> bool:
    """Whether it could not be begun because it is not Python, as in the middle of typing."""
    error = trace.error
    return error is not None and "SyntaxError" in (error.type, *error.bases)


def _just_begun(trace: Trace) -> bool:
    """Whether there is nothing to show yet that would be more than what the last run left."""
    told = (step.state != "running" or step.done for step in trace.steps if step.kind != "setup")
    return not trace.outputs and not any(told)
