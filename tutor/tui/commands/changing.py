"""Commands that change code, and those that take it elsewhere."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile

from tutor.catalogue.model import Text
from tutor.errors import TutorError, reason
from tutor.tui.clipboard import copy_text
from tutor.tui.commands.files import reload_own
from tutor.tui.screens.dialog import Ask, Confirm
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.tui.screens.desk import Desk


def edit(desk: Desk) -> None:
    """Into the editor."""
    desk.open_editor()


def fix(desk: Desk) -> None:
    """The proposed fix into the code, or out of it again."""
    id = desk.session.current
    did = desk.session.fix(id)
    if did:
        desk.code_changed(id)
    desk.tell({"fixed": "fixed", "unfixed": "unfixed", "": "no fix"}[did])


def reset(desk: Desk) -> None:
    """This entry as the sheet has it, or back to the edit."""
    id = desk.session.current
    did = desk.session.reset(id)
    if did:
        desk.code_changed(id)
    desk.tell({"reset": "reset", "undone": "reset undone", "": "not edited"}[did])


def reset_all(desk: Desk) -> None:
    """Every entry as the sheet has it, once confirmed."""
    session, lang = desk.session, desk.session.lang
    count = len(session.edited())
    if not count:
        desk.tell("nothing to reset")
        return

    def answered(yes: bool | None) -> None:
        if yes:
            edited = session.edited()
            done = session.reset_all()
            for id in edited:
                desk.code_changed(id)
            desk.tell("reset all done", done)

    question = Confirm(lang, say("confirm all", lang, count), say("confirm keys", lang), session.ascii)
    desk.app.push_screen(question, answered)


def external(desk: Desk) -> None:
    """The code in the reader's own editor; what it saves is taken over."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    if not command.strip():
        desk.tell("no editor")
        return
    id = desk.session.current
    name = "".join(c if c.isalnum() else "_" for c in id)[-40:]
    with tempfile.TemporaryDirectory(prefix="torch-tutor-") as folder:
        path = os.path.join(folder, f"{name}.py")
        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(desk.session.code(id).rstrip("\n") + "\n")
        try:
            with desk.app.suspend():
                code = subprocess.run([*shlex.split(command), path], check=False).returncode
        except (OSError, ValueError) as error:
            desk.tell("editor missing", command, reason(error, desk.session.lang))
            return
        if code:
            desk.tell("editor failed", command, code)
            return
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    if text.rstrip() != desk.session.code(id).rstrip():
        desk.session.edit(id, text)
        desk.session.save_edits()
        desk.code_changed(id)


def copy(desk: Desk) -> None:
    """The code to the clipboard."""
    code = desk.session.code(desk.session.current)
    copy_text(desk.app, code)
    desk.tell("copied", len(code.rstrip("\n").split("\n")))


def copy_result(desk: Desk) -> None:
    """What the page shows, to the clipboard."""
    text = desk.page.plain_text.rstrip()
    if not text:
        desk.tell("nothing to copy")
        return
    copy_text(desk.app, text)
    desk.tell("copied", len(text.split("\n")))


def save(desk: Desk) -> None:
    """The code as a file, with the setup it needs to run alone."""
    session, lang = desk.session, desk.session.lang
    entry = session.entry()
    if entry is None:
        return
    own = session.shelf.is_own(entry.id)
    proposed = entry.id if own else entry.id.replace("/", "-") + ".py"
    asked = {"path": ""}

    def named(path: str | None) -> None:
        if not path:
            return
        full = os.path.abspath(os.path.expanduser(path))
        if os.path.exists(full) and asked["path"] != full and full != entry.id:
            asked["path"] = full
            desk.app.push_screen(
                Ask(lang, say("exists", lang, full), say("ask keys", lang), path, session.ascii), named
            )
            return
        code = session.code(entry.id)
        setup = "" if own or not entry.setup else entry.setup.rstrip() + "\n\n"
        try:
            with open(full, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(setup + code.rstrip() + "\n")
        except OSError as error:
            desk.tell("not saved", f"{full}: {reason(error, desk.session.lang)}")
            return
        if own and full == entry.id:
            reload_own(desk, entry.id)
        desk.tell("saved", full)

    desk.app.push_screen(Ask(lang, say("ask save", lang), say("ask keys", lang), proposed, session.ascii), named)


def open_file(desk: Desk) -> None:
    """A file of the reader's own."""
    lang = desk.session.lang

    def named(path: str | None) -> None:
        if not path:
            return
        try:
            entry = desk.session.shelf.open(path)
        except TutorError as error:
            desk.say_plainly(Text(str(error), error.zh))
            return
        desk.contents.fill(entry.id)
        desk.open_entry(entry.id)
        desk.focus_pane("page")

    desk.app.push_screen(Ask(lang, say("ask open", lang), say("ask keys", lang), ascii=desk.session.ascii), named)
