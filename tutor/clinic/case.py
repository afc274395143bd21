"""A failed run laid out for the rules: the failing expression as a syntax tree, what it was given, the names in sight.

Everything is read from the source and the trace; nothing is run. Whatever is not certain comes out as None.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from tutor.catalogue.model import Text
from tutor.clinic.model import LINE, Edit, Operand
from tutor.clinic.trees import arithmetic, assigns, called, indented, is_primary, parts
from tutor.statements import scope
from tutor.trace import Trace, walk
from tutor.worker.wire import (
    ArrayValue,
    ContainerValue,
    Error,
    Frame,
    Item,
    ModuleValue,
    PlainValue,
    TensorValue,
    Value,
)

Shape = tuple[int, ...]
KEYWORD = re.compile(r"\w+=(?!=)(.+)")
"""An operand that was given by keyword, `input=x`; not an expression that has an equals sign inside."""
OPERATORS: dict[type[ast.operator], tuple[str, ...]] = {
    ast.MatMult: ("matmul", "__rmatmul__"),
    ast.Add: ("add", "add_", "__radd__"),
    ast.Sub: ("sub", "sub_", "__rsub__", "rsub"),
    ast.Mult: ("mul", "mul_", "__rmul__"),
    ast.Div: ("div", "div_", "true_divide", "__rtruediv__"),
    ast.Pow: ("pow", "__pow__", "__rpow__"),
    ast.FloorDiv: ("floor_divide", "__floordiv__"),
    ast.Mod: ("remainder",),
}


@dataclass(frozen=True)
class Case:
    """One error in its surroundings."""

    source: str
    trace: Trace
    error: Error

    # ------------------------------------------------------------------------------------------- the place

    @cached_property
    def frame(self) -> Frame | None:
        """The innermost one of the snippet."""
        return self.error.frames[-1] if self.error.frames else None

    @property
    def line(self) -> int:
        """Where it was raised; 0 outside the snippet."""
        return self.frame.line if self.frame is not None else 0

    @cached_property
    def lines(self) -> list[str]:
        """Of the source."""
        return [line.rstrip("\r\n") for line in LINE.findall(self.source)]

    @cached_property
    def tree(self) -> ast.Module:
        """Of the source; empty where it cannot be parsed."""
        try:
            return ast.parse(self.source)
        except (SyntaxError, ValueError, RecursionError):
            return ast.Module(body=[], type_ignores=[])

    @cached_property
    def statement(self) -> ast.stmt | None:
        """The innermost statement around the place."""
        found: ast.stmt | None = None
        for node in ast.walk(self.tree):
            inside = isinstance(node, ast.stmt) and node.lineno <= self.line <= (node.end_lineno or node.lineno)
            if inside and isinstance(node, ast.stmt):  # those further in come later
                found = node
        return found

    @cached_property
    def node(self) -> ast.AST | None:
        """The expression that failed, or an assignment such as `x += y`."""
        if self.statement is None or self.frame is None:
            return None
        inside = [n for n in ast.walk(self.statement) if isinstance(n, (ast.expr, ast.AugAssign, ast.Assign))]
        if self.frame.column:
            found = [n for n in inside if self.stands_there(n)]
            return next((n for n in found if self.calls_it(n)), found[0] if found else None)
        found = [n for n in inside if self.calls_it(n)]
        return found[0] if len(found) == 1 else None

    def stands_there(self, node: ast.expr | ast.stmt) -> bool:
        """Whether a node has the position that the traceback tells."""
        assert self.frame is not None
        start, end = self.frame.column, self.frame.end_column
        if node.lineno != self.line or self.column(node.lineno, node.col_offset) != start:
            return False
        last = node.end_lineno or node.lineno
        return last > node.lineno if not end else self.column(last, node.end_col_offset or 0) == end

    def calls_it(self, node: ast.AST) -> bool:
        """Whether a node may be the call that the replay tells of."""
        if self.trace.operands is None:
            return False
        name = self.trace.operands.call.rpartition(".")[2]
        match node:
            case ast.Call():
                return self.trace.operands.layer is not None or called(node) == name
            case ast.BinOp(op=op) | ast.AugAssign(op=op):
                return name in OPERATORS.get(type(op), ())
            case ast.Subscript():
                return name in ("__getitem__", "__setitem__")
        return False

    def column(self, line: int, offset: int) -> int:
        """A byte offset as a column, from 1."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return len(text.encode("utf-8")[:offset].decode("utf-8", "replace")) + 1

    # --------------------------------------------------------------------------------------------- values

    @cached_property
    def names(self) -> Mapping[str, Value]:
        """The names in sight when the failing statement began, with their values. In an iteration of which there are no
        steps, as those before it left them."""
        steps = [s for s in walk(self.trace.steps) if s.state == "raised" and s.kind == "statement"]
        if not steps:
            return {}
        found = dict(scope(steps[-1], self.trace))
        around = [n for n in ast.walk(self.tree) if isinstance(n, ast.For | ast.While) and n.lineno == steps[-1].line]
        for change in (c for s in walk(steps[-1].children) for c in s.changes) if around else ():
            if change.value is not None:
                found[change.name] = change.value
        return found

    def value(self, node: ast.AST | None) -> Value | None:
        """Of a name, a member of a list, or an operand under its own text."""
        if node is None:
            return None
        text = self.text(node)
        told = [o.value for o in self.operands if o.name == text]
        return told[0] if told else self.known(node)

    def known(self, node: ast.AST) -> Value | None:
        """Of a name or a member, as the trace has it."""
        text = self.text(node)
        if text in self.names:
            return self.names[text]
        if isinstance(node, (ast.Attribute, ast.Subscript)):
            of = self.known(node.value)
            key = f".{node.attr}" if isinstance(node, ast.Attribute) else f"[{self.text(node.slice)}]"
            if isinstance(of, ContainerValue):
                return next((i.value for i in of.items if i.key == key), None)
            if isinstance(of, ModuleValue):
                return next((i.value for i in of.children if f".{i.key}" == key), None)
        return None

    def number(self, node: ast.AST | None) -> int | None:
        """A whole number that stands in the source, or that a name has."""
        match node:
            case ast.Constant(value=int(n)) if not isinstance(n, bool):
                return n
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return arithmetic(ast.Sub(), 0, self.number(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return arithmetic(op, self.number(left), self.number(right))
            case ast.Name() | ast.Attribute():
                value = self.known(node)
                whole = isinstance(value, PlainValue) and value.type == "int" and value.text.lstrip("-").isdigit()
                return int(value.text) if whole and isinstance(value, PlainValue) else None
        return None

    @cached_property
    def operands(self) -> tuple[Operand, ...]:
        """What the failing call was given, under the names of the snippet: as the replay saw it; where it saw nothing,
        as far as the names in the failing expression tell."""
        told = self.trace.operands
        if told is None or not told.operands:
            return tuple(self.written())
        out: list[Operand] = []
        for place, item in enumerate(told.operands):
            named = KEYWORD.fullmatch(item.key) if not isinstance(item.value, PlainValue) else None
            name = named[1] if named is not None else item.key
            name = self.as_written(place, name) if name.startswith("argument ") else name
            if isinstance(item.value, TensorValue | ArrayValue):
                out.append(Operand(name, item.value))
            elif told.layer is None:
                out += self.plain(item, place)
        return tuple(out)

    def as_written(self, place: int, otherwise: str) -> str:
        """What stands in the source for an argument that the replay has no name for: nothing of torch made it."""
        if not isinstance(self.node, ast.Call) or self.trace.operands is None:
            return otherwise
        arguments = [*self.subject(), *self.node.args]
        same = called(self.node) == self.trace.operands.call.rpartition(".")[2]
        if not same or place >= len(arguments) or any(isinstance(a, ast.Starred | ast.List) for a in arguments):
            return otherwise
        text = self.text(arguments[place])
        return text if text and "\n" not in text else otherwise

    def plain(self, item: Item, place: int) -> Iterator[Operand]:
        """An argument that is no tensor, where it has a name of its own."""
        node: ast.AST | None = None
        if isinstance(self.node, ast.Call):
            given = {k.arg: k.value for k in self.node.keywords}
            arguments = [*self.subject(), *self.node.args]
            node = given.get(item.key) if item.key in given else None
            if node is None and item.key.startswith("argument ") and place < len(arguments):
                node = arguments[place]
        if node is None or isinstance(node, ast.Constant):
            return
        yield Operand(self.text(node), item.value)

    def subject(self) -> list[ast.expr]:
        """What a method is called on."""
        of_tensor = (
            self.trace.operands is None
            or not self.trace.operands.operands
            or self.trace.operands.call.startswith("torch.Tensor.")
        )
        if isinstance(self.node, ast.Call) and isinstance(self.node.func, ast.Attribute) and of_tensor:
            return [self.node.func.value]
        return []

    def written(self) -> Iterator[Operand]:
        """The operands of the failing expression that are names of tensors."""
        for node in parts(self.node):
            value = self.known(node)
            if isinstance(value, TensorValue | ArrayValue):
                yield Operand(self.text(node), value)

    @property
    def tensors(self) -> list[Operand]:
        """The operands that are tensors."""
        return [o for o in self.operands if isinstance(o.value, TensorValue)]

    @cached_property
    def layer(self) -> Item | None:
        """The layer that was called, with its name."""
        if self.trace.operands is not None:
            return self.trace.operands.layer
        if isinstance(self.node, ast.Call):
            value = self.known(self.node.func)
            if isinstance(value, ModuleValue):
                return Item(self.text(self.node.func), value)
        return None

    # --------------------------------------------------------------------------------------------- source

    def text(self, node: ast.AST) -> str:
        """A node as it is written."""
        found = ast.get_source_segment(self.source, node) if hasattr(node, "lineno") else None
        return found if found is not None else ""

    def own_part(self, operand: Operand) -> ast.expr | None:
        """The part of the failing expression that an operand is; of two with one name the right one."""
        direct = parts(self.node)
        place = next((i for i, o in enumerate(self.operands) if o is operand), len(direct))
        node = direct[place] if place < len(direct) else None
        return node if isinstance(node, ast.expr) and self.text(node) == operand.name else self.part(operand.name)

    def part(self, name: str) -> ast.expr | None:
        """The part of the failing expression with this text."""
        for node in ast.walk(self.node) if self.node is not None else ():
            if isinstance(node, ast.expr) and self.text(node) == name:
                return node
        return None

    def swap(self, node: ast.AST | None, text: str, en: str, zh: str) -> list[Edit]:
        """The edit that puts `text` in the place of a node; none where there is no such node."""
        if not isinstance(node, (ast.expr, ast.stmt, ast.keyword)):
            return []
        first, last = node.lineno, node.end_lineno or node.lineno
        head = self.lines[first - 1].encode("utf-8")[: node.col_offset].decode("utf-8")
        tail = self.lines[last - 1].encode("utf-8")[node.end_col_offset or 0 :].decode("utf-8")
        if re.search(r"(?:^|[^\w)\]])\($", head) and tail.startswith(")") and is_primary(text):
            head, tail = head[:-1], tail[1:]  # brackets that only held the old expression together
        return [Edit(first, last, head + text + tail, Text(en, zh))]

    def line_instead(self, text: str, en: str, zh: str, line: int = 0) -> list[Edit]:
        """The edit that puts a line of code, or more of them, in the place of one, as far to the right."""
        line = line or self.line
        if not 1 <= line <= len(self.lines):
            return []
        return [Edit(line, line, indented(text, self.lines[line - 1]), Text(en, zh))]

    def before(self, node: ast.stmt | int, text: str, en: str, zh: str) -> list[Edit]:
        """The edit that puts lines of code before a statement or a line."""
        line = node if isinstance(node, int) else node.lineno
        if not 1 <= line <= len(self.lines):
            return []
        return [Edit(line, line - 1, indented(text, self.lines[line - 1]), Text(en, zh))]

    def after(self, node: ast.stmt, text: str, en: str, zh: str) -> list[Edit]:
        """The edit that puts lines of code after a statement."""
        line = (node.end_lineno or node.lineno) + 1
        return [Edit(line, line - 1, indented(text, self.lines[node.lineno - 1]), Text(en, zh))]

    def calls(self, *names: str) -> list[ast.Call]:
        """Every call in the source of a function with one of these last names, in order."""
        found = [n for n in ast.walk(self.tree) if isinstance(n, ast.Call) and called(n) in names]
        return sorted(found, key=lambda n: (n.lineno, n.col_offset))

    def assigned(self, name: str) -> ast.Assign | None:
        """The last assignment to a name above the failing line."""
        found = [
            n
            for n in ast.walk(self.tree)
            if isinstance(n, ast.Assign) and n.lineno < self.line and any(self.text(t) == name for t in n.targets)
        ]
        return max(found, key=lambda n: n.lineno) if found else None

    def constructor(self, **sizes: int) -> ast.Call | None:
        """Where the layer that failed is made: the call of its class with these numbers, in the order in which the class
        takes them."""
        if self.layer is None or not isinstance(self.layer.value, ModuleValue):
            return None
        wanted = list(sizes.values())
        found = []
        for call in self.calls(self.layer.value.type):
            given = {k.arg: k.value for k in call.keywords}
            nodes = [call.args[i] if i < len(call.args) else given.get(key) for i, key in enumerate(sizes)]
            if [self.number(n) for n in nodes] == wanted:
                found.append(call)
        own = self.layer.key.rpartition(".")[2]
        named = [c for c in found if any(assigns(n, own, c) for n in ast.walk(self.tree))]
        return found[0] if len(found) == 1 else named[0] if len(named) == 1 else None

    @staticmethod
    def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
        """An argument of a call."""
        named = [k.value for k in call.keywords if k.arg == name]
        return named[0] if named else call.args[place] if place < len(call.args) else None


def bounds(value: Value | None) -> tuple[int, int] | None:
    """The smallest and the largest element of a tensor of whole numbers."""
    stats = value.stats if isinstance(value, TensorValue) else None
    if stats is None or not isinstance(stats.min, (int, float)) or not isinstance(stats.max, (int, float)):
        return None
    return int(stats.min), int(stats.max)


def marked(operands: tuple[Operand, ...], misfits: Mapping[int, tuple[int, ...]]) -> tuple[Operand, ...]:
    """Operands with the dimensions that do not fit; an empty tuple marks one as a whole. Negative ones count from the
    end."""
    out = []
    for i, o in enumerate(operands):
        if i in misfits and isinstance(o.value, TensorValue):
            dims = len(o.value.shape)
            o = replace(o, misfits=tuple(d % dims for d in misfits[i] if dims), wrong=not misfits[i])
        elif i in misfits:
            o = replace(o, wrong=True)
        out.append(o)
    return tuple(out)
