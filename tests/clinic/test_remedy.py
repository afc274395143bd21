"""Which edits are tried, and which one is told."""

from __future__ import annotations

import pytest
from recorded import JOBS
from recorded import trace as recorded

from tutor.catalogue.model import Text
from tutor.clinic import Edit, apply, diagnose
from tutor.notices import notices
from tutor.remedy import advise, judged
from tutor.runner import Runner
from tutor.trace import Step, Trace
from tutor.worker.wire import Error, Frame, Item, Job, Operands, TensorValue

SETUP = "import torch\nfrom torch import nn\n"
NOTHING = Text("words", "话")


async def run(runner: Runner, code: str, replays: bool = True) -> tuple[Job, Trace]:
    job = Job("remedy", code, SETUP, file="<remedy>", timeout=20.0, replays=replays)
    trace = Trace()
    async for event in runner.run(job):
        trace = trace.apply(event)
    return job, trace


@pytest.mark.parametrize(
    ("source", "edit", "after"),
    [
        ("a\nb\nc\n", Edit(2, 2, "x", NOTHING), "a\nx\nc\n"),
        ("a\nb\nc\n", Edit(2, 1, "x\ny", NOTHING), "a\nx\ny\nb\nc\n"),
        ("a\nb", Edit(2, 2, "x", NOTHING), "a\nx"),
        ("a\nb", Edit(3, 2, "x", NOTHING), "a\nb\nx"),
        ("a\r\nb\r\n", Edit(1, 1, "x", NOTHING), "x\r\nb\r\n"),
        ("a\n\x0cb\nc\n", Edit(3, 3, "x", NOTHING), "a\n\x0cb\nx\n"),
        ("a\nb\n", Edit(1, 1, "", NOTHING), "b\n"),
    ],
)
def test_an_edit_replaces_whole_lines(source: str, edit: Edit, after: str) -> None:
    assert apply(source, edit) == after


async def test_code_that_must_not_run_again_is_explained_without_a_fix(runner: Runner) -> None:
    job, trace = await run(runner, "x = torch.ones(2, 3)\nx @ x\nopen('/dev/null')", replays=False)

    advice = await advise(runner, job, trace)

    assert advice is not None
    assert advice.diagnosis.rule == "inner-sizes"
    assert [o.name for o in advice.diagnosis.operands] == ["x", "x"]
    assert advice.diagnosis.edits
    assert advice.fix is None


async def test_source_that_did_not_compile_is_tried_once_it_does_and_is_harmless(runner: Runner) -> None:
    job, trace = await run(runner, "x = torch.ones(2)\nprint x", replays=False)
    harmful, raised = await run(runner, "open('/dev/null', 'w')\nprint 'x'", replays=False)

    mended, left = await advise(runner, job, trace), await advise(runner, harmful, raised)

    assert mended is not None
    assert mended.fix is not None
    assert mended.fix.finished
    assert left is not None
    assert left.fix is None


async def test_an_unknown_error_keeps_its_operands(runner: Runner) -> None:
    _, trace = await run(runner, "a = torch.ones(2, 2)\ntorch.linalg.cholesky(-a)")

    diagnosis = diagnose(trace.code, trace)

    assert diagnosis is not None
    assert (diagnosis.rule, diagnosis.what, diagnosis.edits) == ("", None, ())
    assert [o.name for o in diagnosis.operands] == ["-a"]


async def test_a_run_that_went_well_has_nothing_to_explain(runner: Runner) -> None:
    job, trace = await run(runner, "x = torch.ones(2)")

    assert await advise(runner, job, trace) is None


def test_tensors_on_two_devices_are_told_by_name_with_an_edit_for_each() -> None:
    code = "y = x @ w"
    said = "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!"
    error = Error("RuntimeError", said, (Frame(1, "", code, 5, 10),))
    x = TensorValue("Tensor", (2, 3), "float32", "cuda:0")
    w = TensorValue("Tensor", (3, 5), "float32")
    trace = Trace(
        (Step(1, "statement", 1, 1, state="raised", error=error),),
        operands=Operands("j", "torch.Tensor.matmul", (Item("x", x), Item("w", w))),
    )

    found = diagnose(code, trace)

    assert found is not None
    assert found.rule == "two-devices"
    assert [o.wrong for o in found.operands] == [False, True]
    assert found.what is not None
    assert "`x` cuda:0, `w` cpu" in found.what.en
    assert [e.text for e in found.edits] == ['y = x.to("cpu") @ w', 'y = x @ w.to("cuda:0")']


def test_an_edit_that_fails_at_the_same_statement_or_before_mends_nothing() -> None:
    trace = recorded("matmul")
    before = Edit(1, 0, "pass", NOTHING)

    assert judged(trace, before, trace) is None


@pytest.mark.parametrize("name", ["matmul", "training", "main", "backward", "values"])
def test_a_source_that_does_not_go_with_its_run_breaks_nothing(name: str) -> None:
    trace = recorded(name)
    lines = JOBS[name].code.split("\n")
    sources = ["", "(", *("\n".join(lines[:i] + lines[i + 1 :]) for i in range(len(lines)))]
    sources += ["\n".join(lines[: i + 1]) + "é(" for i in range(len(lines))]

    for source in sources:
        found = diagnose(source, trace)
        told = [apply(source, edit) for edit in found.edits] if found is not None else []
        assert all(isinstance(text, str) for text in told)
        assert notices(trace, source) == notices(trace, trace.code)
