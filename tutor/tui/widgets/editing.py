"""The editor with its three columns: they are scrolled together, and the editor is as wide as its code."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.containers import Horizontal

from tutor.render.layout import source_lines
from tutor.tui.widgets.editor import Editor
from tutor.tui.widgets.follow import Follow


class Editing(Horizontal):
    """Shows code to change, and beside each line what it did."""

    DEFAULT_CSS = """
    Editing { width: 1fr; height: 1fr; }
    """

    def __init__(self, code: str, *, id: str | None = None) -> None:
        self.editor, self.follow = Editor(code, id="editor"), Follow(id="follow")
        super().__init__(self.editor, self.follow, id=id)
        self._begun = self.editor.text
        self._kept: tuple[tuple[str, str], dict[int, int]] = (("", ""), {})

    @property
    def typed(self) -> str | None:
        """The code as it is now; None where nothing was changed."""
        return self.editor.text if self.editor.text != self._begun else None

    @property
    def line(self) -> int:
        """Where the cursor is, counted from 1."""
        return self.editor.cursor_location[0] + 1

    def kept(self, code: str) -> dict[int, int]:
        """For its lines, counted from 1, which line of the code that was run each of them is."""
        texts = code, self.editor.text
        if self._kept[0] != texts:
            self._kept = texts, kept(*map(source_lines, texts))
        return self._kept[1]

    def divide(self, room: int, beside: bool) -> None:
        """Share so many cells; `beside` where there is room for the columns."""
        self.follow.display = beside
        self.editor.styles.width = self.editor.wanted(room) if beside else "1fr"

    @property
    def room(self) -> int:
        """Cells for the columns; 0 where they are not shown."""
        return max(8, self.follow.content_size.width - 1) if self.follow.display else 0

    def show(self, beside: dict[int, Text], stale: bool) -> None:
        """What stands beside the lines; `stale` where it belongs to an earlier code."""
        self.follow.show(beside)
        self.follow.set_class(stale, "stale")
        self.keep_up()

    def keep_up(self) -> None:
        """Scroll the columns as the editor is scrolled."""
        self.follow.follow(int(self.editor.scroll_y), self.line)


def kept(then: Sequence[str], now: Sequence[str]) -> dict[int, int]:
    """For the lines of changed source which line each was before, counted from 1: one that was changed is still that
    line, one that is new was none."""
    from difflib import SequenceMatcher

    out: dict[int, int] = {}
    for _, was, was_end, line, end in SequenceMatcher(None, then, now).get_opcodes():
        out.update((line + n, was + n) for n in range(1, 1 + min(was_end - was, end - line)))
    return out
