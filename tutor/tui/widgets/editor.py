"""The editor: Textual's own, in the colours of the page, whose lines are known already."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from tutor.render.clean import in_place
from tutor.render.tokens import LINES, START, State, read, style_of

STYLES: dict[str, Style] = {}
"""The page's own, of each kind of token that was met: Textual's editor asks for them by name."""
MOST = 200_000  # characters that are coloured


class Editor(TextArea):
    """Python source."""

    DEFAULT_CSS = """
    Editor {
        border: none;
        padding: 0;
        width: 1fr;
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        &:focus { border: none; }
    }
    """

    def __init__(self, text: str, *, id: str | None = None) -> None:
        super().__init__(
            text, id=id, soft_wrap=False, show_line_numbers=True, tab_behavior="indent", highlight_cursor_line=True
        )
        self.register_theme(TextAreaTheme("tutor", syntax_styles=STYLES))
        self.theme = "tutor"

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn: Textual's own would hand everything in it to the terminal."""
        return Text(in_place(self.document.get_line(line_index)), end="", no_wrap=True)

    def become(self, text: str) -> None:
        """Another text, in a way that undo takes back."""
        line = self.cursor_location[0]
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor((min(line, self.document.line_count - 1), 0))

    def wanted(self, room: int) -> int:
        """Cells for its longest line, at most a little over half of the room."""
        longest = max((cell_len(line) for line in self.document.lines), default=0) + self.gutter_width + 2
        return max(28, min(longest, room * 54 // 100))

    def on_key(self, event: events.Key) -> None:
        """Esc is a command of the desk. Textual's editor would go to the next pane instead."""
        if event.key == "escape":
            event.prevent_default()

    def _build_highlight_map(self) -> None:
        self._line_cache.clear()
        self._highlights.clear()
        if sum(map(len, self.document.lines)) > MOST:
            return
        state = START
        for row, line in enumerate(self.document.lines):
            self._highlights[row], state = _marked(line, state)


@lru_cache(maxsize=LINES)
def _marked(line: str, state: State) -> tuple[list[tuple[int, int | None, str]], State]:
    """The styles of a line that begins in a state of the grammar, by its bytes, and the state of the next one."""
    tokens, after = read(line, state)
    shown = in_place(line)
    marks: list[tuple[int, int | None, str]] = []
    for start, end, kind in tokens:
        if style := style_of(kind):
            STYLES[str(kind)] = style
            marks.append((_bytes(shown[:start]), _bytes(shown[:end]), str(kind)))
    return marks, after


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
