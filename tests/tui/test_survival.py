"""What may happen to a terminal, a disk or a process happens to the real program.

Nothing of the reader's is lost, nothing is left behind, and the terminal is as it was.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .window import PROGRAM, Window

CODE = "shipped/autograd~variable.py"
ENDLESS = "import time\nwhile True:\n    time.sleep(0.01)\n"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a reader who has been here before."""
    keep(tmp_path, {"welcomed": True})
    return tmp_path


def keep(home: Path, settings: object) -> None:
    (home / "state").mkdir(exist_ok=True)
    (home / "state" / "settings.json").write_text(json.dumps(settings))


def edit_of(home: Path) -> str:
    found = home / "state" / "edits" / CODE
    return found.read_text() if found.exists() else ""


@pytest.fixture
def window(home: Path) -> Iterator[Window]:
    with Window(home, "autograd/variable") as opened:
        opened.sees("claims hold")
        yield opened


def type_something(window: Window, text: str = "zzz") -> None:
    """Into the editor, and go on before it is written."""
    window.press("e")
    window.sees("Esc back")
    window.press(text)
    window.sees(text)


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


# ------------------------------------------------------------------------------------------------ asked to end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_request_to_end_loses_nothing_that_was_typed(window: Window, home: Path, number: signal.Signals) -> None:
    type_something(window)
    os.kill(window.process.pid, number)
    assert gone(window) == 128 + number
    restored(window)
    assert "zzz" in edit_of(home)


def test_a_closed_window_loses_nothing_that_was_typed(window: Window, home: Path) -> None:
    type_something(window)
    window.close()
    gone(window)
    assert "zzz" in edit_of(home)


def test_an_app_that_is_killed_leaves_no_process_and_no_directory(window: Window) -> None:
    type_something(window, "while True: pass  #")
    window.sees("running")
    window.process.kill()
    assert gone(window) == -signal.SIGKILL


def test_a_request_to_end_before_the_first_frame_is_one_too(home: Path) -> None:
    with Window(home) as window:
        window.until(lambda: 1049 in window.screen.modes, "the other screen")
        os.kill(window.process.pid, signal.SIGTERM)
        assert gone(window) == 128 + signal.SIGTERM
        restored(window)


def test_quitting_in_the_middle_of_a_run_leaves_nothing(window: Window, home: Path) -> None:
    type_something(window, "import subprocess; subprocess.run(['sleep', '1000'])  #")
    window.sees("running")
    window.press("\x11")
    assert gone(window) == 0
    restored(window)
    assert "sleep" in edit_of(home)


# ------------------------------------------------------------------------------------------------- the worker


def worker(window: Window) -> int:
    """The process that all runs come of."""
    (found,) = [p for p in window.processes() if parent(p) == window.process.pid]
    return found


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_a_worker_that_is_killed_is_told_of_and_the_next_run_answers(window: Window) -> None:
    type_something(window, "while True: pass  #")
    window.sees("running", "at line 1")  # it has begun
    os.kill(worker(window), signal.SIGKILL)
    window.sees("the worker process ended", "the next run starts")
    window.press("\x1b")
    window.sees("n next")
    window.press("n")
    window.sees("› gradcheck ", "claims hold")
    os.kill(worker(window), signal.SIGKILL)  # idle
    window.press("n")
    window.sees("› leaf ", "claims hold")
    window.press("q")
    assert gone(window) == 0


# ---------------------------------------------------------------------------------------------------- the state


def test_a_full_disk_is_told_of_and_the_edit_is_saved_once_there_is_room(window: Window, home: Path) -> None:
    limit, everything = resource.RLIMIT_FSIZE, resource.RLIM_INFINITY
    resource.prlimit(window.process.pid, limit, (0, everything))
    type_something(window)
    window.sees("File too large")
    window.sees("NameError", "your edit is not saved")
    assert edit_of(home) == ""
    resource.prlimit(window.process.pid, limit, (everything, everything))
    leave_the_editor(window)
    window.until(lambda: "zzz" in edit_of(home), "the edit on the disk")
    window.press("q")
    assert gone(window) == 0
    assert "Here it is" not in window.screen.text


def test_what_a_read_only_directory_does_not_take_is_handed_over_at_the_end(home: Path) -> None:
    (home / "state").chmod(0o500)
    with Window(home, "autograd/variable") as window:
        window.sees("claims hold")
        type_something(window)
        window.sees("Permission denied")
        window.sees("NameError")
        leave_the_editor(window)
        window.press("n")
        window.sees("› gradcheck ", "claims hold")
        window.press("q")
        assert gone(window) == 0
        restored(window)
        assert "your edit of autograd/variable could not be saved" in window.screen.text
        assert "zzzx = torch.ones" in window.screen.text


def leave_the_editor(window: Window) -> None:
    window.press("\x1b")
    window.sees("n next")


NOT_TEXT = b"\xff\xfe\0\0garbage\0" * 50
DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "no text": lambda settings: NOT_TEXT,
    "other types": lambda settings: (
        b'{"welcomed": true, "lang": 3, "theme": [], "ascii": {}, "pythons": "x", "live": 0}'
    ),
    "nothing but brackets": lambda settings: b"[" * 100_000,
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damaged_state_is_set_aside_and_hinders_nothing(home: Path, damage: str) -> None:
    keep(home, {"welcomed": True, "lang": "en", "place shipped": "autograd/leaf", "theme": "tutor-light"})
    settings, edit = home / "state" / "settings.json", home / "state" / "edits" / CODE
    edit.parent.mkdir(parents=True)
    spoilt = DAMAGED[damage](settings.read_bytes())
    settings.write_bytes(spoilt)
    edit.write_bytes(NOT_TEXT)
    with Window(home, "autograd/variable") as window:
        window.sees("y = (x * 3).sum()")
        window.until(lambda: list(edit.parent.glob("*.unreadable-1.py")) != [], "the edit, set aside")
        if damage != "other types":
            window.sees("Welcome")
            window.press(" ")
        window.sees("claims hold")
        window.press("q")
        assert gone(window) == 0
    (aside,) = edit.parent.glob("*.unreadable-1.py")
    assert aside.read_bytes() == NOT_TEXT
    if damage != "other types":
        (aside,) = settings.parent.glob("settings.unreadable-1.json")
        assert aside.read_bytes() == spoilt
    assert json.loads(settings.read_text())["place shipped"] == "autograd/variable"


