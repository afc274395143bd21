"""What a statement saw when it began, and how it is written."""

from __future__ import annotations

import ast

import pytest

from tutor import statements
from tutor.notices.run import Run
from tutor.statements import scope
from tutor.trace import Step, Trace
from tutor.worker.wire import Change, PlainValue, Value


def changed(name: str, text: str) -> Change:
    return Change(name, "rebound", PlainValue("int", text))


def line(number: int, *changes: Change, children: tuple[Step, ...] = (), kind: str = "statement") -> Step:
    return Step(number, kind, number, number, state="done", changes=changes, children=children)


def names(step: Step, trace: Trace) -> dict[str, str]:
    return {name: value.text for name, value in scope(step, trace).items() if isinstance(value, PlainValue)}


def test_a_statement_sees_what_those_before_it_left_whatever_was_asked_before() -> None:
    inner = line(3, changed("y", "3"))
    loop = line(1, changed("x", "9"), children=(line(2, changed("i", "0"), children=(inner,), kind="iteration"),))
    steps = (line(0, changed("x", "1")), loop, line(4, changed("x", "5")), line(5))
    trace = Trace(steps=steps)
    assert names(steps[3], trace) == {"x": "5", "i": "0", "y": "3"}
    assert names(inner, trace) == {"x": "1", "i": "0"}
    assert names(steps[0], trace) == {}
    assert names(steps[2], trace) == {"x": "9", "i": "0", "y": "3"}
    other = Trace(steps=(line(0, changed("x", "7")), *steps[1:]))
    assert names(loop, other) == {"x": "7"}
    assert names(steps[3], trace) == {"x": "5", "i": "0", "y": "3"}


def test_going_through_a_long_script_applies_each_change_once(monkeypatch: pytest.MonkeyPatch) -> None:
    applied = []
    apply = statements._apply

    def counted(changes: tuple[Change, ...], known: dict[str, Value]) -> None:
        applied.append(changes)
        apply(changes, known)

    monkeypatch.setattr(statements, "_apply", counted)
    steps = tuple(line(n, changed("x", str(n))) for n in range(1000))
    trace = Trace(steps=steps)
    seen = [names(step, trace).get("x") for step in steps]
    assert seen == [None, *map(str, range(999))]
    assert len(applied) < 1000


SOURCE = "x = (1 +\r\n  2)\ny = '求和' + f(x,\n  '一', g['二'])\n\fz = 3; w = x if z else y\nfor i in x:\n    h(i)"


def test_a_node_is_told_as_it_is_written() -> None:
    run = Run(SOURCE, Trace())
    nodes = [node for node in ast.walk(run.tree) if isinstance(node, ast.stmt | ast.expr)]
    assert [run.text(node) for node in nodes] == [ast.get_source_segment(SOURCE, node) for node in nodes]
    assert run.text(run.tree) == ""
