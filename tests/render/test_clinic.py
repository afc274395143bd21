"""A diagnosis as lines of text."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import RenderableType

from tutor.catalogue.model import Text
from tutor.clinic import Diagnosis, Edit, Fix, Operand
from tutor.render.clinic import diagnosis_lines
from tutor.render.layout import Sheet
from tutor.trace import Step
from tutor.worker.wire import Change, TensorValue

from .paper import shown

CODE = "x = torch.ones(2, 3)\ny = x @ w  # [bold]\n"
X, W = TensorValue("Tensor", (2, 3), "float32"), TensorValue("Tensor", (5, 3), "float32")
EDIT = Edit(2, 2, "y = x @ w.T  # [bold]", Text("transpose `w`", "转置`w`"))
STEP = Step(2, "statement", 2, 2, changes=(Change("y", "new", TensorValue("Tensor", (2, 5), "float32")),))
FOUND = Diagnosis(
    "inner-sizes",
    2,
    "x @ w",
    (Operand("x", X, (1,)), Operand("w", W, (0,)), Operand("w.grad", W, wrong=True)),
    Text("`x` has 3.", "`x`是3。"),
    Text("They meet.", "两者相遇。"),
    (EDIT,),
)


def text(parts: Iterable[RenderableType], width: int = 80) -> list[str]:
    return shown(parts, width).split("\n")[:-1]


def test_a_diagnosis_tells_operands_what_why_and_the_fix_that_was_tried() -> None:
    assert text(diagnosis_lines(FOUND, Fix(EDIT, True, STEP), CODE, Sheet(80))) == [
        "what x @ w was given",
        "  x       2x3 f32  ← 3 in dimension 1",
        "  w       5x3 f32  ← 5 in dimension 0",
        "  w.grad  5x3 f32  ← does not fit",
        "  what  x has 3.",
        "  why   They meet.",
        "  fix   transpose w. Tried: it runs to its end. Result: y 2x5 f32",
        "       2 - y = x @ w  # [bold]",
        "       2 + y = x @ w.T  # [bold]",
    ]


def test_a_fix_that_only_gets_so_far_says_how_far() -> None:
    told = text(diagnosis_lines(FOUND, Fix(EDIT, False, None, "ValueError", 7), CODE, Sheet(80, "zh", plain=True)))

    assert told[1] == "  x       2x3 f32  <- 第1维是3"
    assert told[6] == "  改法  转置w。已试运行：可通过这条语句，但随后第7行抛出ValueError。"


def test_a_narrow_page_folds_and_loses_nothing() -> None:
    wide = Edit(2, 2, "y = x @ (w.transpose(0, 1) + torch.zeros(3, 5))", EDIT.says)
    told = text(diagnosis_lines(FOUND, Fix(wide, True), CODE, Sheet(36, plain=True)), 36)

    assert all(cell_len(line) <= 36 for line in told)
    assert "torch.zeros(3,5))" in "".join(line.strip() for line in told).replace(" ", "")


def test_an_error_that_no_rule_knows_shows_its_operands_alone() -> None:
    told = text(diagnosis_lines(Diagnosis("", 2, "f(x)", (Operand("x", X),)), None, CODE, Sheet(80)))

    assert told == ["what f(x) was given", "  x  2x3 f32"]
