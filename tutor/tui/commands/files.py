"""What happens when a file on disk changes: the author's loop. Called by the desk now and then."""

from __future__ import annotations

import os

from tutor.catalogue.model import Text
from tutor.errors import TutorError
from tutor.tui.keys import BY_ID, keys_of, shown
from tutor.tui.screens.faults import Faults
from tutor.tui.screens.finder import Finder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.model import Lang
    from tutor.tui.screens.desk import Desk


def reload_sheet(desk: Desk) -> None:
    """Read the sheet again, and stay where one is."""
    shelf, app = desk.session.shelf, desk.app
    good = shelf.reload()
    if isinstance(app.screen, Faults):
        app.screen.dismiss(None)
    if not good:
        show_faults(desk)
        return
    desk.session.refresh_sheet()
    if desk.session.current not in shelf:
        desk.session.current = next(iter(shelf.order), "")
    desk.contents.fill(desk.session.current)
    if isinstance(app.screen, Finder):
        app.screen.again()
    desk.refresh_scene()
    desk.tell("sheet reloaded")
    desk.run_forms()


def show_faults(desk: Desk) -> None:
    """What is wrong with the sheet."""
    session = desk.session
    key = shown(keys_of(BY_ID["language"], desk.keymap)[0])

    def changed() -> Lang:
        desk.action_command("language")
        return session.lang

    good_one = bool(session.shelf.sections)
    desk.app.push_screen(Faults(session.lang, session.shelf.faults, good_one, (key, changed), session.ascii))


def reload_own(desk: Desk, id: str) -> None:
    """A file of the reader's own has changed on disk; an edit made here is not thrown away for it."""
    edited = desk.session.edit_of(id) is not None
    try:
        entry = desk.session.shelf.open(id)
    except TutorError as error:
        desk.say_plainly(Text(str(error), error.zh))
        return
    edit = desk.session.edit_of(id)
    if edit is not None and edit.rstrip() == entry.code.rstrip():
        desk.session.edit(id, entry.code)
        edited = False
    desk.tell("file kept" if edited else "file reloaded", os.path.basename(entry.id))
    desk.code_changed(id)
