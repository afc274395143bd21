"""Numbers that lose what stands behind their point."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tutor.notices.detectors import Place, detector
from tutor.notices.run import Run, called, is_tensor
from tutor.worker.wire import PlainValue, TensorValue, Value

WHOLE = re.compile(r"u?int\d+")
SHARE = re.compile(r"(?:^|_)(?:acc|accuracy|precision|recall|ratio|fraction)$", re.IGNORECASE)
RATE = re.compile(r"acc|accuracy|precision|recall|ratio|rate|mean|avg|average|loss|score", re.IGNORECASE)


@detector(
    (
        "`{x}` is {dtype}: {value} is stored as {stored}.",
        "`{x}`的类型是{dtype}：{value}存进去变成了{stored}。",
    ),
    (
        "An assignment into a tensor keeps its type, without a warning. Make it float first.",
        "向张量中赋值不会改变它的类型，也没有警告。请先把它变成浮点类型。",
    ),
)
def fraction_cut(run: Run) -> Iterator[Place]:
    """`x[0] = 1.5` where x is int."""
    for step, node in run.simple:
        target: ast.expr | None = None
        value: ast.expr | None = None
        match node:
            case ast.Assign(targets=[ast.Subscript(value=of)], value=given):
                target, value = of, given
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=of, attr="fill_"), args=[given])):
                target, value = of, given
        number = fraction(run, value, run.names(step)) if value is not None else None
        x = run.names(step).get(run.text(target)) if target is not None else None
        if number is not None and target is not None and is_tensor(x) and WHOLE.fullmatch(x.dtype):
            told = {"x": run.text(target), "dtype": x.dtype, "value": f"{number:g}", "stored": int(number)}
            yield Place(step, told)


def fraction(run: Run, node: ast.expr, names: object) -> float | None:
    """A number that stands in the source and is not whole."""
    try:
        found = ast.literal_eval(node)
    except (ValueError, SyntaxError):
        return None
    return found if isinstance(found, float) and found != int(found) else None


@detector(
    (
        "`{text}` is {value}: `//` leaves out what stands behind the point.",
        "`{text}`是{value}：`//`舍去了小数部分。",
    ),
    (
        "A share is divided by `/`.",
        "求比例要用`/`。",
    ),
)
def floor_of_a_share(run: Run) -> Iterator[Place]:
    """`accuracy = correct // total`."""
    for step, node in run.simple:
        match node:
            case ast.Assign(targets=[target], value=ast.BinOp(op=ast.FloorDiv()) as value) if RATE.search(
                run.text(target)
            ):
                names = run.names(step)
                a, b = (number(names.get(run.text(side)), side) for side in (value.left, value.right))
                share = a is not None and b is not None and 0 < a < b and SHARE.search(run.text(target))
                if share or (is_sum(value.left) and is_count(value.right)):
                    made = [number(c.value, target) for c in step.changes if c.name == run.text(target)]
                    if made and made[0] is not None:
                        yield Place(step, {"text": run.text(value), "value": f"{made[0]:g}"})


def is_sum(node: ast.expr) -> bool:
    """Whether it is `(...).sum()` of a comparison."""
    if not isinstance(node, ast.Call) or called(node) != "sum":
        return False
    return any(isinstance(n, ast.Compare) for n in ast.walk(node))


def is_count(node: ast.expr) -> bool:
    """Whether it is `len(...)` or a size."""
    return isinstance(node, ast.Call) and called(node) in ("len", "size", "numel")


def number(value: Value | None, node: ast.expr) -> float | None:
    """Of a name, of a tensor of one element, or as it is written."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(value, PlainValue) and value.type in ("int", "float"):
        try:
            return float(value.text)
        except ValueError:
            return None
    if isinstance(value, TensorValue) and value.numel == 1 and value.stats is not None:
        return float(value.stats.min) if isinstance(value.stats.min, int | float) else None
    return None


@detector(
    (
        "`{x}` counts in uint8: {a} - {b} is stored as {stored}.",
        "`{x}`的类型是uint8：{a} - {b}存成了{stored}。",
    ),
    (
        "uint8 holds 0 to 255 and starts again at either end. Convert images with `.float()` or `.int()` before you subtract.",
        "uint8只能表示0到255，越界就从另一端重新开始。相减之前请用`.float()`或`.int()`转换。",
    ),
)
def wraps_round(run: Run) -> Iterator[Place]:
    """`a - b` of two uint8 tensors, where b is larger somewhere."""
    for step, node in run.simple:
        match node:
            case ast.Assign(targets=[target], value=ast.BinOp(op=ast.Sub()) as value):
                names = run.names(step)
                a, b = (names.get(run.text(side)) for side in (value.left, value.right))
                if not is_tensor(a) or not is_tensor(b) or a.dtype != "uint8" or b.dtype != "uint8":
                    continue
                pair = smaller(a.values, b.values)
                if pair is not None:
                    m, n = pair
                    yield Place(step, {"x": run.text(target), "a": m, "b": n, "stored": (m - n) % 256})


def smaller(a: object, b: object) -> tuple[int, int] | None:
    """The first elements at the same place of which the first is smaller."""
    if isinstance(a, int) and isinstance(b, int):
        return (a, b) if a < b else None
    if isinstance(a, list | tuple) and isinstance(b, list | tuple) and len(a) == len(b):
        return next((found for m, n in zip(a, b, strict=True) if (found := smaller(m, n)) is not None), None)
    return None


DETECTORS = (fraction_cut, floor_of_a_share, wraps_round)
