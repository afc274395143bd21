"""What Python in a sheet must be before anything runs it. Compiles, never executes."""

from __future__ import annotations

import ast
import warnings
from typing import NamedTuple

from tutor.catalogue.model import ClaimKind, Text

_NAMES_NOTHING = Text(
    "names nothing of the code: use what the code defines", "没有用到代码里的任何名字：请使用代码中定义的名字"
)
_ALWAYS_THE_SAME = Text("is always the same: use what the code defines", "的结果总是一样：请使用代码中定义的名字")


class Broken(NamedTuple):
    """Code that does not compile, and where in it (from 1)."""

    line: int
    column: int
    reason: Text
    """Mostly in Python's own words, which are English."""


def compile_fault(code: str) -> Broken | None:
    """What keeps the code from compiling."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "<sheet>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return Broken(error.lineno or 1, error.offset or 1, Text(error.msg, error.msg))
    except ValueError as error:
        return Broken(1, 1, Text(str(error), str(error)))
    except (RecursionError, MemoryError):
        return Broken(1, 1, Text("it is nested too deeply", "嵌套过深"))
    return None


def claim_fault(kind: ClaimKind, code: str) -> Text | None:
    """Why code that compiles proves nothing, said of it; None where it may prove something."""
    try:
        body = ast.parse(code).body
    except (RecursionError, MemoryError):  # a tree takes more room than what compiles
        return Text("is nested too deeply: write it simpler", "嵌套过深：请写得简单些")
    if not body:
        return Text("has no code: write what the run shall prove", "里没有代码：请写要由运行证明的内容")
    if kind != "expr":
        return None if _names_something(ast.Module(body, [])) else _NAMES_NOTHING
    last = body[-1]
    if not isinstance(last, ast.Expr):
        return Text(
            "must end in an expression: add a last line that comes out as True",
            "必须以表达式结尾：请在最后加一行结果为True的表达式",
        )
    if isinstance(last.value, ast.Constant):
        constant = ast.unparse(last)
        return Text(
            f"ends in the constant {constant}, which proves nothing: write what must be True",
            f"以常量{constant}结尾，什么也没有证明：请写必须为True的内容",
        )
    return None if _names_something(last) else _ALWAYS_THE_SAME


def expression_fault(code: str) -> Text | None:
    """Why code is not one expression on what other code leaves behind, said of it; None where it is."""
    try:
        tree = ast.parse(code.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", error)
        return Text(
            f"is not one expression ({reason}): write what comes out as one value",
            f"不是一个表达式（{reason}）：请写能得出一个值的表达式",
        )
    return None if _names_something(tree) else _ALWAYS_THE_SAME


def _names_something(tree: ast.AST) -> bool:
    naming = ast.Name | ast.Attribute | ast.Call | ast.Import | ast.ImportFrom
    return any(isinstance(node, naming) for node in ast.walk(tree))
