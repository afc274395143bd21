"""What an entry's page shows, as one value, and what a cursor can stand on there. No widget, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rich.console import RenderableType

from tutor.catalogue.model import Claim, Entry, Lang

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.notices import Notice
    from tutor.remedy import Advice
    from tutor.trace import Trace

Form = Literal["now", "then"]
State = Literal["idle", "running", "ran", "proven", "failed", "edited"]
"""Of an entry, as the contents show it."""
Phase = Literal["idle", "waiting", "running", "done", "unable"]


@dataclass(frozen=True)
class RowTarget:
    """A row of the ledger."""

    step: int
    line: int
    nth: int = 0
    """Among the rows of the same step."""


@dataclass(frozen=True)
class ClaimTarget:
    """A claim."""

    index: int


@dataclass(frozen=True)
class LinkTarget:
    """A related entry."""

    entry: str


@dataclass(frozen=True)
class DocTarget:
    """A page of the official documentation."""

    url: str


Target = RowTarget | ClaimTarget | LinkTarget | DocTarget


@dataclass(frozen=True, eq=False)
class Block:
    """Lines that belong together, and what a cursor on them stands on."""

    part: RenderableType
    target: Target | None = None


@dataclass(frozen=True)
class Inks:
    """What pictures can be drawn with."""

    colour: bool = True
    truecolour: bool = True
    light: bool = False
    """On a light ground."""


INKS = Inks()


@dataclass(frozen=True)
class Scene:
    """An entry with its run, as it is to be shown."""

    entry: Entry
    code: str
    """As it is now: the sheet's, the reader's edit, or the 0.3.0 form."""
    form: Form = "now"
    edited: bool = False
    trace: Trace | None = None
    phase: Phase = "idle"
    stale: bool = False
    """The trace is of an earlier code."""
    lang: Lang = "en"
    ascii: bool = False
    plain: bool = False
    """Code without colours: what can be shown soonest."""
    inks: Inks = INKS
    advice: Advice | None = None
    """What to do about the error of the trace."""
    notices: tuple[Notice, ...] = ()
    """What the run shows to be a mistake though it raised nothing."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What is claimed of this form."""
        if self.form == "now":
            return self.entry.claims
        return self.entry.then.claims if self.entry.then else ()
