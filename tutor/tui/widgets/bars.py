"""The bars at the edges: where one is, how the run is doing, which keys there are."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widget import Widget

from tutor.catalogue.model import Lang
from tutor.tui.keys import COMMANDS, Mood, keys_of, shown

Place = tuple[int, int, str]
"""From and to which cell of a line there is what command."""


class Clicked(Message):
    """A command was clicked."""

    def __init__(self, command: str) -> None:
        super().__init__()
        self.command = command


class Bar(Widget):
    """One line of text: `left` up to the width, `right` at its end where there is room for both. `urgent`: the
    right one is a message, and the left one gives way to it."""

    DEFAULT_CSS = """
    Bar { height: 1; width: 1fr; padding: 0 1; background: $surface; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None, urgent: bool = False) -> None:
        super().__init__(id=id)
        self._urgent = urgent
        self._left, self._right = Text(), Text()
        self._places: list[Place] = []

    def show(self, left: Text, right: Text | None = None, places: list[Place] | None = None) -> None:
        """Show something else, parts of which may be clicked."""
        right = right if right is not None else Text()
        self._places = places or []
        if (left, right) != (self._left, self._right) or left.spans != self._left.spans:
            self._left, self._right = left, right
            self.refresh()

    def render(self) -> Text:
        """The line."""
        return fitted(self._left, self._right, self.content_size.width, self._urgent)

    def on_click(self, event: events.Click) -> None:
        """What was clicked."""
        told(self, self._places, event)


def told(widget: Widget, places: list[Place], event: events.Click) -> None:
    """Post the command that stands where a click was."""
    at = event.get_content_offset(widget)
    for start, stop, command in places:
        if at is not None and start <= at.x < stop:
            widget.post_message(Clicked(command))


def fitted(left: Text, right: Text, width: int, urgent: bool = False) -> Text:
    """Both ends of a line. The right one gives way first; an urgent one only to a third of the line, and in its middle:
    what stands at its end is the reason."""
    left, right = left.copy(), right.copy()
    if urgent and right:
        right = shortened(right, max(8, width - min(left.cell_len, width // 3) - 2))
    elif right.cell_len + 2 > width - left.cell_len:
        most = max(0, width - left.cell_len - 2)
        right.truncate(most if most >= 8 else 0, overflow="ellipsis" if most >= 8 else "crop")
    left.truncate(max(0, width - (right.cell_len + 2 if right else 0)), overflow="ellipsis")
    gap = " " * max(0, width - left.cell_len - right.cell_len)
    return Text(no_wrap=True, end="").append_text(left).append(gap).append_text(right)


def shortened(text: Text, width: int) -> Text:
    """A text without the middle of its longest word, most often a path, or without its own middle if that is not
    enough."""
    if text.cell_len <= width:
        return text
    plain, excess = text.plain, text.cell_len - width + 1
    first, last = max((word.span() for word in re.finditer(r"\S+", plain)), key=lambda span: span[1] - span[0])
    if cell_len(plain[first:last]) < excess + 8:
        first, last = 0, len(plain)
    begin = end = (first + last) // 2
    while cell_len(plain[begin:end]) < excess and (begin > first or end < last):
        if begin > first and (end == last or begin - first >= last - end):
            begin -= 1
        else:
            end += 1
    return Text(plain[:begin] + "…" + plain[end:], text.style)


class Keys(Widget):
    """The keys that matter where the reader is, as many as fit, made from the table of commands."""

    DEFAULT_CSS = """
    Keys { height: 1; width: 1fr; padding: 0 1; background: $surface; color: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._mood: Mood = "contents"
        self._lang: Lang = "en"
        self._keymap: dict[str, str] = {}
        self._places: list[Place] = []

    def show(self, mood: Mood, lang: Lang, keymap: dict[str, str]) -> None:
        """Show other keys."""
        if (mood, lang, keymap) != (self._mood, self._lang, self._keymap):
            self._mood, self._lang, self._keymap = mood, lang, dict(keymap)
            self.refresh()

    def render(self) -> Text:
        """The line. `? keys` always has its place."""
        items = []
        for command in COMMANDS:
            if self._mood not in command.moods:
                continue
            if self._mood == "editor" and command.place != "editor":
                continue
            keys = keys_of(command, self._keymap)
            if not keys:
                continue
            key = keys[-1] if self._mood == "editor" and len(keys[0]) == 1 else keys[0]
            if command.id == "help" and self._mood == "editor":
                key = keys[-1]
            name = "j/k" if command.id == "down" and key == "j" else shown(key)
            items.append((command.id, name, command.label(self._lang)))
        last = [item for item in items if item[0] == "help"]
        others = [item for item in items if item[0] != "help"]
        width = self.content_size.width
        while others and _length([*others, *last]) > width:
            others.pop()
        text = Text(no_wrap=True, end="")
        self._places = []
        for id, name, label in [*others, *last]:
            text.append("  " if text else "")
            start = text.cell_len
            text.append(name, "bold cyan").append(" " + label)
            self._places.append((start, text.cell_len, id))
        return text

    def on_click(self, event: events.Click) -> None:
        """What was clicked."""
        told(self, self._places, event)


def _length(items: list[tuple[str, str, str]]) -> int:
    return sum(cell_len(name) + 1 + cell_len(label) for _, name, label in items) + 2 * (len(items) - 1)
