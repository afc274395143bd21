"""Recordings as they look: side by side, stacked, plain, in Chinese. `golden/` is to be read, not only compared."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from recorded import JOBS
from rich.cells import cell_len
from rich.text import Text

from tutor.render.layout import (
    GUTTER,
    WIDE,
    Sheet,
    folded,
    labelled_prose,
    prose,
    row_lines,
    sheet_for,
    source_lines,
    wrapped,
)
from tutor.render.ledger import Row

from .paper import recorded_page, shown, widest

PLAIN = ("backward", "training", "matmul", "floods")


@pytest.mark.parametrize("width", [60, 100, 140])
@pytest.mark.parametrize("name", sorted(JOBS))
def test_page(golden: Callable[[str, str], None], name: str, width: int) -> None:
    golden(f"{name}-{width}", recorded_page(name, width))


@pytest.mark.parametrize("name", PLAIN)
def test_plain_page(golden: Callable[[str, str], None], name: str) -> None:
    golden(f"{name}-plain", recorded_page(name, 100, plain=True))


@pytest.mark.parametrize("width", [60, 100])
@pytest.mark.parametrize("name", ["backward", "training", "matmul", "warnings"])
def test_chinese_page(golden: Callable[[str, str], None], name: str, width: int) -> None:
    golden(f"{name}-zh-{width}", recorded_page(name, width, "zh"))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [40, 60, 80, 99, 100, 120, 150, 220])
@pytest.mark.parametrize("name", sorted(JOBS))
def test_no_line_is_wider_than_the_page(name: str, width: int, lang: str) -> None:
    assert widest(recorded_page(name, width, "zh" if lang == "zh" else "en")) <= width


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["backward", "training", "values"])
def test_columns_stand_under_one_another(name: str, lang: str) -> None:
    text = recorded_page(name, 120, "zh" if lang == "zh" else "en")
    rules = {tuple(cell_len(line[:i]) for i, c in enumerate(line) if c == "│") for line in text.splitlines()}
    assert len(rules - {()}) == 1


@pytest.mark.parametrize("name", sorted(JOBS))
def test_plain_pages_draw_nothing(name: str) -> None:
    text = recorded_page(name, 140, plain=True)
    assert not {c for c in text if "\u2500" <= c <= "\u259f" or c in "✓✗"}


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("width", [60, 120])
def test_every_line_of_source_that_ran_is_there_whole(name: str, width: int) -> None:
    told = recorded_page(name, width)
    flat = "".join(line.split(" │ ")[0][GUTTER:].strip() for line in told.splitlines()).replace(" ", "")
    for line in JOBS[name].code.splitlines():
        if "never" not in line:
            assert line.replace(" ", "") in flat


@pytest.mark.parametrize("width", [40, 100])
def test_the_heading_of_a_deep_call_stays_on_its_line(width: int) -> None:
    row = Row(0, ("inside f",), kind="call", depth=400)
    (line, *more) = shown([row_lines(row, sheet_for("f(0)", width, "en", False))], width).splitlines()
    assert "inside f" in line
    assert more == []


def test_four_columns_from_a_hundred_columns_on() -> None:
    assert [Sheet(w).stacked for w in (WIDE - 1, WIDE)] == [True, False]
    assert WIDE == 100
    assert Sheet(200, plain=True).stacked


@pytest.mark.parametrize("width", range(WIDE, 240, 7))
def test_columns_and_their_rules_fill_the_page(width: int) -> None:
    for source, gradients in (("loss.backward()\n", True), ("x = 1\n", False)):
        sheet = sheet_for(source + "y" * 90, width, "en", False)
        assert sum(sheet.columns) + 3 * 3 == width
        assert min(sheet.columns[:3]) >= 15
        assert (sheet.columns[3] >= 15) == gradients  # else as wide as its heading


def test_lines_are_those_of_python() -> None:
    assert source_lines("a\r\nb\rc\x0cd\u2028e\n") == ("a", "b", "c\x0cd\u2028e", "")


# -------------------------------------------------------------------------------------------- broken lines


def test_a_line_of_source_breaks_at_a_blank_and_goes_on_further_in() -> None:
    told = [line.plain for line in folded(Text("    total = first_number + second_number"), 30)]
    assert told == ["    total = first_number +", "        second_number"]


@pytest.mark.parametrize("width", [24, 30, 57])
def test_broken_source_fits_and_loses_nothing(width: int) -> None:
    line = (
        "    result = model(torch.tensor([[1.0,2.0],[3.0,4.0]]), name='中文的名字', other=abcdefghijklmnopqrstuvwxyz)"
    )
    told = [piece.plain for piece in folded(Text(line), width)]
    assert max(map(cell_len, told)) <= width
    assert "".join(told).replace(" ", "") == line.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "width", "told"),
    [
        ("one two three", 8, ["one two", "three"]),
        ("one  two", 3, ["one", "two"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a\n\nb", 9, ["a", "", "b"]),
        ("", 9, [""]),
        ("梯度累加到x.grad里", 8, ["梯度累加", "到x.grad", "里"]),
        ("先求和，再反向", 6, ["先求", "和，再", "反向"]),
        ("调用（或者）它", 6, ["调用", "（或", "者）它"]),
        ("对y = x ** 2求导", 9, ["对y = x", "** 2求导"]),
    ],
)
def test_prose_breaks_at_blanks_and_between_chinese_characters(text: str, width: int, told: list[str]) -> None:
    assert wrapped(Text(text), width).plain.split("\n") == told


@pytest.mark.parametrize("width", range(12, 90, 6))
def test_broken_prose_fits_and_loses_nothing(width: int) -> None:
    text = "`backward()`从y出发沿计算图往回走，把dy/dx累加到每个需要梯度的叶子x的`x.grad`里。y must be a scalar. " * 3
    told = wrapped(prose(text), width)
    assert max(cell_len(line) for line in told.plain.split("\n")) <= width
    assert told.plain.replace("\n", "").replace(" ", "") == text.replace("`", "").replace(" ", "")


def test_what_stands_in_backticks_is_marked_and_they_are_gone() -> None:
    said = prose("call `y.backward()` once")
    assert said.plain == "call y.backward() once"
    assert [said.plain[s.start : s.end] for s in said.spans if "cyan" in str(s.style)] == ["y.backward()"]


def test_a_label_stands_before_its_paragraph() -> None:
    told = shown([labelled_prose("since 0.4.0", "one two three four five six seven", Sheet(40))], 40)
    assert told.splitlines() == ["since 0.4.0  one two three four five six", "             seven"]
