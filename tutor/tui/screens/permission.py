"""The question whether a sheet from elsewhere may run."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tutor.catalogue.model import Lang
from tutor.trust import Question
from tutor.tui.screens.dialog import Choice, Choices, Menu
from tutor.tui.words import say


class Permission(Menu):
    """What there is to know of the sheet, and three answers: `yes`, `follow` its changes too, `no`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('yes')", show=False),
        Binding("a", "answer('follow')", show=False),
        Binding("n,q", "answer('no')", show=False),
    ]

    def __init__(self, lang: Lang, asked: Question, ascii: bool = False) -> None:
        choices = [Choice(id, Text(say(f"trust {id}", lang))) for id in ("yes", "follow", "no")]
        super().__init__(lang, say("trust title", lang), say("trust keys", lang), choices, "no", ascii)
        self.asked = asked

    def inside(self) -> ComposeResult:
        """The facts, then the answers."""
        told = Text(self.asked.title(self.lang) + "\n\n")
        for name, fact in self.asked.facts(self.lang):
            told.append(name, "dim").append(fact + "\n")
        yield Static(told.append("\n" + self.asked.warning(self.lang) + "\n"), markup=False)
        yield Choices(id="choices")

    def action_answer(self, answer: str) -> None:
        """By its letter."""
        self.dismiss(answer)