# --------------------------------------------------------------------------------------- the window, the keyboard


def test_a_window_of_one_cell_is_survived(window: Window) -> None:
    for size in ((1, 1), (2, 1), (3, 2), (10, 3)):
        before = len(window.raw)
        window.resize(*size)
        window.until(lambda before=before: len(window.raw) > before, "a frame")  # type: ignore[misc]
    window.resize(120, 40)
    window.resize(1, 1)
    window.resize(120, 40)
    window.sees("torch-tutor ", "variable ", "y = (x * 3).sum()", "claims hold", "? keys")
    type_something(window)
    window.resize(1, 1)
    window.resize(60, 20)
    window.sees("zzzx = torch", "F1 keys")
    window.press("\x11")
    assert gone(window) == 0
    restored(window)


def test_a_megabyte_is_pasted(window: Window, home: Path) -> None:
    line = "x = 1  # 一二三 to fill\n"
    text = line * (1_000_000 // len(line.encode()))
    type_something(window, "#")
    window.paste(text)
    window.press("zzz")
    window.sees("zzz", "too many to be followed")
    leave_the_editor(window)
    window.press("n")
    window.sees("› gradcheck ", "claims hold")
    window.paste(text)  # nobody takes it
    window.press("n")
    window.sees("› leaf ", "claims hold")
    window.press("q")
    assert gone(window) == 0
    assert text in edit_of(home)


def test_held_keys_leave_nothing_behind_them(window: Window, home: Path) -> None:
    window.press("n" * 300 + "p" * 300)
    window.sees("Import › version ", "claims hold")
    window.press("n")
    window.sees("Import › torch ", "claims hold")
    assert len(window.processes()) <= 4, "the app, its worker, and a child or two"
    window.press("p")
    window.sees("Import › version ", "claims hold")
    window.press("e#" + "x" * 600)
    window.until(lambda: "#" + "x" * 600 in edited(home), "all of it on the disk, as it was typed")
    window.press("\x11")
    assert gone(window) == 0


def edited(home: Path) -> str:
    return "".join(path.read_text() for path in (home / "state").glob("edits/*/*.py"))


def test_the_menu_of_devices_fills_when_the_worker_is_ready(home: Path) -> None:
    with Window(home) as window:
        window.sees("? keys")
        window.press("d")
        window.sees("Where it runs", "● in use", "another Python")
        window.press("\x1b")
        window.sees("claims hold")


def test_keys_typed_ahead_of_a_dialog_reach_it(window: Window) -> None:
    window.press("/gradcheck")
    window.sees("Find", "│ gradcheck ", "autograd/gradcheck")
    window.until(lambda: "tensors/ndarray" not in window.screen.text, "only what has it")
    window.press("\r")
    window.sees("› gradcheck ", "claims hold")
    window.press(":主题")
    window.sees("│ 主题 ", "colours, also for colour-blind eyes")
    window.press("\r")
    window.sees("▌dark")
    window.press("\r\r\r")
    window.until(lambda: "▌dark" not in window.screen.text, "the end of the menu")
    window.press("eqLT")
    window.sees("Esc back", "qLT")
    assert "English" not in window.screen.text


# ---------------------------------------------------------------------------------------------------- the shell


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_it_goes_to_the_background_and_comes_back_whole_however_it_was_stopped(home: Path) -> None:
    shell = ("bash", "--norc", "--noprofile", "-i")
    with Window(home, argv=shell, env={"PS1": "shell> "}) as window:
        window.sees("shell>")
        window.press(" ".join([*PROGRAM, "autograd/variable"]) + "\r")
        window.sees("claims hold")
        (app,) = [p for p in window.processes() if parent(p) == window.process.pid]

        window.press("\x1a")
        window.sees("Stopped")
        assert window.screen.modes <= {7, 25, 2004}, "bash takes pastes in brackets too"
        assert window.screen.keyboards == 0
        window.press("fg\r")
        window.sees("variable ", "code ", "claims hold", "? keys")
        window.press("n")
        window.sees("› gradcheck ", "claims hold")

        os.kill(app, signal.SIGSTOP)
        bash_has_the_terminal(window)
        window.press("fg\r")
        window.until(lambda: os.tcgetpgrp(window.fd) == app, "the app in the foreground")
        window.until(lambda: not termios.tcgetattr(window.fd)[3] & termios.ICANON, "keys as they are pressed")
        window.press("n")
        window.sees("› leaf ", "code ", "claims hold")
        window.press("q")
        window.until(lambda: 1049 not in window.screen.modes, "the screen of the shell")
        assert window.screen.keyboards == 0
        bash_has_the_terminal(window)
        window.press("exit\r")
        assert gone(window) == 0
        restored(window)


def bash_has_the_terminal(window: Window) -> None:
    window.until(lambda: os.tcgetpgrp(window.fd) == window.process.pid, "the shell in the foreground")
    window.until(lambda: 2004 in window.screen.modes, "its prompt")
