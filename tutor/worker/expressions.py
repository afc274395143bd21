"""Where the expression stands that an instruction belongs to, in lines and bytes.

CPython 3.11 and later tell it. Before, the instructions of a simple statement that call, combine, compare or index are
held against the expressions of its source, in the order in which Python evaluates them; where the two do not match one
to one, nothing is told.
"""

from __future__ import annotations

import ast
import dis
import linecache
from typing import Any, Iterator, List, NamedTuple, Tuple

HOOK = "__torch_tutor__"  # what stands in the code besides


class Place(NamedTuple):
    """Lines from 1; columns in bytes from 0."""

    line: int
    end_line: int
    column: int
    end_column: int


SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return)
ELSEWHERE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""Expressions with instructions of their own elsewhere."""
BRANCHING = (ast.Dict, ast.Await, ast.Yield, ast.YieldFrom, ast.JoinedStr)


def place(code: Any, at: int) -> Place | None:
    """Of the instruction at an offset; None where it is not known."""
    if at < 0:
        return None
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return matched(code, at)
    told = next((p for i, p in enumerate(positions()) if i == at // 2), None)
    return Place(*told) if told is not None and None not in told else None


def matched(code: Any, at: int) -> Place | None:
    """The same from the source alone."""
    try:
        starts = [(offset, line) for offset, line in dis.findlinestarts(code) if line is not None]
        line = [line for offset, line in starts if offset <= at][-1]
        node = _statement("".join(linecache.getlines(code.co_filename)), line)
        if node is None:
            return None
        inside = range(node.lineno, node.end_lineno + 1)
        done = _done(code, starts, inside, at)
        told = [(_kind_of(n), n) for n in _expressions(node)]
        if [kind for kind, _ in told] != [_kind(i.opname) for i in done]:
            return None
        n: Any = next(n for (_, n), i in zip(told, done) if i.offset == at)
        return Place(n.lineno, n.end_lineno, n.col_offset, n.end_col_offset)
    except Exception:  # no source, no ends of expressions (3.7), an instruction of another kind
        return None


def _statement(source: str, line: int) -> Any:
    """The only statement on a line, where it is a simple one that binds names at most."""
    found: List[Any] = [
        n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.stmt) and n.lineno <= line <= _end(n)
    ]
    simple = [n for n in found if isinstance(n, SIMPLE)]
    if len(simple) != 1 or any(n.lineno == line for n in found if n is not simple[0]):
        return None
    inner = list(ast.walk(simple[0]))
    if any(isinstance(n, ELSEWHERE + BRANCHING) for n in inner):
        return None
    targets = getattr(simple[0], "targets", []) + [getattr(simple[0], "target", simple[0])]
    stores = [n for t in targets for n in ast.walk(t) if isinstance(getattr(n, "ctx", None), ast.Store)]
    return None if any(isinstance(n, (ast.Subscript, ast.Attribute)) for n in stores) else simple[0]


def _end(node: Any) -> int:
    return int(node.end_lineno)


def _done(code: Any, starts: List[Tuple[int, int]], lines: range, at: int) -> List[Any]:
    """The telling instructions of the statement on some lines: a body stands twice in its code, with our hooks and
    without them."""
    block: List[Any] = []
    known, line, hooked = dict(starts), 0, False
    for i in dis.get_instructions(code):
        line = known.get(i.offset, line)
        if line not in lines:
            if any(done.offset == at for done in block):
                break
            block = []
        elif i.argval == HOOK:
            hooked = True
        elif _kind(i.opname):
            if not hooked:
                block.append(i)
            hooked = False
    return block


def _kind(opname: str) -> str:
    """What an instruction does; empty for those that only load and store."""
    if opname == "CALL" or opname.startswith("CALL_"):
        return "call"
    if opname == "BINARY_SUBSCR":
        return "index"
    if opname.startswith(("BINARY_", "INPLACE_")):
        return "combine"
    if opname == "COMPARE_OP":
        return "compare"
    if opname in ("LOAD_ATTR", "LOAD_METHOD"):
        return "attribute"
    return "sign" if opname in ("UNARY_NEGATIVE", "UNARY_INVERT", "UNARY_POSITIVE") else ""


def _kind_of(node: Any) -> str:
    """What an expression takes an instruction for; empty for those that take none of their own."""
    if isinstance(node, ast.UnaryOp):
        return "" if isinstance(node.op, ast.Not) else "sign"
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        return ""
    return next((kind for of, kind in KINDS if isinstance(node, of)), "")


def _expressions(node: Any) -> Iterator[Any]:
    """Those that take an instruction, in the order in which Python evaluates them."""
    for child in ast.iter_child_nodes(node):
        for found in _expressions(child):
            yield found
    if _kind_of(node) and not all(isinstance(n, FOLDED) for n in ast.walk(node)):
        yield node


KINDS = (
    (ast.Call, "call"),
    (ast.Subscript, "index"),
    ((ast.BinOp, ast.AugAssign), "combine"),
    (ast.Compare, "compare"),
    (ast.Attribute, "attribute"),
)
FOLDED = (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop)
"""What an expression is made of that Python works out when it compiles."""
