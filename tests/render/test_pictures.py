"""Pictures: which are shown, that they fit, and that their numbers are the trace's."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

import pytest
import torch
from rich.cells import cell_len

from tutor.render.frames import Frames
from tutor.render.numbers import figure
from tutor.render.pictures import Canvas, helpful, offered
from tutor.render.pictures.bars import Bars
from tutor.render.pictures.colours import (
    ABOVE_256,
    BELOW_256,
    LEVELS,
    RISING_256,
    Scale,
    colour,
    glyph,
    glyphs,
    lightness,
)
from tutor.render.pictures.heatmap import HeatMap
from tutor.render.pictures.histogram import Histogram, Spread, spread
from tutor.runner import Runner
from tutor.trace import Step, Trace
from tutor.worker.wire import Change, Job, Stats, TensorValue

CANVASES = [
    Canvas(80),
    Canvas(34, 8),
    Canvas(120, colour=False),
    Canvas(60, ascii=True, colour=False),
    Canvas(80, truecolour=False, lang="zh"),
]


def tensor(values: Any, *shape: int, dtype: str = "float32") -> TensorValue:
    numel = 1
    for n in shape:
        numel *= n
    return TensorValue("Tensor", shape, dtype, numel=numel, values=values)


def filled(*shape: int, start: float = 0.0) -> TensorValue:
    """1, 2, 3, ... from `start` on."""
    count = iter(range(10**6))

    def block(sizes: tuple[int, ...]) -> Any:
        return tuple(block(sizes[1:]) for _ in range(sizes[0])) if sizes else float(start + next(count))

    return tensor(block(shape), *shape)


def drawn(value: TensorValue, canvas: Canvas = CANVASES[0], page: int = 0) -> list[str]:
    return [line.plain.rstrip() for line in HeatMap("x", value).draw(canvas, page)]


def step(**what: Any) -> Step:
    return replace(Step(0, "statement", 1, 1, state="done"), **what)


# ------------------------------------------------------------------------------------------------ which


def test_a_small_tensor_is_offered_and_does_not_intrude() -> None:
    told = step(changes=(Change("x", "new", filled(2, 3)),))
    assert [(p.kind, p.title("en")) for p in offered(told, Trace())] == [("heatmap", "x 2x3 f32")]
    assert helpful(told, Trace()) == ()


def test_a_value_too_large_to_be_read_is_shown_unasked() -> None:
    (picture,) = helpful(step(value=filled(12, 12)), Trace())
    assert picture.kind == "heatmap"


@pytest.mark.parametrize(
    "value", [tensor(1.0), filled(0, 3), tensor(None, 3, 4), tensor(("1+2j", "2j"), 2, dtype="complex64")]
)
def test_what_has_no_numbers_on_a_line_has_no_picture(value: TensorValue) -> None:
    assert offered(step(value=value), Trace()) == ()


def test_frames_obey_the_option() -> None:
    told = step(value=filled(12, 12), changes=(Change("x", "new", filled(2, 2)),))

    def lines(which: Any, inside: bool = False) -> list[str]:
        return [t.plain for t in Frames(Canvas(80), which).under(told, Trace(), inside) if "╭" in t.plain]

    assert lines("off") == []
    assert len(lines("auto")) == 1
    assert len(lines("all")) == len(lines("all", inside=True)) == 2
    assert lines("auto", inside=True) == []


def test_a_kind_that_is_wanted_is_shown_with_those_that_help() -> None:
    told = step(value=filled(12, 12), changes=(Change("x", "new", filled(2, 2)),))
    shown = [t.plain.strip() for t in Frames(Canvas(80), wanted=("heatmap",)).under(told, Trace()) if "╭" in t.plain]
    assert shown == ["╭ _ 12x12 f32", "╭ x 2x2 f32"]
    assert Frames(Canvas(80), "off", wanted=("heatmap",)).chosen(told, Trace()) == ()


def test_in_words_there_is_no_drawing() -> None:
    told = step(value=filled(12, 12))
    words = [t.plain.strip() for t in Frames(Canvas(80), "auto", words=True).under(told, Trace())]
    assert words == ["_ 12x12 f32: values from 0.0 to 143.0", "least 0.0 at [0, 0], greatest 143.0 at [11, 11]"]


# ------------------------------------------------------------------------------------------------- maps


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("shape", [(2, 3), (1, 1), (9, 40), (40, 9), (25, 40), (1, 300), (300, 1), (2, 3, 4, 5), (7,)])
def test_no_line_is_wider_than_the_canvas(canvas: Canvas, shape: tuple[int, ...]) -> None:
    picture = HeatMap("x", filled(*shape, start=-20))
    for page in range(picture.pages):
        lines = picture.draw(canvas, page)
        assert lines
        assert max(cell_len(line.plain) for line in lines) <= canvas.width
        assert len(lines) <= canvas.height + 4


def test_numbers_stand_under_the_index_of_their_column() -> None:
    assert drawn(filled(2, 3, start=-1)) == [
        "        0     1     2",
        "  0  -1.0   0.0   1.0",
        "  1   2.0   3.0   4.0",
        "  -4.0                          4.0",
    ]


def test_corners_keep_their_own_indices() -> None:
    rows = tuple((float(i), None, float(i) + 9) for i in (0, 1))
    assert drawn(tensor((rows[0], None, rows[1]), 50, 10), Canvas(80, colour=False))[:4] == [
        "         0     …     9",
        "   0   0.0     …   9.0",
        "   …     …     …     …",
        "  49   1.0     …  10.0",
    ]


def test_each_slice_is_a_page_with_its_place() -> None:
    value = filled(2, 2, 2, 3)
    assert HeatMap("x", value).pages == 4
    assert drawn(value, page=3)[0] == "x[1, 1]  slice 4 of 4"
    assert drawn(value, Canvas(80, lang="zh"), page=1)[0] == "x[0, 1]  第2片，共4片"


def test_nan_and_infinity_are_marked_by_a_glyph() -> None:
    ones = (1.0,) * 40
    value = tensor((("nan", "-inf", *ones[2:]), ones, ones), 3, 40)
    lines = drawn(value, Canvas(90))
    assert lines[1].startswith("  0 nn∞∞")
    assert lines[-1].endswith("n nan  ∞ inf")


def test_without_colours_a_glyph_tells_sign_and_size() -> None:
    value = tensor((tuple([-2.0, -1.0, 0.0, 1.0, 2.0] * 6),) * 3, 3, 30)
    assert drawn(value, Canvas(64, colour=False))[1] == "  0 " + "≡≡==··▒▒██" * 6
    assert drawn(value, Canvas(64, colour=False, ascii=True))[1] == "  0 " + "%%==..**##" * 6


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        (tensor(((True, False) * 20,) * 9, 9, 40, dtype="bool"), ["F", "T"]),
        (tensor(((3, 12),), 1, 2, dtype="int64"), ["3", "12"]),
        (tensor(((-3, 12),), 1, 2, dtype="int64"), ["-12", "12"]),
        (filled(1, 2, start=3), ["3.0", "4.0"]),
    ],
)
def test_the_ends_of_the_scale_are_written_as_the_elements_are(value: TensorValue, ends: list[str]) -> None:
    assert drawn(value)[-1].split() == ends


def test_truth_has_no_scale_where_it_is_written_and_one_of_two_colours_where_it_is_not() -> None:
    assert drawn(tensor(((True, False),), 1, 2, dtype="bool"))[-1].split() == ["T", "F"]
    (line,) = HeatMap("x", tensor(((True, False) * 20,) * 9, 9, 40, dtype="bool")).draw(Canvas(80))[-1:]
    assert len({str(span.style) for span in line.spans if " on " in str(span.style)}) == 2


def test_numbers_without_colours_need_no_scale() -> None:
    assert drawn(filled(2, 2), Canvas(80, colour=False))[-1].split() == ["1", "2.0", "3.0"]


def test_a_single_value_needs_no_scale() -> None:
    assert drawn(tensor(((2.0, 2.0),), 1, 2)) == ["     0    1", "   2.0  2.0"]


def test_a_glyph_is_explained_only_where_it_stands() -> None:
    rows = ((1.0, "nan"), ("inf", 2.0))
    assert not any("∞" in line for line in drawn(tensor(rows, 2, 2)))
    wide = tuple(tuple(r[j % 2] for j in range(40)) for r in rows)
    assert drawn(tensor(wide, 2, 40))[-1].endswith("n nan  ∞ inf")


@pytest.mark.parametrize("rows", [8, 25, 60, 100, 300])
def test_rows_are_counted_in_even_steps(rows: int) -> None:
    labels = [int(found[1]) for line in drawn(filled(rows, 40))[1:] if (found := re.match(" +([0-9]+) ", line))]
    assert len({b - a for a, b in itertools.pairwise(labels)}) <= 1
    assert labels[0] == 0


def test_what_does_not_fit_is_averaged_and_says_so() -> None:
    value = tensor(tuple(tuple(float(j) for j in range(40)) for _ in range(20)), 20, 40)
    lines = drawn(value, Canvas(45, 10, colour=False))
    assert lines[1].strip("0 ") == "".join(glyph(j / 39, False, False) for j in range(40)).strip()
    assert "     each dot is the mean of 2x1 elements" in lines
    assert "     each dot is the mean of 2x2 elements" in drawn(value, Canvas(44, 10, colour=False))


# ----------------------------------------------------------------------------------------------- colours


@pytest.mark.parametrize("truecolour", [True, False])
@pytest.mark.parametrize("sign", [1, -1])
def test_on_a_light_ground_zero_is_light_and_what_is_far_from_it_dark(sign: int, truecolour: bool) -> None:
    canvas, steps = Canvas(80, light=True, truecolour=truecolour), LEVELS if truecolour else 5
    seen = [lightness(colour(sign * i / steps, True, canvas)) for i in range(steps + 1)]
    assert seen[0] > 0.9
    assert seen == sorted(set(seen), reverse=True)
    assert lightness(colour(0.0, True, Canvas(80, truecolour=truecolour))) < 0.1


def test_ascii_has_colours_where_the_terminal_has_them_and_a_scale_of_what_is_drawn() -> None:
    canvas = Canvas(60, ascii=True)
    numbers, dots = HeatMap("x", filled(2, 3, start=-2)).draw(canvas), HeatMap("x", filled(20, 40)).draw(canvas)
    assert numbers[-1].plain.split() == ["-3.0", "3.0"]  # no glyph is explained that is not there
    assert dots[-1].plain.split(maxsplit=1) == ["0.0", f"{glyphs(False, True).strip()} 799.0"]
    for lines in (numbers, dots):
        grounds = [str(span.style) for line in lines for span in line.spans if " on " in str(span.style)]
        assert len(set(grounds)) > 5


@pytest.mark.parametrize("table", [RISING_256, BELOW_256, ABOVE_256])
def test_lightness_rises_with_256_colours(table: tuple[int, ...]) -> None:
    canvas = Canvas(80, truecolour=False)
    signed = table is not RISING_256
    sign = -1 if table is BELOW_256 else 1
    seen = [lightness(colour(sign * i / (len(table) - 1), signed, canvas)) for i in range(len(table))]
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(("signed", "sign"), [(False, 1), (True, 1), (True, -1)])
def test_lightness_rises_with_24_bit_colours(signed: bool, sign: int) -> None:
    seen = [lightness(colour(sign * i / LEVELS, signed, Canvas(80))) for i in range(LEVELS + 1)]
    assert seen == sorted(set(seen))


def test_zero_is_the_middle_of_a_range_with_both_signs() -> None:
    assert [Scale(-1, 4).position(x) for x in (-4, 0, 4)] == [-1, 0, 1]
    assert [Scale(2, 4).position(x) for x in (2, 3, 4)] == [0, 0.5, 1]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_glyphs_are_all_different(signed: bool, ascii: bool) -> None:
    told = glyphs(signed, ascii)
    assert len(set(told)) == len(told)
    assert told.isascii() or not ascii
    assert {glyph(i / 20 * (1 + signed) - signed, signed, ascii) for i in range(21)} == set(told)


# ------------------------------------------------------------------------------------------------- bars


def test_a_matrix_of_one_column_is_drawn_as_the_vector_in_it() -> None:
    for n in (5, 40):
        column, vector = filled(n, 1, start=-2), filled(n, start=-2)
        (picture,) = offered(told := step(value=column), replace(Trace(), steps=(told,)))
        assert [line.plain for line in picture.draw(Canvas(80))] == [
            line.plain for line in Bars("x", vector).draw(Canvas(80))
        ]


@pytest.mark.parametrize("ascii", [False, True])
def test_of_what_is_not_zero_something_is_seen(ascii: bool) -> None:
    lines = bars(1e-6, -1e-6, 0.0, 1.0, canvas=Canvas(80, ascii=ascii))
    (plus, minus, nothing, _) = (line.partition("  ")[2].partition(" ")[2] for line in lines)
    mark = "|" if ascii else "│"
    assert plus.partition(mark)[2]
    assert minus.partition(mark)[0].split()[-1] in ("▐", ".")
    assert not nothing.partition(mark)[2]


def test_in_ascii_no_bar_looks_like_a_sign() -> None:
    lines = Bars("x", tensor(tuple((-1.0) ** n * n for n in range(30)), 30)).draw(Canvas(80, ascii=True))
    plot = [line.plain.lstrip("0123456789- ")[1:] for line in lines[:-2]]
    assert set("".join(plot)) == {"#", "-", " "}
    styles = {str(span.style) for line in lines for span in line.spans if "#" in line.plain[span.start : span.end]}
    assert styles == {"bold cyan", "magenta"}


def test_few_columns_are_each_labelled() -> None:
    assert drawn(filled(12, 9), Canvas(34))[0].split() == [str(i) for i in range(9)]
    assert drawn(filled(30, 30))[0].split() == ["0", "5", "10", "15", "20", "25"]


def bars(*values: Any, canvas: Canvas = CANVASES[0]) -> list[str]:
    return [line.plain.rstrip() for line in Bars("x", tensor(values, len(values))).draw(canvas)]


def test_a_bar_is_as_long_as_its_number() -> None:
    lines = bars(4.0, 2.0, 0.0, -1.0, canvas=Canvas(80, ascii=True))
    longest = lines[0].count("#")
    assert longest > 30
    assert [line.count("#") for line in lines] == pytest.approx([longest, longest / 2, 0, longest / 4], abs=1)
    zero = {line.index("|") for line in lines}
    assert len(zero) == 1  # bars begin at one line
    assert lines[3].rindex("#") < min(zero) < lines[0].index("#")


def test_what_is_no_number_has_no_bar() -> None:
    lines = bars(1.0, "nan", "-inf")
    assert [("█" in line, line.split()[1]) for line in lines] == [(True, "1.0"), (False, "nan"), (False, "-inf")]


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("count", [2, 12, 13, 60, 1000])
def test_bars_of_any_number_fit(canvas: Canvas, count: int) -> None:
    values = (*((-1.0) ** i * i for i in range(count - 1)), "nan")
    lines = Bars("x", tensor(values, count)).draw(canvas)
    assert max(cell_len(line.plain) for line in lines) <= canvas.width
    assert not canvas.ascii or all(line.plain.isascii() for line in lines)
    assert any("n" in line.plain for line in lines)


# ------------------------------------------------------------------------------------------- histograms


def normal(count: int, scale: float = 1.0) -> TensorValue:
    values = torch.randn(count, generator=torch.Generator().manual_seed(0)).double() * scale
    stats = Stats(values.min().item(), values.max().item(), values.mean().item(), values.std().item())
    return replace(tensor(tuple(values.tolist()), count), stats=stats)


@pytest.mark.parametrize("count", [50, 99, 100, 399, 400, 1000])
def test_a_histogram_counts_as_torch_does(count: int) -> None:
    value = normal(count)
    told = spread(value)
    assert told is not None
    known = torch.tensor(value.values, dtype=torch.float64)
    assert list(told.counts) == known.histc(len(told.counts)).tolist()


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("before", [None, normal(500)])
def test_the_columns_of_a_histogram_stand_on_zero(before: TensorValue | None, ascii: bool) -> None:
    lines = [line.plain for line in Histogram("x", normal(500), before).draw(Canvas(80, ascii=ascii))]
    zeros = [line for line in lines if line.lstrip().startswith("0")]
    assert len(zeros) == (1 if before is None else 2)
    assert all(line.strip(" 0+-└┴─") == "" for line in zeros)


@pytest.mark.asyncio(loop_scope="session")
async def test_of_a_large_tensor_the_worker_counts(runner: Runner) -> None:
    trace = Trace()
    code = "import torch\ntorch.manual_seed(3)\nx = torch.randn(30, 100)\nx[0, 0] = float('nan')\nx"
    async for event in runner.run(Job("large", code)):
        trace = trace.apply(event)
    (picture,) = helpful(trace.steps[-1], trace)
    assert isinstance(picture, Histogram)

    torch.manual_seed(3)
    x = torch.randn(30, 100)
    finite = x.flatten()[1:].double()
    told = spread(picture.value)
    assert told is not None
    assert list(told.counts) == finite.histc(32).tolist()
    assert picture.describe("en")[1:] == [
        f"3,000 elements: mean {figure(finite.mean().item())}, std {figure(finite.std().item())}, "
        f"from {figure(finite.min().item(), 5)} to {figure(finite.max().item(), 5)}",
        "1 nan",
    ]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("count", [60, 300, 5000])
@pytest.mark.parametrize("most", [2, 8, 10, 32])
async def test_whole_numbers_have_a_bin_each(runner: Runner, count: int, most: int) -> None:
    trace = Trace()
    code = f"import torch\ntorch.manual_seed(1)\nx = torch.randint(-3, {most - 3}, ({count},))\nx"
    async for event in runner.run(Job("whole", code)):
        trace = trace.apply(event)
    (picture,) = (p for p in offered(trace.steps[-1], trace) if isinstance(p, Histogram))

    torch.manual_seed(1)
    x = torch.randint(-3, most - 3, (count,))
    told = spread(picture.value)
    assert told is not None
    assert (told.low, told.high) == (x.min().item() - 0.5, x.max().item() + 0.5)
    assert list(told.counts) == torch.bincount(x - x.min()).tolist()
    assert picture.describe("en")[1].endswith(f"from {x.min().item()} to {x.max().item()}")


def test_counts_are_kept_on_another_axis() -> None:
    told = Spread(0.0, 1.0, (4.0, 0.0, 2.0, 2.0))
    assert told.onto(0.0, 1.0) == told.counts
    assert told.onto(0.0, 2.0) == pytest.approx((4.0, 4.0, 0.0, 0.0))
    assert sum(told.onto(-1.7, 3.1)) == pytest.approx(8.0)


def test_a_tensor_filled_anew_is_shown_before_and_after() -> None:
    change = Change("w", "mutated", normal(400, 0.1), normal(400))
    told = step(value=normal(400, 0.1), changes=(change,))
    trace = replace(Trace(), code="nn.init.normal_(w, 0, 0.1)", steps=(told,))
    (picture,) = helpful(told, trace)
    assert isinstance(picture, Histogram)
    assert [line.split(":")[0] for line in picture.describe("en")] == ["spread of w 400 f32", "before", "after"]
    stepped = replace(told, value=None)
    assert helpful(stepped, replace(trace, code="optimizer.step()", steps=(stepped,))) == ()


@pytest.mark.parametrize("canvas", CANVASES)
@pytest.mark.parametrize("before", [None, normal(500, 1e6), normal(500, 2.0)])
def test_histograms_fit(canvas: Canvas, before: TensorValue | None) -> None:
    lines = Histogram("x", normal(500), before).draw(canvas)
    assert lines
    assert max(cell_len(line.plain) for line in lines) <= canvas.width
    assert not canvas.ascii or all(line.plain.isascii() for line in lines)


def test_a_frame_leaves_the_colours_of_a_picture_as_they_are() -> None:
    told = step(value=filled(12, 12))
    for line in Frames(Canvas(80)).under(told, Trace()):
        assert line.style == ""
