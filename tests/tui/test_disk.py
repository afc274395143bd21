"""What may happen to the state of a reader on its disk: full, read-only, damaged. Nothing that was on it is lost."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .guest import CODE, edit_of, gone, keep, leave_the_editor, restored, type_something
from .window import PROGRAM, Window

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


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


TINY = 'mount -t tmpfs -o size=64k,mode=700 tmpfs "$0" && cp -r "$1"/. "$0" && shift && exec "$@"'
"""A file system of 16 pages where the state belongs, seen by this program alone, with what was there before."""
APART = ["unshare", "--mount"]
"""A program with mounts of its own: root may have that, and elsewhere the root of a namespace of users."""


class Disk:
    """The state directory as the program in a window has it, on a file system of its own, also after its end."""

    def __init__(self, window: Window) -> None:
        self._fd = os.open(f"/proc/{window.process.pid}/root{window.state}", os.O_RDONLY)
        self._ballast = Path(f"/proc/self/fd/{self._fd}/ballast")

    def fill(self) -> None:
        """Until not a byte more goes onto it."""
        with self._ballast.open("ab", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            deque(iter(lambda: file.write(bytes(4096)), 0))

    def free(self) -> None:
        """There is room again."""
        self._ballast.unlink()

    @property
    def kept(self) -> dict[str, bytes]:
        """All that is on it, by name, but what fills it up and the lock, which holds nothing."""
        found = {}
        for path in self._ballast.parent.rglob("*"):
            if path.is_file() and path.name not in ("ballast", ".lock"):
                try:
                    found[path.name] = path.read_bytes()
                except FileNotFoundError:  # it has been given its name meanwhile
                    continue
        return found

    def close(self) -> None:
        """Nobody looks at it any more."""
        os.close(self._fd)


@pytest.fixture
def tiny(home: Path) -> Iterator[tuple[Window, Disk]]:
    """A window whose state is on a tiny file system, with an edit there from before."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here, to give a program mounts of its own")
    before = home / "before"
    (before / "edits" / "shipped").mkdir(parents=True)
    (before / "edits" / "shipped" / "autograd~leaf.py").write_text("an = 'edit of before'\n")
    shutil.copy(home / "state" / "settings.json", before)
    mounting = ["sh", "-c", TINY, str(home / "state"), str(before)]
    for apart in (APART, [*APART, "--user", "--map-root-user"]):
        tried = subprocess.run([*apart, *mounting, "true"], capture_output=True, text=True)
        if not tried.returncode:
            break
    else:
        pytest.skip(f"this user cannot mount a file system here: {tried.stderr.strip()}")
    with Window(home, "autograd/variable", argv=(*apart, *mounting, *PROGRAM)) as opened:
        opened.sees("claims hold")
        disk = Disk(opened)
        yield opened, disk
        disk.close()


def test_a_full_file_system_loses_nothing_and_takes_the_edit_once_there_is_room(tiny: tuple[Window, Disk]) -> None:
    window, disk = tiny
    before = disk.kept
    disk.fill()
    type_something(window)
    window.sees("No space left on device")
    window.sees("NameError", "your edit is not saved")
    assert disk.kept == before
    assert sorted(before) == ["autograd~leaf.py", "settings.json"]
    disk.free()
    window.press("y")
    window.until(lambda: b"zzzyx = torch" in disk.kept.get(Path(CODE).name, b""), "the edit on the disk")
    assert disk.kept["autograd~leaf.py"] == before["autograd~leaf.py"]
    window.press("\x11")
    assert gone(window) == 0
    assert "Here it is" not in window.screen.text


def test_what_a_full_file_system_does_not_take_is_handed_over_at_the_end(tiny: tuple[Window, Disk]) -> None:
    window, disk = tiny
    before = disk.kept
    disk.fill()
    type_something(window)
    window.sees("No space left on device")
    window.press("\x11")
    assert gone(window) == 0
    restored(window)
    assert "your edit of autograd/variable could not be saved" in window.screen.text
    assert "zzzx = torch.ones" in window.screen.text
    assert disk.kept == before


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
        if damage == "other types":
            window.sees("claims hold")
        else:
            window.sees("Welcome")
            window.press(" ")
            window.until(lambda: "Welcome" not in window.screen.text, "the end of the card")
        window.press("q")
        assert gone(window) == 0
    (aside,) = edit.parent.glob("*.unreadable-1.py")
    assert aside.read_bytes() == NOT_TEXT
    if damage != "other types":
        (aside,) = settings.parent.glob("settings.unreadable-1.json")
        assert aside.read_bytes() == spoilt
    assert json.loads(settings.read_text())["place shipped"] == "autograd/variable"
