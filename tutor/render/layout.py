"""Rows of the ledger -> lines at a width.

From 100 columns the four columns stand side by side, all rows of an entry at the same widths so that they can be
printed one by one; below that, and in plain mode, what a statement did stands indented under it with its label. Where
all rows are known, and where they do not fit beside the code, the three other columns stand side by side under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render.tokens import highlight
from tutor.render.words import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.render.ledger import Row

WIDE = 100  # columns from which the ledger stands side by side
MEASURE = 100  # cells of a line of prose, however wide the terminal
GUTTER = 5  # cells before the code: a mark, the line's number, a blank
NARROW = 9  # cells of the gradients' column where there are none
BAR = 3  # cells between two columns
TAB = 4  # cells from one stop of a tab in source to the next
LABEL = GUTTER + 10  # cells before what stands stacked under the code
OPENING, CLOSING = "(（「《“‘【[", ")，。；：！？、）」》”’】]…,.;:!?"


@dataclass(frozen=True)
class Sheet:
    """The width and manner of a page."""

    width: int
    lang: Lang = "en"
    plain: bool = False
    """No box drawing, no columns: for screen readers, logs and small terminals."""
    code: int = 40
    """Cells of the code column."""
    wide: int = WIDE
    """Columns from which the ledger stands side by side."""
    ascii: bool = False
    """Columns, but no box drawing and no blocks."""
    gradients: bool = True
    """Whether some are to be expected; without them their column is no wider than its heading."""
    others: tuple[int, int, int] | None = None
    """Cells of output, shapes and gradients, where they are fitted to what stands in them; 0: left out."""
    under: bool = False
    """Whether the code has the whole width, and the other columns stand under it."""

    @property
    def stacked(self) -> bool:
        """Whether the columns stand under one another."""
        return self.plain or self.width < self.wide

    @property
    def bar(self) -> str:
        """What stands between two columns."""
        return "|" if self.plain or self.ascii else "│"

    @property
    def columns(self) -> tuple[int, int, int, int]:
        """Cells of code, output, shapes and gradients."""
        if self.others is not None:
            return self.code, *self.others
        rest = self.width - self.code - 3 * BAR
        if not self.gradients:
            rest -= NARROW
            return self.code, rest - rest * 48 // 100, rest * 48 // 100, NARROW
        output = rest * 34 // 100
        shapes = rest * 31 // 100
        return self.code, output, shapes, rest - output - shapes

    @property
    def output(self) -> int:
        """Cells for a value."""
        return self.width - LABEL if self.stacked else self.columns[1]


def sheet_for(source: str, width: int, lang: Lang, plain: bool) -> Sheet:
    """A page whose code column fits the source."""
    longest = max((Text(line).cell_len for line in source_lines(source)), default=0) + GUTTER + 1
    code = max(24, min(longest, width * 38 // 100))
    return Sheet(width, lang, plain, code=code, gradients=expects_gradients(source))


def expects_gradients(source: str) -> bool:
    """Whether some may come of it."""
    return "grad" in source.replace("no_grad", "") or "backward" in source


def source_lines(source: str) -> tuple[str, ...]:
    """Lines as Python counts them: a form feed or a separator of Unicode ends none. Tabs as wide as in the editor."""
    return tuple(source.replace("\r\n", "\n").replace("\r", "\n").expandtabs(TAB).split("\n"))


def heading(sheet: Sheet) -> RenderableType:
    """The names of the columns."""
    code, *others = (Text(word(k, sheet.lang), style="dim") for k in ("code", "output", "shapes", "gradients"))
    if sheet.under:
        return _beside_code([code + Text(" / ", style="dim") + others[0]], [[name] for name in others[1:]], sheet)
    return _grid(sheet, [[code], *([name] for name in others)], sheet.columns)


def row_lines(row: Row, sheet: Sheet) -> RenderableType:
    """One row."""
    if sheet.stacked:
        return _stacked(row, sheet)
    others = row.output, row.shapes, row.gradients
    if not sheet.under:
        return _grid(sheet, [code_lines(row, sheet.code), *others], sheet.columns)
    code = _own_lines(row, sheet)
    if any(others) and not row.output and all(line.cell_len <= GUTTER + sheet.output for line in code):
        return _beside_code(code, others[1:], sheet)
    under = [_grid(sheet, others, sheet.columns[1:], GUTTER)] if any(others) else []
    return Group(*code, *under)


@dataclass(frozen=True)
class Columns:
    """Texts beside one another, each as wide as its column. What Rich's Table does in more than twice the time, which a
    page of many rows is seen to take."""

    cells: Sequence[Sequence[Text]]
    widths: Sequence[int]
    bar: Text
    """Between two of them."""
    lead: int = 0
    """Cells before the first."""

    def lines(self, console: Console) -> list[Text]:
        """The lines, all of them as long as the lead, the columns and the bars together."""
        columns = [self._folded(cell, width, console) for cell, width in zip(self.cells, self.widths, strict=True)]
        out: list[Text] = []
        for y in range(max(map(len, columns), default=0)):
            whole = Text(" " * self.lead, no_wrap=True, end="")
            for n, (column, width) in enumerate(zip(columns, self.widths, strict=True)):
                line = column[y] if y < len(column) else Text()
                if n:
                    whole.append_text(self.bar)
                whole.append_text(line).append(" " * (width - line.cell_len))
            out.append(whole)
        return out

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text("\n", no_wrap=True).join(self.lines(console))

    @staticmethod
    def _folded(cell: Sequence[Text], width: int, console: Console) -> list[Text]:
        """The lines of a cell, those that do not fit in pieces."""
        return [piece for line in cell for piece in ([line] if line.cell_len <= width else hung(line, width, console))]


def hung(line: Text, width: int, console: Console) -> list[Text]:
    """A line in pieces that fit, each as far to the right as the first one, where that leaves room."""
    lead = len(line.plain) - len(line.plain.lstrip(" "))
    if not 0 < lead <= width // 3:
        return list(line.wrap(console, width, overflow="fold"))
    return [Text(" " * lead).append_text(piece) for piece in line[lead:].wrap(console, width - lead, overflow="fold")]


def _grid(sheet: Sheet, cells: Sequence[Sequence[Text]], widths: Sequence[int], lead: int = 0) -> Columns:
    shown = [(cell, width) for cell, width in zip(cells, widths, strict=True) if width]
    bar = Text(f" {sheet.bar} ", style="dim")
    return Columns([cell for cell, _ in shown], [width for _, width in shown], bar, lead)


def _beside_code(code: Sequence[Text], others: Sequence[Sequence[Text]], sheet: Sheet) -> Columns:
    """Shapes and gradients under which there is no output: the code stands above where that would be, and before it."""
    _, output, *widths = sheet.columns
    return _grid(sheet, [code, *others], [GUTTER + output, *widths])


def hanging(label: Text, text: Text, left: int, right: int, gap: int = 0) -> Columns:
    """A paragraph of `right` cells beside its label of `left`."""
    left, right = max(1, left), max(1, right)
    return Columns([broken(label, left), broken(text, right)], [left, right], Text(" " * gap))


def two_columns(parts: Sequence[RenderableType], width: int, sheet: Sheet) -> Table:
    """Two things beside one another, each so wide."""
    lines = Box("\n".join(f"  {sheet.bar} " if n in (1, 3) else "    " for n in range(8)) + "\n", ascii=sheet.ascii)
    table = Table(box=lines, show_header=False, show_edge=False, pad_edge=False, padding=(0, 1), border_style="dim")
    table.add_column(width=width)
    table.add_column(width=width)
    table.add_row(*parts)
    return table


def code_lines(row: Row, width: int) -> list[Text]:
    """Numbered, highlighted source; a heading of an iteration or call as it is."""
    if row.line == 0:
        style = "italic cyan" if row.kind in ("iteration", "call") else "dim"
        room = max(width // 3, width - GUTTER - cell_len(row.code[0]))  # also in a deep recursion
        indent = min(2 * row.depth, room)
        return folded(Text(" " * (GUTTER + indent) + row.code[0], style=style), width)
    marks = {"raised": ("x", "bold red"), "stopped": ("x", "bold red"), "running": (">", "bold yellow")}
    mark, style = marks.get(row.state, (" ", ""))
    out: list[Text] = []
    for i, line in enumerate(highlight("\n".join(row.code))):
        number = Text.assemble((mark if i == 0 else " ", style), (f"{row.line + i:>3} ", "dim"))
        first, *rest = folded(line, width - GUTTER)
        out.append(number.append_text(first))
        out += [Text(" " * GUTTER).append_text(more) for more in rest]
    return out


def folded(line: Text, width: int) -> list[Text]:
    """A line of source in pieces that fit, broken at blanks, the later ones indented further than the first."""
    if line.cell_len <= width:
        return [line]
    plain = line.plain
    lead = min(len(plain) - len(plain.lstrip()) + 4, width // 2)
    out: list[Text] = []
    start, room = 0, width
    while cell_len(plain[start:]) > room:
        end = start + _fitting(plain[start:], room)
        middle = start + (end - start) * 2 // 5
        at = plain.rfind(" ", start + 1, end + 1)
        if at <= middle:  # no blank where one is wanted: after a bracket or comma
            at = _after("(,", plain, middle, end) or _after(".=", plain, middle, end) or end
        out.append(line[start:at])
        start = at + (plain[at : at + 1] == " ")
        room = max(8, width - lead)
    out.append(line[start:])
    return [out[0], *(Text(" " * lead).append_text(piece) for piece in out[1:])]


def _after(marks: str, plain: str, start: int, end: int) -> int:
    """The place behind the last of some characters; 0 where there is none."""
    return max(plain.rfind(mark, start, end) + 1 for mark in marks)


def _fitting(text: str, cells: int) -> int:
    """How many characters, at least one, fit into so many cells."""
    end = max(1, min(len(text), cells))
    while end > 1 and cell_len(text[:end]) > cells:
        end -= 1
    return end


def _stacked(row: Row, sheet: Sheet) -> Group:
    parts: list[RenderableType] = list(_own_lines(row, sheet))
    labelled = (("output", row.output), ("shapes", row.shapes), ("gradients", row.gradients))
    for key, lines in labelled:
        for i, line in enumerate(lines):
            label = word(key, sheet.lang) if i == 0 else ""
            parts.append(_labelled(label, line, sheet))
    return Group(*parts)


def _own_lines(row: Row, sheet: Sheet) -> list[Text]:
    """Its code over the whole width, if it has some."""
    return code_lines(row, sheet.width) if any(line.strip() for line in row.code) else []


def _labelled(label: str, line: Text, sheet: Sheet) -> RenderableType:
    name = Text(" " * GUTTER + label, style="dim")
    return Columns([[name], [line]], [LABEL, max(sheet.width - LABEL, 10)], Text())


def prose(text: str, style: str = "") -> Text:
    """Running text of the sheet: what stands in backticks is code."""
    out = Text(style=style)
    for i, part in enumerate(text.split("`")):
        out.append(part, "bold cyan" if i % 2 else "")
    return out


def labelled_prose(label: str, text: Text | str, sheet: Sheet, style: str = "dim") -> RenderableType:
    """A paragraph with its label before it."""
    left = min(20, max(12, sheet.width // 5))
    right = max(10, min(sheet.width, MEASURE) - left - 1)
    said = text if isinstance(text, Text) else prose(text)
    return hanging(Text(label, style=style), said, left, right, 1)


def wrapped(text: Text, width: int) -> Text:
    """The text in lines of at most `width` cells, broken at blanks and between Chinese characters.

    Rich takes a Chinese sentence for one word: it breaks before all of it, or anywhere."""
    return Text("\n").join(broken(text, width))


def broken(text: Text, width: int) -> list[Text]:
    """The same, line by line."""
    return [piece for line in text.split("\n", allow_blank=True) for piece in _pieces(line, width)]


def _pieces(line: Text, width: int) -> list[Text]:
    plain, cuts = line.plain, list[int]()
    start = used = may = before = 0
    for i, char in enumerate(plain):
        cells = 1 if char.isascii() else cell_len(char)
        if i > start and char != " " and _breakable(plain[i - 1], char, before == 2 or cells == 2):
            may = i
        used, before = used + cells, cells
        if used > width and char != " ":
            start = may if may > start else i
            cuts.append(start)
            used = cell_len(plain[start : i + 1])
    pieces = list(line.divide(cuts))
    for piece in pieces:
        piece.rstrip()
    return pieces


def _breakable(left: str, right: str, wide: bool) -> bool:
    """Whether a line may end between two characters, the second of which is no blank."""
    return left == " " or (wide and left not in OPENING and right not in CLOSING)


def indented(part: RenderableType, by: int = 4) -> Padding:
    """Moved to the right."""
    return Padding(part, (0, 0, 0, by))
