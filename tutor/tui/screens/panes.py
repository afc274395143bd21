"""Where the panes of the desk are, and which one the reader is in. What they show is the desk's business."""

from __future__ import annotations

from typing import cast

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget

from tutor.tui.keys import Mood
from tutor.tui.screens.arrangement import Arrangement, arranged
from tutor.tui.session import Session
from tutor.tui.widgets.bars import Bar, Keys, Place
from tutor.tui.widgets.contents import Contents
from tutor.tui.widgets.page import Page
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.tui.widgets.details import Details
    from tutor.tui.widgets.editing import Editing
    from tutor.tui.widgets.lab import Lab


class Room(Container):
    """Holds panes side by side or above one another. They cover all of it: nothing of it is drawn line by line."""

    BLANK = True


class Panes(Screen[int]):
    """Contents, pages, editor and details in a window of any size."""

    AUTO_FOCUS = None
    BLANK = True

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.keymap: dict[str, str] = {}
        self.comparing = self.zoomed = self.details_open = self.lab_open = False
        self.tab: Mood = "contents"
        self.editing: Editing | None = None
        self._plan: tuple[Arrangement, bool] | None = None

    def update_bars(self) -> None:
        """The bars may have to say something else."""

    def update_details(self) -> None:
        """The details may be of something else."""

    def compose(self) -> ComposeResult:
        """The panes. The editor and the 0.3.0 page come when they are asked for."""
        yield Bar(id="title")
        yield Bar(id="tabs")
        with Room(id="body"):
            yield Contents(self.session.shelf, self.session.lang, id="contents")
            with Room(id="work"), Room(id="pages"):
                yield Page(id="page")
        yield Bar(id="status", urgent=True)
        yield Keys(id="keys")

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
        return cast("Details | None", self._there("details"))

    @property
    def then_page(self) -> Page | None:
        """The page of the 0.3.0 form, once it has been asked for."""
        return cast("Page | None", self._there("then"))

    @property
    def lab(self) -> Lab | None:
        """The pitfalls, once they have been asked for."""
        return cast("Lab | None", self._there("lab"))

    def _there(self, id: str) -> Widget | None:
        """A pane that is made when it is first asked for."""
        return next(iter(self.query(f"#{id}")), None)

    @property
    def arrangement(self) -> Arrangement:
        """Which panes have their place now."""
        return arranged(
            self.size.width,
            self.size.height,
            self.tab,
            self.editing is not None,
            self.details_open,
            self.comparing and not self.lab_open,
            self.zoomed,
        )

    def rearrange(self) -> None:
        """Give every pane its place."""
        plan = self.arrangement
        if (plan, self.lab_open) == self._plan and self.focused is not None:
            self.update_bars()
            return
        self._plan = (plan, self.lab_open)
        if plan.details and self.details is None:
            from tutor.tui.widgets.details import Details

            self.query_one("#work").mount(Details(id="details"))
        self.query_one("#tabs").display = plan.tabs
        self.contents.display = plan.contents > 0
        self.contents.set_class(plan.tabs, "alone")
        self.contents.styles.width = plan.contents if not plan.tabs else "1fr"
        work = self.query_one("#work")
        work.display = plan.work
        work.set_class(plan.details == "right", "right")
        self.page.display = plan.page and not self.lab_open
        pages = self.query_one("#pages")
        pages.display = (plan.page or plan.then) and self.editing is None
        pages.set_class(plan.stacked, "stacked")
        if self.then_page is not None:
            self.then_page.display = plan.then
        if self.lab is not None:
            self.lab.display = plan.page and self.lab_open
        if self.details is not None:
            self.details.display = plan.details != ""
            self.details.styles.width = plan.details_width or "1fr"
            self.details.styles.height = plan.details_height or "1fr"
        if self.focused is None or not self.focused.display or self.focused not in self._panes():
            panes = self._panes()
            if panes:
                panes[-1 if self.tab != "contents" else 0].focus()
        self.update_bars()

    def _panes(self) -> list[Widget]:
        """Those one can go to, in order."""
        editor = self.editing.editor if self.editing is not None else None
        panes: list[Widget | None] = [self.contents, editor, self.page, self.then_page, self.lab, self.details]
        return [p for p in panes if p is not None and p.display and (p.parent is None or _seen(p))]

    def focus_by(self, way: int) -> None:
        """The next pane, or in a narrow window the next tab."""
        if self.arrangement.tabs and self.editing is None:
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
        if mood == "page" and not self.page.display:
            pane = self.lab if self.lab_open else self.then_page
        if mood == "page" and self.editing is not None:
            pane = self.editing.editor
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

    def on_resize(self, event: events.Resize) -> None:
        """Other sizes have other places."""
        self.rearrange()
        self.update_details()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The keys at the foot are those of the pane."""
        mood = self.mood
        if mood != "editor":
            self.tab = mood
        self.update_bars()

    @property
    def mood(self) -> Mood:
        """Where the reader is."""
        if self.editing is not None and self.focused is self.editing.editor:
            return "editor"
        if self.focused is self.contents:
            return "contents"
        return "details" if self.focused is not None and self.focused is self.details else "page"

    def show_tabs(self) -> None:
        """The names of the panes, where one is seen at a time, and the keys of the one the reader is in."""
        if self.arrangement.tabs:
            tabs, places = Text(), list[Place]()
            for mood, id in (("contents", "contents"), ("page", "entry"), ("details", "details")):
                start = tabs.cell_len
                tabs.append(f" {say(f'tab {id}', self.session.lang)} ", "bold reverse" if mood == self.tab else "dim")
                places.append((start, tabs.cell_len, id))
                tabs.append(" ")
            self.query_one("#tabs", Bar).show(tabs, None, places)
        self.query_one("#keys", Keys).show(self.mood, self.session.lang, self.keymap)


def _seen(widget: Widget) -> bool:
    """Whether nothing around it is hidden."""
    return all(node.display for node in widget.ancestors if isinstance(node, Widget) and not isinstance(node, Screen))
