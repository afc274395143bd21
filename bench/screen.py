"""The app on a pseudo-terminal: keys in, bytes out, and when a text first stood on its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from types import TracebackType

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, argv: Sequence[str], width: int = 120, height: int = 40, state: str = "") -> None:
        self.output = b""
        self.begun = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "NO_COLOR")}
            env.update(
                PYTHONPATH=ROOT, TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", TORCH_TUTOR_STATE=state
            )
            os.execvpe(argv[0], list(argv), env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None:
        try:
            os.kill(self.pid, signal.SIGTERM)
            self.until(b"\0never", 1.0)
        except OSError:
            pass
        finally:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except OSError:
                pass
            os.close(self.fd)
            os.waitpid(self.pid, 0)

    def send(self, keys: bytes) -> float:
        """Type; when."""
        self.output = b""
        moment = time.perf_counter()
        os.write(self.fd, keys)
        return moment

    def until(self, text: bytes, limit: float = 30.0) -> float:
        """The moment at which a text has come since the last keys; 0.0 where it did not."""
        end = time.perf_counter() + limit
        while text not in self.output:
            left = end - time.perf_counter()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                return 0.0
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return 0.0
            if not data:
                return 0.0
            self.output += data
        return time.perf_counter()

    def quiet(self, seconds: float = 0.3) -> None:
        """Wait until nothing more comes."""
        while select.select([self.fd], [], [], seconds)[0]:
            try:
                if not os.read(self.fd, 65536):
                    return
            except OSError:
                return


def settled() -> str:
    """A state directory of a reader who has been here before."""
    folder = tempfile.mkdtemp(prefix="bench-")
    with open(os.path.join(folder, "settings.json"), "w", encoding="utf-8") as file:
        file.write('{"welcomed": true, "lang": "en"}')
    return folder


SCRIPT = "import sys\nfrom tutor.cli import main\nsys.exit(main())\n"  # what pip makes of the entry point


def app(folder: str, *args: str) -> list[str]:
    """The app's command line, by a script like the one that pip installs."""
    script = os.path.join(folder, "torch-tutor")
    with open(script, "w", encoding="utf-8") as file:
        file.write(SCRIPT)
    return [sys.executable, script, *args]
