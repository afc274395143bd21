"""A step's statement as a syntax tree, and the values that its names had when it began."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

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
    names: dict[str, Value] = {}
    _before(trace.steps, step.id, names)
    return names


def _before(steps: tuple[Step, ...], wanted: int, names: dict[str, Value]) -> None:
    """Apply what steps changed up to the wanted one. Ids grow: it is inside the last that began before it."""
    before = [step for step in steps if step.id < wanted]
    around = before.pop() if before and not any(step.id == wanted for step in steps) else None
    for step in before:
        if step.kind != "call":  # what a function that has returned did to its own names is gone
            for inner in _shared(step):
                _apply(inner.changes, names)
    if around is not None:
        _apply(around.changes if around.kind in ("call", "iteration") else (), names)
        _before(around.children, wanted, names)


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
