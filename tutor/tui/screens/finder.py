"""Find: entries as one types, in both languages; and the palette, which finds commands in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from tutor.catalogue.model import Lang
from tutor.catalogue.search import Hit
from tutor.render.clean import clean
from tutor.tui.keys import COMMANDS, keys_of, shown
from tutor.tui.screens.dialog import Choice, Choices, Dialog
from tutor.tui.shelf import Shelf
from tutor.tui.widgets.field import Field
from tutor.tui.widgets.lines import Lines
from tutor.tui.words import say

LARGE = 2000  # entries from which a search runs beside the typing
MOST = 60  # hits shown


class _Finding(Dialog[str]):
    """An input over a list: typing filters, the arrows choose, Enter takes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(8)", show=False, priority=True),
        Binding("pageup", "move(-8)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    _Finding { align: center top; & > #box { width: 92; height: 1fr; max-height: 40; } Choices { height: 1fr; } }
    """

    def inside(self) -> ComposeResult:
        """The input and the list."""
        yield Field(placeholder=self.placeholder, select_on_focus=False)
        yield Choices()

    placeholder = ""
    _offered: str | None = None
    """The words of which the list is."""
    _hurried = False
    """Whether Enter was pressed before the list is of the words that were typed."""

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Choices).ascii = self.ascii
        self.query_one(Choices).can_focus = False
        self.set_focus(self.query_one(Field))
        self.call_after_refresh(self.again)

    def on_resize(self) -> None:
        """Other widths make other lines."""
        self.call_after_refresh(self.again)

    def again(self) -> None:
        """Find what has been typed by now."""
        self.find(self.query_one(Field).value)

    def on_input_changed(self, event: Field.Changed) -> None:
        """As one types. What has been typed further meanwhile is not looked for."""
        event.stop()
        if event.value == event.input.value:
            self._hurried = False
            self.find(event.value)

    def find(self, words: str) -> None:
        """Show what fits the words."""
        self.offer(self.found(words))

    def found(self, words: str) -> Sequence[Choice]:
        """What fits the words."""
        return ()

    def offer(self, choices: Sequence[Choice]) -> None:
        """Show the choices; where there are none, say so. Of the same words the cursor stays where it is."""
        words, shown = self.query_one(Field).value, self.query_one(Choices)
        if not choices and words.strip():
            choices = [Choice("", Text(say("find none", self.lang), style="dim"), enabled=False)]
        shown.offer(choices, shown.target if words == self._offered else None)
        self._offered = words
        if self._hurried:
            self._answer()

    def action_move(self, by: int) -> None:
        """Move the cursor in the list."""
        choices = self.query_one(Choices)
        for _ in range(abs(by)):
            choices._step(1 if by > 0 else -1)

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """The line under the cursor is the answer; of what is still being looked for, the first that will be there."""
        event.stop()
        self._hurried = event.value != self._offered
        if not self._hurried:
            self._answer()

    def _answer(self) -> None:
        self._hurried = False
        target = self.query_one(Choices).target
        if target:
            self.dismiss(target)

    def on_lines_chosen(self, event: Lines.Chosen) -> None:
        """A click is one too."""
        event.stop()
        if event.target:
            self.dismiss(str(event.target))


class Finder(_Finding):
    """Entries of the sheet."""

    def __init__(self, lang: Lang, shelf: Shelf, recent: Sequence[str], ascii: bool = False) -> None:
        super().__init__(lang, ascii)
        self.title_words, self.hint_words = say("find title", lang), say("find keys", lang)
        self.placeholder = say("find hint", lang)
        self.shelf, self.recent = shelf, recent

    def on_mount(self) -> None:
        """In a large sheet the search is made ready while the reader thinks of a word."""
        if len(self.shelf) > LARGE:
            self.run_worker(self.shelf.searcher, thread=True, group="ready", exit_on_error=False)

    def find(self, words: str) -> None:
        """In a large sheet a search runs beside the typing."""
        if words.strip() and len(self.shelf) > LARGE:
            self.run_worker(lambda: self._beside(words), thread=True, exclusive=True, exit_on_error=False)
        else:
            super().find(words)

    def found(self, words: str) -> Sequence[Choice]:
        """Without words, where one has been."""
        if words.strip():
            return [self._choice(hit) for hit in self.shelf.search(words, MOST, self.lang)]
        lines = [line for id in self.recent if (line := self.shelf.line(id)) is not None]
        return [Choice(line.id, self._named(line.id, line.zh if self.lang == "zh" else line.en)) for line in lines]

    def _beside(self, words: str) -> None:
        hits = self.shelf.search(words, MOST, self.lang)
        self.app.call_from_thread(self._take, words, hits)

    def _take(self, words: str, hits: Sequence[Hit]) -> None:
        if self.is_attached and self.query_one(Field).value == words:
            self.offer([self._choice(hit) for hit in hits])

    def _named(self, id: str, title: str) -> Text:
        return Text.assemble((clean(title), "bold"), "  ", (clean(id), "dim"))

    def _choice(self, hit: Hit) -> Choice:
        start, end = hit.span
        more = Text("  ", style="dim")
        if hit.where not in ("id", "title"):
            more.append(clean(hit.excerpt[:start])).append(clean(hit.excerpt[start:end]), "bold not dim")
            more.append(clean(hit.excerpt[end:]))
        title = hit.entry.title.in_(self.lang) or hit.entry.id
        return Choice(hit.entry.id, self._named(hit.entry.id, title), more)


class Palette(_Finding):
    """Commands by their names, in either language."""

    def __init__(self, lang: Lang, keymap: dict[str, str], ascii: bool = False) -> None:
        super().__init__(lang, ascii)
        self.title_words, self.hint_words = say("palette title", lang), say("find keys", lang)
        self.placeholder = say("palette hint", lang)
        self.keymap = keymap

    def found(self, words: str) -> Sequence[Choice]:
        """Every word must be in the name, the help or the keys."""
        wanted = words.casefold().split()
        found = []
        for command in COMMANDS:
            if command.place == "list" or command.id == "palette":
                continue
            keys = ", ".join(shown(key) for key in keys_of(command, self.keymap))
            text = f"{command.en} {command.help_en} {command.zh} {command.help_zh} {command.id} {keys}".casefold()
            if all(word in text for word in wanted):
                first = Text.assemble((command.label(self.lang), "bold"), "  ", (keys, "cyan"))
                rank = 0 if wanted and command.label(self.lang).casefold().startswith(wanted[0]) else 1
                found.append((rank, Choice(command.id, first, Text("  " + command.help(self.lang), style="dim"))))
        found.sort(key=lambda pair: pair[0])
        return [choice for _, choice in found]
