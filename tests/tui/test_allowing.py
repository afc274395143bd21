"""What snippets may do is shown, and can be changed while the app is open."""

from __future__ import annotations

from .driving import SIZES, Door


async def test_the_menu_tells_what_is_allowed_and_fits_every_size(door: Door) -> None:
    for size in SIZES:
        for lang, title, last in (("en", "What snippets may do", "signals"), ("zh", "代码可以做什么", "signals")):
            async with door.opened("sums/rows", size, lang=lang) as reader:
                await reader.ran()
                await reader.press("P")
                await reader.sees(title, "write", last)
                assert "◉ read" in reader.screen
                assert "○ network" in reader.screen


async def test_what_is_allowed_is_run_at_once_and_told_in_the_title(door: Door) -> None:
    path = door.home / "own.py"
    path.write_text(f"open({str(door.home / 'written')!r}, 'w').write('x')\n", encoding="utf-8")
    async with door.opened(files=(str(path),)) as reader:
        await reader.sees("not run", "r or F5 runs it")  # it writes
        await reader.press("P")
        await reader.sees("○ write")
        await reader.press("enter")
        await reader.sees("◉ write")
        await reader.press("escape", "r")
        trace = await reader.ran()

        assert trace.ok
        assert (door.home / "written").read_text() == "x"
        assert "may write" in reader.rows[0]


async def test_another_choice_runs_the_entry_again(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        before = reader.app.session.outcome("sums/rows")
        await reader.press("P")
        await reader.sees("○ write")
        await reader.press("enter")
        await reader.sees("◉ write")
        await reader.press("enter")
        await reader.sees("○ write")
        await reader.press("escape")
        await reader.until(lambda: reader.app.session.outcome("sums/rows") is not before)
        await reader.ran()

        assert "may" not in reader.rows[0]
