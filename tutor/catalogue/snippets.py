"""What Python in a sheet must be before anything runs it. Compiles, never executes."""

from __future__ import annotations

import ast
import warnings
from typing import NamedTuple

from tutor.catalogue.model import ClaimKind


class Broken(NamedTuple):
    """Code that does not compile, and where in it (from 1)."""

    line: int
    column: int
    reason: str


def compile_fault(code: str) -> Broken | None:
    """What keeps the code from compiling."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<sheet>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return Broken(error.lineno or 1, error.offset or 1, error.msg)
    except ValueError as error:
        return Broken(1, 1, str(error))
    except (RecursionError, MemoryError):
        return Broken(1, 1, "it is nested too deeply")
    return None


def claim_fault(kind: ClaimKind, code: str) -> str:
    """Why code that compiles proves nothing; empty where it may prove something."""
    try:
        body = ast.parse(code).body
    except (RecursionError, MemoryError):  # a tree takes more room than what compiles
        return "is nested too deeply: write it simpler"
    if not body:
        return "has no code: write what the run shall prove"
    if kind != "expr":
        return "" if _names_something(ast.Module(body, [])) else "names nothing of the code: use what the code defines"
    last = body[-1]
    if not isinstance(last, ast.Expr):
        return "must end in an expression: add a last line that comes out as True"
    if isinstance(last.value, ast.Constant):
        return f"ends in the constant {ast.unparse(last)}, which proves nothing: write what must be True"
    return "" if _names_something(last) else "is always the same: use what the code defines"


def expression_fault(code: str) -> str:
    """Why code is not one expression on what other code leaves behind; empty where it is."""
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"is not one expression ({getattr(error, 'msg', error)}): write what comes out as one value"
    return "" if _names_something(tree) else "is always the same: use what the code defines"


def _names_something(tree: ast.AST) -> bool:
    naming = ast.Name | ast.Attribute | ast.Call | ast.Import | ast.ImportFrom
    return any(isinstance(node, naming) for node in ast.walk(tree))
