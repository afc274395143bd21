"""The contents: sections, groups and entries, each entry with its state. Draws only the rows that are seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from tutor.catalogue.model import Lang
from tutor.render.clean import clean
from tutor.tui.scene import State
from tutor.tui.shelf import OWN, Line, Shelf
from tutor.tui.widgets.lines import BLANK, Lines
from tutor.tui.words import say

GLYPHS: dict[State, tuple[str, str, str]] = {
    "idle": ("·", ".", "dim"),
    "running": ("▸", ">", "bold cyan"),
    "ran": ("○", "o", "cyan"),
    "proven": ("✓", "v", "green"),
    "failed": ("✗", "x", "bold red"),
    "edited": ("●", "*", "yellow"),
}
"""Of each state: its mark, the same in ASCII, its colour."""
TODAY = {"raises": ("✗", "x", "red"), "warns": ("!", "!", "yellow")}
FEW = 300  # entries up to which everything is unfolded at first
TITLES = 34  # cells from which titles are shown, not names


@dataclass(frozen=True)
class Heading:
    """A section or a group."""

    section: str
    group: str = ""


Place = Heading | str
"""What the cursor stands on: a heading, or an entry's id."""


@dataclass(frozen=True)
class _Row:
    target: Place
    depth: int
    en: str
    zh: str
    count: int = 0
    today: str = ""
    strips: tuple[Strip, ...] = (BLANK,)


