"""The real program beside others that write to the same files: another torch-tutor, an editor."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from .guest import edits
from .window import Window

SHEET = Path(__file__).parent / "lessons.yaml"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a reader who has been here before."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "settings.json").write_text(json.dumps({"welcomed": True}))
    return tmp_path


def change(window: Window, text: str) -> None:
    window.press("e")
    window.sees("Esc back")
    window.press(f"# {text}\r")
    window.sees(f"# {text}")


def test_two_apps_that_change_the_same_entry_lose_neither_version(home: Path) -> None:
    with Window(home, "autograd/variable") as one, Window(home, "autograd/variable") as other:
        for window in (one, other):
            window.sees("claims hold")
        change(one, "mine")
        one.until(lambda: any("# mine" in text for text in edits(home)), "the first version on the disk")
        change(other, "yours")
        other.until(lambda: any("# yours" in text for text in edits(home)), "the second version on the disk")
        other.sees("another torch-tutor had edited")
        for window in (one, other):
            window.press("\x11")
            assert window.ends() == 0
    told = edits(home)
    assert any("# mine" in text for text in told)
    assert any("# yours" in text for text in told)


def test_settings_of_two_apps_are_put_together(home: Path) -> None:
    with Window(home, "autograd/variable") as one, Window(home, "autograd/variable") as other:
        for window in (one, other):
            window.sees("claims hold")
        one.press("a")
        one.sees("not live")
        other.press("L")
        other.sees("条论断成立")
        for window in (one, other):
            window.press("q")
            assert window.ends() == 0
    kept = json.loads((home / "state" / "settings.json").read_text())
    assert (kept["live"], kept["lang"], kept["welcomed"]) == (False, "zh", True)


def test_a_sheet_and_a_file_are_read_again_as_an_editor_saves_them(home: Path) -> None:
    sheet, file = home / "sheet.yaml", home / "mine.py"
    shutil.copy(SHEET, sheet)
    file.write_text("a = 1\nb = a + 1\n")
    good = sheet.read_text()
    with Window(home, "--trust", "--sheet", str(sheet), str(file)) as window:
        window.sees("b = a + 1", "b  2")
        save(file, "a = 20\nb = a + 1\n")
        window.sees("b  21")
        save(sheet, good.replace("Sum each row", "Add up each row"))
        window.sees("the sheet has changed")
        window.press("/each row")
        window.sees("Add up each row")
        window.press("\r")
        window.sees("Add up each row", "claims hold")
        save(sheet, good.replace("format: 1", "format: 1\nformats: 2"))
        window.sees("1 fault", f"{sheet.name}:2")
        save(sheet, good)
        window.sees("Sum each row", "claims hold")
        window.press("q")
        assert window.ends() == 0


def save(path: Path, text: str) -> None:
    """As editors do: another file in the place of the old one."""
    partial = path.with_suffix(".new")
    partial.write_text(text)
    partial.replace(path)
