"""On a real terminal: of all that a snippet, a sheet or a name has in it, not one byte is an order to the terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import hostile
import pytest
from hostile import ALL, END, ORDERS, SNIPPET, UNSEEN, sheet

ROOT = Path(__file__).parent.parent
NAME = "odd\x1b]2;MARK\x07\x1b[2J\u202e\x9b6n.py"
OURS = re.compile(
    r"\x1b\[[0-9;]*m"  # colours
    r"|\x1b\]8;id=[0-9-]+;https?://[!-~]+\x1b\\|\x1b\]8;;\x1b\\"  # links to the documentation
    r"|\x1b\[\?25[lh]|\x1b\[1A|\x1b\[2K|\r"  # a line of progress, drawn over
)
"""What the command line itself may say to a terminal."""
PAGE_UP, PAGE_DOWN, DOWN, END_OF_LINE, ESCAPE = "\x1b[5~", "\x1b[6~", "\x1b[B", "\x1b[F", "\x1b"
LIMIT = 60.0  # seconds until something must have come about


class Screen:
    """A program on a terminal of its own."""

    def __init__(self, argv: Sequence[str], width: int, height: int, state: Path, cwd: Path | None = None) -> None:
        self.written = b""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        env = {
            k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR", "LC_ALL", "LC_MESSAGES")
        }
        env.update(PYTHONPATH=str(ROOT), TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", PYTHONUTF8="1")
        env["TORCH_TUTOR_STATE"] = str(state)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tutor", *argv],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
            cwd=cwd,
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, keys: str) -> None:
        """Keys."""
        os.write(self._ours, keys.encode())

    def until(self, holds: Callable[[bytes], bool] | None = None, quiet: float = 0.0) -> bool:
        """Read until something holds of all that was written, or until the end; or until nothing comes for a while."""
        end = time.monotonic() + LIMIT
        while holds is None or not holds(self.written):
            left = quiet or end - time.monotonic()
            if not select.select([self._ours], [], [], max(0.0, left))[0]:
                assert quiet, f"it did not come about: {self.written[-3000:]!r}"
                return False
            try:
                data = os.read(self._ours, 65536)
            except OSError:  # Linux says so when the other side has closed
                data = b""
            if not data:
                return False
            self.written += data
        return True

    def close(self) -> int:
        """Its exit code, once it has ended."""
        self.until()
        os.close(self._ours)
        return self.process.wait(timeout=LIMIT)


def told(tmp_path: Path, *argv: str, width: int = 100) -> str:
    """All that a command writes to its terminal."""
    screen = Screen(argv, width, 40, tmp_path / "state", tmp_path)
    code = screen.close()
    text = screen.written.decode()
    assert code in (0, 1, 2), text
    assert "Traceback (most recent call last)" not in text
    assert "a fault of its own" not in text
    return text


def assert_only_shown(text: str) -> None:
    """Nothing but what the command line itself says is an order."""
    rest = OURS.sub("", text.replace("\r\n", "\n"))
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e0fff]", rest
    )
    assert "\u0301" * 5 not in rest


@pytest.fixture
def snippet(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(SNIPPET, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("width", "options"), [(140, ()), (70, ("--lang", "zh", "--pictures", "all"))], ids=["wide", "narrow, Chinese"]
)
def test_running_a_file(tmp_path: Path, snippet: Path, width: int, options: tuple[str, ...]) -> None:
    text = told(tmp_path, "run", snippet.name, *options, width=width)

    assert_only_shown(text)
    assert END in text
    for sign in ("␛]52;c;TUFSSw==␇", "␛c", "<U+009B>6n", "<U+202E>", "␛[3J"):
        assert sign in OURS.sub("", text).replace("\r\n", ""), sign


def test_a_sheet_that_holds_controls_is_refused_and_its_faults_are_only_shown(tmp_path: Path) -> None:
    path = tmp_path / (NAME + ".yaml")
    path.write_text(sheet(ALL), encoding="utf-8")

    for argv in (["list"], ["show", "one"], ["run", "one", "--trust"], ["doctor"]):
        assert_only_shown(told(tmp_path, *argv, "--sheet", path.name))


@pytest.mark.parametrize(
    "argv",
    [
        ["list"],
        ["show", "one"],
        ["search", "a"],
        ["run", "one", "--then", "--pitfalls", "--trust"],
        ["run", "one", "--json", "--trust"],
        ["check", "--trust"],
        ["check", "--json", "--trust", "--junit", "r\x1b[2J.xml"],
    ],
    ids=" ".join,
)
def test_a_sheet_with_what_cannot_be_seen(tmp_path: Path, argv: list[str]) -> None:
    path = tmp_path / (NAME + ".yaml")
    path.write_text(sheet(UNSEEN), encoding="utf-8")

    assert_only_shown(told(tmp_path, *argv, "--sheet", path.name))
    for report in tmp_path.glob("*.xml"):
        assert ElementTree.parse(report).getroot().tag == "testsuite"


@pytest.mark.parametrize(
    "argv",
    [
        ["run", NAME + ".gone.py"],
        ["run", "x" + ALL],
        ["show", "x" + ALL],
        ["run", "-" + ALL],
        ["search", "x" + ALL],
        ["list", "--sheet", ALL],
        ["run", "backward", "--python", "/nowhere/" + NAME],
        ["run", "backward", "--device", ALL],
        ["check", "--junit", "/nowhere/" + NAME],
        [ALL],
    ],
    ids=lambda argv: " ".join(argv).split("\x1b")[0],
)
def test_names_that_are_none(tmp_path: Path, argv: list[str]) -> None:
    assert_only_shown(told(tmp_path, *argv))


def test_the_app(tmp_path: Path, snippet: Path) -> None:
    """Textual gives orders of its own, so those of the snippet are looked for: none that a harmless file does not bring
    about too, and hardly any is of that kind."""
    harmless = tmp_path / "harmless.py"
    harmless.write_text(f"x = 1\nprint({END!r})\n")
    wrote = [in_the_app(tmp_path, path) for path in (harmless, snippet)]

    without, within = ({name for name, order in ORDERS.items() if order.encode() in text} for text in wrote)
    assert without <= {"bell"}
    assert within <= without
    assert b"MARK\x07" not in wrote[1]
    assert "␛]52;c;TUFSSw==␇".encode() in wrote[1]


def settled(tmp_path: Path, *argv: str) -> Screen:
    """The app of a reader who has been here before."""
    state = tmp_path / "state"
    state.mkdir(exist_ok=True)
    (state / "settings.json").write_text(json.dumps({"welcomed": True, "lang": "en"}))
    return Screen(argv, 200, 60, state, tmp_path)


def in_the_app(tmp_path: Path, path: Path) -> bytes:
    """What the app writes for a file: it runs, every statement is looked at in detail, then in Chinese, then it is
    edited, with the cursor at its ends, and asked where to save it."""
    screen = settled(tmp_path, path.name)
    screen.until(lambda all: END.encode() in all)
    screen.until(quiet=1.0)
    for keys in ("v", *"j" * 25, "L", PAGE_UP, PAGE_DOWN, "v", "e", DOWN, END_OF_LINE, DOWN, END_OF_LINE, ESCAPE, "w"):
        screen.type(keys)
        screen.until(quiet=0.5 if keys in ("e", ESCAPE, "w") else 0.05)
    screen.type(ESCAPE)
    screen.until(quiet=0.5)
    screen.type("\x11")
    assert screen.close() == 0
    return screen.written


@pytest.mark.parametrize(("evil", "seen"), [(UNSEEN, "<U+202E>"), (ALL, "\\x1b")], ids=["browsed", "with faults"])
def test_the_app_with_a_sheet_from_elsewhere(tmp_path: Path, evil: str, seen: str) -> None:
    path = tmp_path / (NAME + ".yaml")
    path.write_text(sheet(evil), encoding="utf-8")
    screen = settled(tmp_path, "--sheet", path.name)
    screen.until(lambda all: seen.encode() in all)
    screen.until(quiet=1.0)
    for keys in ("n", "j", "j", "v", "t", "p", "/", "a", ESCAPE, "?", ESCAPE, "e", END_OF_LINE, ESCAPE, "L"):
        screen.type(keys)
        screen.until(quiet=0.1)
    screen.type("\x11")

    assert screen.close() == 0
    assert {name for name, order in ORDERS.items() if order.encode() in screen.written} <= {"bell"}


def test_the_snippet_says_all_of_it(tmp_path: Path) -> None:
    """Under Python itself every order does come out: otherwise there would be nothing to keep from the terminal."""
    path = tmp_path / "plain.py"
    path.write_text(SNIPPET, encoding="utf-8")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, timeout=LIMIT)

    assert all(order.encode() in done.stdout and order.encode() in done.stderr for order in hostile.ORDERS.values())
