"""The desk: contents, entry, details, and what happens between them.

Widgets and workers post messages; the handlers here change the session and give the widgets new values to show. What
a command decides is in `tutor.tui.commands`; how panes are arranged is in `arrangement`.
"""

from __future__ import annotations

import gc
import time
from dataclasses import replace
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import AwaitMount, Widget

from tutor.catalogue.model import Lang
from tutor.tui.commands import command
from tutor.tui.keys import COMMANDS, Mood
from tutor.tui.messages import Advanced, WorkerFailed, WorkerReady
from tutor.tui.scene import ClaimTarget, DocTarget, Form, LinkTarget, RowTarget, Target
from tutor.tui.screens.arrangement import Arrangement, arranged
from tutor.tui.session import Session
from tutor.tui.status import status, title
from tutor.tui.widgets.bars import Bar, Clicked, Keys, Place
from tutor.tui.widgets.contents import Contents
from tutor.tui.widgets.details import Detail, Details
from tutor.tui.widgets.lines import Lines
from tutor.tui.widgets.page import Page
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textual.widgets import TextArea

    from tutor.launch import Target as WorkerTarget
    from tutor.trace import Step, Trace
    from tutor.tui.live import Live
    from tutor.tui.messages import Ticket
    from tutor.tui.widgets.editor import Editor
    from tutor.tui.widgets.follow import Follow
    from tutor.worker.wire import Ready

QUICK = 0.15  # seconds between two entries below which the reader is passing by, not reading
PAUSE = 0.3  # seconds without a key until an edit is run
SAVE = 1.0  # seconds without a key until an edit is written
WATCH = 0.5  # seconds between two looks at the files
TOLD = 8.0  # seconds a message stays


def command_bindings() -> list[BindingType]:
    """Every command that is not a list's own."""
    return [Binding(c.keys, f"command('{c.id}')", c.en, show=False, id=c.id) for c in COMMANDS if c.place != "list"]


