"""What workers tell the desk. Each carries values only; the desk's handlers alone change what is shown."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from tutor.tui.scene import Form

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.errors import TutorError
    from tutor.remedy import Advice
    from tutor.trace import Trace
    from tutor.worker.wire import Job, Ready


@dataclass(frozen=True)
class Ticket:
    """An order to run a job, and what it is for."""

    number: int
    entry: str
    form: Form
    code: str
    where: str
    job: Job


class WorkerReady(Message):
    """The worker can take jobs."""

    def __init__(self, ready: Ready) -> None:
        super().__init__()
        self.ready = ready


class WorkerFailed(Message):
    """The worker cannot be started; why."""

    def __init__(self, why: TutorError) -> None:
        super().__init__()
        self.why = why


class Compared(Message):
    """The codes of a pitfall have run: the wrong one, and the right one once it has."""

    def __init__(self, entry: str, pitfall: str, where: str, wrong: Trace, right: Trace | None) -> None:
        super().__init__()
        self.entry, self.pitfall, self.where, self.wrong, self.right = entry, pitfall, where, wrong, right


class Advanced(Message):
    """A run has come further, or to its end."""

    def __init__(self, ticket: Ticket, trace: Trace) -> None:
        super().__init__()
        self.ticket, self.trace = ticket, trace

    def can_replace(self, message: Message) -> bool:
        """One that nobody has looked at yet is not looked at any more where the next is there."""
        return isinstance(message, Advanced) and message.ticket is self.ticket


class Enriched(Message):
    """A second look at a run that is over has found more to show of it: more facts, or what to do about its error."""

    def __init__(self, ticket: Ticket, before: Trace, after: Trace, advice: Advice | None = None) -> None:
        super().__init__()
        self.ticket, self.before, self.after, self.advice = ticket, before, after, advice


class Listening(Message):
    """A screen can take keys from now on."""
