"""Charts: what stands where, what an axis says, and which series are drawn."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
from rich.cells import cell_len

from tutor.render.pictures import Canvas, chart, helpful, offered
from tutor.render.pictures.chart import Axes, Line, Raster
from tutor.render.pictures.series import Training
from tutor.trace import Step, Trace
from tutor.worker.wire import Scalar, Series

CANVASES = [
    Canvas(80),
    Canvas(34, 8),
    Canvas(120, colour=False),
    Canvas(60, ascii=True, colour=False),
    Canvas(80, truecolour=False, lang="zh"),
]


def series(name: str, *values: Scalar) -> Series:
    return Series(name, tuple(enumerate(values)))


def loop(*told: Series) -> Step:
    return replace(Step(0, "statement", 1, 3, state="done"), series=told)


def plot(lines: list[str]) -> list[str]:
    """What stands at the right of the axis, the axis below left out."""
    return [line.split("|", 1)[-1] if "|" in line else line.split("+", 1)[-1] for line in lines[:-2]]


@pytest.mark.parametrize("log", [False, True])
def test_a_point_stands_where_its_value_is(log: bool) -> None:
    points = [(float(i), 1.0 + i * i) for i in range(40)]
    axes = Axes((0, 39), (1, 1601), log)
    rows = [line.plain for line in chart.chart([Line("f", tuple(points))], axes, Canvas(60, ascii=True), rows=11)]
    cells = plot(rows)

    for x, y in points:
        place = math.log(y) / math.log(1601) if log else (y - 1) / 1600
        width = len(rows[-2].split("+", 1)[1])
        column = round(axes.along(x) * (width - 1))
        near = range(round((1 - place) * 10) - 1, round((1 - place) * 10) + 2)
        assert any(cells[row][column : column + 1] == "*" for row in near if 0 <= row < 11), (x, y)


def test_a_braille_cell_has_two_columns_and_four_rows() -> None:
    raster = Raster(1, 1, ascii=False)
    for x, y in itertools.product(range(2), range(4)):
        raster.dot(x, y, 0)
        assert raster.dots[0][0].bit_count() == x * 4 + y + 1
    assert raster.line(0).plain == "⣿"


def test_of_many_points_the_extremes_are_seen() -> None:
    points = [(float(i), 0.0) for i in range(5000)]
    points[2500] = (2500.0, 1.0)
    rows = plot(
        [t.plain for t in chart.chart([Line("f", tuple(points))], Axes((0, 4999), (0, 1)), Canvas(60, ascii=True))]
    )
    peak = rows[0].index("*")
    assert rows[0].count("*") == 1
    assert abs(peak / len(rows[-1].rstrip()) - 0.5) < 0.05
    assert rows[-1].count("*") > 40
    assert [row[peak] for row in rows] == ["*"] * len(rows)


@pytest.mark.parametrize("count", [50, 5000])
def test_a_line_has_no_holes(count: int) -> None:
    points = tuple((float(i), math.sin(i * 12 / count)) for i in range(count))
    rows = plot(
        [t.plain for t in chart.chart([Line("f", points)], Axes((0, count - 1), (-1, 1)), Canvas(60, ascii=True))]
    )
    places = [[r for r, row in enumerate(rows) if row[c : c + 1] == "*"] for c in range(len(max(rows, key=len)))]
    assert all(places)
    for before, after in itertools.pairwise(places):
        assert min(abs(a - b) for a in after for b in before) <= 1


def test_what_is_no_number_leaves_a_gap() -> None:
    line = Line("f", ((0, 1.0), (1, 1.0), (2, math.nan), (3, 1.0), (4, 1.0)))
    shown = chart.chart([line], Axes((0, 4), (0, 2)), Canvas(43, ascii=True), rows=5)
    (row,) = (line for line in plot([t.plain for t in shown]) if "*" in line)
    assert row.strip("*").strip() == ""
    assert len(row.strip("*")) in range(10, 30)


def test_what_lies_outside_is_cut_at_the_edge() -> None:
    line = Line("f", ((0, -1e9), (1, 1e9)))
    shown = plot([t.plain for t in chart.chart([line], Axes((0, 1), (-1, 1)), Canvas(43, ascii=True), rows=5)])
    columns = {row.index("*") for row in shown if "*" in row}
    assert max(columns) - min(columns) <= 1


def test_lines_are_told_apart_without_colours() -> None:
    lines = [Line("a", ((0, 0.0), (1, 0.0))), Line("b", ((0, 1.0), (1, 1.0)))]
    for canvas in (Canvas(60, colour=False), Canvas(60, ascii=True, colour=False)):
        one, rest = chart.legend(lines, canvas).plain.split(" a ")
        two, end = rest.split(" b")
        assert one.strip() != two.strip()
        assert not end


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 17), (1e-7, 3e-7), (1234, 1300), (-5, -4)])
def test_marks_are_round_and_inside(low: float, high: float) -> None:
    marks = chart.steps(low, high, 4)
    assert 2 <= len(marks) <= 9
    assert all(low - 1e-9 * abs(low) <= m <= high + 1e-9 * abs(high) for m in marks)
    digits = {f"{b - a:.6e}"[0] for a, b in itertools.pairwise(marks)}
    assert len(digits) == 1
    assert digits <= {"1", "2", "5"}


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("rows", [4, 7, 9, 10])
def test_a_mark_stands_in_the_row_in_which_its_value_is_drawn(rows: int, ascii: bool) -> None:
    axes = Axes((-6, 6), (-1.02, 1), zero=True)
    canvas = Canvas(60, ascii=ascii)
    for level in (-1.0, 0.0, 1.0):
        shown = chart.chart([Line("f", ((-6, level), (-1, level)))], axes, canvas, rows=rows)
        told = [line.plain.lstrip()[:1] == "-" or line.plain.lstrip()[:1].isdigit() for line in shown[:-2]]
        marks = [line.plain.split("┤" if not ascii else "+", 1) for line, has in zip(shown, told, strict=False) if has]
        (drawn,) = (after for label, after in marks if float(label) == level)
        assert drawn[:1].strip("─-")  # the line begins at the left edge


def test_zero_is_marked_where_the_line_through_it_is_drawn() -> None:
    for rows in range(4, 12):
        shown = chart.chart([Line("f", ((-6, 1.0), (-5, 1.0)))], Axes((-6, 6), (-1, 1), zero=True), Canvas(60), rows)
        (through,) = (line.plain for line in shown[:-2] if any(4 * glyph in line.plain for glyph in "▔─▁"))
        assert through.split("┤")[0].strip() == "0"


@pytest.mark.parametrize(("low", "high"), [(-1, 1), (0, 6), (-6, 0), (-0.17, 6), (-1, 0.3)])
def test_the_line_through_zero_is_as_high_as_a_curve_that_is_zero(low: float, high: float) -> None:
    for rows in range(4, 12):
        axes = Axes((-6, 6), (low, high), zero=True)
        row = next(
            line.plain.partition("┤")[2]
            for line in chart.chart([Line("f", ((-6, 0.0), (-2, 0.0)))], axes, Canvas(60), rows)
            if line.plain.lstrip().startswith("0┤")
        )
        dots, line = row[2], row[-2]
        assert {"▔": "⠉", "▁": "⣀"}.get(line, dots) == dots
        assert line != "─" or dots in "⠒⠤"


def test_what_comes_close_to_a_round_number_has_its_mark() -> None:
    assert chart.steps(-0.17, 5.9999, 4) == [0, 2, 4, 6]
    assert chart.steps(0.0, 5.9, 4) == [0, 2, 4]


def test_what_comes_down_to_almost_nothing_has_zero_on_its_scale() -> None:
    for low, zero in ((0.5, True), (4.0, False)):
        lines = [Line("loss", ((0, 10.0), (1, low)))]
        axes = chart.around(lines)
        assert axes is not None
        told = [line.plain.split("┤")[0].strip() for line in chart.chart(lines, axes, Canvas(60))]
        assert ("0" in told) == zero


def test_a_low_plot_has_round_marks_too() -> None:
    axes = chart.Axes((0, 1), (-3, 3))
    told = [line.plain for line in chart.chart([chart.Line("a", ((0, -3), (1, 3)))], axes, Canvas(60), rows=6)]
    assert [line.split("┤")[0].strip() for line in told if "┤" in line] == ["2", "0", "-2"]


# ------------------------------------------------------------------------------------------------- series


def test_losses_share_a_picture_and_others_have_their_own() -> None:
    told = loop(series("loss", 3.0, 2.0), series("val_loss", 3.0, 2.5), series("accuracy", 0.1, 0.5))
    names = [[s.name for s in p.series] for p in offered(told, Trace()) if isinstance(p, Training)]
    assert names == [["loss", "val_loss"], ["accuracy"]]


def test_a_curve_is_shown_unasked_where_it_has_many_points() -> None:
    assert helpful(loop(series("loss", 3.0, 2.0)), Trace()) == ()
    (picture,) = helpful(loop(series("loss", *map(float, range(9, 0, -1)))), Trace())
    assert picture.title("en") == "loss over 9 iterations"
    assert picture.title("zh") == "loss随9次迭代的变化"


def test_a_loss_that_falls_far_is_on_a_log_scale_and_on_the_next_page_is_not() -> None:
    picture = Training((series("loss", *(10.0**-i for i in range(6))),))
    assert picture.pages == 2
    logs = ["log scale" in "".join(line.plain for line in picture.draw(Canvas(80), page)) for page in (0, 1)]
    assert logs == [True, False]


def test_a_loss_below_zero_has_no_log_scale() -> None:
    assert Training((series("loss", 1.0, 0.1, -0.5),)).pages == 1


def test_nan_is_told_with_its_iteration() -> None:
    picture = Training((series("loss", 3.0, 2.0, "inf", "nan"),))
    assert picture.describe("en")[1:] == [
        "loss from 3.0 to 2.0; least 2.0 at iteration 2",
        "loss: no number from iteration 3 on",
    ]


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize(
    "values",
    [(1.0, 1.0, 1.0), (0.0, 0.0), ("nan", "nan"), (1e-12, 1e12), (5, 4, 3), tuple(float(i) for i in range(500))],
)
def test_every_series_fits_every_canvas(canvas: Canvas, values: tuple[Scalar, ...]) -> None:
    picture = Training((series("loss", *values), series("other loss", *values)))
    for page in range(picture.pages):
        lines = picture.draw(canvas, page)
        assert lines
        assert max(cell_len(line.plain) for line in lines) <= canvas.width
        assert not canvas.ascii or all(line.plain.isascii() for line in lines)