class Desk(Screen[int]):
    """The one screen that stays."""

    BINDINGS: ClassVar[list[BindingType]] = command_bindings()
    AUTO_FOCUS = None

    def __init__(self, session: Session, python: str, device: str, seed: int, timeout: float | None) -> None:
        super().__init__()
        self.session = session
        self.python, self.device, self.seed, self.timeout = python, device, seed, timeout
        self.pythons = session.store.texts("pythons")
        self.keymap: dict[str, str] = {}
        self.live: Live | None = None
        self.ready: Ready | None = None
        self.worker_words = ""
        """Why nothing can be run, or nothing."""
        self.live_on = session.store.get("live") is not False
        self.comparing = self.zoomed = self.details_open = False
        self.tab: Mood = "contents"
        self.editor: Editor | None = None
        self.follow: Follow | None = None
        self.syntax: Trace | None = None
        """A run of an edit that is no Python yet: told in the status, while the results before it stay."""
        self.plain_first = True
        """The first frame waits for no highlighting."""
        self._plan: Arrangement | None = None
        self._tickets: dict[Form, Ticket] = {}
        self._began: dict[Form, float] = {}
        self._number = 0
        self._opened = 0.0
        self._said: tuple[str, float] = ("", 0.0)
        self._soon: Timer | None = None
        self._editing: Timer | None = None
        self._saving: Timer | None = None
        self._beat: Timer | None = None

    # ------------------------------------------------------------------------------------------------- the start

    def compose(self) -> ComposeResult:
        """The panes. The editor and the 0.3.0 page come when they are asked for."""
        yield Bar(id="title")
        yield Bar(id="tabs")
        with Horizontal(id="body"):
            yield Contents(self.session.shelf, self.session.lang, id="contents")
            with Container(id="work"), Horizontal(id="pages"):
                yield Page(id="page")
        yield Bar(id="status")
        yield Keys(id="keys")

    def on_mount(self) -> None:
        """Show the first entry at once; all else comes after the first frame."""
        self.contents.ascii = self.session.ascii
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
        gc.enable()
        self.plain_first = False
        self.refresh_scene()
        self.set_interval(WATCH, self.watch_files)
        self._beat = self.set_interval(0.1, self._tick, pause=True)
        self.start_worker()
        self.tell_troubles()

    def start_worker(self) -> None:
        """Bring up the worker that runs are sent to."""
        from tutor.errors import TutorError
        from tutor.launch import here, interpreter
        from tutor.tui.live import Live

        self.ready, self.worker_words = None, ""
        try:
            target: WorkerTarget = interpreter(self.python) if self.python else here()
        except TutorError as error:
            self.worker_words = str(error)
            self.live = None
            self.update_bars()
            return
        self.live = Live(target, self.post_message)
        self.run_worker(self.live.start(), group="start", exclusive=True, exit_on_error=False)
        self.run_forms()

    # ------------------------------------------------------------------------------------------------- the panes

    @property
    def contents(self) -> Contents:
        """The contents."""
        return self.query_one("#contents", Contents)

    @property
    def page(self) -> Page:
        """The page of today's form."""
        return self.query_one("#page", Page)

    @property
    def details(self) -> Details | None:
        """The details, once they have been asked for."""
        return next(iter(self.query(Details)), None)

    @property
    def then_page(self) -> Page | None:
        """The page of the 0.3.0 form, once it has been asked for."""
        return next(iter(self.query("#then").results(Page)), None)

    @property
    def arrangement(self) -> Arrangement:
        """Which panes have their place now."""
        return arranged(
            self.size.width,
            self.size.height,
            self.tab,
            self.editor is not None,
            self.details_open,
            self.comparing,
            self.zoomed,
        )

    def rearrange(self) -> None:
        """Give every pane its place."""
        plan = self.arrangement
        if plan == self._plan and self.focused is not None:
            self.update_bars()
            return
        self._plan = plan
        if plan.details and self.details is None:
            self.query_one("#work").mount(Details(id="details"))
        self.query_one("#tabs").display = plan.tabs
        self.contents.display = plan.contents > 0
        self.contents.styles.width = plan.contents if not plan.tabs else "1fr"
        work = self.query_one("#work")
        work.display = plan.work
        work.set_class(plan.details == "right", "right")
        self.page.display = plan.page
        pages = self.query_one("#pages")
        pages.display = (plan.page or plan.then) and self.editor is None
        pages.set_class(plan.stacked, "stacked")
        if self.then_page is not None:
            self.then_page.display = plan.then
        if self.details is not None:
            self.details.display = plan.details != ""
            self.details.styles.width = plan.details_width or "1fr"
            self.details.styles.height = plan.details_height or "1fr"
        if self.focused is None or not self.focused.display or self.focused not in self._panes():
            panes = self._panes()
            if panes:
                (self.editor or panes[-1 if self.tab != "contents" else 0]).focus()
        self.update_bars()

    def _panes(self) -> list[Widget]:
        """Those one can go to, in order."""
        panes: list[Widget | None] = [self.contents, self.editor, self.page, self.then_page, self.details]
        return [p for p in panes if p is not None and p.display and (p.parent is None or _seen(p))]

    def focus_by(self, way: int) -> None:
        """The next pane, or in a narrow window the next tab."""
        if self.arrangement.tabs and self.editor is None:
            tabs: list[Mood] = ["contents", "page", "details"]
            self.focus_pane(tabs[(tabs.index(self.tab) + way) % 3 if self.tab in tabs else 0])
            return
        panes = self._panes()
        if panes:
            at = panes.index(self.focused) if self.focused in panes else -way
            panes[(at + way) % len(panes)].focus()

    def focus_pane(self, mood: Mood) -> None:
        """A pane by its name."""
        if mood == "details":
            self.details_open = True
        self.tab = mood
        self.zoomed = False
        self.rearrange()
        panes: dict[str, Widget | None] = {"contents": self.contents, "page": self.page, "details": self.details}
        pane = panes.get(mood)
        if mood == "page" and self.comparing and not self.page.display:
            pane = self.then_page
        if mood == "page" and self.editor is not None:
            pane = self.editor
        if pane is not None:
            pane.focus()
        self.update_details()
        self.update_bars()

    def toggle_details(self) -> None:
        """Open the details, or close them."""
        if self.arrangement.tabs or self.arrangement.details == "right":
            self.focus_pane("details")
            return
        self.details_open = not self.details_open
        if self.focused is self.details:
            self.page.focus()
        self.rearrange()
        self.update_details()

    def close_something(self) -> None:
        """What Esc does where nothing runs."""
        if self.zoomed:
            self.zoomed = False
            self.rearrange()
        elif self.editor is not None:
            self.close_editor()
        elif self.focused is self.details or (self.details_open and not self.arrangement.tabs):
            self.details_open = False
            self.focus_pane("page")
        elif self.comparing:
            self.compare(False)
        elif self.focused is not self.contents:
            self.focus_pane("contents")
        else:
            self.tell("quit hint")

    def on_resize(self, event: events.Resize) -> None:
        """Other sizes have other places."""
        self.rearrange()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The keys at the foot are those of the pane."""
        mood = self.mood
        if mood != "editor":
            self.tab = mood
        self.update_bars()

    @property
    def mood(self) -> Mood:
        """Where the reader is."""
        if self.focused is not None and self.focused is self.editor:
            return "editor"
        if self.focused is self.contents:
            return "contents"
        return "details" if self.focused is not None and self.focused is self.details else "page"

    # --------------------------------------------------------------------------------------------------- commands

    def action_command(self, id: str) -> None:
        """A command of the table."""
        command(id)(self)

    def on_clicked(self, event: Clicked) -> None:
        """A command was clicked."""
        self.action_command(event.command)

    def tell(self, key: str, *values: object) -> None:
        """A message in the status line."""
        self.say_plainly(say(key, self.session.lang, *values))

    def say_plainly(self, text: str) -> None:
        """The same, in words that are there already."""
        self._said = (text, time.monotonic())
        self.update_bars()
        self.set_timer(TOLD + 0.1, self.update_bars)

    def tell_troubles(self) -> None:
        """What went wrong with the saved state."""
        troubles, self.session.store.troubles = self.session.store.troubles, []
        if troubles:
            self.say_plainly("  ".join(say(key, self.session.lang, about) for key, about in troubles))

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
        if self.editor is not None:
            self.close_editor()
        self._said = ("", 0.0)
        self.syntax = None
        self.contents.reveal(id)
        entry = self.session.entry(id)
        if self.comparing and entry is not None and entry.then is None:
            self.comparing = False
            self.rearrange()
        self.refresh_scene()
        self.update_details()
        now = time.monotonic()
        passing = now - self._opened < QUICK
        self._opened = now
        self._run_soon(QUICK if passing else 0.0)

    def _run_soon(self, delay: float) -> None:
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        if not self.live_on:
            return
        if delay:
            self._soon = self.set_timer(delay, self.run_forms)
        else:
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

    def compare(self, on: bool) -> None:
        """The 0.3.0 form beside today's, or not."""
        self.comparing = on
        if on and self.editor is not None:
            self.close_editor()
        if on and self.then_page is None:
            self.query_one("#pages").mount(Page(id="then"))
        self.rearrange()
        self.refresh_scene()
        if on:
            self.run_forms()
        if self.tab != "contents" or self.arrangement.tabs:
            self.focus_pane("page")

    def code_changed(self, id: str) -> None:
        """An entry's code is another one now, and not by typing."""
        self.contents.mark(id, self.session.state(id))
        if id == self.session.current:
            if self.editor is not None:
                self.editor.load_text(self.session.code(id))
            self.refresh_scene()
            self.run_forms()

    # ----------------------------------------------------------------------------------------------------- editing

    def open_editor(self) -> None:
        """The code column becomes an editor."""
        from tutor.tui.widgets.editor import Editor
        from tutor.tui.widgets.follow import Follow

        id = self.session.current
        if not id or self.editor is not None:
            return
        if self.comparing:
            self.compare(False)
        line = self._line()
        self.editor, self.follow = Editor(self.session.code(id), id="editor"), Follow(id="follow")
        self.tab = "page"
        mounted = self.query_one("#work").mount(Horizontal(self.editor, self.follow, id="editing"), before=0)
        self.rearrange()
        self.editor.move_cursor((max(0, line - 1), 0))
        self.call_next(self._into_editor, mounted)

    async def _into_editor(self, mounted: AwaitMount) -> None:
        await mounted
        if self.editor is not None:
            self.editor.focus()
            self.rearrange()
            self.update_details()

    def close_editor(self) -> None:
        """Back to reading; the edit stays."""
        if self.editor is None:
            return
        if self._editing is not None:
            self._editing.stop()
            self._editing = None
        self.editor = self.follow = None
        self.query_one("#editing").remove()
        self.save_edits()
        self.syntax = None
        self.contents.mark(self.session.current, self.session.state(self.session.current))
        self.rearrange()
        self.page.focus()
        self.refresh_scene()
        if self.live_on:
            self.run_forms()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """A key in the editor: remember it now, run and write it when the typing pauses."""
        if self.editor is None or event.text_area is not self.editor:
            return
        id = self.session.current
        if self.editor.text == self.session.code(id):
            return
        self.session.edit(id, self.editor.text)
        if self.live_on:
            self._editing = self._again(self._editing, PAUSE, self.run_forms)
        self._saving = self._again(self._saving, SAVE, self.save_edits)
        self.update_bars()

    def _again(self, timer: Timer | None, delay: float, then: object) -> Timer:
        if timer is not None:
            timer.stop()
        return self.set_timer(delay, then)  # type: ignore[arg-type]

    def save_edits(self) -> None:
        """Write what was edited."""
        self.session.save_edits()
        self.tell_troubles()

    def on_follow_resized(self) -> None:
        """Other widths have other columns."""
        self.update_follow()

    def on_text_area_selection_changed(self) -> None:
        """The cursor may be on another line: so are the details."""
        if self.editor is not None and self.follow is not None:
            self.follow.follow(int(self.editor.scroll_y), self._line())
            self.update_details()

    def update_follow(self) -> None:
        """The columns beside the editor."""
        if self.editor is None or self.follow is None or not self.editor.is_mounted:
            return
        from tutor.render.layout import source_lines
        from tutor.tui.beside import beside

        outcome = self.session.outcome(self.session.current)
        plan = self.arrangement
        self.follow.display = plan.follow
        self.editor.styles.width = self.editor.wanted(plan.room) if plan.follow else "1fr"
        if outcome is None or not self.follow.display:
            return
        width = max(8, self.follow.content_size.width - 1)
        source = source_lines(outcome.code)
        self.follow.show(beside(outcome.trace, source, width, self.session.lang, self.session.ascii))
        self.follow.set_class(self.syntax is not None, "stale")
        self.follow.follow(int(self.editor.scroll_y), self.editor.cursor_location[0] + 1)

    # ----------------------------------------------------------------------------------------------------- running

    def run_forms(self, again: bool = False) -> None:
        """Run what is shown, where it has not been run as it is."""
        if self._soon is not None:
            self._soon.stop()
            self._soon = None
        if self.live is None or self.worker_words:
            if again:
                self.start_worker()
            return
        forms: list[Form] = ["now", "then"] if self.comparing else ["now"]
        for form in forms:
            if again or not self.session.is_fresh(self.session.current, form):
                self._run(form, again)
        self.update_bars()

    def _run(self, form: Form, again: bool) -> None:
        from tutor.tui.orders import order

        assert self.live is not None
        id = self.session.current
        self._number += 1
        ticket = order(self, id, form, self._number, again)
        self._forget(form)
        if ticket is None:
            self.session.phases[id, form] = "unable"
            return
        self.session.phases[id, form] = "running"
        self._tickets[form], self._began[form] = ticket, time.monotonic()
        self.run_worker(self.live.play(ticket), group=form, exclusive=True, exit_on_error=False)
        if self._beat is not None:
            self._beat.resume()

    def _forget(self, form: Form) -> None:
        """The run before, if it is still under way, is of no interest any more."""
        old = self._tickets.pop(form, None)
        if old is not None:
            self.session.phases.pop((old.entry, form), None)
            self.contents.mark(old.entry, self.session.state(old.entry))

    def stop_runs(self) -> bool:
        """End what is running; whether there was anything."""
        if self.live is None or not self._tickets:
            return False
        for ticket in self._tickets.values():
            self.run_worker(self.live.cancel(ticket), exit_on_error=False)
        return True

    def on_advanced(self, event: Advanced) -> None:
        """A run has come further."""
        ticket, trace = event.ticket, event.trace
        if self._tickets.get(ticket.form) is not ticket:
            return
        id, form = ticket.entry, ticket.form
        over = trace.finished is not None
        if over:
            del self._tickets[form]
            self.session.phases[id, form] = "done"
        known = self.session.outcome(id, form)
        self.syntax = trace if self.editor is not None and known is not None and _no_python(trace) else None
        if self.syntax is None and not (known is not None and not over and _just_begun(trace)):
            self.session.keep(id, form, ticket.code, ticket.where, trace)
        if form == "now" and (over or time.monotonic() - self._began[form] > QUICK):
            self.contents.mark(id, self.session.state(id))
        if id == self.session.current:
            self.refresh_scene(form)
            self.update_details()

    def on_worker_ready(self, event: WorkerReady) -> None:
        """The worker can take jobs."""
        self.ready, self.worker_words = event.ready, ""
        self.update_bars()

    def on_worker_failed(self, event: WorkerFailed) -> None:
        """It cannot."""
        self.worker_words = event.why
        for form in list(self._tickets):
            self._forget(form)
        self.update_bars()

    def _tick(self) -> None:
        """While something runs, its time is shown."""
        if not self._tickets and self._beat is not None:
            self._beat.pause()
        self.update_bars()

    # ------------------------------------------------------------------------------------------------------- places

    def use_device(self, name: str) -> None:
        """Run elsewhere."""
        self.device = name
        self.place_changed()

    def use_python(self, path: str | None) -> None:
        """Run in another interpreter, or with an empty path in this one."""
        if path is None or path == self.python:
            return
        if path:
            self.pythons = list(dict.fromkeys([path, *self.pythons]))[:8]
            self.session.store.keep("pythons", [*self.pythons])
        old, self.live, self.python, self.device = self.live, None, path, "cpu"
        if old is not None:
            self.run_worker(old.close(), exit_on_error=False)
        self.place_changed(run=False)
        self.start_worker()

    def place_changed(self, run: bool = True) -> None:
        """Runs are of another place now."""
        self.session.where = f"{self.python}|{self.device}|{self.seed}"
        self.refresh_scene()
        if run:
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

    def _redraw(self) -> None:
        self.contents.look(self.session.lang, self.session.ascii)
        self.set_class(self.session.ascii, "ascii")
        self.refresh_scene()
        self.update_details()
        self.update_bars()

    def update_bars(self) -> None:
        """Title, tabs, status and keys."""
        if not self.is_mounted:
            return
        text, when = self._said
        said = text if time.monotonic() - when < TOLD else ""
        self.query_one("#title", Bar).show(*title(self))
        self.query_one("#status", Bar).show(*status(self, said))
        if self.arrangement.tabs:
            tabs, places = Text(), list[Place]()
            for mood, id in (("contents", "contents"), ("page", "entry"), ("details", "details")):
                start = tabs.cell_len
                tabs.append(f" {say(f'tab {id}', self.session.lang)} ", "bold reverse" if mood == self.tab else "dim")
                places.append((start, tabs.cell_len, id))
                tabs.append(" ")
            self.query_one("#tabs", Bar).show(tabs, None, places)
        self.query_one("#keys", Keys).show(self.mood, self.session.lang, self.keymap)

    def running_for(self, form: Form = "now") -> float:
        """Seconds that a run has taken so far; 0 where none is under way."""
        return time.monotonic() - self._began[form] if form in self._tickets else 0.0

    # ------------------------------------------------------------------------------------------------- the details

    def _line(self) -> int:
        """The line of code that the reader is at."""
        if self.editor is not None:
            return self.editor.cursor_location[0] + 1
        target = self.page.target
        return target.line if isinstance(target, RowTarget) else 1

    def update_details(self) -> None:
        """All about what the cursor is on."""
        if self.details is None or not self.details.display:
            return
        form: Form = "then" if self.focused is not None and self.focused is self.then_page else "now"
        outcome = self.session.outcome(self.session.current, form)
        step = self._step(outcome.trace, form) if outcome is not None else None
        trace = outcome.trace if outcome is not None else None
        code = outcome.code if outcome is not None else ""
        self.details.detail = Detail(step, trace, code, self.session.lang, self.session.ascii)

    def _step(self, trace: Trace, form: Form) -> Step | None:
        from tutor.render.details import step_at, step_of

        page = self.then_page if form == "then" else self.page
        target: Target | None = page.target if page is not None and self.editor is None else None
        if isinstance(target, RowTarget) and target.step >= 0:
            return step_of(trace, target.step)
        if target is None or isinstance(target, RowTarget):
            return step_at(trace, self._line())
        return None

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
        if shelf.changed():
            self.reload_sheet()
        for id in shelf.own_changed():
            self.reload_own(id)

    def reload_sheet(self) -> None:
        """Read the sheet again, and stay where one is."""
        shelf, app = self.session.shelf, self.app
        good = shelf.reload()
        from tutor.tui.screens.faults import Faults

        if isinstance(app.screen, Faults):
            app.screen.dismiss(None)
        if not good:
            self.show_faults()
            return
        self.session.refresh_sheet()
        if self.session.current not in shelf:
            self.session.current = shelf.order[0] if shelf.order else ""
        self.contents.fill(self.session.current)
        self.refresh_scene()
        self.tell("sheet reloaded")
        self.run_forms()

    def show_faults(self) -> None:
        """What is wrong with the sheet."""
        from tutor.tui.screens.faults import Faults

        shelf = self.session.shelf
        self.app.push_screen(Faults(self.session.lang, shelf.faults, bool(shelf.sections), self.session.ascii))

    def reload_own(self, id: str) -> None:
        """A file of the reader's own has changed on disk; an edit made here is not thrown away for it."""
        from tutor.errors import TutorError

        edited = self.session.edit_of(id) is not None
        try:
            entry = self.session.shelf.open(id)
        except TutorError as error:
            self.say_plainly(str(error))
            return
        edit = self.session.edit_of(id)
        if edit is not None and edit.rstrip() == entry.code.rstrip():
            self.session.edit(id, entry.code)
            edited = False
        self.tell("file kept" if edited else "file reloaded", entry.id)
        self.code_changed(id)

    def leave(self) -> None:
        """Keep what is to be kept, and end the app."""
        self.session.leave()
        self.app.exit(0)


def _seen(widget: Widget) -> bool:
    """Whether nothing around it is hidden."""
    return all(node.display for node in widget.ancestors if isinstance(node, Widget) and not isinstance(node, Screen))


def _no_python(trace: Trace) -> bool:
    """Whether it could not be begun because it is not Python, as in the middle of typing."""
    error = trace.error
    return error is not None and "SyntaxError" in (error.type, *error.bases)


def _just_begun(trace: Trace) -> bool:
    """Whether there is nothing to show yet that would be more than what the last run left."""
    return not any(step.kind != "setup" and step.state != "running" for step in trace.steps) and not trace.outputs
