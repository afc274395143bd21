"""The desk: contents, entry, details, and what happens between them.

Widgets and workers post messages; the handlers here change the session and give the widgets new values to show. What
a command decides is in `tutor.tui.commands`; how panes are arranged is in `arrangement`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from tutor.catalogue.model import Lang, Text
from tutor.tui.colours import use_characters
from tutor.tui.commands import command
from tutor.tui.keys import COMMANDS
from tutor.tui.messages import Advanced, WorkerFailed, WorkerReady
from tutor.tui.runs import Where
from tutor.tui.scene import ClaimTarget, DocTarget, Form, Inks, LinkTarget, RowTarget
from tutor.tui.screens.writing import Writing
from tutor.tui.session import Session
from tutor.tui.status import status, title
from tutor.tui.widgets.bars import Bar, Clicked
from tutor.tui.widgets.lines import Lines
from tutor.tui.widgets.slider import use_scroll_bars
from tutor.tui.words import both, say

QUICK = 0.15  # seconds between two entries below which the reader is passing by, not reading
GRACE = 0.1  # seconds an entry has to come with its result, so that its page is drawn once
WATCH = 0.5  # seconds between two looks at the files
TOLD = 8.0  # seconds a message stays
NOTHING = Text("", "")


def command_bindings() -> list[BindingType]:
    """Every command that is not a list's own."""
    return [Binding(c.keys, f"command('{c.id}')", c.en, show=False, id=c.id) for c in COMMANDS if c.place != "list"]


