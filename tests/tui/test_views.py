"""What can be laid beside an entry: the 0.3.0 form, the pitfalls, pictures."""

from __future__ import annotations

from tutor.tui.screens.desk import QUICK

from .driving import Door


async def test_then_and_now_stand_side_by_side_both_live_with_what_changed_and_since_when(door: Door) -> None:
    async with door.opened("sums/item", size=(200, 50)) as reader:
        await reader.ran()
        await reader.sees("0.3.0: raises today")
        await reader.press("t")
        trace = await reader.ran(form="then")
        await reader.sees("loss.data[0]", "loss.item()", "invalid index of a 0-dim tensor", "since 0.4.0")
        assert "Sums became tensors without dimensions" in " ".join(reader.screen.split())
        assert trace.error is not None
        assert trace.error.type == "IndexError"
        assert "then: PyTorch 0.3.0" in reader.row("0.3.0: raises today")
        await reader.press("v", "j")
        await reader.sees("value  3.0")
        assert "then: PyTorch 0.3.0" in reader.row("0.3.0: raises today")

        await reader.press("t")
        await reader.no_longer_sees("loss.data[0]")
        await reader.sees("value  3.0")


async def test_an_entry_without_an_old_form_says_so(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.press("t")
        await reader.sees("this entry has no 0.3.0 form")
        await reader.press("n", "t")
        await reader.sees("loss.data[0]")
        await reader.press("n")
        await reader.at("sums/random")
        await reader.no_longer_sees("loss.data[0]")


async def test_in_a_narrow_window_the_old_form_comes_in_place_of_todays(door: Door) -> None:
    async with door.opened("sums/item", size=(80, 24)) as reader:
        await reader.ran()
        await reader.press("t")
        await reader.sees("loss.data[0]")
        await reader.ran(form="then")
        await reader.press("t")
        await reader.sees("loss.item()")


async def test_pitfalls_run_wrong_beside_right_and_the_key_comes_back(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("x")
        await reader.sees("A sum without dim", "✗ wrong", "✓ right", "shares = x / x.sum()")
        await reader.sees("✗ [0.3, 0.7]", "✓ [1.0, 1.0]")
        await reader.sees("Without dim all elements are added up.", "Name the dimension that goes away.")
        await reader.press("x")
        await reader.no_longer_sees("A sum without dim")
        await reader.press("n", "x")
        await reader.sees("no pitfalls are told of this entry")


async def test_m_goes_through_the_pictures_of_a_statement_and_back_to_its_facts(door: Door) -> None:
    async with door.opened("autograd/backward", size=(200, 50)) as reader:
        await reader.ran()
        await reader.press("j", "j")
        details = reader.desk.details
        assert details is not None
        await reader.until(lambda: "y.backward()" in details.plain_text and "m" in details.plain_text)
        facts = details.plain_text
        seen = []
        for _ in range(9):
            await reader.press("m")
            await reader.settled()
            if details.plain_text == facts:
                break
            seen.append(details.plain_text)
        assert details.plain_text == facts
        assert seen
        assert f"1 of {len(seen)}" in seen[0]


async def test_a_single_picture_is_not_counted(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("m")
        await reader.sees("x 2x2 f32")
        details = reader.desk.details
        assert details is not None
        assert "x 2x2 f32" in details.plain_text
        assert "1 of" not in details.plain_text


async def test_a_line_without_a_picture_says_so(door: Door) -> None:
    async with door.opened("sums/markup") as reader:
        await reader.ran()
        await reader.press("m")
        await reader.sees("no picture of this line")


async def test_o_shows_the_curve_of_a_loop_and_then_its_other_scale(door: Door) -> None:
    async with door.opened("autograd/training") as reader:
        await reader.sees("loss over")
        await reader.until(lambda: reader.desk.runs.seconds() > QUICK, "a run that is seen to be under way")
        await reader.press("o")
        await reader.sees("49")
        await reader.until(lambda: reader.desk.details is not None and reader.desk.details.display)
        first = reader.desk.picture
        assert first > 0
        await reader.press("escape")
        await reader.ran()
        await reader.press("o")
        await reader.until(lambda: reader.desk.picture == first)


async def test_a_pane_can_have_the_window_to_itself(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("z")
        await reader.no_longer_sees("▾ Sums")
        await reader.press("z")
        await reader.sees("▾ Sums")
        await reader.press("z")
        await reader.press("escape")
        await reader.sees("▾ Sums")
