"""What every test of the real program in a window does: type, leave, and look at what is left."""

from __future__ import annotations

import json
import termios
from pathlib import Path

from .window import Window

CODE = "shipped/autograd~variable.py"


def keep(home: Path, settings: object) -> None:
    (home / "state").mkdir(exist_ok=True)
    (home / "state" / "settings.json").write_text(json.dumps(settings))


def edit_of(home: Path) -> str:
    found = home / "state" / "edits" / CODE
    return found.read_text() if found.exists() else ""


def edits(home: Path) -> list[str]:
    found = []
    for path in (home / "state").glob("edits/*/*.py"):
        try:
            found.append(path.read_text())
        except FileNotFoundError:  # it has been given another name meanwhile
            continue
    return found


def edited(home: Path) -> str:
    return "".join(edits(home))


def type_something(window: Window, text: str = "zzz") -> None:
    """Into the editor, and go on before it is written."""
    window.press("e")
    window.sees("Esc back")
    window.press(text)
    window.sees(text)


def leave_the_editor(window: Window) -> None:
    window.press("\x1b")
    window.sees("n next")


def restored(window: Window) -> None:
    """The terminal is as it was before."""
    assert window.screen.modes == {7, 25}
    assert window.screen.keyboards == 0
    assert termios.tcgetattr(window.fd) == window.attributes


def gone(window: Window) -> int:
    """It ends, without a word about itself, and leaves nothing; its exit code."""
    code = window.ends()
    assert b"Traceback" not in window.raw
    assert b"a fault of its own" not in window.raw
    assert list(window.temporary.iterdir()) == []
    return code
