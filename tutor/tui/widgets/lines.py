"""Lines with a cursor: what every pane of the app is made of. Only what is visible is drawn, only what changed redrawn.

A pane holds strips (lines already drawn) in groups; a group may be something the cursor can stand on. Where the strips
come from is the business of the classes made from this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip

from tutor.tui.keys import COMMANDS
from tutor.tui.widgets.drawn import EDGES, Kept, Looks, Margin, drawn, restyled
from tutor.tui.widgets.slider import Slider

T = TypeVar("T")

BLANK = Strip.blank(0)


def list_bindings() -> list[BindingType]:
    """The keys of everything that has a cursor."""
    return [Binding(c.keys, f"list_{c.id}", c.en, show=False, id=c.id) for c in COMMANDS if c.place == "list"]


class Group(Generic[T]):
    """Lines that belong together, and what the cursor on them stands on."""

    __slots__ = ("strips", "target")

    def __init__(self, strips: Sequence[Strip], target: T | None = None) -> None:
        self.strips, self.target = strips, target


class Lines(ScrollView, Generic[T], can_focus=True):
    """A pane of lines."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings()
    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--cursor", "lines--mark"}
    DEFAULT_CSS = """
    Lines {
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        scrollbar-gutter: stable;
        overflow-x: hidden;
        &:focus { background-tint: $foreground 0%; }
        & > .lines--cursor { background: $panel 60%; }
        & > .lines--mark { color: $primary; text-style: bold; }
        &:focus > .lines--cursor { background: $panel; }
        &:focus > .lines--mark { color: $accent; }
    }
    """
    AHEAD = 0
    """Lines that are seen before and after the one with the cursor."""
    MARGIN = 1
    """Cells before every line, for the cursor's mark."""
    ascii: reactive[bool] = reactive(False)
    """Whether the mark is one of ASCII."""

    class Pointed(Message):
        """The cursor came to stand on something else."""

        def __init__(self, lines: Lines[Any], target: object) -> None:
            super().__init__()
            self.lines, self.target = lines, target

        @property
        def control(self) -> Lines[Any]:
            """The pane."""
            return self.lines

    class Chosen(Pointed):
        """The reader wants what the cursor is on opened."""

    class Sideways(Message):
        """The reader wants to go left (-1) or right (1)."""

        def __init__(self, lines: Lines[Any], way: int) -> None:
            super().__init__()
            self.lines, self.way = lines, way

        @property
        def control(self) -> Lines[Any]:
            """The pane."""
            return self.lines

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._kept = Kept()
        self._told_size = Size(0, 0)
        self._strips: list[Strip] = []
        self._owner: list[int] = []
        """For each line, its group."""
        self._groups: Sequence[Group[T]] = ()
        self._starts: list[int] = []
        self._stops: list[int] = []
        """The groups that have a target, in order."""
        self._at = -1
        """Index into `_stops`; -1 where there is nothing to stand on."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The bar at the side, made when it is first asked for."""
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = bar = Slider(name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar

    # ----------------------------------------------------------------------------------------------- showing

    @property
    def room(self) -> int:
        """Cells for a line."""
        return max(8, self.scrollable_content_region.width - self.MARGIN)

    def show(self, groups: Sequence[Group[T]], at: T | None = None, top: bool = False) -> None:
        """Show other lines. The cursor goes to `at`, or stays where it is; `top` scrolls to the beginning."""
        before = self._strips
        stood = self.target if at is None else at
        old, stood_at = self._at, self._line
        self._groups = groups
        self._strips = [strip for group in groups for strip in group.strips]
        self._owner = [i for i, group in enumerate(groups) for _ in group.strips]
        self._starts, line = [], 0
        for group in groups:
            self._starts.append(line)
            line += len(group.strips)
        self._stops = [i for i, group in enumerate(groups) if group.target is not None and group.strips]
        self._at = self._found(stood, old)
        self.virtual_size = Size(0, len(self._strips))
        if top:
            self.scroll_to(0, 0, animate=False)
            if at is None:
                self._at = 0 if self._stops else -1
        elif at is None:
            self._hold(stood_at)
        self._refresh_changed(before)

    def _hold(self, stood_at: int | None) -> None:
        """What comes in above the cursor moves nothing under the eyes."""
        line = self._line
        if stood_at is None or line is None or line == stood_at:
            return
        if 0 <= stood_at - self.scroll_y < self.size.height:
            self.scroll_to(0, self.scroll_y + line - stood_at, animate=False)

    def _refresh_changed(self, before: list[Strip]) -> None:
        """Redraw the visible lines that are not what they were."""
        height = self.size.height
        first = int(self.scroll_y)
        for y in range(first, first + height):
            was = before[y] if y < len(before) else None
            now = self._strips[y] if y < len(self._strips) else None
            if was is not now and was != now:
                self.refresh(Region(0, y - first, self.size.width, 1))

    def _found(self, target: T | None, old: int) -> int:
        if not self._stops:
            return -1
        if target is not None:
            for n, i in enumerate(self._stops):
                if self._groups[i].target == target:
                    return n
            near = self.nearest(target, [t for i in self._stops if (t := self._groups[i].target) is not None])
            if near >= 0:
                return near
        return min(max(old, 0), len(self._stops) - 1)

    def nearest(self, target: T, targets: list[T]) -> int:
        """Where the cursor goes when what it stood on is gone; -1 for where it was."""
        return -1

    # ------------------------------------------------------------------------------------------------ the cursor

    @property
    def target(self) -> T | None:
        """What the cursor stands on."""
        return self._groups[self._stops[self._at]].target if 0 <= self._at < len(self._stops) else None

    @property
    def _line(self) -> int | None:
        """Where the cursor begins, counted from the first line of all."""
        return self._starts[self._stops[self._at]] if 0 <= self._at < len(self._stops) else None

    def point(self, target: T, quiet: bool = True) -> bool:
        """Put the cursor on something; whether it is there."""
        for n, i in enumerate(self._stops):
            if self._groups[i].target == target:
                self._move_to(n, quiet)
                return True
        return False

    def _move_to(self, at: int, quiet: bool = False) -> None:
        if not self._stops:
            return
        at = min(max(at, 0), len(self._stops) - 1)
        old, self._at = self._at, at
        if old != at:
            for n in (old, at):
                self._refresh_group(n)
        self._scroll_to_cursor()
        if old != at and not quiet:
            self.post_message(self.Pointed(self, self.target))

    def _refresh_group(self, n: int) -> None:
        if 0 <= n < len(self._stops):
            i = self._stops[n]
            start = self._starts[i] - int(self.scroll_y)
            self.refresh(Region(0, start, self.size.width, len(self._groups[i].strips)))

    def on_resize(self, event: events.Resize) -> None:
        """What the cursor stands on stays in sight."""
        self._told_size = self.size
        self.call_after_refresh(self._scroll_to_cursor)

    def _scroll_to_cursor(self) -> None:
        if self._line is None:
            return
        i = self._stops[self._at]
        start, height = self._starts[i], len(self._groups[i].strips)
        top, room = int(self.scroll_y), max(1, self.scrollable_content_region.height)
        if self._at == 0 and start < room:  # what stands above the first row is worth seeing too
            wanted = 0
        elif start - (ahead := min(self.AHEAD, (room - 1) // 2)) < top:
            wanted = start - ahead
        elif start + height + ahead > top + room:
            wanted = min(start, start + height + ahead - room)
        else:
            return
        self.scroll_to(0, wanted, animate=False)

    # ---------------------------------------------------------------------------------------------------- keys

    def action_list_down(self) -> None:
        """To the next group; lines that cannot be stood on are scrolled by."""
        self._step(1)

    def action_list_up(self) -> None:
        """To the group before."""
        self._step(-1)

    def _step(self, way: int) -> None:
        bottom = int(self.scroll_y) + self.scrollable_content_region.height
        n = self._at + way
        if 0 <= n < len(self._stops):
            start = self._starts[self._stops[n]]
            current = self._starts[self._stops[self._at]] if self._at >= 0 else start
            room = max(2, self.scrollable_content_region.height)
            if abs(start - current) > room:  # a long stretch without a stop: read it by lines first
                if way > 0 and bottom < start:
                    self.scroll_relative(y=max(1, room // 2), animate=False)
                    return
                if way < 0 and int(self.scroll_y) > start + len(self._groups[self._stops[n]].strips):
                    self.scroll_relative(y=-max(1, room // 2), animate=False)
                    return
            self._move_to(n)
        elif (way > 0 and bottom < len(self._strips)) or (way < 0 and self.scroll_y > 0):
            self.scroll_relative(y=way * 2, animate=False)

    def action_list_top(self) -> None:
        """To the beginning."""
        self._move_to(0)
        self.scroll_to(0, 0, animate=False)

    def action_list_bottom(self) -> None:
        """To the end."""
        self._move_to(len(self._stops) - 1)
        self.scroll_to(0, len(self._strips), animate=False)

    def action_list_page_down(self) -> None:
        """A screenful further."""
        self._page(1)

    def action_list_page_up(self) -> None:
        """A screenful back."""
        self._page(-1)

    def _page(self, way: int) -> None:
        room = max(1, self.scrollable_content_region.height - 1)
        line = self._starts[self._stops[self._at]] if self._at >= 0 else int(self.scroll_y)
        self.scroll_relative(y=way * room, animate=False)
        wanted = line + way * room
        nearest = min(range(len(self._stops)), key=lambda n: abs(self._starts[self._stops[n]] - wanted), default=-1)
        if nearest >= 0:
            old, self._at = self._at, nearest
            for n in (old, nearest):
                self._refresh_group(n)
            if old != nearest:
                self.post_message(self.Pointed(self, self.target))

    def action_list_left(self) -> None:
        """Ask to go left."""
        self.post_message(self.Sideways(self, -1))

    def action_list_right(self) -> None:
        """Ask to go right."""
        self.post_message(self.Sideways(self, 1))

    def action_list_choose(self) -> None:
        """Ask to open what the cursor is on."""
        self.post_message(self.Chosen(self, self.target))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there; a second one opens."""
        y = event.y + int(self.scroll_y)
        if not 0 <= y < len(self._owner) or self.screen.get_selected_text():
            return
        group = self._owner[y]
        if group in self._stops:
            n = self._stops.index(group)
            self._move_to(n)
            if event.chain == 2 or self.opens_on_click:
                self.post_message(self.Chosen(self, self.target))

    opens_on_click = False
    """Whether one click opens."""

    # ------------------------------------------------------------------------------------------------- drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Visible lines for the screen."""
        if self.size != self._told_size:  # Textual tells a pane nothing of its first size if it was asked for before
            self.post_message(events.Resize(self.size, self.virtual_size))
        gutter, (border, colour) = self.styles.gutter, self.styles.border_right
        if gutter.top or gutter.bottom or gutter.left or gutter.right > (border in EDGES):
            return super().render_lines(crop)
        looks = self._looks()._replace(filters=tuple(self.get_line_filters()))
        if gutter.right:
            ground = looks.background
            style = Style.from_color((ground + colour).rich_color, ground.rich_color)
            looks = looks._replace(edge=Segment(EDGES[border], style))
        first = int(self.scroll_y)
        strips = self._kept.lines(range(first, first + self.size.height), looks, self._source, self._margin)
        strips = strips[crop.y : crop.bottom]
        if crop.column_span != (0, looks.width + gutter.right):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """One visible line, which knows of each of its parts where it stands in the text: for a selection."""
        line = y + int(self.scroll_y)
        return drawn(self._source(line).apply_offsets(0, line), self._margin(line), self._looks())

    def _looks(self) -> Looks:
        mark, cursor = (self.get_component_rich_style(f"lines--{name}") for name in ("mark", "cursor"))
        reverse = self.app.no_color and self.has_focus
        over = Style(reverse=True) if reverse else Style(bgcolor=cursor.bgcolor)
        return Looks(self.size.width, self.rich_style, mark, over, self.background_colors[1])

    def _source(self, line: int) -> Strip:
        """A line as it was given, with what is selected of it; an empty one below the last."""
        if line >= len(self._strips):
            return BLANK
        strip = self._strips[line]
        selection = self.text_selection
        span = selection.get_span(line) if selection is not None else None
        if span is not None:
            strip = restyled(strip, *span, self.screen.get_component_rich_style("screen--selection"))
        return strip

    def _margin(self, line: int) -> Margin:
        stands = 0 <= self._at < len(self._stops) and line < len(self._owner)
        if not stands or self._owner[line] != self._stops[self._at]:
            return Margin(" " * self.MARGIN, False)
        glyph = "▌" if not self.ascii else ">" if line == self._starts[self._stops[self._at]] else " "
        return Margin(glyph.ljust(self.MARGIN) if self.MARGIN else "", True)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The text under the mouse's selection."""
        text = "\n".join("".join(segment.text for segment in strip) for strip in self._strips)
        return "\n".join(line.rstrip() for line in selection.extract(text).split("\n")), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Redraw."""
        self.refresh()

    @property
    def plain_text(self) -> str:
        """All lines without their looks."""
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in self._strips)
