"""A line to type into. Textual's own writes what is in it to the terminal as it is, and names of files may be in it."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import Input

from tutor.render.clean import in_place


class Field(Input):
    """An input that only shows its text."""

    @property
    def _value(self) -> Text:
        shown = super()._value
        return Text(in_place(shown.plain), no_wrap=True, overflow="ignore", end="", spans=shown.spans)