class Desk(Writing):
    """The one screen that stays."""

    BINDINGS: ClassVar[list[BindingType]] = command_bindings()

    def __init__(self, session: Session, where: Where) -> None:
        super().__init__(session, where)
        self.plain_first = True
        """The first frame waits for no highlighting."""
        self._opened = 0.0
        self.awaited = False
        """Whether the page is still that of the entry before: this one's first result is about to come."""
        self._said: tuple[Text, float] = (NOTHING, 0.0)
        self._answered = False
        """Whether that is the answer to a command."""
        self._beat: Timer | None = None

    # ------------------------------------------------------------------------------------------------- the start

    def on_mount(self) -> None:
        """Show the first entry at once; all else comes after the first frame."""
        true, light = self.app.console.color_system == "truecolor", not self.app.current_theme.dark
        self.session.inks = Inks(not self.app.no_color, true, light)
        self.contents.ascii = self.session.ascii
        self._use_characters()
        for id in self.session.edited():
            self.contents.states[id] = "edited"
        self.rearrange()
        current = self.session.current
        self.page.guess = self.arrangement.room - 1
        if current:
            self.contents.fill(current)
            self.refresh_scene()
        self.focus_pane(self.tab)
        self.update_bars()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        """After the first frame."""
        self.plain_first = False
        self.refresh_scene()
        self.set_interval(WATCH, self.watch_files)
        self._beat = self.set_interval(0.1, self._tick, pause=True)
        self.runs.start()
        self._run_soon(0.0)
        self.tell_troubles()

    def close_something(self) -> None:
        """What Esc does where nothing runs."""
        if self.zoomed:
            self.zoomed = False
            self.rearrange()
        elif self.editing is not None:
            self.close_editor()
        elif self.lab_open:
            self.show_lab(False)
        elif self.focused is self.details or (self.details_open and not self.arrangement.tabs):
            self.details_open = False
            self.focus_pane("page")
        elif self.comparing:
            self.compare(False)
        elif self.focused is not self.contents:
            self.focus_pane("contents")
        else:
            self.tell("quit hint")

    # --------------------------------------------------------------------------------------------------- commands

    def action_command(self, id: str) -> None:
        """A command of the table. What was told of the one before is over; what was told of itself keeps its time."""
        if self._answered:
            self._answered, self._said = False, (NOTHING, 0.0)
            self.update_bars()
        command(id)(self)

    def on_clicked(self, event: Clicked) -> None:
        """A command was clicked."""
        self.action_command(event.command)

    def tell(self, key: str, *values: object) -> None:
        """A message in the status line."""
        self.say_plainly(both(key, *values))
        self._answered = True

    def say_plainly(self, words: Text) -> None:
        """The same, in words that are there already."""
        self._said, self._answered = (words, time.monotonic()), False
        self.update_bars()
        self.set_timer(TOLD + 0.1, self.update_bars)

    def tell_troubles(self) -> None:
        """What went wrong with the saved state."""
        troubles, self.session.store.troubles = self.session.store.troubles, []
        if troubles:
            told = [both(key, about) for key, about in troubles]
            self.say_plainly(Text("  ".join(one.en for one in told), "  ".join(one.zh for one in told)))

    # ---------------------------------------------------------------------------------------------------- entries

    def open_entry(self, id: str) -> None:
        """Go to an entry."""
        if id not in self.session.shelf:
            self.tell("no link", id)
            return
        self.session.visit(id)
        self.show_entry(id)

    def show_entry(self, id: str) -> None:
        """Show the entry that is the current one now, and run it."""
        if self.editing is not None:
            self.close_editor()
        self._said = (NOTHING, 0.0)
        self.runs.syntax = None
        self.contents.reveal(id)
        entry = self.session.entry(id)
        if self.lab_open:
            self.show_lab(entry is not None and bool(entry.pitfalls))
        if self.comparing and entry is not None and entry.then is None:
            self.comparing = False
            self.rearrange()
        now = time.monotonic()
        passing = now - self._opened < QUICK
        self._opened = now
        self._run_soon(QUICK if passing else 0.0)
        self.awaited = self.runs.busy and not passing
        if self.awaited:
            self.later("show", GRACE, self.catch_up)
        else:
            self._show()

    def _show(self) -> None:
        self.awaited = False
        self.never("show")
        self.refresh_scene()
        self.update_details()

    def catch_up(self) -> None:
        """What the reader does next is about what is on the screen."""
        if self.awaited:
            self._show()

    def _run_soon(self, delay: float) -> None:
        if self.live_on and delay:
            self.later("run", delay, self.run_forms)
        elif self.live_on:
            self.run_forms()

    def refresh_scene(self, form: Form | None = None) -> None:
        """Give the pages what there is to show now."""
        if form in (None, "now"):
            scene = self.session.scene("now")
            if scene is not None:
                self.page.scene = replace(scene, plain=self.plain_first)
        then_page = self.then_page
        if form in (None, "then") and self.comparing and then_page is not None:
            scene = self.session.scene("then")
            if scene is not None:
                then_page.scene = scene
        self.update_follow()
        self.update_bars()

    def code_changed(self, id: str) -> None:
        """An entry's code is another one now, and not by typing."""
        self.mark(id)
        if id == self.session.current:
            if self.editing is not None:
                self.editing.editor.become(self.session.code(id))
            self.refresh_scene()
            self.run_forms()

    # ----------------------------------------------------------------------------------------------------- running

    def run_forms(self, again: bool = False) -> None:
        """Run what is shown, where it has not been run as it is."""
        self.never("run")
        runs, id = self.runs, self.session.current
        if runs.live is None or runs.trouble:
            if not again or not self._beat:
                return
            runs.start()
        if runs.live is None:
            self.update_bars()
            return
        if not self.session.may_run(id):
            self._ask_permission()
        forms: list[Form] = ["now", "then"] if self.comparing else ["now"]
        for form in forms:
            if again or not self.session.is_fresh(id, form):
                runs.order(id, form, again)
        if runs.busy and self._beat is not None:
            self._beat.resume()
        self.update_bars()

    def _ask_permission(self) -> None:
        """Once for each content of the sheet, unless the reader wants to be asked again."""
        session = self.session
        if session.shelf.digest not in session.asked and session.shelf.sections:
            session.asked.add(session.shelf.digest)
            from tutor.tui.commands.running import ask_permission

            self.run_worker(ask_permission(self), group="permission", exclusive=True)

    def on_advanced(self, event: Advanced) -> None:
        """A run has come further."""
        if not self.runs.advanced(event, self.editing is not None):
            return
        self.stale = self.runs.syntax is not None
        id, form = event.ticket.entry, event.ticket.form
        if form == "now" and (event.trace.finished is not None or self.runs.seconds() > QUICK):
            self.mark(id)
        if self.awaited:
            self._show()
        elif id == self.session.current:
            self.refresh_scene(form)
            self.update_details()

    def edited(self, saved: bool = False) -> None:
        """The code was changed, or written."""
        if saved:
            self.tell_troubles()
        else:
            self.runs.syntax, self.stale = None, False
            self.mark(self.session.current)

    def mark(self, id: str) -> None:
        """The contents show how an entry did."""
        self.contents.mark(id, self.session.state(id))

    def on_worker_ready(self, event: WorkerReady) -> None:
        """The worker can take jobs."""
        self.runs.ready, self.runs.failure = event.ready, None
        self.update_bars()
        if self.app.screen is not self:
            from tutor.tui.commands.running import renew_devices

            renew_devices(self)

    def on_worker_failed(self, event: WorkerFailed) -> None:
        """It cannot."""
        self.runs.failed(event.why)
        self.update_bars()

    def _tick(self) -> None:
        """While something runs, its time is shown."""
        if not self.runs.busy and self._beat is not None:
            self._beat.pause()
        self.update_bars()

    def move_runs(self, where: Where) -> None:
        """Run elsewhere from now on."""
        self.runs.move(where)
        self.refresh_scene()
        self.run_forms()

    # -------------------------------------------------------------------------------------------------------- looks

    def use_language(self, lang: Lang) -> None:
        """Everything at once."""
        self.session.lang = lang
        self.session.store.keep("lang", lang)
        self._redraw()

    def use_ascii(self, ascii: bool) -> None:
        """Plain characters, or the others."""
        self.session.ascii = ascii
        self.session.store.keep("ascii", ascii)
        self._redraw()

    def use_ground(self, light: bool) -> None:
        """Pictures for a light ground, or for a dark one."""
        if self.is_mounted and light != self.session.inks.light:
            self.session.inks = replace(self.session.inks, light=light)
            self.refresh_scene()
            self.update_details()

    def _use_characters(self) -> None:
        use_scroll_bars(self.session.ascii)
        use_characters(self.app, self.session.ascii)

    def _redraw(self) -> None:
        self.contents.look(self.session.lang, self.session.ascii)
        self.refresh_lab()
        self.set_class(self.session.ascii, "ascii")
        self._use_characters()
        self.refresh_scene()
        self.update_details()
        self.update_bars()

    def update_bars(self) -> None:
        """Title, tabs, status and keys."""
        if not self.is_mounted:
            return
        words, when = self._said
        unsaved = say("unsaved", self.session.lang) if self.session.store.unsaved else ""
        said = words.in_(self.session.lang) if time.monotonic() - when < TOLD else unsaved
        self.query_one("#title", Bar).show(*title(self))
        self.query_one("#status", Bar).show(*status(self, said))
        self.show_tabs()

    # ------------------------------------------------------------------------------------------------- the details

    def on_lines_pointed(self, event: Lines.Pointed) -> None:
        """The cursor came to something else."""
        if event.lines is self.contents:
            if isinstance(event.target, str) and event.target != self.session.current:
                self.session.visit(event.target)
                self.show_entry(event.target)
        else:
            self.update_details()

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        """The reader wants more of it."""
        target = event.target
        if isinstance(target, str):
            self.open_entry(target)
            self.focus_pane("page")
        elif isinstance(target, LinkTarget):
            self.open_entry(target.entry)
        elif isinstance(target, DocTarget):
            self.app.open_url(target.url)
        elif isinstance(target, (RowTarget, ClaimTarget)):
            if self.arrangement.tabs:
                self.focus_pane("details")
            elif self.arrangement.details != "right":
                self.details_open = True
                self.rearrange()
                self.update_details()

    def on_lines_sideways(self, event: Lines.Sideways) -> None:
        """h and l go between the panes."""
        if event.lines is self.contents and event.way > 0:
            self.focus_pane("page")
        elif event.lines is not self.contents and event.way < 0:
            self.focus_pane("page" if event.lines is self.details else "contents")
        elif event.lines is not self.details and event.way > 0 and self.details is not None and self.details.display:
            self.details.focus()

    # --------------------------------------------------------------------------------------------------- files

    def watch_files(self) -> None:
        """The author's loop: what is saved is read again."""
        shelf = self.session.shelf
        changed, own = shelf.changed(), shelf.own_changed()
        if changed or own:
            from tutor.tui.commands import files

            if changed:
                files.reload_sheet(self)
            for id in own:
                files.reload_own(self, id)

    def leave(self) -> None:
        """Keep what is to be kept, and end the app."""
        self.keep()
        self.app.exit(0)
