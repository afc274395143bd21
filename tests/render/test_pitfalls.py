"""A pitfall on paper: both codes, what they did, the measured difference, in two languages and at every width."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from mistakes import PITFALLS
from recorded import trace

from tutor.catalogue.model import Lang, Pitfall, Text
from tutor.render.layout import GUTTER, Sheet
from tutor.render.pitfalls import INDENT, Difference, difference, pitfall_lines, summary
from tutor.worker.wire import PlainValue, TensorValue

from .paper import shown, widest

NAMES = sorted(PITFALLS)


def both(name: str, sheet: Sheet, colour: bool = False) -> str:
    parts = pitfall_lines(PITFALLS[name], trace(f"{name}-wrong"), trace(f"{name}-right"), sheet)
    return shown(parts, sheet.width, colour)


def told(name: str) -> Difference:
    return difference(PITFALLS[name], trace(f"{name}-wrong"), trace(f"{name}-right"))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", NAMES)
def test_a_pitfall_looks_like_this(name: str, width: int, lang: Lang, golden: Callable[[str, str], None]) -> None:
    golden(f"pitfall-{name}-{lang}-{width}", both(name, Sheet(width, lang)))


@pytest.mark.parametrize("name", NAMES)
def test_plain_is_stacked_and_ascii(name: str, golden: Callable[[str, str], None]) -> None:
    text = both(name, Sheet(120, plain=True))
    assert text.isascii()
    golden(f"pitfall-{name}-plain", text)


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", NAMES)
def test_a_terminal_without_unicode_gets_none(name: str, width: int) -> None:
    assert both(name, Sheet(width, ascii=True)).isascii()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [30, 60, 100, 160])
@pytest.mark.parametrize("name", NAMES)
def test_a_pitfall_keeps_to_the_width(name: str, width: int, lang: Lang) -> None:
    assert widest(both(name, Sheet(width, lang))) <= width


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 120])
def test_a_pitfall_that_was_not_run_shows_both_codes(width: int, lang: Lang) -> None:
    pitfall = PITFALLS["columns"]
    text = shown(pitfall_lines(pitfall, None, None, Sheet(width, lang)), width)
    for line in (*pitfall.wrong.split("\n"), *pitfall.right.split("\n")):
        assert line in text
    assert pitfall.why.in_(lang).replace("`", "") in text
    assert "3x3" not in text


@pytest.mark.parametrize(
    ("name", "lang", "said"),
    [
        ("not-a-leaf", "en", "g is None: True instead of False"),
        ("not-a-leaf", "zh", "g is None: 得到True，应为False"),
        ("columns", "en", "d: 3x3 f32 instead of [0.0, 0.0, 0.0]"),
        ("inner-sizes", "en", ""),
    ],
)
def test_the_difference_in_a_sentence(name: str, lang: Lang, said: str) -> None:
    assert summary(told(name), lang).plain == said


def test_values_that_read_the_same_are_not_called_different() -> None:
    same = Difference("x", PlainValue("int", "1"), PlainValue("int", "1"), True, True)
    assert summary(same, "en").plain == "x"


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_pitfall_bites_and_is_cured(name: str) -> None:
    assert (told(name).bit, told(name).cured) == (True, True)


def test_a_pitfall_that_raises_otherwise_does_not_bite() -> None:
    other = replace(PITFALLS["inner-sizes"], match="out of memory")
    seen = difference(other, trace("inner-sizes-wrong"), trace("inner-sizes-right"))
    assert (seen.bit, seen.cured) == (False, True)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", ["wrong: does not go wrong here"]), ("zh", ["错误写法：在这里并未出错"])]
)
def test_a_pitfall_that_does_not_bite_is_told(lang: Lang, said: list[str]) -> None:
    parts = pitfall_lines(
        PITFALLS["inner-sizes"], trace("inner-sizes-right"), trace("inner-sizes-right"), Sheet(80, lang)
    )
    lines = [line.strip() for line in shown(parts, 80).splitlines()]
    assert [line for line in lines if line in said] == said


def test_right_code_that_fails_too_is_told() -> None:
    wrong = trace("inner-sizes-wrong")
    text = shown(pitfall_lines(PITFALLS["inner-sizes"], wrong, wrong, Sheet(80)), 80)
    assert "right: goes wrong too" in text


def test_only_the_lines_that_differ_are_marked() -> None:
    pitfall = replace(PITFALLS["not-a-leaf"], measure="g")
    wrong, right = trace("columns-wrong"), trace("columns-right")
    text = shown(pitfall_lines(replace(pitfall, measure="d"), wrong, right, Sheet(80)), 80)
    assert text.count("✗ ") == 4  # the heading and the three rows of d
    alike = shown(pitfall_lines(replace(pitfall, measure="d"), wrong, wrong, Sheet(80)), 80)
    assert alike.count("✗ ") == 1


def test_blocks_are_shown_with_what_is_in_them_and_loops_and_modules_are_not() -> None:
    code = trace("training").code
    pitfall = replace(PITFALLS["inner-sizes"], wrong=code, right=code)
    text = shown(pitfall_lines(pitfall, trace("training"), trace("training"), Sheet(80)), 80)
    assert "model.weight ~" in text  # filled inside `with`
    assert "y_pred  6x1" not in text  # bound inside `for`
    assert "Linear(in_features" not in text  # the last statement is `model`


@pytest.mark.parametrize(("numel", "shown_whole"), [(4, True), (400, False)])
def test_a_large_result_is_told_by_its_shape_only(numel: int, shown_whole: bool) -> None:
    told = trace("backward")
    steps = [
        replace(s, value=replace(s.value, numel=numel)) if isinstance(s.value, TensorValue) else s for s in told.steps
    ]
    pitfall = replace(PITFALLS["inner-sizes"], wrong=told.code, right=told.code)
    text = shown(pitfall_lines(pitfall, replace(told, steps=tuple(steps)), told, Sheet(80)), 80).split("right")[0]
    assert "6 x.grad.zero_()\n" in text
    assert ("[[0.0, 0.0]," in text) == shown_whole


@pytest.mark.parametrize("width", range(60, 90))
def test_a_measured_value_keeps_its_place_at_every_width(width: int) -> None:
    right = trace("columns-right")
    last = right.steps[-1]
    assert isinstance(last.value, TensorValue)
    row = replace(last.value, shape=(10,), numel=10, values=[-10.5] * 10)
    longer = replace(right, steps=(*right.steps[:-1], replace(last, value=row)))
    lines = shown(pitfall_lines(PITFALLS["columns"], longer, longer, Sheet(width)), width).splitlines()
    told = [line for line in lines if "-10.5" in line]
    assert min(len(line) - len(line.lstrip()) for line in told) >= INDENT + GUTTER


def test_text_of_a_sheet_is_never_obeyed_or_taken_for_markup() -> None:
    evil = "\x1b]0;owned\x07[bold]x[/bold]"
    pitfall = Pitfall("evil", Text(evil, evil), "silent", "y = '[red]'", "y = 1", Text(evil, evil), Text(evil, evil))
    text = shown(pitfall_lines(pitfall, None, None, Sheet(80)), 80, colour=True)
    assert "\x1b]" not in text
    assert text.count("␛]0;owned␇") == 3
    assert text.count("[bold]x[/bold]") == 3
    assert "[red]" in text
