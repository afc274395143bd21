"""The first start, what is kept for the next, sheets of other people, and the loop of somebody who writes one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .driving import SHEET, Door, Reader

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)], ids=str)
async def test_the_first_start_shows_the_keys_that_matter_once(door: Door, size: tuple[int, int]) -> None:
    door.state.mkdir()
    async with door.opened(size=size) as reader:
        await reader.sees("Welcome to torch-tutor", "any key begins")
        for key in ("j k ", "e ", "t ", "/ ", "? "):
            assert any(row.strip("│ ").startswith(key) for row in reader.rows), key
        await reader.press("x")
        await reader.no_longer_sees("Welcome")
        await reader.ran()
        assert door.settings["welcomed"] is True
    async with door.opened() as reader:
        await reader.ran()
        assert "Welcome" not in reader.screen


async def test_the_first_start_offers_the_other_language(door: Door) -> None:
    door.state.mkdir()
    async with door.opened() as reader:
        await reader.sees("Welcome to torch-tutor", "L 中文")
        await reader.press("L")
        await reader.sees("按行求和")


async def test_why_the_state_cannot_be_read_is_told_in_the_language_that_is_chosen_then(door: Door) -> None:
    settings = door.state / "settings.json"
    settings.mkdir(parents=True)
    async with door.opened("sums/rows", size=(240, 50), lang="zh") as reader:
        await reader.press("x")
        await reader.sees(f"无法读取保存的状态：{settings}：这是文件夹")
        await reader.press("L")
        await reader.sees(f"saved state cannot be read: {settings}: Is a directory")


async def test_a_damaged_state_is_set_aside_with_a_message(door: Door) -> None:
    door.keep(welcomed=True)
    (door.state / "settings.json").write_text('{"lang": "zh', encoding="utf-8")
    async with door.opened("sums/rows", size=(200, 50)) as reader:
        await reader.sees("Welcome to torch-tutor")
        await reader.press("x")
        await reader.sees("unreadable state was set aside: ")
        await reader.ran()
    assert (door.state / "settings.unreadable-1.json").read_text(encoding="utf-8") == '{"lang": "zh'
    assert door.settings["welcomed"] is True


def test_no_torch_comes_into_the_process_of_the_app(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from tutor.tui.app import TutorApp, Wishes

async def main():
    app = TutorApp(Wishes({SHEET!r}, shipped=False, trusted=True, entry="sums/rows"))
    async with app.run_test(size=(200, 50)) as pilot:
        for key in "xtmdTLBvzo/:":
            await pilot.press(key, "escape")
        await pilot.press("r")
        while not (found := app.session.outcome("sums/rows")) or not found.trace.finished:
            await pilot.pause()
        await pilot.press("e", "x", "escape")

asyncio.run(main())
print(sorted({{"torch", "numpy"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "TORCH_TUTOR_STATE": str(tmp_path / "state"), "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


def test_without_a_terminal_there_is_a_line_of_advice(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tutor"],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "TORCH_TUTOR_STATE": str(tmp_path)},
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "the app needs a terminal" in done.stderr
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------------------------------- the author's loop


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """A sheet to be changed."""
    return Path(shutil.copy(SHEET, tmp_path / "mine.yaml"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    part = path.with_suffix(".part")
    part.write_text(text.replace(old, new, 1), encoding="utf-8")
    part.replace(path)  # as editors save


async def test_a_sheet_is_read_again_when_it_is_saved_and_one_stays_where_one_is(door: Door, sheet: Path) -> None:
    async with door.opened("sums/item", sheet=str(sheet)) as reader:
        await reader.ran()
        change(sheet, "The number in a tensor", "One number")
        await reader.sees("One number", "the sheet has changed: read again")
        change(sheet, "loss = torch.ones(3).sum()", "loss = torch.ones(30).sum()")
        await reader.sees("30.0")
        assert reader.app.session.current == "sums/item"
        await reader.ran()
        assert "0/1 claims hold" in reader.foot


async def test_faults_are_shown_with_file_and_line_and_go_when_they_are_mended(door: Door, sheet: Path) -> None:
    async with door.opened("sums/item", sheet=str(sheet), size=(200, 50)) as reader:
        await reader.ran()
        change(sheet, "title: {en: The number in a tensor", "titel: {en: The number in a tensor")
        await reader.sees("The sheet has ", f"{sheet}:{line_of(sheet, 'titel')}:", "titel")
        await reader.sees("Esc goes back to the last good one.")
        await reader.press("escape")
        await reader.sees("The number in a tensor")
        change(sheet, "titel:", "titel2:")
        await reader.sees("titel2")
        change(sheet, "titel2:", "title:")
        await reader.no_longer_sees("The sheet has ")
        await reader.sees("the sheet has changed: read again")
        await reader.ran()


async def test_a_sheet_that_has_faults_from_the_start_opens_once_they_are_mended(door: Door, sheet: Path) -> None:
    change(sheet, "format: 1", "format: 7")
    async with door.opened(sheet=str(sheet), size=(200, 50)) as reader:
        await reader.sees("The sheet has 1 fault", f"{sheet}:1:", "q quits.")
        await reader.press("escape")
        await reader.sees("The sheet has 1 fault")
        change(sheet, "format: 7", "format: 1")
        await no_faults(reader)
        await reader.press("j", "j")
        await reader.sees("Sum each row")


async def test_faults_are_told_in_the_other_language_at_once(door: Door, sheet: Path) -> None:
    async with door.opened("sums/item", sheet=str(sheet), size=(200, 50)) as reader:
        await reader.ran()
        change(sheet, "title: {en: The number in a tensor", "titel: {en: The number in a tensor")
        at = f"{line_of(sheet, 'titel')}:"
        await reader.sees("The sheet has 2 faults", "`title` is missing: add the heading", at, "L 中文")
        await reader.press("j", "L")
        await reader.sees("表中有2处错误", "缺少`title`：请加上标题", "是否想写`title`？", at, "L English")
        await reader.no_longer_sees("missing")
        await reader.press("L")
        await reader.sees("The sheet has 2 faults", "`title` is missing: add the heading")
        await reader.press("L", "escape")
        await reader.sees("取出张量里的数", "求和的结果是零维张量")


async def test_faults_from_the_start_are_told_in_the_language_and_by_the_keys_of_the_reader(
    door: Door, sheet: Path
) -> None:
    (door.home / "config.yaml").write_text("keys:\n  language: '&'\n", encoding="utf-8")
    change(sheet, "format: 1", "format: 7")
    async with door.opened(sheet=str(sheet), size=(200, 50), lang="zh") as reader:
        await reader.sees("表中有1处错误", "需要更新的torch-tutor", "按q退出。   & English")
        await reader.press("&")
        await reader.sees("The sheet has 1 fault", "needs a later torch-tutor", "q quits.   & 中文")
        change(sheet, "format: 7", "format: 1")
        await no_faults(reader)
        await reader.sees("Sum each row")


async def no_faults(reader: Reader) -> None:
    await reader.no_longer_sees("The sheet has 1 fault")


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").split("\n")
    return next(n for n, line in enumerate(lines, 1) if text in line)
