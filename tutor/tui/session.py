"""What is open and what became of it: the place in the sheet, edits, the latest runs. No screen, no worker.

Handlers of the desk change it; widgets get Scenes made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tutor.catalogue.model import Entry, Lang
from tutor.trust import Trust
from tutor.tui.scene import Form, Inks, Phase, Scene, State
from tutor.tui.shelf import Shelf
from tutor.tui.store import Store, key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.notices import Notice
    from tutor.remedy import Advice
    from tutor.trace import Trace

BEFORE = 100  # entries one can go back through


@dataclass(frozen=True)
class Outcome:
    """The latest run of a form of an entry."""

    code: str
    where: str
    """Target, device and seed it ran on."""
    trace: Trace
    advice: Advice | None = None
    """What to do about its error, once that is known."""

    @cached_property
    def notices(self) -> tuple[Notice, ...]:
        """Mistakes that raised nothing, once it is over."""
        from tutor.notices import notices

        return notices(self.trace, self.code) if self.trace.finished is not None else ()


class Session:
    """One sheet, open."""

    def __init__(self, shelf: Shelf, store: Store, shipped: bool, fresh: bool = False, trusted: bool = False) -> None:
        self.shelf, self.store = shelf, store
        self.trust = Trust(store.folder)
        self.follows = shipped or trusted
        """Whether the sheet may run whatever becomes of its file."""
        self.asked: set[str] = set()
        """Digests of contents that the reader was asked about."""
        self.key = key_of(shelf.path, shipped)
        self.current = ""
        self.lang: Lang = "en"
        self.ascii = False
        self.inks = Inks()
        self.where = ""
        """Target, device and seed that runs are on now."""
        self._past: list[str] = []
        self._future: list[str] = []
        self._fresh = fresh
        self._edits: dict[str, str | None] = {}
        self._undone: dict[str, str] = {}
        self._before_fix: dict[str, tuple[str, str]] = {}
        """The code before a fix, and with it."""
        self._outcomes: dict[tuple[str, Form], Outcome] = {}
        self._lab: dict[tuple[str, str, str], tuple[Trace, Trace | None]] = {}
        self.phases: dict[tuple[str, Form], Phase] = {}
        self.states: dict[str, State] = {}
        self._dirty: set[str] = set()

    # ------------------------------------------------------------------------------------------------- the place

    def begin(self, wanted: str) -> str:
        """The entry to open first: the one asked for, the one left last, or the first. UsageError where what was asked
        for is not there."""
        order = self.shelf.order
        left = "" if self._fresh else self.store.text(f"place {self.key}")
        if wanted and not self.shelf.faults:
            return wanted if wanted in self.shelf else self.shelf.named(wanted)
        return next((id for id in (left, *order[:1]) if id in self.shelf), "")

    def visit(self, id: str) -> None:
        """Go to an entry, keeping the way back."""
        if id != self.current:
            if self.current:
                self._past = [*self._past, self.current][-BEFORE:]
                self._future.clear()
            self.current = id

    def back(self) -> str:
        """The entry one came from, now the current one; empty where there is none."""
        return self._go(self._past, self._future)

    def forward(self) -> str:
        """The entry one went back from, now the current one; empty where there is none."""
        return self._go(self._future, self._past)

    def _go(self, away: list[str], behind: list[str]) -> str:
        while away:
            id = away.pop()
            if id in self.shelf:
                behind.append(self.current)
                self.current = id
                return id
        return ""

    @property
    def recent(self) -> list[str]:
        """Where one has been, the latest first, and what was edited."""
        edited = sorted(self.store.edited(self.key))
        return [id for id in dict.fromkeys([*reversed(self._past), *edited]) if id != self.current]

    def leave(self) -> None:
        """Keep the place for the next time."""
        if self.current and not self.shelf.is_own(self.current):
            self.store.keep(f"place {self.key}", self.current)
        self.save_edits()

    # ------------------------------------------------------------------------------------------------------ code

    def entry(self, id: str = "") -> Entry | None:
        """An entry; without an id, the current one."""
        return self.shelf.entry(id or self.current)

    def edit_of(self, id: str) -> str | None:
        """The reader's version of an entry, if it is another one."""
        if id not in self._edits:
            self._edits[id] = None if self._fresh else self.store.edit(self._key(id), id)
        return self._edits[id]

    def code(self, id: str, form: Form = "now") -> str:
        """What is run for a form of an entry."""
        entry = self.shelf.entry(id)
        if entry is None:
            return ""
        if form == "then":
            return entry.then.code if entry.then else ""
        edit = self.edit_of(id)
        return entry.code if edit is None else edit

    def edit(self, id: str, text: str) -> None:
        """The reader has changed an entry. It is written by `save_edits`."""
        entry = self.shelf.entry(id)
        if entry is None:
            return
        self._edits[id] = None if text.rstrip() == entry.code.rstrip() else text
        self._dirty.add(id)

    def fix(self, id: str) -> Literal["fixed", "unfixed", ""]:
        """Put the fix that was found for the latest error into an entry's code, or take it out again."""
        from tutor.clinic import apply

        code, found = self.code(id), self.outcome(id)
        before = self._before_fix.pop(id, None)
        if before is not None and before[1] == code:
            self.edit(id, before[0])
        elif found is not None and found.code == code and found.advice is not None and found.advice.fix is not None:
            fixed = apply(code, found.advice.fix.edit)
            self._before_fix[id] = (code, fixed)
            self.edit(id, fixed)
            self.save_edits()
            return "fixed"
        else:
            return ""
        self.save_edits()
        return "unfixed"

    def save_edits(self) -> bool:
        """Write edits; whether all are on disk."""
        good = True
        for id in list(self._dirty):
            self._dirty.discard(id)
            good &= self.store.save_edit(self._key(id), id, self._edits.get(id))
        return good and self.store.flush()

    def reset(self, id: str) -> str:
        """Take an edit back, or take that back: `reset`, `undone` or nothing."""
        edit = self.edit_of(id)
        if edit is not None:
            self._undone[id] = edit
            self._edits[id] = None
        elif id in self._undone:
            self._edits[id] = self._undone.pop(id)
        else:
            return ""
        self._dirty.add(id)
        self.save_edits()
        return "reset" if edit is not None else "undone"

    def reset_all(self) -> int:
        """Take every edit back; how many there were."""
        edited = {id for id in self.store.edited(self.key) | set(self._edits) if id in self.shelf and self.edit_of(id)}
        for id in edited:
            self._undone[id] = self._edits[id] or ""
            self._edits[id] = None
            self._dirty.add(id)
        self.save_edits()
        return len(edited)

    def edited(self) -> set[str]:
        """The entries that have an edit."""
        stored = set() if self._fresh else self.store.edited(self.key)
        changed = {id for id, text in self._edits.items() if text is not None}
        return (stored | changed) - {id for id, text in self._edits.items() if text is None}

    def _key(self, id: str) -> str:
        return key_of(id, False) if self.shelf.is_own(id) else self.key

    # ------------------------------------------------------------------------------------------------------ runs

    def may_run(self, id: str) -> bool:
        """Whether an entry's code may run: the reader's own, the shipped sheet's, and what the reader agreed to."""
        return self.follows or self.shelf.is_own(id) or self.trust.known(self.shelf.digest)

    def keep(self, id: str, form: Form, code: str, where: str, trace: Trace, advice: Advice | None = None) -> None:
        """A run has come so far."""
        self._outcomes[id, form] = Outcome(code, where, trace, advice)

    def outcome(self, id: str, form: Form = "now") -> Outcome | None:
        """The latest run."""
        return self._outcomes.get((id, form))

    def is_fresh(self, id: str, form: Form) -> bool:
        """Whether the latest run is whole, and of the code and the place as they are now."""
        found = self._outcomes.get((id, form))
        return (
            found is not None
            and found.trace.finished is not None
            and found.trace.finished.outcome in ("finished", "raised")
            and (found.code, found.where) == (self.code(id, form), self.where)
        )

    def keep_pair(self, id: str, pitfall: str, where: str, wrong: Trace, right: Trace | None) -> None:
        """The codes of a pitfall have run."""
        self._lab[id, pitfall, where] = (wrong, right)

    def lab(self, id: str) -> dict[str, tuple[Trace | None, Trace | None]]:
        """The runs of an entry's pitfalls on this place."""
        return {name: pair for (entry, name, where), pair in self._lab.items() if (entry, where) == (id, self.where)}

    def forget_runs(self) -> None:
        """The sheet or the place is another one."""
        self._outcomes.clear()
        self._lab.clear()
        self.phases.clear()

    def refresh_sheet(self) -> None:
        """The sheet was read again: entries may be other ones."""
        self.forget_runs()
        self.states = {id: state for id, state in self.states.items() if id in self.shelf}

    # ---------------------------------------------------------------------------------------------------- showing

    def scene(self, form: Form = "now", id: str = "") -> Scene | None:
        """An entry as it is to be shown."""
        id = id or self.current
        entry = self.shelf.entry(id)
        if entry is None:
            return None
        code = self.code(id, form)
        found = self._outcomes.get((id, form))
        trace, advice = (found.trace, found.advice) if found is not None else (None, None)
        stale = found is not None and found.code != code
        edited = form == "now" and self.edit_of(id) is not None
        shown = found.code if found is not None and stale else code
        phase = self.phases.get((id, form), "idle")
        notices = found.notices if found is not None and form == "now" else ()  # of 0.3.0 forms the sheet tells itself
        looks = (self.lang, self.ascii, False, self.inks)
        return Scene(entry, shown, form, edited, trace, phase, stale, *looks, advice=advice, notices=notices)

    def state(self, id: str) -> State:
        """An entry's mark in the contents."""
        if self.phases.get((id, "now")) == "running":
            return "running"
        if self.edit_of(id) is not None:
            return "edited"
        found = self._outcomes.get((id, "now"))
        if found is None or found.trace.finished is None:
            return self.states.get(id, "idle")
        if not found.trace.ok:
            return "failed"
        return "proven" if found.trace.claims else "ran"
