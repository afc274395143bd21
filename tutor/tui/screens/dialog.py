"""Dialogs: a box over the desk. On a screen of their own, where wide characters are drawn right whatever is below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from tutor.catalogue.model import Lang
from tutor.render.clean import clean
from tutor.render.layout import wrapped
from tutor.tui.messages import Listening
from tutor.tui.paint import strips
from tutor.tui.widgets.field import Field
from tutor.tui.widgets.lines import Group, Lines

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """A titled box. Esc closes it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
    ]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & > #box {
            width: 76; max-width: 100%; height: auto; max-height: 100%;
            background: $surface; border: round $primary; padding: 0 1;
        }
        &.ascii > #box { border: ascii $primary; }
        #title { text-style: bold; color: $accent; }
        #hint { color: $foreground 70%; }
        Input { border: none; height: 1; padding: 0; background: $panel; margin: 0 0 1 0; }
        Input:focus { border: none; }
        Choices { height: auto; max-height: 1fr; background: $surface; }
    }
    """
    title_words = ""
    hint_words = ""

    def __init__(self, lang: Lang, ascii: bool = False) -> None:
        super().__init__(classes="ascii" if ascii else None)
        self.lang, self.ascii = lang, ascii
        self.listening = False
        """Whether keys may come."""
        self._answered = False

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """The answer. Of two keys that close it, pressed before it is gone, the first one counts."""
        if self._answered:
            return AwaitComplete()
        self._answered = True
        return super().dismiss(result)

    def compose(self) -> ComposeResult:
        """A title, what the dialog is about, a hint about keys."""
        with Vertical(id="box"):
            yield Static(clean(self.title_words), id="title", markup=False)
            yield from self.inside()
            yield Static(self.hint_words, id="hint", markup=False)

    def inside(self) -> ComposeResult:
        """What stands between title and hint."""
        yield from ()

    def on_mount(self) -> None:
        """Keys may come once all that a dialog does at first is done."""
        self.call_after_refresh(self._listen)

    def _listen(self) -> None:
        self.listening = True
        self.post_message(Listening())

    def action_close(self) -> None:
        """No answer."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click beside the box closes it."""
        if event.widget is self:
            self.dismiss(None)


@dataclass(frozen=True)
class Choice:
    """A line to choose."""

    id: str
    text: Text
    more: Text | None = None
    """A second line."""
    enabled: bool = True


class Choices(Lines[str]):
    """Lines to choose from. One click is enough."""

    opens_on_click = True

    def offer(self, choices: Sequence[Choice], at: str | None = None) -> None:
        """Show other choices."""
        width, console = self.room, self.app.console
        groups = []
        for choice in choices:
            first = choice.text.copy()
            if not choice.enabled:
                first.stylize("dim")
            drawn = strips(first, width, console)[:1]
            if choice.more is not None:
                drawn += strips(choice.more, width, console)[:1]
            groups.append(Group(drawn, choice.id))
        self._at = 0 if at is None else self._at
        self.show(groups, at=at, top=at is None)


class Menu(Dialog[str]):
    """One of a few things. What cannot be chosen is shown, with the reason."""

    DEFAULT_CSS = """
    Menu Choices { min-height: 3; }
    """

    def __init__(
        self, lang: Lang, title: str, hint: str, choices: Sequence[Choice], at: str | None, ascii: bool = False
    ) -> None:
        super().__init__(lang, ascii)
        self.title_words, self.hint_words = title, hint
        self.choices, self.at = choices, at

    def inside(self) -> ComposeResult:
        """The choices."""
        yield Choices(id="choices")

    def on_mount(self) -> None:
        """They need their width first."""
        choices = self.query_one(Choices)
        choices.ascii = self.ascii
        self.set_focus(choices)
        self.offer(self.choices)

    def offer(self, choices: Sequence[Choice]) -> None:
        """Show these choices, now or in place of the others."""
        self.choices = choices
        shown = self.query_one(Choices)
        shown.styles.height = min(sum(1 + (c.more is not None) for c in choices), max(3, self.size.height - 5))
        self.call_after_refresh(shown.offer, choices, self.at)

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        """The answer, where it may be chosen."""
        event.stop()
        if any(c.id == event.target and c.enabled for c in self.choices):
            self.dismiss(str(event.target))


class ThemeMenu(Menu):
    """A menu whose choice is tried as the cursor comes to it."""

    def on_lines_pointed(self, event: Lines.Pointed) -> None:
        """Try it."""
        event.stop()
        self.app.theme = str(event.target)


class Ask(Dialog[str]):
    """A line of text."""

    def __init__(self, lang: Lang, title: str, hint: str, value: str = "", ascii: bool = False) -> None:
        super().__init__(lang, ascii)
        self.title_words, self.hint_words, self.value = title, hint, value

    def inside(self) -> ComposeResult:
        """The input."""
        yield Field(self.value, select_on_focus=False)

    def on_mount(self) -> None:
        """Ready to type."""
        self.set_focus(self.query_one(Field))

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """The answer."""
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())


class Confirm(Dialog[bool]):
    """Yes or no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", show=False),
        Binding("n,q", "answer(False)", show=False),
    ]

    def __init__(self, lang: Lang, question: str, hint: str, ascii: bool = False) -> None:
        super().__init__(lang, ascii)
        self.title_words, self.hint_words = question, hint

    def action_answer(self, yes: bool) -> None:
        """The answer."""
        self.dismiss(yes)


class Card(Dialog[str]):
    """A text to read; any key closes it, and is the answer."""

    def __init__(self, lang: Lang, title: str, text: str, hint: str, ascii: bool = False) -> None:
        super().__init__(lang, ascii)
        self.title_words, self.text, self.hint_words = title, text, hint

    def inside(self) -> ComposeResult:
        """The text."""
        yield Static(Text(f"\n{self.text}\n"), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Any key."""
        event.stop()
        self.dismiss(event.key)

    def on_click(self, event: events.Click) -> None:
        """Any click."""
        self.dismiss("")


HANG = 23  # cells before what a key does


def hung(text: Text, width: int) -> Text:
    """A line of the list of keys, whose further lines begin under what the key does; any other as it wraps."""
    if text.cell_len <= width or width < 2 * HANG or not text.plain.startswith("  "):
        return wrapped(text, width)
    lead, told = text.divide([HANG])
    return lead.append_text(Text("\n" + " " * HANG).join(wrapped(told, width - HANG).split("\n")))


class Sheet(Dialog[str]):
    """A long text with a cursor, as the list of keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,f1", "close", show=False),
    ]
    DEFAULT_CSS = """
    Sheet { & > #box { width: 92; height: 1fr; max-height: 46; } Choices { height: 1fr; } }
    """

    def __init__(self, lang: Lang, title: str, hint: str, parts: Sequence[Text], ascii: bool = False) -> None:
        super().__init__(lang, ascii)
        self.title_words, self.hint_words, self.parts = title, hint, parts

    def inside(self) -> ComposeResult:
        """The text."""
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
        width = lines.room
        console = self.app.console
        lines.show([Group[str](strips(hung(part, width), width, console)) for part in self.parts])
