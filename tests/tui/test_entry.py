"""An entry on the screen: its text, its code, and beside each statement what it did, from a live run."""

from __future__ import annotations

import pytest

from tutor.tui.widgets.details import Details

from .driving import SIZES, Door, Reader


def cells(reader: Reader, first: str) -> list[str]:
    """The columns of the ledger in the row whose code has a text, right of the contents."""
    page = next(page for row in reader.terminal.rows if first in (page := row.partition("│")[2]))
    return [part.strip(" ▌") for part in page.split("│")]


async def opened(reader: Reader) -> Details:
    """The details, once they are there."""
    await reader.until(lambda: reader.desk.details is not None and reader.desk.details.display, "the details")
    assert reader.desk.details is not None
    return reader.desk.details


async def test_an_entry_runs_when_it_is_opened_and_shows_each_statement_beside_what_it_did(door: Door) -> None:
    async with door.opened("autograd/backward", size=(160, 40)) as reader:
        trace = await reader.ran()

        assert trace.ok
        assert cells(reader, "code ") == ["code", "output", "shapes", "gradients"]
        assert cells(reader, "2 y = ") == ["2 y = (x ** 2).sum()", "y = 30.0", "y  () f32 SumBackward0", ""]
        assert cells(reader, "3 y.backward()") == ["3 y.backward()", "", "", "+ x.grad filled 2x2 |10.954|"]
        assert cells(reader, "4 x.grad") == ["4 x.grad", "[[2.0, 4.0],", "2x2 f32", ""]


async def test_where_all_does_not_fit_each_statement_stands_above_what_it_did(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()

        assert cells(reader, "code ") == ["code / output", "shapes", "gradients"]
        assert cells(reader, "1 x = ") == ["1 x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)"]
        assert cells(reader, "y = 30.0") == ["y = 30.0", "y  () f32 SumBackward0", ""]
        assert cells(reader, "3 y.backward()") == ["3 y.backward()", "", "+ x.grad filled 2x2 |10.954|"]


async def test_the_columns_stand_below_one_another_on_every_row(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        ledger = [row[25:] for row in reader.rows if row.count("│") > 2]
        bars = {tuple(i for i, char in enumerate(row) if char == "│") for row in ledger}

        assert len(ledger) > 8
        assert len(bars) == 1


async def test_an_entry_has_its_text_its_old_line_its_claims_and_its_links(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()

        assert "Sum each row" in reader.row("Sum each row")
        assert "dim names the dimension that goes away" in reader.screen
        assert reader.row("0.3.0 sheet").endswith("x.sum(dim)")
        assert "✓ keepdim leaves a column   x.sum(dim=1, keepdim=True).shape == (2, 1)" in reader.screen
        assert "✓ x.sum(dim=1).tolist() == [3, 7]" in reader.screen
        assert "→ sums/item" in reader.screen
        assert "2/2 claims hold" in reader.foot


async def test_a_claim_that_does_not_hold_is_told_with_what_was_seen(door: Door) -> None:
    async with door.opened("autograd/untrue") as reader:
        await reader.ran()

        assert "✗ two is three   two == 3" in reader.screen
        assert "0/1 claims hold" in reader.foot
        assert reader.foot.startswith(" ✗")


async def test_an_error_is_told_at_its_statement_and_in_the_status_line(door: Door) -> None:
    async with door.opened("autograd/shapes") as reader:
        await reader.ran()

        assert "RuntimeError" in reader.foot
        assert "at line 3" in reader.foot
        assert "mat1 and mat2 shapes cannot be multiplied" in " ".join(reader.screen.split())


async def test_enter_on_a_row_opens_all_about_its_statement_and_esc_closes_it(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        await reader.press("j", "j", "enter")
        details = await opened(reader)
        await reader.until(lambda: "y.backward()" in details.plain_text)

        assert "+ x.grad filled  2x2 f32" in details.plain_text
        assert "[[2.0, 4.0],\n" in details.plain_text
        assert "norm 10.954" in details.plain_text

        await reader.press("escape")
        await reader.until(lambda: not details.display)


async def test_the_details_follow_the_cursor(door: Door) -> None:
    async with door.opened("autograd/backward", size=(200, 50)) as reader:
        await reader.ran()
        await reader.press("g")
        details = await opened(reader)
        await reader.until(lambda: "x = torch.tensor" in details.plain_text)
        assert "4 elements  ·  16 B  ·  cpu  ·  strides (2, 1)" in details.plain_text

        await reader.press("j")
        await reader.until(lambda: "y = (x ** 2).sum()" in details.plain_text)
        assert "SumBackward0" in details.plain_text


@pytest.mark.parametrize("size", SIZES)
async def test_text_that_looks_like_markup_is_shown_as_it_is(door: Door, size: tuple[int, int]) -> None:
    async with door.opened("sums/markup", size=size) as reader:
        await reader.ran()
        await reader.sees("Nothing in list[int] or a[/b] is markup.", "[red]value[/red")
        await reader.press("g", "enter")
        details = await opened(reader)
        await reader.until(lambda: "list[int] a[/b] [bold]loud[/bold] :smile:\n" in details.plain_text)
        await reader.sees("list[int] a[/b] [bold]loud[/bold]")


async def test_what_a_snippet_prints_gives_no_orders_to_the_terminal(door: Door) -> None:
    async with door.opened("sums/orders") as reader:
        await reader.ran()  # the terminal of these tests takes no order but to move and to colour
        await reader.press("enter")
        await reader.sees("cleared")
        await reader.press("Y")

        await reader.sees("copied: ")
        assert not any(char < " " for char in reader.app.clipboard if char != "\n")


async def test_a_link_goes_to_its_entry(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("G", "k", "enter")
        await reader.until(lambda: reader.app.session.current != "sums/rows")
        await reader.ran()

        assert reader.app.session.current in ("sums/item", "autograd/backward")
        await reader.sees("The number in a tensor")
