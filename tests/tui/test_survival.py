"""What may happen to a terminal or a process happens to the real program.

Nothing of the reader's is lost, nothing is left behind, and the terminal is as it was.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import termios
from pathlib import Path

import pytest

from .guest import edit_of, gone, restored, type_something
from .window import PROGRAM, Window

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


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
    """0 of a process that has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


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


# ------------------------------------------------------------------------------------------------- the window


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
