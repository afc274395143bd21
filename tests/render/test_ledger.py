"""What a statement did, as rows: content and order, not widths."""

from __future__ import annotations
import __future__

import re
from dataclasses import replace

import pytest
from recorded import JOBS, trace

from tutor.render.details import details
from tutor.render.layout import Sheet, source_lines
from tutor.render.ledger import MEMBERS, Page, Row, curve, rows
from tutor.trace import Output, Step, Trace
from tutor.worker.describe import type_name
from tutor.worker.wire import (
    Change,
    ContainerValue,
    Error,
    Gradient,
    Item,
    ModuleValue,
    Parameter,
    PlainValue,
    Scalar,
    Series,
    Stats,
    TensorValue,
    Warned,
)

from .paper import shown


def recorded(name: str, lang: str = "en") -> list[Row]:
    page = Page(source_lines(JOBS[name].code), "zh" if lang == "zh" else "en", width=60, gradients=60)
    return [row for step in trace(name).steps for row in rows(step, page)]


def at(name: str, line: int) -> Row:
    return next(row for row in recorded(name) if row.line == line)


def texts(row: Row) -> tuple[list[str], list[str], list[str]]:
    return [t.plain for t in row.output], [t.plain for t in row.shapes], [t.plain for t in row.gradients]


def step(**what: object) -> Step:
    return replace(Step(0, "statement", 1, 1, state="done"), **what)  # type: ignore[arg-type]


def only(told: Step, source: str = "x", **page: object) -> Row:
    (row,) = rows(told, replace(Page((source,)), **page))  # type: ignore[arg-type]
    return row


def tensor(*values: Scalar, norm: Scalar = None) -> TensorValue:
    stats = Stats(norm=norm) if norm is not None else None
    return TensorValue("Tensor", (len(values),), "float32", numel=len(values), values=values, stats=stats)


# ------------------------------------------------------------------------------------------- a statement


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (1, (["x = [[1.0, 2.0],", "     [3.0, 4.0]]"], ["x  2x2 f32 leaf"], [])),
        (2, (["y = 30.0"], ["y  () f32 SumBackward0"], [])),
        (
            3,
            (
                [],
                [],
                ["+ x.grad filled 2x2 |10.954|", "  [[2.0, 4.0],", "   [6.0, 8.0]]", "> y passed through 1.0"],
            ),
        ),
        (4, (["[[2.0, 4.0],", " [6.0, 8.0]]"], ["2x2 f32"], [])),
    ],
)
def test_a_statement_tells_its_output_shapes_and_gradients(line: int, told: tuple[list[str], ...]) -> None:
    assert texts(at("backward", line)) == told


@pytest.mark.parametrize(
    ("line", "start"),
    [(5, "+= x.grad accumulated |10.954| -> |21.909|"), (6, "0 x.grad zeroed"), (7, "x x.grad set to None")],
)
def test_what_became_of_a_gradient(line: int, start: str) -> None:
    assert at("backward", line).gradients[0].plain == start


def test_gradients_of_a_module_stand_together() -> None:
    row = at("training", 15)
    assert [t.plain.split(" |")[0] for t in row.gradients] == [
        "+ filled: 2 gradients",
        "  model.weight 1x1",
        "  model.bias 1",
        "> loss passed through 1.0",
        "> y_pred passed through 6x1",
    ]


def test_an_update_in_place_shows_the_norms_before_and_after() -> None:
    first, second = texts(at("training", 16))[1]
    assert first.startswith("model.weight ~ |0.5| -> |")
    assert second.startswith("model.bias ~ |0.0| -> |")


def test_a_module_lists_its_parameters() -> None:
    assert texts(at("training", 6))[1] == ["model  Linear 2 elements", "  weight 1x1", "  bias 1"]


def test_imports_functions_and_classes_are_said_by_the_code() -> None:
    assert [texts(at("main", line)) for line in (1, 4, 9)] == [([], [], [])] * 3
    feature = __future__.annotations
    future = Change("annotations", "new", PlainValue(type_name(feature), repr(feature)))
    assert texts(only(step(changes=(future,)))) == ([], [], [])


