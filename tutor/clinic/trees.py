"""Syntax trees and the text they stand for."""

from __future__ import annotations

import ast
import re

SIMPLE = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Tuple)


def parts(node: ast.AST | None) -> list[ast.AST]:
    """The direct operands of an expression, in the order in which torch is given them."""
    match node:
        case ast.BinOp():
            return [node.left, node.right]
        case ast.AugAssign():
            return [node.target, node.value]
        case ast.UnaryOp():
            return [node.operand]
        case ast.Subscript():
            return [node.value, node.slice]
        case ast.Attribute():
            return [node.value]
        case ast.Compare():
            return [node.left, *node.comparators]
        case ast.Call():
            given = [*node.args, *(k.value for k in node.keywords)]
            flat = [e for a in given for e in (a.elts if isinstance(a, (ast.List, ast.Tuple)) else [a])]
            return [*([node.func.value] if isinstance(node.func, ast.Attribute) else []), *flat]
    return []


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def atom(text: str, node: ast.AST | None) -> str:
    """An expression as something that a method can be called on."""
    simple = isinstance(node, SIMPLE) or (node is None and re.fullmatch(r"[\w.]+", text))
    return text if simple and not text[:1].isdigit() else f"({text})"


def is_primary(text: str) -> bool:
    """Whether an expression binds as tightly as a call does."""
    try:
        return isinstance(ast.parse(text, mode="eval").body, ast.Call | ast.Attribute | ast.Subscript | ast.Name)
    except SyntaxError:
        return False


def assigns(node: ast.AST, name: str, call: ast.Call) -> bool:
    """Whether a statement is `self.NAME = CALL` or `NAME = CALL`."""
    if not isinstance(node, ast.Assign) or node.value is not call:
        return False
    return any(name == (t.attr if isinstance(t, ast.Attribute) else getattr(t, "id", "")) for t in node.targets)


def arithmetic(op: ast.operator, a: int | None, b: int | None) -> int | None:
    """Of whole numbers."""
    if a is None or b is None:
        return None
    match op:
        case ast.Add():
            return a + b
        case ast.Sub():
            return a - b
        case ast.Mult():
            return a * b
        case ast.FloorDiv() if b:
            return a // b
    return None


def indented(text: str, like: str) -> str:
    """Lines as far to the right as another one."""
    lead = like[: len(like) - len(like.lstrip())]
    return "\n".join(lead + line if line else line for line in text.split("\n"))
