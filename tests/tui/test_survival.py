"""What may happen to a terminal, a disk or a process happens to the real program.

Nothing of the reader's is lost, nothing is left behind, and the terminal is as it was.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import termios
from collections.abc import Iterator
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
    window.sees("running")
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