class _Drawn(Sequence[Strip]):
    """Rows as strips, each drawn when it is seen."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._kept: dict[int, tuple[_Row, object, Strip]] = {}

    def __len__(self) -> int:
        return len(self._contents.rows)

    def __getitem__(self, n: int) -> Strip:  # type: ignore[override]
        row = self._contents.rows[n]
        looks = self._contents.looks(row)
        found = self._kept.get(n)
        if found is None or found[0] is not row or found[1] != looks:
            found = self._kept[n] = (row, looks, self._contents.drawn(row))
        return found[2]


class Contents(Lines[Place]):
    """The sections of a shelf. The cursor on an entry asks for it."""

    DEFAULT_CSS = """
    Contents { height: 1fr; }
    """

    AHEAD = 2

    def __init__(self, shelf: Shelf, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shelf, self.lang = shelf, lang
        self.rows: list[_Row] = []
        self.states: dict[str, State] = {}
        self.current = ""
        self._folded: set[Place] = set()
        self._fold_most = len(shelf) > FEW

    # ---------------------------------------------------------------------------------------------- showing

    def fill(self, current: str) -> None:
        """Show the shelf as it is now, with the cursor on an entry."""
        self.current = current
        if self._fold_most:
            self._folded = {Heading(s["id"]) for s in self.shelf.sections}
            self._fold_most = False
        self._unfold(current)
        self._rebuild(current)

    def mark(self, entry: str, state: State) -> None:
        """An entry has another state."""
        if self.states.get(entry, "idle") != state:
            self.states[entry] = state
            self._redraw_entry(entry)

    def reveal(self, entry: str) -> None:
        """Put the cursor on an entry, unfolding what hides it."""
        before, self.current = self.current, entry
        if self._unfold(entry):
            self._rebuild(entry)
        else:
            self.point(entry)
        self._redraw_entry(before)
        self._redraw_entry(entry)

    def look(self, lang: Lang, ascii: bool) -> None:
        """Another language, or other characters."""
        self.lang, self.ascii = lang, ascii
        self.refresh()

    def _redraw_entry(self, entry: str) -> None:
        for n, row in enumerate(self.rows):
            if row.target == entry:
                self._refresh_group(n)

    def _rebuild(self, at: Place | None) -> None:
        stood = self.target if at is None else at
        self.rows = list(self._all_rows())
        self._groups = self.rows  # type: ignore[assignment]
        self._strips = _Drawn(self)  # type: ignore[assignment]
        count = len(self.rows)
        self._owner = self._starts = self._stops = range(count)  # type: ignore[assignment]
        self._at = next((n for n, row in enumerate(self.rows) if row.target == stood), min(max(self._at, 0), count - 1))
        self.virtual_size = Size(0, count)
        self.refresh()
        if count:
            self._scroll_to_cursor()

    def _all_rows(self) -> list[_Row]:
        rows: list[_Row] = []
        own = self.shelf.own
        if own:
            rows.append(_Row(Heading(OWN), 0, say("own files", "en"), say("own files", "zh"), len(own)))
            if Heading(OWN) not in self._folded:
                rows += [_entry_row(line, 1) for line in own]
        for section in self.shelf.sections:
            head = Heading(section["id"])
            count = sum(len(g["entries"]) for g in section["groups"])
            rows.append(_Row(head, 0, section["title"]["en"], section["title"]["zh"], count))
            if head in self._folded:
                continue
            for group in section["groups"]:
                depth = 1
                if group["id"]:
                    depth = 2
                    inner = Heading(section["id"], group["id"])
                    title = group["title"]
                    rows.append(_Row(inner, 1, title["en"], title["zh"], len(group["entries"])))
                    if inner in self._folded:
                        continue
                for e in group["entries"]:
                    line = self.shelf.line(e["id"])
                    if line is not None:
                        rows.append(_entry_row(line, depth))
        return rows

    # ---------------------------------------------------------------------------------------------- folding

    def _unfold(self, entry: str) -> bool:
        line = self.shelf.line(entry)
        if line is None:
            return False
        hiding = {Heading(line.section), Heading(line.section, line.group)} & self._folded
        self._folded -= hiding
        return bool(hiding)

    def action_list_left(self) -> None:
        """Fold; from an entry, go to its heading."""
        here = self.target
        if isinstance(here, Heading) and here not in self._folded:
            self._folded.add(here)
            self._rebuild(here)
        elif isinstance(here, Heading) and here.group:
            self.point(Heading(here.section), quiet=False)
        elif isinstance(here, str) and (line := self.shelf.line(here)) is not None:
            self.point(Heading(line.section, line.group) if line.group else Heading(line.section), quiet=False)

    def action_list_right(self) -> None:
        """Unfold; on an entry, go to its page."""
        here = self.target
        if isinstance(here, Heading) and here in self._folded:
            self._folded.discard(here)
            self._rebuild(here)
        elif isinstance(here, Heading):
            self.action_list_down()
        else:
            super().action_list_right()

    def action_list_choose(self) -> None:
        """Fold or unfold a heading; open an entry."""
        here = self.target
        if isinstance(here, Heading):
            (self._folded.discard if here in self._folded else self._folded.add)(here)
            self._rebuild(here)
        else:
            super().action_list_choose()

    # ---------------------------------------------------------------------------------------------- drawing

    def looks(self, row: _Row) -> tuple[object, ...]:
        """What a row is drawn from, besides itself."""
        here = row.target
        told = here in self._folded if isinstance(here, Heading) else (self.states.get(here), here == self.current)
        return self.room, self.lang, self.ascii, told

    def drawn(self, row: _Row) -> Strip:
        """One row."""
        width = self.room
        title = row.zh if self.lang == "zh" else row.en
        lead = " " * row.depth
        if isinstance(row.target, Heading):
            fold = row.target in self._folded
            arrow = ("+" if fold else "-") if self.ascii else ("▸" if fold else "▾")
            count = str(row.count)
            name = cut(f"{lead}{arrow} {clean(title)}", width - len(count) - 1)
            gap = " " * (width - cell_len(name) - len(count))
            bold = Style(bold=row.depth == 0)
            return Strip([Segment(name, bold), Segment(gap), Segment(count, Style(dim=True))], width)
        glyph, plain, style = GLYPHS[self.states.get(row.target, "idle")]
        mark = TODAY.get(row.today) if width >= TITLES else None
        if width < TITLES and self.shelf.line(row.target) and not self.shelf.is_own(row.target) and self.lang == "en":
            title = row.target.partition("/")[2]
        room = width - row.depth - 2 - (2 if mark else 0)
        name = cut(clean(title), room)
        current = Style(bold=True) if row.target == self.current else Style()
        parts = [
            Segment(lead),
            Segment(f"{plain if self.ascii else glyph} ", Style.parse(style)),
            Segment(name, current),
        ]
        used = row.depth + 2 + cell_len(name)
        if mark:
            parts.append(Segment(" " * (width - used - 1)))
            parts.append(Segment(mark[1] if self.ascii else mark[0], Style.parse(f"dim {mark[2]}")))
            used = width
        return Strip(parts, used)


def _entry_row(line: Line, depth: int) -> _Row:
    return _Row(line.id, depth, line.en, line.zh, today=line.today)


def cut(text: str, width: int) -> str:
    """The text at no more than this width, with a mark where it is longer."""
    if cell_len(text) <= width:
        return text
    out, used = "", 0
    for char in text:
        used += cell_len(char)
        if used > width - 1:
            break
        out += char
    return out + "…" if width > 0 else ""
