"""A sheet with faults: each with its file and line, until it is saved without them."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tutor.catalogue.model import Lang
from tutor.render.clean import clean
from tutor.render.layout import wrapped
from tutor.tui.paint import strips
from tutor.tui.screens.dialog import Choices, Dialog
from tutor.tui.widgets.lines import Group
from tutor.tui.words import say


class Faults(Dialog[str]):
    """The faults. Closed by the desk, when the sheet is read again."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,ctrl+q", "app.quit", show=False)]
    DEFAULT_CSS = """
    Faults {
        & > #box { width: 100%; height: 1fr; border: round $error; }
        Choices { height: 1fr; }
        #title { color: $error; }
    }
    """

    def __init__(self, lang: Lang, faults: tuple[str, ...], good_one: bool, ascii: bool = False) -> None:
        super().__init__(lang, ascii)
        self.faults, self.good_one = faults, good_one
        self.title_words = say("faults title", lang, len(faults))
        self.hint_words = say("faults hint", lang, say("faults last" if good_one else "faults quit", lang))

    def inside(self) -> ComposeResult:
        """The list."""
        yield Choices()

    def on_mount(self) -> None:
        """It needs its width first."""
        self.set_focus(self.query_one(Choices))
        self.call_after_refresh(self.draw)

    def on_resize(self) -> None:
        """Other widths make other lines."""
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """The lines."""
        lines = self.query_one(Choices)
        width, console = lines.room, self.app.console
        groups = [
            Group(strips(wrapped(Text(clean(fault)), width), width, console), str(n))
            for n, fault in enumerate(self.faults)
        ]
        lines.show(groups)

    def action_close(self) -> None:
        """Only where there is a good one to go back to."""
        if self.good_one:
            self.dismiss(None)
