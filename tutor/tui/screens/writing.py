"""The editor on the desk: opening and leaving it, and what follows when the typing pauses."""

from __future__ import annotations

from collections.abc import Callable

from textual.timer import Timer
from textual.widget import AwaitMount

from tutor.tui.messages import Listening
from tutor.tui.runs import Where
from tutor.tui.screens.looking import Looking
from tutor.tui.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.text import Text
    from textual.widgets import TextArea

PAUSE = 0.3  # seconds without a key until an edit is run
SAVE = 1.0  # seconds without a key until an edit is written


class Writing(Looking):
    """Panes in which code can be changed."""

    def __init__(self, session: Session, where: Where) -> None:
        super().__init__(session, where)
        self.live_on = session.store.get("live") is not False
        """Whether code is run as it is typed."""
        self.stale = False
        """Whether what stands beside the code is of an earlier one, because this one is no Python."""
        self._beside: tuple[str, dict[int, Text]] | None = None
        """Code that was run, and what is to stand beside its lines."""
        self._waiting: dict[str, Timer] = {}
        self.listening = True
        """Whether keys may come: not while the editor is on its way."""

    def edited(self, saved: bool = False) -> None:
        """The reader has changed the code, or it was written."""

    def open_editor(self) -> None:
        """The code column becomes an editor."""
        from tutor.tui.widgets.editing import Editing

        id = self.session.current
        if not id or self.editing is not None:
            return
        if self.comparing:
            self.compare(False)
        line = self.line()
        self._beside = None
        self.editing = Editing(self.session.code(id), id="editing")
        self.tab = "page"
        mounted = self.query_one("#work").mount(self.editing, before=0)
        self.rearrange()
        self.editing.editor.move_cursor((max(0, line - 1), 0))
        self.listening = False
        self.call_next(self._into_editor, mounted)

    async def _into_editor(self, mounted: AwaitMount) -> None:
        await mounted
        self.call_after_refresh(self._enter_editor)

    def _enter_editor(self) -> None:
        """The editor is there."""
        if self.editing is not None:
            self.set_focus(self.editing.editor)
            self.update_follow()
            self.update_details()
        self.listening = True
        self.post_message(Listening())

    def close_editor(self) -> None:
        """Back to reading; the edit stays."""
        if self.editing is None:
            return
        self.never("run")
        self._take_typed()
        self.editing.remove()
        self.editing = None
        self.save_edits()
        self.edited()
        self.rearrange()
        self.page.focus()
        self.refresh_scene()
        if self.live_on:
            self.run_forms()

    def _take_typed(self) -> None:
        """The last keys are the reader's, also where the message that tells of them is still under way."""
        typed = self.editing.typed if self.editing is not None else None
        if typed is not None and typed != self.session.code(self.session.current):
            self.session.edit(self.session.current, typed)

    def keep(self) -> None:
        """Keep the place and all that was typed."""
        self._take_typed()
        self.session.leave()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """A key in the editor: remember it now, run and write it when the typing pauses."""
        if self.editing is None or event.text_area is not self.editing.editor:
            return
        id, text = self.session.current, self.editing.editor.text
        if text == self.session.code(id):
            return
        self.session.edit(id, text)
        self._show_beside()
        if self.live_on:
            self.later("run", PAUSE, self.run_forms)
        self.later("save", SAVE, self.save_edits)
        self.update_bars()

    def later(self, name: str, delay: float, then: Callable[[], object]) -> None:
        """Do something after a while in which it was not asked for again."""
        self.never(name)
        self._waiting[name] = self.set_timer(delay, then)

    def never(self, name: str) -> None:
        """Not after all."""
        timer = self._waiting.pop(name, None)
        if timer is not None:
            timer.stop()

    def save_edits(self) -> None:
        """Write what was edited."""
        self.session.save_edits()
        self.edited(saved=True)

    def on_follow_resized(self) -> None:
        """Other widths have other columns."""
        self.update_follow()

    def on_text_area_selection_changed(self) -> None:
        """The cursor may be on another line: so are the details."""
        if self.editing is not None:
            self.editing.keep_up()
            self.update_details()

    def update_follow(self) -> None:
        """The columns beside the editor."""
        if self.editing is None or not self.editing.is_mounted:
            return
        from tutor.render.layout import source_lines
        from tutor.tui.beside import beside

        session, plan = self.session, self.arrangement
        outcome = session.outcome(session.current)
        self.editing.divide(plan.room, plan.follow)
        if outcome is not None and self.editing.room:
            source = source_lines(outcome.code)
            lines = beside(outcome.trace, source, self.editing.room, session.lang, session.ascii)
            self._beside = outcome.code, lines
            self._show_beside()

    def _show_beside(self) -> None:
        """What the code that was run did, beside those of its lines that are still there."""
        if self.editing is not None and self._beside is not None:
            code, lines = self._beside
            there = self.editing.kept(code).items()
            self.editing.show({line: lines[was] for line, was in there if was in lines}, self.stale)
