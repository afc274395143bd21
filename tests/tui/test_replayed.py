"""Whole screens from recorded events, and that of a screen only what changes is written again.

`pytest --record` writes the screens anew; the difference is to be read like code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from recorded import events

from tutor.worker.wire import ClaimChecked

from .driving import SIZES, Door, Reader
from .replay import Replay, sheet

Golden = Callable[[str, str], None]


@asynccontextmanager
async def replayed(tmp_path: Path, worker: Replay, name: str, **wishes: Any) -> AsyncIterator[Reader]:
    """The app with a recording on its screen."""
    door = Door(tmp_path, worker)
    async with door.opened(f"recorded/{name}", sheet=sheet(tmp_path), **wishes) as reader:
        yield reader


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_screen_of_gradients(tmp_path: Path, golden: Golden, size: tuple[int, int], lang: str) -> None:
    async with replayed(tmp_path, Replay("backward"), "backward", size=size, lang=lang) as reader:
        await reader.ran()
        golden(f"app-backward-{size[0]}x{size[1]}-{lang}", reader.screen + "\n")


@pytest.mark.parametrize(("name", "size"), [("training", (120, 40)), ("values", (200, 50)), ("warnings", (80, 24))])
async def test_a_screen_of(tmp_path: Path, golden: Golden, name: str, size: tuple[int, int]) -> None:
    async with replayed(tmp_path, Replay(name), name, size=size) as reader:
        await reader.ran()
        golden(f"app-{name}-{size[0]}x{size[1]}-en", reader.screen + "\n")


async def test_a_screen_of_plain_characters(tmp_path: Path, golden: Golden) -> None:
    async with replayed(tmp_path, Replay("backward"), "backward", size=(100, 30), ascii=True) as reader:
        await reader.ran()
        golden("app-backward-100x30-ascii", reader.screen + "\n")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_text_that_means_harm_is_shown_by_name(tmp_path: Path, size: tuple[int, int]) -> None:
    async with replayed(tmp_path, Replay("hostile"), "hostile", size=size) as reader:
        await reader.ran()  # the terminal takes no order but to move and to colour
        await reader.press("G", "g", "enter")
        await reader.settled()
        assert "\x1b]" not in reader.terminal.raw
        assert "[bold]" in reader.desk.page.plain_text
        assert "\u202e" not in reader.screen


# -------------------------------------------------------------------------------------- only what has changed


def seen(reader: Reader) -> list[list[tuple[str, str]]]:
    """Every row with its colours."""
    terminal = reader.terminal
    return [[(row, terminal.colours(x, y)) for x in range(terminal.width)] for y, row in enumerate(terminal.rows)]


async def test_of_a_run_that_goes_on_only_rows_that_changed_are_written(tmp_path: Path) -> None:
    told = events("backward")
    claim = next(n for n, event in enumerate(told) if isinstance(event, ClaimChecked))
    worker = Replay("backward")
    worker.stop_at(claim)
    async with replayed(tmp_path, worker, "backward", size=(200, 50)) as reader:
        await reader.until(lambda: reader.app.session.outcome("recorded/backward") is not None, "what was told so far")
        await reader.sees("· x.shape == (2, 2)", "x.grad = None")
        await reader.pause()
        before = seen(reader)
        reader.terminal.written.clear()
        worker.stop_at(claim + 1)
        await reader.sees("✓ x.shape == (2, 2)")
        await reader.pause()
        changed = {y for y, (was, now) in enumerate(zip(before, seen(reader), strict=True)) if was != now}

        assert "✓ x.shape == (2, 2)" in "".join(reader.rows[y] for y in changed)
        assert reader.terminal.written - {0, 48} <= changed
        worker.stop_at(len(told))
        await reader.ran()


async def test_a_letter_writes_nothing_but_the_editor_and_the_bars(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        await reader.press("a", "e")
        await reader.in_editor()
        await reader.press("down", "end")
        await reader.settled()
        below = next(y for y, row in enumerate(reader.rows) if row.startswith("────"))
        reader.terminal.written.clear()
        await reader.type("#")
        await reader.sees("y = (x ** 2).sum()#")

        assert not {y for y in reader.terminal.written if below <= y < 38}
