"""A sheet with faults: each with its file and line, until it is saved without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tutor.catalogue.model import Lang
from tutor.errors import Fault
from tutor.render.clean import clean
from tutor.render.layout import wrapped
from tutor.tui.keys import BY_ID
from tutor.tui.paint import strips
from tutor.tui.screens.dialog import Choices, Dialog
from tutor.tui.widgets.lines import Group
from tutor.tui.words import say


class Faults(Dialog[str]):
    """The faults. Closed by the desk, when the sheet is read again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q", "app.quit", show=False),
        Binding(BY_ID["language"].keys, "language", show=False, id="language"),
    ]
    DEFAULT_CSS = """
    Faults {
        & > #box { width: 100%; height: 1fr; border: round $error; }
        Choices { height: 1fr; }
        #title { color: $error; }
    }
    """

    def __init__(
        self,
        lang: Lang,
        faults: tuple[Fault, ...],
        good_one: bool,
        language: tuple[str, Callable[[], Lang]],
        ascii: bool = False,
    ) -> None:
        """`language` is the key that changes the language, as it is shown, and what does so."""
        super().__init__(lang, ascii)
        self.faults, self.good_one = faults, good_one
        self._key, self._change = language
        self._speak()

    def _speak(self) -> None:
        close = say("faults last" if self.good_one else "faults quit", self.lang)
        self.title_words = say("faults title", self.lang, len(self.faults))
        self.hint_words = say("faults hint", self.lang, close, self._key)

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
            Group(strips(wrapped(Text(clean(fault.in_(self.lang))), width), width, console), str(n))
            for n, fault in enumerate(self.faults)
        ]
        lines.show(groups)

    def action_language(self) -> None:
        """All of it in the other language, here and on the desk below."""
        self.lang = self._change()
        self._speak()
        self.query_one("#title", Static).update(clean(self.title_words))
        self.query_one("#hint", Static).update(self.hint_words)
        self.draw()

    def action_close(self) -> None:
        """Only where there is a good one to go back to."""
        if self.good_one:
            self.dismiss(None)
