"""Ways through the sheet: find, the palette, links, back and forward, and the place one left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor.catalogue.place import shipped
from tutor.tui.commands import DO, command
from tutor.tui.keys import COMMANDS
from tutor.tui.screens.dialog import Choices
from tutor.tui.widgets.field import Field

from .driving import SHEET, Door, Reader


def found(reader: Reader) -> list[str]:
    """The lines of the list in the box that is open, above the hint."""
    start = next(i for i, row in enumerate(reader.rows) if "╭" in row)
    stop = next(i for i, row in enumerate(reader.rows) if "╰" in row)
    inner = [row.partition("│")[2] if row.startswith(" ") else row for row in reader.rows[start + 4 : stop - 1]]
    return [row.strip("▌│ ") for row in inner]


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("python number", "The number in a tensor  sums/item"),
        ("SGD", "A loop that trains  autograd/training"),
        ("scalar", "The number in a tensor  sums/item"),
        ("反向传播", "Backpropagate  autograd/backward"),
        ("按行", "Sum each row  sums/rows"),
    ],
    ids=["text", "code", "tag", "title in Chinese", "part of a title in Chinese"],
)
async def test_find_searches_titles_code_and_texts_in_both_languages_as_one_types(
    door: Door, typed: str, seen: str
) -> None:
    async with door.opened("sums/markup") as reader:
        await reader.press("slash")
        await reader.sees("Find", "titles, code and texts in both languages")
        await reader.type(typed[:2])
        await reader.type(typed[2:])
        await reader.sees(seen)
        await reader.press("enter")
        await reader.at(seen.split()[-1])
        await reader.no_longer_sees("Enter opens")
        assert reader.desk.mood == "page"


async def test_however_fast_one_types_the_cursor_is_on_the_best_of_what_is_found(door: Door) -> None:
    async with door.opened("tensors/view", sheet=shipped()) as reader:
        await reader.press("slash")
        await reader.sees("Find")
        field = reader.app.screen.query_one(Field)
        for typed in ("c", "co", "con", "conv"):  # all of it before the first is answered
            field.value = typed
        await reader.sees("ConvTranspose2d")
        await reader.settled()
        best, *others = found(reader)
        assert best.endswith("nn/conv-transpose2d"), others
        assert reader.app.screen.query_one(Choices).target == "nn/conv-transpose2d"
        await reader.press("enter")
        await reader.at("nn/conv-transpose2d")


@pytest.mark.parametrize("beside", [False, True], ids=["at once", "beside the typing"])
async def test_enter_typed_ahead_opens_what_the_words_find(
    door: Door, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if beside:
        monkeypatch.setattr("tutor.tui.screens.finder.LARGE", 1)
    async with door.opened("sums/markup") as reader:
        await reader.press("slash")
        await reader.type("SGD\n")
        await reader.at("autograd/training")
        await reader.no_longer_sees("Enter opens")


async def test_find_says_where_nothing_is_found_and_esc_goes_back(door: Door) -> None:
    async with door.opened("sums/markup") as reader:
        await reader.press("f3")
        await reader.sees("Find")
        await reader.type("no such thing")
        await reader.sees("Nothing found. Fewer or shorter words find more.")
        await reader.press("enter")
        await reader.sees("Find")
        await reader.press("escape")
        await reader.no_longer_sees("Find")
        assert reader.app.session.current == "sums/markup"


async def test_find_shows_where_one_has_been_before_anything_is_typed(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.press("n")
        await reader.at("sums/item")
        await reader.press("n")
        await reader.at("sums/random")
        await reader.press("slash")
        await reader.sees("The number in a tensor  sums/item", "Sum each row  sums/rows")
        await reader.press("down", "enter")
        await reader.at("sums/rows")


async def test_find_follows_a_sheet_that_is_saved_while_it_is_open(door: Door, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.yaml"
    text = Path(SHEET).read_text(encoding="utf-8")
    sheet.write_text(text, encoding="utf-8")
    async with door.opened("sums/markup", sheet=str(sheet)) as reader:
        await reader.press("slash")
        await reader.sees("Find")
        await reader.type("sum")
        await reader.sees("Sum each row  sums/rows")
        await reader.press("down")
        await reader.sees("▌The number in a tensor  sums/item")
        replaced(sheet, text.replace("Sum each row", "Sum every row"))
        await reader.sees("Sum every row  sums/rows")
        await reader.no_longer_sees("Sum each row  sums/rows")
        await reader.sees("▌The number in a tensor  sums/item")
        replaced(sheet, text.replace("  - id: sums", "- id: sums", 1))
        await reader.sees("The sheet has 1 fault", "not valid YAML")
        replaced(sheet, text.replace("Sum each row", "Add up each row"))
        await reader.sees("Find", "Add up each row  sums/rows")


def replaced(path: Path, text: str) -> None:
    """As editors save a file: all of it at once."""
    partial = path.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


async def test_code_in_a_text_that_was_found_has_no_marks_around_it(door: Door) -> None:
    async with door.opened("sums/markup") as reader:
        await reader.press("slash")
        await reader.type("goes away")
        await reader.sees("dim names the dimension that goes away")


async def test_find_in_chinese(door: Door) -> None:
    async with door.opened("sums/markup", lang="zh") as reader:
        await reader.press("slash")
        await reader.sees("查找", "两种语言的标题、代码和文字")
        await reader.type("number")
        await reader.sees("取出张量里的数  sums/item")


# --------------------------------------------------------------------------------------------------- the palette


async def test_the_palette_has_every_command_and_does_what_is_chosen(door: Door) -> None:
    async with door.opened("sums/rows", size=(120, 200)) as reader:
        await reader.press("colon")
        await reader.sees("Commands")
        wanted = [c for c in COMMANDS if c.place != "list" and c.id != "palette"]
        await reader.sees(*(c.help_en for c in wanted[:3]))
        from tutor.tui.screens.finder import Palette

        screen = reader.app.screen
        assert isinstance(screen, Palette)
        assert [choice.id for choice in screen.found("")] == [c.id for c in wanted]

        await reader.type("chinese")
        await reader.press("enter")
        await reader.sees("按行求和")


@pytest.mark.parametrize(("typed", "id"), [("f9", ""), ("高对比度", "theme"), ("undo", "reset"), ("ctrl-q", "quit")])
async def test_the_palette_finds_a_command_by_its_name_its_help_or_its_keys(door: Door, typed: str, id: str) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.press("ctrl+p")
        await reader.sees("Commands")
        await reader.type(typed)
        if id:
            await reader.sees(next(c.help_en for c in COMMANDS if c.id == id)[:60])
        else:
            await reader.sees("Nothing found.")


@pytest.mark.parametrize("id", [c.id for c in COMMANDS if c.place != "list"])
def test_every_command_of_the_table_does_something(id: str) -> None:
    assert callable(command(id))


def test_nothing_is_done_that_is_not_in_the_table() -> None:
    assert set(DO) == {c.id for c in COMMANDS if c.place != "list"}


def test_no_key_has_two_meanings_in_one_place() -> None:
    keys = [key for c in COMMANDS for key in c.keys.split(",")]
    assert len(keys) == len(set(keys))


# --------------------------------------------------------------------------------------------------------- links


async def test_back_and_forward(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.press("b")
        await reader.sees("nowhere to go back to")
        await reader.press("G")
        await reader.press("enter")  # the last link
        await reader.at("autograd/backward")
        await reader.press("n")
        await reader.at("autograd/training")
        await reader.press("b")
        await reader.at("autograd/backward")
        await reader.press("backspace")
        await reader.at("sums/rows")
        await reader.sees("Sum each row")
        await reader.press("f", "f")
        await reader.at("autograd/training")
        await reader.press("f")
        await reader.sees("nowhere to go forward to")
        await reader.press("escape")


async def test_a_page_of_the_documentation_is_opened_in_the_browser(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with door.opened("sums/item") as reader:
        await reader.ran()
        went: list[str] = []
        monkeypatch.setattr(reader.app, "open_url", went.append)
        await reader.press("G", "enter")
        await reader.until(lambda: bool(went), "a page")
        assert went == ["https://docs.pytorch.org/docs/stable/generated/torch.Tensor.item.html"]


# ------------------------------------------------------------------------------------------------ the next start


async def test_the_next_start_resumes_where_one_left_off_unless_asked_not_to(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.press("n")
        await reader.at("sums/item")
        await reader.press("q")
        await reader.until(lambda: reader.app._exit)
    assert reader.app.return_value == 0

    async with door.opened() as reader:
        await reader.at("sums/item")
        await reader.sees("The number in a tensor")
    async with door.opened(fresh=True) as reader:
        await reader.at("sums/rows")
    async with door.opened("autograd/shapes") as reader:
        await reader.at("autograd/shapes")
