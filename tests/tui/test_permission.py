"""A sheet from elsewhere runs nothing until its reader has said so; reading it needs no leave."""

from __future__ import annotations

import shutil
from pathlib import Path

from .driving import SHEET, SIZES, Door


def copied(door: Door) -> Path:
    """A sheet that may be changed."""
    return Path(shutil.copy(SHEET, door.home / "lessons.yaml"))


async def test_a_sheet_from_elsewhere_is_read_but_not_run(door: Door) -> None:
    async with door.opened("sums/rows", trusted=False) as reader:
        await reader.sees("May this sheet run?", SHEET, "sha256", "pieces of code")
        await reader.press("n")
        await reader.no_longer_sees("May this sheet run?")
        await reader.press("x", "x", "t", "t")

        assert "not run: nobody has said that this sheet may" in reader.foot
        assert "x.sum(dim" in reader.screen
        assert not reader.desk.runs.busy
        assert reader.app.session.outcome("sums/rows") is None


async def test_a_yes_runs_it_and_is_remembered_for_the_same_content(door: Door) -> None:
    sheet = copied(door)
    async with door.opened("sums/rows", sheet=str(sheet), trusted=False) as reader:
        await reader.sees("May this sheet run?")
        await reader.press("y")
        assert (await reader.ran()).ok

    sheet = sheet.rename(door.home / "moved.yaml")
    async with door.opened("sums/rows", sheet=str(sheet), trusted=False) as reader:
        assert (await reader.ran()).ok
        assert "May this sheet run?" not in reader.screen


async def test_other_content_is_asked_about_again(door: Door) -> None:
    sheet = copied(door)
    async with door.opened("sums/rows", sheet=str(sheet), trusted=False) as reader:
        await reader.sees("May this sheet run?")
        await reader.press("y")
        await reader.ran()
        sheet.write_text("# another\n" + sheet.read_text(encoding="utf-8"), encoding="utf-8")

        await reader.sees("May this sheet run?")
        assert "not run" in reader.foot


async def test_an_author_is_not_asked_after_each_save(door: Door) -> None:
    sheet = copied(door)
    async with door.opened("sums/rows", sheet=str(sheet), trusted=False) as reader:
        await reader.sees("May this sheet run?")
        await reader.press("a")
        await reader.ran()
        text = sheet.read_text(encoding="utf-8")
        sheet.write_text(text.replace("Sum each row", "Sum every row"), encoding="utf-8")
        await reader.sees("Sum every row")

        assert (await reader.ran()).ok
        assert "May this sheet run?" not in reader.screen


async def test_the_key_that_runs_asks_again(door: Door) -> None:
    async with door.opened("sums/rows", trusted=False) as reader:
        await reader.sees("May this sheet run?")
        await reader.press("escape")
        await reader.no_longer_sees("May this sheet run?")
        await reader.press("r")
        await reader.sees("May this sheet run?")
        await reader.press("k", "k", "enter")

        assert (await reader.ran()).ok


async def test_the_question_fits_and_is_asked_in_chinese_too(door: Door) -> None:
    for size in SIZES:
        async with door.opened("sums/rows", size, trusted=False, lang="zh") as reader:
            await reader.sees("允许这张表运行吗", "允许：现在以及今后", "不允许：只阅读", "n 不允许")


async def test_the_readers_own_file_needs_no_leave(door: Door) -> None:
    path = door.home / "own.py"
    path.write_text("import torch\ntorch.ones(3).sum()\n", encoding="utf-8")
    async with door.opened(files=(str(path),), trusted=False) as reader:
        assert (await reader.ran()).ok
        assert "May this sheet run?" not in reader.screen
