"""Which panes have a place in a window of a given size. Pure: sizes and wishes in, places out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tutor.tui.keys import Mood

TABS = 100  # columns below which there is one pane at a time
THREE = 170  # columns from which the details have a place of their own
TALL = 18  # rows from which details fit below an editor
BESIDE = 116  # columns from which then and now stand side by side


@dataclass(frozen=True)
class Arrangement:
    """Sizes in cells; 0 or False: not shown."""

    tabs: bool
    contents: int
    work: bool
    page: bool
    then: bool
    stacked: bool
    """The two pages above one another."""
    details: Literal["", "right", "below"]
    details_width: int
    details_height: int
    follow: bool
    """Whether there is room beside the editor."""
    room: int
    """Cells for pages or editor."""


def arranged(
    width: int, height: int, tab: Mood, editing: bool, details: bool, comparing: bool, zoomed: bool
) -> Arrangement:
    """The places."""
    tabs = width < TABS or zoomed
    third = max(44, width * 27 // 100)
    three = width >= THREE and height >= 30 and not zoomed
    if comparing and width - _contents(width) - third < BESIDE - 4:  # then and now need the room more
        three = False
    crowded = not three and width < 150 and (editing or (comparing and tab != "contents"))
    contents = 0 if crowded else _contents(width)
    if tabs:
        contents = width if tab == "contents" and not editing else 0
    work = not tabs or tab != "contents" or editing
    room = width - (0 if tabs else contents)
    side: Literal["", "right", "below"] = ""
    if tabs:
        side = "below" if (tab == "details" and not editing) or (editing and height >= TALL) else ""
    elif three:
        side = "right"
    elif details or editing:
        side = "below"
    only_details = tabs and tab == "details" and not editing
    details_width = third if side == "right" else 0
    details_height = 0 if only_details or side != "below" else max(5, height * 38 // 100)
    room -= details_width
    beside = room >= BESIDE - 4
    one_page = comparing and not beside and (tabs or height < 30)
    return Arrangement(
        tabs=tabs,
        contents=contents,
        work=work,
        page=work and not only_details and not one_page and not editing,
        then=work and comparing and not only_details and not editing,
        stacked=comparing and not beside,
        details=side,
        details_width=details_width,
        details_height=details_height,
        follow=room >= 76,
        room=room,
    )


def _contents(width: int) -> int:
    return 24 if width < 140 else 36 if width < 190 else 40
