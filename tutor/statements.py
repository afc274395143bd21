"""A step's statement as a syntax tree, and the values that its names had when it began."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from operator import is_

from tutor.trace import Step, Trace, walk
from tutor.worker.wire import Change, Finding, Value

SHORT = 28  # characters of an expression that serves as a name


@lru_cache(maxsize=32)
def _statements(code: str) -> Mapping[tuple[int, int], tuple[ast.stmt, ...]]:
    """All statements of a source by their first and last line."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[tuple[int, int], tuple[ast.stmt, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            place = (node.lineno, node.end_lineno or node.lineno)
            found[place] = (*found.get(place, ()), node)
    return found


def statement(step: Step, trace: Trace) -> ast.stmt | None:
    """The statement a step ran; None where that is not certain."""
    if step.kind != "statement" or not trace.code:
        return None
    found = _statements(trace.code).get((step.line, step.end_line), ())
    if len(found) == 1:
        return found[0]
    beside = [s.id for s in _beside(trace.steps, step) if (s.line, s.end_line) == (step.line, step.end_line)]
    if len(beside) != len(found) or step.id not in beside:
        return None
    return sorted(found, key=lambda node: node.col_offset)[beside.index(step.id)]


def _beside(steps: tuple[Step, ...], wanted: Step) -> tuple[Step, ...]:
    """The steps on the level of one."""
    if any(s.id == wanted.id for s in steps):
        return steps
    return next((found for s in steps if (found := _beside(s.children, wanted))), ())


def scope(step: Step, trace: Trace) -> dict[str, Value]:
    """The values of the names a step could see when it began: in a function its own and the global ones."""
    before, around = _split(trace.steps, step.id)
    names = _after(before)
    while around is not None:
        _apply(around.changes if around.kind in ("call", "iteration") else (), names)
        before, around = _split(around.children, step.id)
        _go(before, names)
    return names


def _split(steps: tuple[Step, ...], wanted: int) -> tuple[tuple[Step, ...], Step | None]:
    """Those that were over when the wanted one began, and the one it is inside of. Ids grow: that is the last one that
    began before it, unless it stands on this level itself."""
    at = bisect_left(steps, wanted, key=lambda step: step.id)
    if not at or (at < len(steps) and steps[at].id == wanted):
        return steps[:at], None
    return steps[: at - 1], steps[at - 1]


_latest: tuple[tuple[Step, ...], dict[str, Value]] = ((), {})
"""The steps of which the names were asked for last, and these names: a long script is gone through step by step."""


def _after(steps: tuple[Step, ...]) -> dict[str, Value]:
    """The names that steps of the first level leave behind."""
    global _latest
    known, names = _latest
    if len(known) > len(steps) or not all(map(is_, known, steps)):
        known, names = (), {}
    names = dict(names)
    _go(steps[len(known) :], names)
    _latest = (steps, names)
    return dict(names)


def _go(steps: tuple[Step, ...], names: dict[str, Value]) -> None:
    for step in steps:
        if step.kind != "call":  # what a function that has returned did to its own names is gone
            for inner in _shared(step):
                _apply(inner.changes, names)


def _shared(step: Step) -> Iterator[Step]:
    """The steps of the same frame, in the order they ended."""
    for child in step.children:
        if child.kind != "call":
            yield from _shared(child)
    yield step


def _apply(changes: tuple[Change, ...], names: dict[str, Value]) -> None:
    for change in changes:
        if change.how == "deleted":
            names.pop(change.name, None)
        elif change.value is not None:
            names[change.name] = change.value


def value_name(node: ast.stmt | None) -> str:
    """What the value of a bare expression is called: the expression, or its beginning; else `_` as in the REPL."""
    if not isinstance(node, ast.Expr):
        return "_"
    text = " ".join(ast.unparse(node.value).split())
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def found(step: Step, trace: Trace) -> tuple[Finding, ...]:
    """What a study found at a step. A line that ran many times was studied the first time."""
    if step.kind != "statement":
        return ()
    told = [s for s in trace.studies if step.line <= s.line <= step.end_line]
    return tuple(s.finding for s in told if _owner(s.line, trace) == step.id)


def _owner(line: int, trace: Trace) -> int:
    """The first of the innermost statements at a line."""
    around = [s for s in walk(trace.steps) if s.kind == "statement" and s.line <= line <= s.end_line]
    return min(around, key=lambda s: (s.end_line - s.line, s.id)).id if around else -1


def path(wanted: Step, steps: tuple[Step, ...]) -> tuple[Step, ...] | None:
    """The steps around one, outermost first; None where it is not among them."""
    for step in steps:
        if step.id == wanted.id:
            return ()
        below = path(wanted, step.children)
        if below is not None:
            return (step, *below)
    return None