def test_a_name_that_goes_away() -> None:
    assert texts(at("values", 31))[1] == ["row deleted"]


def test_values_without_room_beside_their_name_stand_under_it() -> None:
    told = texts(only(step(changes=(Change("predictions", "new", tensor(1.0, 2.0, 3.0)),)), width=20))[0]
    assert told == ["predictions =", "[1.0, 2.0, 3.0]"]


def test_values_that_are_whole_only_under_their_name_stand_there() -> None:
    change = Change("y", "new", tensor(0.0474, 0.1192, 0.2689, 0.5, 0.7311, 0.8808, 0.9526))
    told = texts(only(step(changes=(change,)), width=17))[0]
    assert told == ["y =", "[0.0474, 0.1192,", " 0.2689, 0.5000,", " 0.7311, 0.8808,", " 0.9526]"]


@pytest.mark.parametrize(("width", "told"), [(30, "[0] () f32  2.5"), (12, "[0]  2.5")])
def test_a_number_in_a_tuple_is_told_however_narrow_the_column(width: int, told: str) -> None:
    number = TensorValue("Tensor", (), "float32", numel=1, values=2.5)
    value = ContainerValue("tuple", 1, (Item("[0]", number),))
    assert texts(only(step(value=value), width=width))[0] == [told]


def test_a_large_tensor_is_told_by_its_shape_alone() -> None:
    row = only(step(changes=(Change("x", "new", tensor(*[1.0] * 13)),)))
    assert texts(row) == ([], ["x  13 f32"], [])


def test_many_changes_are_cut_with_a_count() -> None:
    changes = tuple(Change(f"n{i}", "new", PlainValue("int", str(i))) for i in range(MEMBERS + 3))
    told = texts(only(step(changes=changes)))[1]
    assert told == [*(f"n{i}  {i}" for i in range(MEMBERS)), "… 3 more"]


def test_many_gradients_are_cut_with_a_count() -> None:
    many = tuple(Gradient(f"w{i}", "filled", tensor(1.0, 2.0, norm=2.236)) for i in range(MEMBERS + 1))
    told = texts(only(step(gradients=many)))[2]
    assert told[0] == "+ filled: 7 gradients"
    assert told[-1] == "  … 1 more"
    assert len(told) == MEMBERS + 2


def test_parameters_of_a_large_module_are_cut_and_the_rest_counted() -> None:
    table = tuple(Parameter(f"p{i}", (1,), "float32", True, 1) for i in range(20))
    module = ModuleValue("Net", "", True, table, count=20, total=1234567)
    told = texts(only(step(changes=(Change("net", "new", module),))))[1]
    assert told[0] == "net  Net 1,234,567 elements"
    assert told[-2:] == [f"  p{MEMBERS - 1} 1", f"  … {20 - MEMBERS} more"]
    assert len(told) == 2 + MEMBERS


# ------------------------------------------------------------------------------------------------ output


def test_text_stands_before_the_value_and_errors_after() -> None:
    row = only(
        step(
            outputs=(Output("stdout", "said\n"),),
            warnings=(Warned("UserWarning", "beware\nsecond line"),),
            value=PlainValue("int", "7"),
            error=Error("ValueError", "no\nmore"),
            state="raised",
        )
    )
    assert texts(row)[0] == ["said", "! UserWarning: beware", "7", "ValueError: no", "more"]
    assert row.state == "raised"


def test_error_output_looks_different() -> None:
    said, complained = only(step(outputs=(Output("stdout", "a\n"), Output("stderr", "b\n")))).output
    assert (said.style, complained.style) == ("", "yellow")


def test_of_many_lines_the_first_and_last_are_kept() -> None:
    told = texts(only(step(outputs=(Output("stdout", "".join(f"{i}\n" for i in range(100))),))))[0]
    assert told == [*map(str, range(10)), "… 80 more lines", *map(str, range(90, 100))]


