"""Changing code, and taking it elsewhere. No edit is lost."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from rich.cells import cell_len

from .driving import Door, Reader

OWN = "import torch\n\nx = torch.arange(3)\nx * 2\n"


async def change(reader: Reader, text: str) -> None:
    """Put a line before the code of the entry that is open, and leave the editor."""
    await reader.press("e")
    await reader.in_editor()
    await reader.press("ctrl+home")
    await reader.type(f"{text}\n")
    await reader.ran()  # else Esc would stop the run
    await reader.press("escape")
    await reader.until(lambda: reader.desk.editing is None, "the end of editing")
    await reader.settled()


async def ask(reader: Reader, text: str) -> None:
    """Put a text into the line that is asked for, and take it."""
    from textual.widgets import Input

    await reader.until(lambda: bool(reader.app.screen.query(Input)), "a question")
    box = reader.app.screen
    box.query_one(Input).value = ""
    await reader.type(text)
    await reader.press("enter")
    await reader.until(lambda: reader.app.screen is not box, "the end of the question")


async def test_undo_and_redo_in_the_editor(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("f4")
        await reader.in_editor()
        await reader.type("7 * 6\n")
        await reader.sees("7 * 6", "42")
        await reader.press("ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z", "ctrl+z")
        await reader.no_longer_sees("7 * 6")
        await reader.until(lambda: reader.app.session.edit_of("sums/random") is None)
        await reader.press("ctrl+y", "ctrl+y", "ctrl+y", "ctrl+y", "ctrl+y", "ctrl+y", "ctrl+y")
        await reader.sees("7 * 6", "42")


async def test_an_edit_survives_a_restart(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await change(reader, "8 * 8")
        await reader.sees("● edited", "64")
        assert door.edit("sums/random") == "8 * 8\ntorch.rand(2, 3)"

    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.sees("● edited", "8 * 8", "64")
    async with door.opened("sums/random", fresh=True) as reader:
        await reader.ran()
        assert "8 * 8" not in reader.screen


async def test_an_edit_is_on_disk_when_the_app_is_ended_in_the_middle_of_typing(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("e")
        await reader.in_editor()
        await reader.type("x = 1\n")
        await reader.press("ctrl+q")
        await reader.until(lambda: reader.app._exit)
    assert door.edit("sums/random") == "x = 1\ntorch.rand(2, 3)"


async def test_a_key_whose_message_is_still_under_way_is_not_lost(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("e")
        await reader.in_editor()
        assert reader.desk.editing is not None
        reader.desk.editing.editor.insert("x = 1\n")  # the editor has it; that it changed is told later
        reader.app._asked_to_end(15)
    assert door.edit("sums/random") == "x = 1\ntorch.rand(2, 3)"


async def test_reset_takes_an_edit_back_and_reset_again_takes_that_back(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("u")
        await reader.sees("this entry is as the sheet has it")
        await change(reader, "8 * 8")
        await reader.press("u")
        await reader.sees("as the sheet has it; u takes that back")
        await reader.ran()
        await reader.no_longer_sees("8 * 8", "● edited")
        assert door.edit("sums/random") is None
        await reader.press("u")
        await reader.sees("your edit is back", "8 * 8")
        await reader.ran()
        assert door.edit("sums/random") == "8 * 8\ntorch.rand(2, 3)"


async def test_reset_all_asks_first(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("U")
        await reader.sees("nothing was edited")
        await change(reader, "8 * 8")
        await reader.press("n")
        await reader.at("sums/markup")
        await change(reader, "9 * 9")

        await reader.press("U")
        await reader.sees("Undo all 2 edits? They are gone then.")
        await reader.press("n")
        await reader.no_longer_sees("Undo all")
        assert door.edit("sums/markup") is not None
        await reader.press("U")
        await reader.sees("Undo all 2 edits?")
        await reader.press("y")
        await reader.sees("2 edits undone")
        await reader.no_longer_sees("9 * 9")
        assert door.edit("sums/markup") is None
        assert door.edit("sums/random") is None


async def test_the_readers_own_editor(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = tmp_path / "my editor"
    editor.write_text('#!/bin/sh\nprintf "6 * 7\\n" >> "$2"\n', encoding="utf-8")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("E")
        await reader.sees("no editor: set $EDITOR")
        monkeypatch.setenv("EDITOR", f"'{editor}' --wait")
        monkeypatch.setattr(reader.app, "suspend", _not_really)
        await reader.press("E")
        await reader.sees("6 * 7", "42")
        assert door.edit("sums/random") == "torch.rand(2, 3)\n6 * 7\n"

        monkeypatch.setenv("EDITOR", "false")
        await reader.press("E")
        await reader.sees("false ended with 1: nothing was taken over")
        monkeypatch.setenv("EDITOR", "no-such-editor")
        await reader.press("E")
        await reader.sees("cannot start no-such-editor: No such file or directory")
        await reader.press("L", "E")
        await reader.sees("无法启动no-such-editor：没有这个文件或目录")


def _not_really() -> object:
    from contextlib import nullcontext

    return nullcontext()


async def test_the_code_and_the_result_are_copied(door: Door) -> None:
    async with door.opened("sums/item") as reader:
        await reader.ran()
        await reader.press("y")
        await reader.sees("copied: 2 lines")
        assert reader.app.clipboard == "loss = torch.ones(3).sum()\nloss.item()"
        await reader.press("Y")
        await reader.until(lambda: "3.0" in reader.app.clipboard)
        assert "✓ loss.item() == 3" in reader.app.clipboard


async def test_the_code_is_saved_as_a_file_that_runs_alone(door: Door, tmp_path: Path) -> None:
    async with door.opened("sums/item") as reader:
        await reader.ran()
        await change(reader, "8 * 8")
        await reader.press("w")
        await reader.sees("Save the code as", "sums-item.py")
        await ask(reader, str(tmp_path / "mine.py"))
        await reader.sees("saved: ")
        code = "import torch\n\n8 * 8\nloss = torch.ones(3).sum()\nloss.item()\n"
        assert (tmp_path / "mine.py").read_text(encoding="utf-8") == code

        (tmp_path / "mine.py").write_text("precious", encoding="utf-8")
        await reader.press("w")
        await ask(reader, str(tmp_path / "mine.py"))
        await reader.sees("exists: Enter again replaces it")
        await reader.press("escape")
        assert (tmp_path / "mine.py").read_text(encoding="utf-8") == "precious"

        await reader.press("w")
        await ask(reader, str(tmp_path / "nowhere" / "mine.py"))
        await reader.sees("not saved: ")


async def test_a_file_of_ones_own(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OWN, encoding="utf-8")
    async with door.opened("sums/item", size=(200, 50)) as reader:
        await reader.ran()
        await reader.press("O")
        await reader.sees("Path of a .py file")
        await ask(reader, str(tmp_path / "none.py"))
        await reader.sees("none.py")
        await reader.press("O")
        await ask(reader, str(path))
        await reader.at(str(path))
        await reader.ran()
        await reader.sees("Your files", "mine.py", "x * 2", "[0, 2, 4]")

        path.write_text(OWN.replace("* 2", "* 5"), encoding="utf-8")  # by another editor
        await reader.sees("mine.py has changed: read again", "[ 0,  5, 10]")

        await change(reader, "8 * 8")
        path.write_text(OWN.replace("* 2", "* 7"), encoding="utf-8")
        await reader.sees("has changed on disk; your edit here is kept")
        assert "8 * 8" in reader.screen
        await reader.press("u")
        await reader.sees("[ 0,  7, 14]")


LOOKS = '''\
from torch import nn as 网络
class Net(nn.Module):
\t@torch.no_grad()
\tdef f(self, x=0.5, y=None):
\t\treturn f"{x:>{y}} 文字" + """a
no = code""" if not x else open("x")
'''


async def test_code_looks_the_same_where_it_is_read_and_where_it_is_changed(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "writes.py"  # so that nothing comes to stand between its lines
    path.write_text(LOOKS, encoding="utf-8")

    def looks() -> list[list[str]]:
        """How each line is drawn, but for the ground that they stand on."""
        lines = []
        for code in LOOKS.expandtabs(4).splitlines():
            x, y = reader.terminal.find(code)
            assert x >= 0, f"{code!r} is not there\n{reader.screen}"
            drawn = (
                re.sub(r";?48;2;\d+;\d+;\d+", "", reader.terminal.colours(x + n, y)) for n in range(cell_len(code))
            )
            lines.append([look for look, char in zip(drawn, code, strict=False) if char != " "])
        return lines

    async with door.opened(files=(str(path),)) as reader:
        await reader.sees("your file may write or send")
        await reader.press("j", "j", "j", "j", "j", "j", "j")
        read = looks()
        await reader.press("e")
        await reader.in_editor()
        await reader.press(*["down"] * 7)  # below it all: the cursor has looks of its own
        assert looks() == read
        assert len({look for line in read for look in line}) > 5


async def test_a_file_that_may_write_runs_only_when_asked(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "writes.py"
    path.write_text("print('it ran')\nopen('x', 'w').close()\n", encoding="utf-8")
    async with door.opened(files=(str(path),)) as reader:
        await reader.sees("your file may write or send: r or F5 runs it")
        await reader.settled()
        assert reader.app.session.outcome(str(path)) is None
        await reader.press("r")
        await reader.ran()
        await reader.sees("│ it ran")


# ----------------------------------------------------------------------------------------------- two apps at once


async def test_two_apps_at_once_lose_nothing(door: Door) -> None:
    async with door.opened("sums/random") as one:
        await one.ran()
        await change(one, "1 + 1")
        async with door.opened("sums/random") as other:
            await other.ran()
            await other.sees("1 + 1")
            await change(other, "2 + 2")
            await other.press("T")
            await other.sees("Theme")
            await other.press("j", "enter")
            await other.no_longer_sees("Theme")
        await change(one, "3 + 3")
        await one.sees("another torch-tutor had edited")  # its middle gives way to where the other version is
        await one.press("L")
        await one.sees("随机数")

    assert door.edit("sums/random") == "3 + 3\n1 + 1\ntorch.rand(2, 3)"
    (kept,) = (door.state / "edits").glob("*/*.other-1.py")
    assert kept.read_text(encoding="utf-8") == "2 + 2\n1 + 1\ntorch.rand(2, 3)"
    assert door.settings["lang"] == "zh"
    assert door.settings["theme"] == other.app.theme != "tutor-dark"


async def test_edits_of_different_entries_by_two_apps_are_both_kept(door: Door) -> None:
    async with door.opened("sums/random") as one, door.opened("sums/item") as other:
        await one.ran()
        await other.ran()
        await change(one, "1 + 1")
        await change(other, "2 + 2")
    assert door.edit("sums/random") == "1 + 1\ntorch.rand(2, 3)"
    assert door.edit("sums/item") == "2 + 2\nloss = torch.ones(3).sum()\nloss.item()"


async def test_results_go_with_their_lines_until_the_code_is_run_again(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "writes.py"  # or may: it is not run as it is typed
    path.write_text("import os\ntwo = 3.5 + 1\nfour = 2 * two\n", encoding="utf-8")

    def beside(code: str) -> str:
        """What stands beside a line of the editor."""
        (row,) = (
            row for row in reader.screen.splitlines() if f"  {code}  " in f"{row}  " and not row.startswith("   ")
        )
        return row.split(f"  {code}")[1].strip()

    async with door.opened(files=(str(path),)) as reader:
        await reader.press("r")
        await reader.ran()
        await reader.press("e")
        await reader.in_editor()
        await reader.sees("two  4.5", "four  9.0")
        two, four = beside("two = 3.5 + 1"), beside("four = 2 * two")
        await reader.press("home", "enter", "enter", *["down"] * 2, "end")
        await reader.type(" + 1")  # to the last line, which now is the fifth
        assert beside("two = 3.5 + 1") == two
        assert beside("four = 2 * two + 1") == four
        await reader.sees("   3 four = 2 * two\n", "four  9.0")  # its details are of the code that was run
        await reader.type("\nfive = 5")
        assert beside("four = 2 * two + 1") == four
        assert beside("five = 5") == ""
