"""Of an error one is told what to do, and a key does it."""

from __future__ import annotations

from pathlib import Path

from tutor.tui.scene import ClaimTarget, RowTarget, Target
from tutor.tui.widgets.page import Page

from .driving import Door, Reader

WRONG = """\
import torch
from torch import nn
x = torch.randn(4, 10)
net = nn.Linear(8, 2)
net(x)
"""


def own(door: Door, code: str = WRONG) -> str:
    """A file of the reader's own."""
    path = door.home / "own.py"
    path.write_text(code, encoding="utf-8")
    return str(path)


async def advised(reader: Reader) -> None:
    """Wait until a fix is offered."""
    await reader.until(lambda: "puts in the fix" in reader.foot, "a fix")


async def test_an_error_is_explained_with_a_fix_that_was_tried(door: Door) -> None:
    async with door.opened(files=(own(door),), size=(120, 60)) as reader:
        await advised(reader)

        assert "- net = nn.Linear(8, 2)" in reader.screen
        assert "+ net = nn.Linear(10, 2)" in reader.screen


async def test_a_key_puts_the_fix_in_and_takes_it_out_again(door: Door) -> None:
    path = own(door)
    async with door.opened(files=(path,)) as reader:
        await advised(reader)
        await reader.press("F")
        await reader.until(lambda: reader.app.session.code(path) == WRONG.replace("8, 2", "10, 2"))
        assert (await reader.ran()).ok
        assert Path(path).read_text(encoding="utf-8") == WRONG

        await reader.press("F")
        await reader.until(lambda: reader.app.session.code(path) == WRONG)
        assert not (await reader.ran()).ok


async def test_the_cursor_stays_on_the_fix_when_the_page_is_drawn_again(door: Door) -> None:
    async with door.opened(files=(own(door),)) as reader:
        await advised(reader)
        await reader.press("G")
        await reader.sees("▌       4 + net = nn.Linear(10, 2)")
        await reader.press("L")
        await reader.sees("改法", "▌       4 + net = nn.Linear(10, 2)")


def test_a_row_that_is_gone_leaves_the_cursor_at_its_line_or_above_it() -> None:
    there: list[Target] = [RowTarget(0, 1), RowTarget(1, 4), RowTarget(2, 4, 1), RowTarget(3, 13), ClaimTarget(0)]
    page = Page()
    assert [page.nearest(RowTarget(9, line), there) for line in (1, 3, 4, 10, 13, 20)] == [0, 0, 1, 1, 3, 3]
    assert page.nearest(ClaimTarget(7), there) == -1


async def test_in_the_editor_undo_takes_a_fix_out(door: Door) -> None:
    path = own(door)
    async with door.opened(files=(path,)) as reader:
        await advised(reader)
        await reader.press("e")
        await reader.until(lambda: reader.desk.mood == "editor")
        await reader.press("f8")
        await reader.sees("net = nn.Linear(10, 2)", "✓ finished")
        await reader.press("ctrl+z")

        await reader.until(lambda: reader.app.session.code(path) == WRONG)


async def test_where_there_is_no_fix_the_key_says_so(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("F")

        await reader.until(lambda: "no fix is proposed here" in reader.foot)


async def test_the_details_of_the_failed_statement_tell_what_to_do(door: Door) -> None:
    async with door.opened(files=(own(door),), size=(200, 50), lang="zh") as reader:
        await reader.until(lambda: "把修正写进代码" in reader.foot)
        await reader.press("2", "G")
        await reader.until(lambda: reader.screen.count("+ net = nn.Linear(10, 2)") == 2)
