"""Keys that come faster than the app: held down, pasted, typed ahead of what they are for."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tutor.tui.themes import LOOKS

from .guest import edit_of, edited, gone, leave_the_editor, restored, type_something
from .window import Window

F5 = "\x1b[15~"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


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
    window.until(lambda: len(window.processes()) <= 3, "no more than the app, its worker, and the child that waits")
    window.press("p")
    window.sees("Import › version ", "claims hold")
    window.press("e#" + "x" * 600)
    window.until(lambda: "#" + "x" * 600 in edited(home), "all of it on the disk, as it was typed")
    window.press("\x11")
    assert gone(window) == 0


def test_a_key_held_for_ten_seconds_is_over_when_it_is_let_go(window: Window, home: Path) -> None:
    window.hold("n", 10)
    window.press("?")
    window.sees("Moving", "Running")
    window.press("\x1b")
    window.sees("› latex-fixed ", "claims hold")
    window.press("r" * 300)
    window.press("p")
    window.sees("› whole-as-printed ", "claims hold")
    window.press("e")
    window.sees("Esc back")
    window.press("x" * 300 + "!" + F5 * 300 + "?")
    window.until(lambda: "x" * 300 + "!?" in edited(home), "all of it on the disk, as it was typed")
    window.until(lambda: len(window.processes()) <= 3, "no more than the app, its worker, and the child that waits")
    window.press("\x11")
    assert gone(window) == 0
    restored(window)


@pytest.mark.parametrize(("key", "shown"), [("d", "Where it runs"), ("T", "high contrast"), ("P", "read your files")])
def test_a_held_key_that_opens_a_menu_opens_one(window: Window, key: str, shown: str) -> None:
    window.press(key * 300)
    window.sees(shown)
    window.press("\x1b")
    window.until(lambda: shown not in window.screen.text, "the desk")
    window.press("n")
    window.sees("› gradcheck ", "claims hold")
    assert shown not in window.screen.text


def test_a_held_key_that_moves_stops_where_it_is_let_go(window: Window) -> None:
    window.press("1")
    window.sees("› variable ", "q quit")
    window.press("j" * 300 + "k")
    window.sees("› whole-as-printed ", "claims hold")


def test_the_menu_of_devices_fills_when_the_worker_is_ready(home: Path) -> None:
    with Window(home) as window:
        window.sees("? keys")
        window.press("d")
        window.sees("Where it runs", "● in use", "another Python")
        window.press("\x1b")
        window.sees("claims hold")


def test_keys_typed_ahead_of_a_menu_reach_it_in_their_order(window: Window, home: Path) -> None:
    window.press("dj\r")
    window.sees("meta  torch", "meta: no elements")
    window.press("dk\rTj\r")
    window.sees("cpu  torch", "claims hold")
    window.until(lambda: settings(home).get("theme") == "tutor-light", "the second of the themes")
    window.press("Pj\r")
    window.sees("▌◉ network")
    window.press("\x1b")
    window.until(lambda: "◉ network" not in window.screen.text, "the desk")
    window.press(":theme\rjj\rnL")
    window.sees("› gradcheck ", "论断成立")
    assert settings(home)["theme"] == LOOKS[3].theme.name


def test_keys_typed_ahead_of_another_pane_reach_it(window: Window) -> None:
    window.press("1jj2jj\r")
    window.sees("› leaf ", "claims hold")
    window.press("3gG1")
    window.sees("q quit")


def test_keys_typed_ahead_of_a_line_to_type_into_reach_it(window: Window, home: Path) -> None:
    (home / "mine.py").write_text("a = 40 + 2\n")
    window.press(f"O{home}/mine.py\reprint('first')\rprint('then')\r")
    window.sees("Esc back", "first", "then", "a  42")
    window.press("\x10chinese\r")
    window.sees("Esc 返回")


def settings(home: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((home / "state" / "settings.json").read_text())
    return found


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
