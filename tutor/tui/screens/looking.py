"""What is looked at beside today's form of an entry: the 0.3.0 form, the pitfalls, the details of a statement."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from tutor.tui.messages import Compared, Enriched
from tutor.tui.runs import Runs, Spawned, Where
from tutor.tui.scene import ClaimTarget, Form, RowTarget, Scene, Target
from tutor.tui.screens.panes import Panes
from tutor.tui.session import Outcome, Session
from tutor.tui.widgets.page import Page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textual.worker import Worker

    from tutor.trace import Step
    from tutor.tui.widgets.details import Detail


class Looking(Panes):
    """Panes with something to look at in them."""

    def __init__(self, session: Session, where: Where) -> None:
        super().__init__(session)
        self.picture = self.picture_page = 0
        """Which picture of the statement under the cursor is shown, from 1, and which of its pages."""
        self._about: tuple[str, Form, int] | None = None
        self.runs = Runs(session, where, self.post_message, self._spawn)

    def _spawn(self, work: Callable[[], Coroutine[None, None, None]], group: str) -> Spawned:
        worker: Worker[None] = self.run_worker(work, group=group, exclusive=True, exit_on_error=False)
        return worker

    def run_forms(self, again: bool = False) -> None:
        """The code may have to be run."""

    def refresh_scene(self, form: Form | None = None) -> None:
        """The pages may have something else to show."""

    def close_editor(self) -> None:
        """What is looked at takes the editor's place."""

    def line(self) -> int:
        """The line of code that the reader is at."""
        if self.editing is not None:
            return self.editing.line
        target = self.page.target
        return target.line if isinstance(target, RowTarget) else 1

    def compare(self, on: bool) -> None:
        """The 0.3.0 form beside today's, or not."""
        self.comparing = on
        if on and self.editing is not None:
            self.close_editor()
        if on and self.then_page is None:
            self.query_one("#pages").mount(Page(id="then"))
        self.rearrange()
        self.refresh_scene()
        if on:
            self.run_forms()
        if self.tab != "contents" or self.arrangement.tabs:
            self.focus_pane("page")

    def show_lab(self, on: bool) -> None:
        """The pitfalls in place of the entry, or the entry again."""
        if on and self.editing is not None:
            self.close_editor()
        self.lab_open = on
        if on and self.lab is None:
            from tutor.tui.widgets.lab import Lab

            self.query_one("#pages").mount(Lab(id="lab"))
        self.rearrange()
        self.refresh_lab()
        self.focus_pane("page")
        if on and self.runs.live is not None and not self.runs.trouble:
            self.runs.compare(self.session.current)

    def refresh_lab(self) -> None:
        """Give the pitfalls what there is to show now."""
        entry, session = self.session.entry(), self.session
        if self.lab is not None and self.lab_open and entry is not None:
            from tutor.tui.widgets.lab import Mistakes

            self.lab.mistakes = Mistakes(entry, session.lab(entry.id), session.lang, session.ascii)

    def on_compared(self, event: Compared) -> None:
        """The codes of a pitfall have run."""
        self.session.keep_pair(event.entry, event.pitfall, event.where, event.wrong, event.right)
        if event.entry == self.session.current:
            self.refresh_lab()

    def on_enriched(self, event: Enriched) -> None:
        """There is more to show of a run."""
        if self.runs.enriched(event) and event.ticket.entry == self.session.current:
            self.refresh_scene(event.ticket.form)
            self.update_details()

    def update_details(self) -> None:
        """All about what the cursor is on."""
        if self.details is not None and self.details.display:
            self.details.detail = self.detail()

    def detail(self) -> Detail:
        """What the cursor is on, and which of its pictures is wanted."""
        from tutor.tui.widgets.details import Detail

        session = self.session
        form: Form = "then" if self.focused is not None and self.focused is self.then_page else "now"
        outcome = session.outcome(session.current, form)
        page = self.then_page if form == "then" else self.page
        if page is not None and page.scene is not None and isinstance(page.target, ClaimTarget) and not self.editing:
            return self._claim(page.scene, page.target.index)
        step = self._step(outcome, form) if outcome is not None else None
        about = (session.current, form, step.id if step is not None else -1)
        if about != self._about:  # another statement has other pictures
            self._about, self.picture, self.picture_page = about, 0, 0
        trace, code = (outcome.trace, outcome.code) if outcome is not None else (None, "")
        advice, notices = (outcome.advice, outcome.notices) if outcome is not None else (None, ())
        looks = (session.lang, session.ascii, self.picture, self.picture_page, session.inks)
        return Detail(step, trace, code, *looks, advice=advice, notices=notices if form == "now" else ())

    def _claim(self, scene: Scene, index: int) -> Detail:
        from tutor.tui.widgets.details import Detail

        checked = next((c for c in scene.trace.claims if c.index == index), None) if scene.trace is not None else None
        about = scene.claims[index]
        return Detail(None, scene.trace, scene.code, scene.lang, scene.ascii, claim=about, checked=checked)

    def _step(self, outcome: Outcome, form: Form) -> Step | None:
        from tutor.render.details import step_at, step_of

        trace, line = outcome.trace, self.line()
        if self.editing is not None:
            line = self.editing.kept(outcome.code).get(line, 0)
        page = self.then_page if form == "then" else self.page
        target: Target | None = page.target if page is not None and self.editing is None else None
        if isinstance(target, RowTarget) and target.step >= 0:
            return step_of(trace, target.step)
        if target is None or isinstance(target, RowTarget):
            return step_at(trace, line)
        return None
