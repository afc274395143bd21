"""Elements of tensors as lines of text."""

from __future__ import annotations

import pytest

from tutor.render.numbers import GAP, LINES, figure, lines
from tutor.worker.wire import Scalar, Values


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param((1, 2, 300), ["[  1,   2, 300]"], id="ints stand right"),
        pytest.param((1.0, -2.5), ["[ 1.0, -2.5]"], id="as many decimals as are needed"),
        pytest.param((0.1, 0.125), ["[0.100, 0.125]"], id="the same for all"),
        pytest.param((0.1, 0.1234567), ["[0.1000, 0.1235]"], id="at most four"),
        pytest.param((1e-9, 1.0, 1e8), ["[1.00e-09, 1.00e+00, 1.00e+08]"], id="exponents for mixed magnitudes"),
        pytest.param((99999.0, 1.0), ["[99999.0,     1.0]"], id="no exponent below a hundred thousand"),
        pytest.param((1e5, 2e5), ["[1.00e+05, 2.00e+05]"], id="exponents from there on"),
        pytest.param((0.0, 0.0), ["[0.0, 0.0]"], id="zeros"),
        pytest.param((1e-12, 1.0), ["[0.0, 1.0]"], id="noise beside a number is zero"),
        pytest.param(("nan", "inf", "-inf", 1.0), ["[ nan,  inf, -inf,  1.0]"], id="not finite"),
        pytest.param((True, False), ["[ True, False]"], id="bool"),
        pytest.param(("1+2j", "-1j"), ["[1+2j,  -1j]"], id="complex"),
        pytest.param((1.0, None, 3.0), ["[1.0, …, 3.0]"], id="a gap of the worker"),
        pytest.param(((1.0, 2.0), None, (3.0, 4.0)), ["[[1.0, 2.0],", " …", " [3.0, 4.0]]"], id="a gap of rows"),
        pytest.param((), ["[]"], id="empty"),
        pytest.param(((), ()), ["[[],", " []]"], id="empty rows"),
        pytest.param(3.14159265, ["3.142"], id="a scalar"),
        pytest.param("nan", ["nan"], id="nan alone"),
        pytest.param(7, ["7"], id="an int alone"),
        pytest.param(True, ["True"], id="a bool alone"),
        pytest.param(None, [GAP], id="nothing known"),
        pytest.param(((1.5, -20.0), (3.25, 4.0)), ["[[  1.50, -20.00],", " [  3.25,   4.00]]"], id="one column width"),
        pytest.param(
            (((1, 2), (3, 4)), ((5, 6), (7, 8))),
            ["[[[1, 2],", "  [3, 4]],", "", " [[5, 6],", "  [7, 8]]]"],
            id="three dimensions, a blank line between",
        ),
    ],
)
def test_lines(values: Values, told: list[str]) -> None:
    assert lines(values, 60) == told


def test_a_row_that_does_not_fit_loses_its_middle() -> None:
    assert lines(tuple(range(100)), 24) == ["[ 0,  1,  2, …, 98, 99]"]


def test_a_short_vector_is_shown_whole_on_several_lines() -> None:
    assert lines(tuple(range(90, 102)), 24) == ["[ 90,  91,  92,  93,", "  94,  95,  96,  97,", "  98,  99, 100, 101]"]
    assert lines(tuple(range(90, 103)), 24) == ["[ 90,  91, …, 101, 102]"]


@pytest.mark.parametrize("width", range(14, 80))
@pytest.mark.parametrize("sizes", [(40,), (3, 40), (2, 2, 40)])
def test_no_line_is_wider_than_asked(width: int, sizes: tuple[int, ...]) -> None:
    told = lines(ramp(sizes), width)
    assert max(map(len, told)) <= width
    assert "…" in told[0]
    wider = lines(ramp(sizes), width + 8)
    assert len(wider[0]) > len(told[0])


def test_all_that_fits_is_shown() -> None:
    exact = lines(ramp((2, 5)), 1000)
    assert lines(ramp((2, 5)), len(exact[-1])) == exact


def ramp(sizes: tuple[int, ...]) -> Values:
    """Small numbers in nested tuples."""
    return tuple(i * 0.5 if len(sizes) == 1 else ramp(sizes[1:]) for i in range(sizes[0]))


@pytest.mark.parametrize("rows", [LINES, LINES + 1, 500])
def test_of_many_rows_the_middle_is_left_out(rows: int) -> None:
    told = lines(tuple((i,) for i in range(rows)), 40)
    assert len(told) == LINES
    assert told[-1].endswith(f"{rows - 1}]]")
    assert (" …" in told) == (rows > LINES)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (1.0, "1.0"),
        (0.5, "0.5"),
        (628.3185, "628.3"),
        (1e-9, "1e-09"),
        (12345.678, "1.235e+04"),
        (3, "3"),
        (True, "True"),
        ("nan", "nan"),
        (None, "…"),
    ],
)
def test_a_figure_has_four_digits(number: Scalar, told: str) -> None:
    assert figure(number) == told


def test_two_or_three_long_numbers_stand_under_one_another_where_a_line_is_short() -> None:
    assert lines((1.0, 1.0, 2500.0), 12) == ["[   1.0,", "    1.0,", " 2500.0]"]
    assert lines((1.0, 1.0, 2500.0), 18) == ["[   1.0,    1.0,", " 2500.0]"]
    assert lines(((1.5, 2500.0), (3.0, 4.0)), 12) == ["[[   1.5,", "  2500.0],", " [   3.0,", "     4.0]]"]