def test_text_left_out_by_the_worker_is_counted() -> None:
    assert texts(only(step(outputs=(Output("stdout", "end\n", 12345),))))[0] == ["… 12,345 bytes left out …", "end"]


def test_a_flood_is_told_as_one() -> None:
    told = [line for row in recorded("floods") for line in texts(row)[0]]
    assert "line 0" in told
    assert any(line.endswith("bytes left out …") for line in told)
    assert len(told) < 120


def test_sys_exit_is_no_failure() -> None:
    *_, row = recorded("leaves")
    assert (row.state, texts(row)[0]) == ("done", [])


def test_sys_exit_with_a_message_is_one() -> None:
    row = only(step(state="raised", error=Error("SystemExit", "no data")))
    assert (row.state, texts(row)[0]) == ("raised", ["SystemExit: no data"])


def test_the_interrupt_that_stops_a_run_is_not_the_snippets() -> None:
    assert not any("KeyboardInterrupt" in line for row in recorded("endless") for line in texts(row)[0])


def test_an_error_without_words_has_no_colon() -> None:
    assert texts(only(step(state="raised", error=Error("AssertionError", ""))))[0] == ["AssertionError"]


# --------------------------------------------------------------------------------------------- inner steps


def heads(name: str, lang: str = "en") -> list[tuple[int, str]]:
    """Every line of source with its number, every heading with 0."""
    lines = [(row.line, i, code) for row in recorded(name, lang) for i, code in enumerate(row.code)]
    return [(line and line + i, code.strip()) for line, i, code in lines]


def test_a_loop_opens_into_its_first_and_last_iteration() -> None:
    told = heads("training")
    start = told.index((11, "for epoch in range(8):"))
    assert told[start:-2] == [
        (11, "for epoch in range(8):"),
        (0, "iteration 1: epoch = 0"),
        (12, "y_pred = model(x)"),
        (13, "loss = nn.functional.mse_loss(y_pred, y)"),
        (14, "opt.zero_grad()"),
        (15, "loss.backward()"),
        (16, "opt.step()"),
        (17, "if epoch % 4 == 0:"),
        (18, 'print("epoch", epoch)'),
        (0, "… 6 iterations between …"),
        (0, "iteration 8: epoch = 7"),
        (12, "y_pred = model(x)"),
        (13, "loss = nn.functional.mse_loss(y_pred, y)"),
        (14, "opt.zero_grad()"),
        (15, "loss.backward()"),
        (16, "opt.step()"),
        (17, "if epoch % 4 == 0:"),
        (18, 'print("epoch", epoch)'),
        (19, "else:"),
        (20, "pass"),
        (0, "8 iterations"),
    ]


def test_a_loop_closes_with_what_was_printed_between_and_its_curve() -> None:
    row = next(r for r in recorded("training") if r.kind == "sum")
    printed, loss = (t.plain for t in row.output)
    assert printed == "epoch 4"
    assert loss.startswith("loss ")
    assert "█" in loss


def test_a_script_of_functions_shows_each_call_under_its_caller() -> None:
    told = heads("main")
    start = told.index((0, "inside main"))
    assert told[start:] == [
        (0, "inside main"),
        (10, "total = torch.zeros(2)"),
        (11, "for i in range(3):"),
        (0, "iteration 1: i = 0"),
        (12, "total = total + double(torch.ones(2) * i)"),
        (0, "inside double"),
        (5, "y = x * 2"),
        (6, "return y"),
        (0, "… 1 iteration between …"),
        (0, "iteration 3: i = 2"),
        (12, "total = total + double(torch.ones(2) * i)"),
        (0, "inside double"),
        (5, "y = x * 2"),
        (6, "return y"),
        (0, "3 iterations"),
        (13, "try:"),
        (14, "double(None)"),
        (0, "inside double"),
        (5, "y = x * 2"),
        (15, "except TypeError as e:"),
        (16, 'print("caught", e)'),
        (17, "return total"),
    ]


