"""Elements that follow from the source: of a tensor that is written down, of one compared with a number or another, of
masks put together. What torch rounds on the way is rounded here; where that is not certain, nothing is told.
"""

from __future__ import annotations

import ast
import math
import operator
import struct
from collections.abc import Callable, Sequence

from tutor.render.pictures.axes import Shape
from tutor.render.pictures.matrix import gaps, number
from tutor.worker.wire import Scalar, TensorValue, Values

OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.MatMult: "@",
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
COMPARED: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
TOGETHER: dict[str, Callable[[bool, bool], bool]] = {"&": operator.and_, "|": operator.or_, "^": operator.xor}
EXACT = ("float32", "float64", "int64", "int32", "bool")  # what numbers of Python are compared with as torch does it


def flat(known: Values) -> list[Scalar]:
    """The elements row by row."""
    return [x for v in known for x in flat(v)] if isinstance(known, (list, tuple)) else [known]


def elements(value: TensorValue | None) -> list[float]:
    """All of them as numbers; none where not all are known."""
    if value is None or value.values is None or gaps(value.values) or value.dtype.startswith("complex"):
        return []
    found = [number(x) for x in flat(value.values)]
    return found if len(found) == value.numel else []


def indices(value: TensorValue | None) -> list[int]:
    """Those of a tensor of whole numbers."""
    whole = value is not None and value.dtype.startswith(("int", "uint"))
    return [int(x) for x in elements(value)] if whole else []


def holding(shape: Shape, dtype: str, known: Sequence[Scalar]) -> TensorValue:
    """A tensor with these elements, row by row."""
    values: Values = tuple(known)
    for size in reversed(shape[1:]):
        values = tuple(values[i : i + size] for i in range(0, len(values), size)) if size else ()
    return TensorValue("Tensor", shape, dtype, numel=len(known), values=values if shape else known[0])


def reshaped(value: TensorValue | None, shape: Shape) -> TensorValue | None:
    """The same elements row by row in another shape; None where not all are known."""
    known = flat(value.values) if value is not None else []
    if value is None or len(known) != value.numel or None in known or 0 in shape or math.prod(shape) != len(known):
        return None
    return holding(shape, value.dtype, known)


def written(given: object) -> TensorValue | None:
    """`[[1, 2], [3, 4]]` as torch takes it; None where it is not all there."""
    shape, row = [], given
    while isinstance(row, tuple) and row:
        shape.append(len(row))
        row = row[0]
    known = _even(given, tuple(shape))
    if known is None:
        return None
    if any(isinstance(x, float) for x in known):
        return holding(tuple(shape), "float32", [single(float(x)) for x in known])
    return holding(tuple(shape), "bool" if all(isinstance(x, bool) for x in known) else "int64", known)


def _even(given: object, shape: Shape) -> list[bool | int | float] | None:
    """The numbers of a nested tuple of that shape."""
    if not shape:
        return [given] if isinstance(given, (bool, int, float)) else None
    if not isinstance(given, tuple) or len(given) != shape[0]:
        return None
    parts = [_even(item, shape[1:]) for item in given]
    told = [part for part in parts if part is not None]
    return [x for part in told for x in part] if len(told) == len(parts) else None


def operated(sign: str, a: object, b: object) -> list[bool]:
    """The mask that an operator gives: each side a tensor with its elements, or a number. Empty where it is unknown."""
    if isinstance(a, TensorValue) and isinstance(b, TensorValue) and a.shape != b.shape:
        return []
    if sign in TOGETHER and all(isinstance(t, TensorValue) and t.dtype == "bool" for t in (a, b)):
        return [TOGETHER[sign](bool(x), bool(y)) for x, y in zip(_side(a, b), _side(b, a), strict=True)]
    if sign in COMPARED:
        return [COMPARED[sign](x, y) for x, y in zip(_side(a, b), _side(b, a), strict=False)]
    return []


def inverted(of: TensorValue | None) -> TensorValue | None:
    """What `~` makes of a mask."""
    told = elements(of) if of is not None and of.dtype == "bool" else []
    return holding(of.shape, "bool", [not x for x in told]) if of is not None and told else None


def _side(of: object, other: object) -> list[float]:
    """One side of a comparison; a number as often as it is needed, in the precision of the other side."""
    if isinstance(of, TensorValue):
        return elements(of)
    if not isinstance(of, (bool, int, float)) or not isinstance(other, TensorValue) or other.dtype not in EXACT:
        return []
    return [single(float(of)) if other.dtype == "float32" else float(of)] * other.numel


def single(x: float) -> float:
    """As a float of 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", x))[0])
    except OverflowError:
        return x
