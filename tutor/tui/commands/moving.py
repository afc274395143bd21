"""Commands that go somewhere. The first step to another entry waits for no import of a dialog."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.tui.screens.desk import Desk


def next_entry(desk: Desk) -> None:
    """The entry after this one."""
    _by(desk, 1)


def previous_entry(desk: Desk) -> None:
    """The entry before this one."""
    _by(desk, -1)


def _by(desk: Desk, way: int) -> None:
    order = desk.session.shelf.order
    at = order.index(desk.session.current) + way if desk.session.current in order else 0
    if 0 <= at < len(order):
        desk.open_entry(order[at])
    else:
        desk.tell("last" if way > 0 else "first")


def back(desk: Desk) -> None:
    """Where one came from."""
    id = desk.session.back()
    if id:
        desk.show_entry(id)
    else:
        desk.tell("nothing back")


def forward(desk: Desk) -> None:
    """Where one went back from."""
    id = desk.session.forward()
    if id:
        desk.show_entry(id)
    else:
        desk.tell("nothing forward")


def pane(desk: Desk) -> None:
    """The next pane."""
    desk.focus_by(1)


def pane_back(desk: Desk) -> None:
    """The pane before."""
    desk.focus_by(-1)


def contents(desk: Desk) -> None:
    """The contents."""
    desk.focus_pane("contents")


def entry(desk: Desk) -> None:
    """The entry."""
    desk.focus_pane("page")


def details(desk: Desk) -> None:
    """The details, or away with them where they are a pane of their own choice."""
    desk.toggle_details()


def pitfalls(desk: Desk) -> None:
    """The mistakes made here, or back to the entry."""
    entry = desk.session.entry()
    if desk.lab_open:
        desk.show_lab(False)
    elif entry is None or not entry.pitfalls:
        desk.tell("no pitfalls")
    else:
        desk.show_lab(True)


def find(desk: Desk) -> None:
    """Search the sheet."""
    from tutor.tui.screens.finder import Finder

    def found(id: str | None) -> None:
        if id:
            desk.open_entry(id)
            desk.focus_pane("page")

    session = desk.session
    desk.app.push_screen(Finder(session.lang, session.shelf, session.recent, session.ascii), found)


def palette(desk: Desk) -> None:
    """Search the commands."""
    from tutor.tui.screens.finder import Palette

    def found(id: str | None) -> None:
        if id:
            desk.action_command(id)

    desk.app.push_screen(Palette(desk.session.lang, desk.keymap, desk.session.ascii), found)
