"""A run laid out for the detectors: its statements as syntax trees, with the values their names had.

Everything is read from the source and the trace; nothing is run. A detector that is not certain finds nothing.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from tutor.statements import scope, statement
from tutor.trace import Step, Trace, walk
from tutor.worker.wire import ModuleValue, Node, OptimizerValue, TensorValue, Value

BLOCKS = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.FunctionDef, ast.ClassDef, ast.AsyncFor, ast.AsyncWith)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Run:
    """A source and what it did."""

    source: str
    trace: Trace

    @cached_property
    def tree(self) -> ast.Module:
        """Of the source; empty where it cannot be parsed."""
        try:
            return ast.parse(self.source)
        except (SyntaxError, ValueError, RecursionError):
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def steps(self) -> list[Step]:
        """All of them, in the order in which they began."""
        return sorted(walk(self.trace.steps), key=lambda s: s.id)

    @cached_property
    def statements(self) -> list[tuple[Step, ast.stmt]]:
        """The steps that are statements, each with its tree."""
        found = ((s, statement(s, self.trace)) for s in self.steps if s.kind == "statement" and s.line > 0)
        return [(s, node) for s, node in found if node is not None]

    @cached_property
    def simple(self) -> list[tuple[Step, ast.stmt]]:
        """Those of them that have no statements inside."""
        return [(s, node) for s, node in self.statements if not isinstance(node, BLOCKS)]

    def names(self, step: Step) -> Mapping[str, Value]:
        """What a statement could see when it began."""
        if step.id not in self._scopes:
            self._scopes[step.id] = scope(step, self.trace)
        return self._scopes[step.id]

    @cached_property
    def _scopes(self) -> dict[int, Mapping[str, Value]]:
        return {}

    @cached_property
    def everything(self) -> dict[str, list[Value]]:
        """All values that a name ever had, anywhere."""
        found: dict[str, list[Value]] = {}
        for step in self.steps:
            for change in step.changes:
                if change.value is not None:
                    found.setdefault(change.name, []).append(change.value)
        return found

    def is_optimizer(self, name: str) -> bool:
        """Whether a name ever was an optimizer of torch's, or an attribute such as `self.opt`."""
        of, _, attribute = name.rpartition(".")
        held = [
            i.value for v in self.everything.get(of, ()) for i in getattr(v, "items", ()) if i.key == f".{attribute}"
        ]
        return any(isinstance(v, OptimizerValue) for v in (*self.everything.get(name, ()), *held))

    def module(self, name: str) -> ModuleValue | None:
        """The last module that had a name."""
        return next((v for v in reversed(self.everything.get(name, [])) if isinstance(v, ModuleValue)), None)

    def text(self, node: ast.AST) -> str:
        """A node as it is written."""
        if not isinstance(node, ast.stmt | ast.expr | ast.keyword | ast.arg | ast.alias) or node.end_lineno is None:
            return ""
        lines = [line.encode("utf-8", "surrogatepass") for line in self._lines[node.lineno - 1 : node.end_lineno]]
        lines[-1] = lines[-1][: node.end_col_offset]
        lines[0] = lines[0][node.col_offset :]
        return b"".join(lines).decode("utf-8", "surrogatepass")

    @cached_property
    def _lines(self) -> list[str]:
        """Of the source, as the parser counts them."""
        return list(io.StringIO(self.source, newline=""))

    def called_in(self, node: ast.AST) -> set[str]:
        """The last names of everything that is called inside a node, and in the functions of the source that it calls."""
        names = {called(c) for c in ast.walk(node) if isinstance(c, ast.Call)}
        known = {f.name: f for f in ast.walk(self.tree) if isinstance(f, ast.FunctionDef)}
        asked: set[str] = set()
        while names & set(known) - asked:
            for name in names & set(known) - asked:
                asked.add(name)
                names = names | {called(c) for c in ast.walk(known[name]) if isinstance(c, ast.Call)}
        return names

    @cached_property
    def loops(self) -> list[tuple[Step, ast.For | ast.While]]:
        """Every loop that went round at least twice, with the iterations that were opened inside it."""
        found = [(s, n) for s, n in self.statements if isinstance(n, ast.For | ast.While)]
        return [(s, n) for s, n in found if s.done >= 2 and any(c.kind == "iteration" for c in s.children)]

    def within(self, step: Step) -> list[Step]:
        """The steps inside one, in order."""
        return sorted(walk(step.children), key=lambda s: s.id)

    def node_of(self, step: Step) -> ast.stmt | None:
        """The tree of a step."""
        return self._nodes.get(step.id)

    @cached_property
    def _nodes(self) -> dict[int, ast.stmt]:
        return {s.id: node for s, node in self.statements}

    def stepping(self, step: Step) -> str:
        """The optimizer whose `step()` a statement is; empty for any other."""
        for call in calls(self.node_of(step)):
            if called(call) == "step" and isinstance(call.func, ast.Attribute):
                name = self.text(call.func.value)
                if self.is_optimizer(name):
                    return name
        return ""

    def backward(self, step: Step) -> str:
        """What a statement calls `backward()` on; empty for any other."""
        for call in calls(self.node_of(step)):
            if called(call) == "backward" and isinstance(call.func, ast.Attribute):
                return self.text(call.func.value)
        return ""

    @cached_property
    def graphs(self) -> list[tuple[Step, str, tuple[Node, ...]]]:
        """Every graph that a simple statement made, with the name of its result."""
        found: list[tuple[Step, str, tuple[Node, ...]]] = []
        for step, _ in self.simple:
            found += [(step, c.name, c.value.graph) for c in step.changes if is_tensor(c.value) and c.value.graph]
            if is_tensor(step.value) and step.value.graph:
                found.append((step, "", step.value.graph))
        return found


def is_tensor(value: Value | None) -> TypeGuard[TensorValue]:
    """Whether it is one."""
    return isinstance(value, TensorValue)


def calls(node: ast.AST | None) -> Iterator[ast.Call]:
    """The calls of a simple statement, not those of functions that it defines."""
    if node is None or isinstance(node, BLOCKS):
        return
    stack: list[ast.AST] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, ast.Call):
            yield here
        stack += [n for n in ast.iter_child_nodes(here) if not isinstance(n, FUNCTIONS)]


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def shape(value: Value | None) -> tuple[int, ...] | None:
    """Of a tensor."""
    return value.shape if isinstance(value, TensorValue) else None


def column_and_row(a: tuple[int, ...] | None, b: tuple[int, ...] | None) -> int:
    """n, where one is (n, 1) and the other (n,), n > 1; else 0."""
    for one, other in ((a, b), (b, a)):
        if one and other and len(one) == 2 and one[1] == 1 and one[0] > 1 and other == one[:1]:
            return one[0]
    return 0
