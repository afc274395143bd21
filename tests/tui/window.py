"""The real program in a window of its own: a pseudo-terminal, a session, user directories, and what is on its screen.

Nothing here waits for a fixed time: one waits for something to be seen, or for the program to end.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from codecs import getincrementaldecoder
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from rich.cells import cell_len

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tutor")
LIMIT = 20.0  # seconds until something must have come about
REPEATS = 30  # times a second that a key is sent while it is held down
_OWN_TERMINAL = """
import ctypes, fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.platform == "linux":  # root, too, is then held to the modes of files and directories
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
_PARTS = re.compile(
    r"\x1b\[([<>?=]?)([\d;]*)([ -/]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[78=>]|[\n\r\b\x07]|[^\x00-\x1f]+"
)


class Screen:
    """What a terminal makes of the bytes that a program writes: cells, modes, and what it leaves behind."""

    def __init__(self, width: int, height: int) -> None:
        self.modes = {7, 25}
        """The private modes that are on: 7 wraps lines, 25 shows the cursor, 1049 is the other screen."""
        self.keyboards = 0
        """Keyboard protocols that were asked for and not given back."""
        self._pending = ""
        self._kept: list[list[str]] = []
        self._x = self._y = 0
        self._cells: list[list[str]] = []
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Another size: what no longer fits is gone."""
        self.width, self.height = width, height
        rows = [*self._cells, *([] for _ in range(height))][:height]
        self._cells = [[*row, *[" "] * width][:width] for row in rows]

    @property
    def rows(self) -> list[str]:
        """Line by line."""
        return ["".join(row).rstrip() for row in self._cells]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.rows)

    def write(self, text: str) -> None:
        """What the program writes; a sequence may come in two pieces."""
        text, at = self._pending + text, 0
        self._pending = ""
        while at < len(text):
            part = _PARTS.match(text, at)
            if part is None:
                if len(text) - at < 100:
                    self._pending = text[at:]
                    return
                at += 1  # it was stopped in the middle of one
                continue
            at = part.end()
            mark, numbers, _, what = part.groups()
            if what is not None:
                self._order(mark, [int(n or 0) for n in numbers.split(";")], what)
            elif part[0][0] != "\x1b":
                self._plain(part[0])

    def _order(self, mark: str, numbers: list[int], what: str) -> None:
        if what in "hl" and mark == "?":
            for number in numbers:
                self._mode(number, what == "h")
        elif what == "u" and mark:
            self.keyboards += {">": 1, "<": -1}.get(mark, 0)
        elif what == "H" and not mark:
            self._y, self._x = max(1, numbers[0]) - 1, max(1, numbers[-1] if len(numbers) > 1 else 1) - 1
        elif what == "J" and numbers[0] in (2, 3):
            self._cells = [[" "] * self.width for _ in range(self.height)]

    def _mode(self, number: int, on: bool) -> None:
        (self.modes.add if on else self.modes.discard)(number)
        if number == 1049:
            if on:
                self._kept = self._cells
                self._cells = [[" "] * self.width for _ in range(self.height)]
            elif self._kept:
                self._cells, self._kept = self._kept, []
            self._x = self._y = 0

    def _plain(self, text: str) -> None:
        if text == "\n":
            self._y += 1
            if self._y >= self.height and 1049 not in self.modes:
                self._cells = [*self._cells[1:], [" "] * self.width]
            self._y = min(self._y, self.height - 1)
        elif text == "\r":
            self._x = 0
        elif text >= " ":
            for char in text:
                self._put(char)

    def _put(self, char: str) -> None:
        wide = cell_len(char)
        if self._y < len(self._cells) and self._x + wide <= len(self._cells[self._y]) and wide:
            self._cells[self._y][self._x] = char
            if wide == 2:
                self._cells[self._y][self._x + 1] = ""
        self._x += wide


class Window:
    """A program in a window. Its descendants can be told from all other processes by their environment."""

    def __init__(
        self,
        home: Path,
        *args: str,
        size: tuple[int, int] = (120, 40),
        env: dict[str, str] | None = None,
        argv: Sequence[str] = PROGRAM,
    ) -> None:
        self.home = home
        self.state, self.temporary = home / "state", home / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.mark = f"TUTOR_WINDOW={uuid.uuid4().hex}"
        self.raw = b""
        """All that was ever written."""
        self.screen = Screen(*size)
        self._decode = getincrementaldecoder("utf-8")().decode
        ours, its = os.openpty()
        self.fd = ours
        self._measure(*size)
        self.attributes = termios.tcgetattr(ours)
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _OWN_TERMINAL, *argv, *args],
            stdin=its,
            stdout=its,
            stderr=its,
            env=self._environment(env or {}),
            start_new_session=True,
        )
        os.close(its)

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        name, _, value = self.mark.partition("=")
        env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "TMPDIR": str(self.temporary),
            "TORCH_TUTOR_STATE": str(self.state),
            "TORCH_TUTOR_CONFIG": str(self.home / "config.yaml"),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
            name: value,
            **more,
        }
        return {key: value for key, value in env.items() if value}

    def __enter__(self) -> Window:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.process.wait()
        self.close()

    # ----------------------------------------------------------------------------------------------- the hands

    def press(self, keys: str) -> None:
        """Keys, as bytes come from a keyboard."""
        data = keys.encode()
        while data:
            self.read(0.0)
            _, ready, _ = select.select([], [self.fd], [], 0.05)
            if ready:
                data = data[os.write(self.fd, data[:2048]) :]

    def hold(self, key: str, seconds: float) -> None:
        """A key held down for so long: it repeats, as keyboards do, and the screen is looked at meanwhile."""
        begun = time.monotonic()
        for n in range(int(seconds * REPEATS)):
            while (left := begun + n / REPEATS - time.monotonic()) > 0:
                self.read(left)
            self.press(key)

    def paste(self, text: str) -> None:
        """A text at once, as terminals send it."""
        self.press("\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~")

    def resize(self, width: int, height: int) -> None:
        """Another size of the window."""
        self.screen.resize(width, height)
        self._measure(width, height)

    def _measure(self, width: int, height: int) -> None:
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def close(self) -> None:
        """The window is gone."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    # ------------------------------------------------------------------------------------------------ the eyes

    def read(self, limit: float) -> bool:
        """Take what comes within so many seconds; whether anything did."""
        if self.fd < 0 or not select.select([self.fd], [], [], limit)[0]:
            return False
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:  # its last process has closed it
            return False
        self.raw += data
        self.screen.write(self._decode(data))
        return bool(data)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait for something. Fails if it does not come about."""
        end = time.monotonic() + LIMIT
        while not holds():
            came = self.read(0.05)
            assert came or time.monotonic() < end, f"{what} did not come about\n{self.screen.text}"

    def sees(self, *texts: str) -> None:
        """Wait until texts are on the screen."""
        self.until(lambda: all(text in self.screen.text for text in texts), f"{texts}")

    def processes(self) -> list[int]:
        """All that came of the program and has not ended."""
        return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and self._is_ours(p)]

    def _is_ours(self, process: Path) -> bool:
        try:
            ours = self.mark.encode() in (process / "environ").read_bytes().split(b"\0")
            return ours and " Z " not in (process / "stat").read_text().rpartition(")")[2][:3]
        except OSError:
            return False

    def ends(self) -> int:
        """Wait until the program has ended, and everything that came of it; its exit code, or minus its signal."""
        self.until(lambda: self.process.poll() is not None, "the end of the program")
        while self.read(0.0):
            pass
        self.until(lambda: not self.processes(), "the end of its processes")
        return self.process.returncode
