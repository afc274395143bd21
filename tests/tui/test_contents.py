"""The contents: where one is in the sheet, and how each entry did."""

from __future__ import annotations

import pytest

from tutor.tui.screens.desk import QUICK

from .driving import Door, Reader


def line(reader: Reader, name: str) -> str:
    """A line of the contents: its mark and its name; empty where it is not to be seen."""
    rows = (row for row in reader.terminal.rows[1:-2] if row[:24].rstrip(" │").endswith(f" {name}"))
    return next(rows, "")[:24].strip("▌│ ")


async def test_an_entry_has_no_mark_until_it_has_run_and_then_one_that_says_how_it_did(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        assert line(reader, "rows") == "✓ rows"
        assert line(reader, "item") == "· item"

        for id, mark in (("shapes", "✗"), ("untrue", "✗"), ("dies", "✗"), ("backward", "✓")):
            reader.desk.open_entry(f"autograd/{id}")
            await reader.ran()
            assert line(reader, id) == f"{mark} {id}"
        assert "2/12 proven" in reader.rows[0]


async def test_an_edited_entry_is_marked_and_says_so(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("e")
        await reader.until(lambda: reader.desk.mood == "editor")
        await reader.type("2 + 3\n")
        await reader.ran()  # else Esc would stop the run
        await reader.press("escape")
        await reader.until(lambda: reader.desk.mood == "page")

        await reader.until(lambda: line(reader, "random") == "● random")
        await reader.sees("● edited")


async def test_a_run_under_way_is_marked(door: Door) -> None:
    async with door.opened("autograd/training") as reader:
        await reader.until(lambda: line(reader, "training") == "▸ training")
        await reader.until(lambda: reader.desk.runs.seconds() > QUICK)
        await reader.press("escape")
        await reader.ran()
        assert line(reader, "training") == "✗ training"


async def test_moving_in_the_contents_opens_what_the_cursor_comes_to(door: Door) -> None:
    async with door.opened() as reader:
        await reader.ran()
        assert reader.app.session.current == "sums/rows"
        await reader.press("j")
        await reader.sees("The number in a tensor")
        await reader.ran("sums/item")
        await reader.press("down")
        await reader.ran("sums/random")
        assert reader.desk.mood == "contents"

        await reader.press("k", "up")
        await reader.sees("Sum each row")
        assert reader.app.session.current == "sums/rows"


async def test_the_first_the_last_and_a_screenful(door: Door) -> None:
    async with door.opened() as reader:
        await reader.press("G")
        await reader.until(lambda: reader.app.session.current == "autograd/cuda-only")
        await reader.press("g", "j")
        await reader.until(lambda: reader.app.session.current == "sums/rows")
        await reader.press("pagedown")
        await reader.until(lambda: reader.app.session.current != "sums/rows")
        await reader.press("pageup", "home", "j")
        await reader.until(lambda: reader.app.session.current == "sums/rows")


async def test_headings_fold_and_unfold(door: Door) -> None:
    async with door.opened() as reader:
        await reader.ran()
        await reader.press("h")  # to the heading
        await reader.press("h")  # fold it
        await reader.until(lambda: "▸ Sums" in reader.screen)
        assert not any("· item" in row[:24] for row in reader.rows)
        await reader.press("l")
        await reader.until(lambda: "▾ Sums" in reader.screen)
        assert line(reader, "item") == "· item"
        await reader.press("enter")
        await reader.until(lambda: "▸ Sums" in reader.screen)


async def test_n_and_p_go_through_the_entries_from_anywhere(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        assert reader.desk.mood == "page"
        await reader.press("n", "n")
        await reader.until(lambda: reader.app.session.current == "sums/random")
        await reader.press("p")
        await reader.until(lambda: reader.app.session.current == "sums/item")
        assert reader.desk.mood == "page"
        await reader.press("p", "p")
        await reader.sees("this is the first entry")


@pytest.mark.parametrize(
    ("wanted", "opened"),
    [("autograd", "autograd/backward"), ("autograd/training", "autograd/training"), ("faults", "autograd/shapes")],
)
async def test_the_command_line_names_what_is_opened(door: Door, wanted: str, opened: str) -> None:
    async with door.opened(wanted) as reader:
        assert reader.app.session.current == opened
        await reader.sees(opened.partition("/")[2])
        assert reader.desk.mood == "page"
        await reader.press("escape")
