"""Windows of any size: nothing is cut off, every row has the right width, and the mouse hits what it points at."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tutor.catalogue.place import shipped
from tutor.tui.words import say

from .driving import SIZES, Door, Reader


def fits(reader: Reader) -> None:
    """Every row is as wide as the window. A row that is too wide or an order that is none fails in the terminal."""
    strips = reader.app.screen._compositor.render_strips()
    assert [cell_len(strip.text) for strip in strips] == [reader.terminal.width] * reader.terminal.height
    assert [strip.text for strip in strips] == reader.terminal.rows


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_what_is_on_the_screen_is_what_was_meant_to_be(door: Door, size: tuple[int, int], lang: str) -> None:
    async with door.opened("sums/rows", size=size, lang=lang) as reader:
        await reader.ran()
        fits(reader)
        for key in ("question_mark", "d", "T", "slash", "colon", "O"):
            await reader.press(key)
            await reader.until(lambda: reader.app.screen is not reader.desk)
            await reader.settled()
            fits(reader)
            await reader.press("escape")
            await reader.until(lambda: reader.app.screen is reader.desk)
            await reader.settled()
            fits(reader)
        for key in ("3", "1", "2", "x", "x", "n", "t", "t", "p"):
            await reader.press(key)
            await reader.settled()
            fits(reader)
        await reader.press("e")
        await reader.in_editor()
        await reader.type("# 求和 ABC\n")
        await reader.settled()
        fits(reader)
        assert "# 求和 ABC" in reader.screen


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_shipped_sheet_fits_in_chinese(door: Door, size: tuple[int, int]) -> None:
    async with door.opened("autograd/backward", size=size, sheet=shipped(), lang="zh") as reader:
        await reader.ran()
        assert "反向传播" in reader.desk.page.plain_text
        for key in ("n", "n", "1", "pagedown", "2", "t"):
            fits(reader)
            await reader.press(key)
            await reader.settled()
        fits(reader)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_no_chinese_character_of_a_box_is_lost_to_what_lies_below(door: Door, size: tuple[int, int]) -> None:
    """Textual's own overlays on the same screen lose those under which an edge lies."""
    async with door.opened("sums/rows", size=size, lang="zh") as reader:
        await reader.ran()
        await reader.press("d")
        await reader.sees(
            "在哪里运行", "此处没有：仅限Apple硬件", "只有形状，不做计算", "↑ ↓ 选择   Enter确定   Esc关闭"
        )
        await reader.press("escape")
        await reader.press("slash")
        await reader.sees(say("find hint", "zh"), say("find keys", "zh"))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_whole_text_of_an_entry_can_be_read(door: Door, size: tuple[int, int], lang: str) -> None:
    async with door.opened("sums/item", size=size, lang=lang) as reader:
        await reader.ran()
        told = reader.desk.page.plain_text
        words = "取出其中的Python数" if lang == "zh" else "takes the Python number out of it"
        assert words in " ".join(told.split())
        assert all(cell_len(line) <= size[0] for line in told.split("\n"))
        for text in ("loss.item()", "3.0", "loss.item() == 3"):
            assert text in told


async def test_80_columns_have_tabs(door: Door) -> None:
    async with door.opened("sums/rows", size=(80, 24)) as reader:
        await reader.ran()
        assert reader.rows[1].split() == ["1", "Contents", "2", "Entry", "3", "Details"]
        assert "▾ Sums" not in reader.screen
        await reader.press("1")
        await reader.sees("▾ Sums", "Sum each row")
        await reader.press("tab")
        await reader.sees("x.sum(dim=1)")
        await reader.press("tab")
        await reader.sees("strides (2, 1)")
        await reader.press("shift+tab")
        await reader.sees("keepdim leaves a column")


async def test_120_columns_have_contents_and_entry_200_also_details(door: Door) -> None:
    async with door.opened("sums/rows", size=(120, 40)) as reader:
        await reader.ran()
        await reader.sees("▾ Sums", "x.sum(dim=1)")
        assert "strides" not in reader.screen
        await reader.resize(200, 50)
        await reader.sees("▾ Sums", "x.sum(dim=1)", "strides (2, 1)")


async def test_a_window_that_changes_its_size_keeps_the_place(door: Door) -> None:
    async with door.opened("autograd/backward", size=(200, 50)) as reader:
        await reader.ran()
        await reader.press("j", "j")
        stood = reader.desk.page.target
        for size in ((80, 24), (60, 20), (1, 1), (20, 5), (120, 40)):
            await reader.resize(*size)
            await reader.settled()
            fits(reader)
            assert reader.desk.page.target == stood
        await reader.sees("▌   3 y.backward()")


# ------------------------------------------------------------------------------------------------------ the mouse


async def test_a_click_opens_an_entry_and_a_second_one_goes_there(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.click("· item")
        await reader.at("sums/item")
        await reader.sees("The number in a tensor")
        assert reader.desk.mood == "contents"
        await reader.click("· random", times=2)
        await reader.at("sums/random")
        await reader.until(lambda: reader.desk.mood == "page")


async def test_a_double_click_on_a_statement_opens_its_details(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        await reader.click("y.backward()", times=2)
        await reader.until(lambda: reader.desk.details is not None and "x.grad" in reader.desk.details.plain_text)


async def test_keys_and_tabs_at_the_edges_can_be_clicked(door: Door) -> None:
    async with door.opened("sums/rows", size=(80, 24)) as reader:
        await reader.ran()
        await reader.click("1 Contents")
        await reader.sees("▾ Sums")
        await reader.click("? keys")
        await reader.sees("j k move   Esc closes")
        await reader.click("Keys")
        await reader.press("escape")
        await reader.click("L 中文")
        await reader.sees("目录")


async def test_a_click_chooses_in_a_menu_and_one_beside_it_closes_it(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("T")
        await reader.sees("Theme")
        await reader.click_at(0, 39)
        await reader.no_longer_sees("Theme")
        await reader.press("d")
        await reader.sees("Where it runs")
        await reader.click("meta")
        await reader.until(lambda: reader.desk.runs.where.device == "meta")


async def test_what_the_mouse_is_drawn_over_is_selected_and_ctrl_c_copies_it(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        x, y = reader.terminal.find("y.backward()")
        assert x > 0
        before = reader.terminal.colours(x + 2, y)
        await reader.drag((x, y), (x + 9, y))
        assert reader.app.screen.get_selected_text() == "y.backward"
        assert reader.terminal.colours(x + 2, y) != before
        await reader.press("ctrl+c")
        assert reader.app.clipboard == "y.backward"


async def test_a_scroll_bar_is_dragged_and_clicked(door: Door) -> None:
    async with door.opened("autograd/backward", size=(80, 24)) as reader:
        await reader.ran()
        await reader.press("2")
        await reader.until(lambda: reader.desk.mood == "page")
        page = reader.desk.page
        assert page.max_scroll_y > 0
        right, top, bottom = page.region.right - 1, page.region.y, page.region.bottom - 1
        await reader.drag((right, top), (right, bottom))
        await reader.until(lambda: page.scroll_y == page.max_scroll_y, "the end of the page")
        await reader.click_at(right, top)
        await reader.until(lambda: page.scroll_y < page.max_scroll_y, "a page further up")