def test_headings_speak_chinese() -> None:
    told = [code for line, code in heads("training", "zh") if line == 0]
    assert told == ["第1次迭代：epoch = 0", "……中间6次迭代……", "第8次迭代：epoch = 7", "8次迭代"]


def test_rows_are_as_deep_as_their_steps() -> None:
    depths = {code: row.depth for row in recorded("main") for code in [row.code[0].strip()]}
    assert depths["inside main"] < depths["iteration 1: i = 0"] < depths["inside double"]


def test_the_statement_that_raised_is_marked_on_every_level() -> None:
    assert [(r.line, r.code[0].strip()) for r in recorded("matmul") if r.state == "raised" and r.line] == [
        (7, "result = product("),
        (2, "return torch.matmul(left, right)"),
    ]


def test_the_setup_is_told_only_when_something_came_of_it() -> None:
    quiet = Step(0, "setup", 0, 0, state="done")
    assert rows(quiet, Page(("x",))) == []
    (row,) = rows(replace(quiet, outputs=(Output("stdout", "hm\n"),)), Page(("x",)))
    assert (row.line, row.code, texts(row)[0]) == (0, ("setup",), ["hm"])


# ------------------------------------------------------------------------------------------------- curves


def series(*points: Scalar) -> Series:
    return Series("loss", tuple(enumerate(points)))


def test_a_curve_falls_from_full_to_empty() -> None:
    assert curve(series(*[8.0 - i for i in range(8)]), 40).plain == "loss 8.0 █▇▆▅▄▃▂▁ 1.0"


def test_a_curve_of_the_largest_numbers_is_one_too() -> None:
    assert curve(series(-1.7e308, 0.0, 1.7e308), 40).plain == "loss -1.7e+308 ▁▅█ 1.7e+308"


def test_a_flat_curve_is_flat() -> None:
    assert curve(series(2.0, 2.0, 2.0), 40).plain == "loss 2.0 ▁▁▁ 2.0"


@pytest.mark.parametrize("width", [24, 30, 60])
def test_a_long_curve_fits_and_keeps_its_ends(width: int) -> None:
    told = curve(series(*[float(1000 - i) for i in range(1000)]), width).plain
    assert len(told) <= width
    assert told.startswith("loss 1000.0 █")
    assert told.endswith("▁ 1.0")


def test_where_bars_may_not_or_cannot_be_drawn_the_ends_stand() -> None:
    assert curve(series(3.0, 2.0, 1.0), 40, bars=False).plain == "loss 3.0 -> 1.0"
    assert curve(series(3.0, 2.0, 1.0), 16).plain == "loss 3.0 -> 1.0"
    assert curve(series(3.0, 1.0), 40).plain == "loss 3.0 -> 1.0"


def test_a_curve_passes_over_what_is_no_number() -> None:
    assert curve(series("nan", 3.0, 2.0, "inf", 1.0), 40).plain == "loss 3.0 █▅▁ 1.0"
    assert curve(series("nan", "nan"), 40).plain == "loss "


def test_a_statistic_and_its_name_stand_on_one_line_in_the_details() -> None:
    told = tensor(1.0, 2.0, 3.0)
    value = replace(told, stats=Stats(min=-123.45, max=234.56, mean=-0.012345, std=12.345, norm=3456.7))
    for width in range(24, 100):
        text = shown(details(step(value=value), Trace(), ("x",), Sheet(width)), width)
        assert "norm 3456.7" in text
        assert not [line for line in text.split("\n") if re.search(r"\b(min|max|mean|std|norm)$", line)]


def test_code_in_the_details_is_folded_as_on_the_page() -> None:
    text = shown(details(step(), Trace(), ("    result = combined(first, second)",), Sheet(28)), 28)
    assert text.split("\n")[:2] == ["   1     result =", "             combined(first,"]


def test_a_generator_that_was_seeded_tells_nothing() -> None:
    told = only(step(value=PlainValue("torch.Generator", "<torch.Generator object>")))
    assert texts(told) == ([], [], [])
