"""Dimensions and places that there are not."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case, bounds
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom
from tutor.worker.wire import ModuleValue, TensorValue


@rule(
    "TypeError",
    r"(iteration over|len\(\) of) a 0-d tensor",
    (
        "`{x}` is a single number without a dimension: there is nothing in it to go through or to count.",
        "`{x}`是没有维度的单个数：其中没有可以遍历或计数的东西。",
    ),
    (
        "A reduction or an index took its last dimension away. `.item()` reads the number.",
        "归约或索引去掉了最后一维。`.item()`读取这个数。",
    ),
)
def no_dimension(case: Case, match: re.Match[str]) -> Found | None:
    """`for v in x` and `len(x)` of a 0-d tensor."""
    statement, node = case.statement, case.node
    of = (
        statement.iter
        if isinstance(statement, ast.For)
        else node.args[0]
        if isinstance(node, ast.Call) and node.args
        else None
    )
    if of is None:
        return None
    text = f"{atom(case.text(of), of)}.unsqueeze(0)"
    return Found({"x": case.text(of)}, case.swap(of, text, "give it one dimension", "给它加上一维"))


@rule(
    "IndexError",
    r"Dimension out of range \(expected to be in range of \[(-\d+), (\d+)\], but got (-?\d+)\)",
    (
        "`{x}` of shape {shape} has dimensions 0 to {last} (or -1 to {first} from the end), none {dim}.",
        "`{x}`的形状是{shape}，它的维度是0到{last}（从后数是-1到{first}），没有{dim}。",
    ),
    (
        "Dimensions count from 0, and a reduction or an index before takes one away.",
        "维度从0开始编号；前面的归约或索引会减少一维。",
    ),
)
def no_such_dimension(case: Case, match: re.Match[str]) -> Found | None:
    """A `dim` beyond the last one."""
    if not case.tensors:
        return None
    x = case.tensors[0]
    edits: list[Edit] = []
    if isinstance(case.node, ast.Call):
        nodes = [*(k.value for k in case.node.keywords if k.arg in ("dim", "axis")), *case.node.args]
        node = next((n for n in nodes if case.number(n) == int(match[3])), None)
        edits = case.swap(node, "-1", "take the last dimension", "取最后一维")
    values = {"x": x.name, "shape": shape(x), "first": match[1], "last": match[2], "dim": match[3]}
    return Found(values, edits, {case.operands.index(x): ()})


@rule(
    "IndexError",
    r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)",
    (
        "Dimension {dim} of `{x}` {shape} has {n} places, 0 to {last}; {i} is none of them.",
        "`{x}`（形状{shape}）的第{dim}维有{n}个位置，即0到{last}，没有{i}。",
    ),
    (
        "Places count from 0, so the last one is the size minus 1, or -1.",
        "位置从0开始编号，最后一个是大小减1，也可写作-1。",
    ),
)
def out_of_bounds(case: Case, match: re.Match[str]) -> Found | None:
    """`x[4]` of four elements."""
    if not case.tensors or not isinstance(case.node, ast.Subscript):
        return None
    x = case.tensors[0]
    parts = case.node.slice.elts if isinstance(case.node.slice, ast.Tuple) else [case.node.slice]
    written = [p for p in parts if isinstance(p, ast.Constant | ast.UnaryOp)]  # a name stands for other places too
    node = next((p for p in written if case.number(p) == int(match[1])), None)
    edits = case.swap(node, "-1", "take the last one", "取最后一个")
    values = {"x": x.name, "shape": shape(x), "i": match[1], "dim": match[2], "n": match[3], "last": int(match[3]) - 1}
    place = int(match[2])
    there = place < len(shape(x)) and shape(x)[place] == int(match[3])  # of a list of places it counts otherwise
    return Found(values, edits, {0: (place,) if there else ()})


@rule(
    "IndexError",
    r"too many indices for tensor of dimension (\d+)|invalid index of a 0-dim tensor",
    (
        "`{x}` of shape {shape} is indexed in more dimensions than it has.",
        "`{x}`的形状是{shape}，索引的个数超过了它的维数。",
    ),
    (
        "An index or reduction before took a dimension away. A tensor of no dimension is read by `.item()`.",
        "前面的索引或归约去掉了一维。0维张量用`.item()`读取。",
    ),
)
def too_many(case: Case, match: re.Match[str]) -> Found | None:
    """`x[0, 1]` of a vector."""
    if not case.tensors or not isinstance(case.node, ast.Subscript):
        return None
    x, own = case.tensors[0], shape(case.tensors[0])
    edits: list[Edit] = []
    if not own:
        text = f"{atom(case.text(case.node.value), case.node.value)}.item()"
        edits = case.swap(case.node, text, "read its only number", "读取其中唯一的数")
    elif isinstance(case.node.slice, ast.Tuple):
        kept = ", ".join(case.text(e) for e in case.node.slice.elts[: len(own)])
        told = "dimension" if len(own) == 1 else "dimensions"
        edits = case.swap(case.node.slice, kept, f"index its {len(own)} {told} alone", f"只索引它已有的{len(own)}维")
    return Found({"x": x.name, "shape": own}, edits, {0: ()})


@rule(
    "ValueError",
    r"step must be greater than zero|negative step not yet supported",
    (
        "`{text}` would walk backwards; unlike numpy, torch has no negative strides.",
        "`{text}`想要倒着走；与numpy不同，torch不支持负步长。",
    ),
    (
        "`flip` turns a dimension round, in a copy.",
        "`flip`把一维反转过来，得到一份副本。",
    ),
)
def negative_step(case: Case, match: re.Match[str]) -> Found | None:
    """`x[::-1]`."""
    if not isinstance(case.node, ast.Subscript):
        return None
    parts = case.node.slice.elts if isinstance(case.node.slice, ast.Tuple) else [case.node.slice]
    backwards = [i for i, p in enumerate(parts) if isinstance(p, ast.Slice) and (case.number(p.step) or 0) < 0]
    edits: list[Edit] = []
    whole = all(isinstance(p, ast.Slice) and p.lower is None and p.upper is None for p in parts)
    if whole and backwards:
        text = f"{atom(case.text(case.node.value), case.node.value)}.flip({', '.join(map(str, backwards))})"
        edits = case.swap(case.node, text, "turn it round with `flip`", "用`flip`反转")
    return Found({"text": case.text(case.node)}, edits)


@rule(
    "IndexError TypeError",
    r"only integers, slices .* are valid indices \(got float\)|can't convert .*float.* to .*index",
    (
        "`{i}` is a float, {value}, and places are whole numbers.",
        "`{i}`是浮点数{value}，而位置必须是整数。",
    ),
    (
        "`/` always gives a float; `//` divides to a whole number.",
        "`/`总是得到浮点数；`//`才是整除。",
    ),
)
def float_index(case: Case, match: re.Match[str]) -> Found | None:
    """`x[i]` where i is a float."""
    if not isinstance(case.node, ast.Subscript):
        return None
    edits: list[Edit] = []
    i = case.text(case.node.slice)
    made = case.assigned(i)
    if made is not None and isinstance(made.value, ast.BinOp) and isinstance(made.value.op, ast.Div):
        text = f"{case.text(made.value.left)} // {case.text(made.value.right)}"
        edits += case.swap(made.value, text, "divide to a whole number", "改为整除")
    edits += case.swap(case.node.slice, f"int({i})", "make it a whole number", "转换为整数")
    value = next((getattr(o.value, "text", "") for o in case.operands if o.name == i), "")
    return Found({"i": i, "value": value}, edits)


@rule(
    "IndexError RuntimeError",
    r"index out of range in self",
    (
        "`{x}` asks for number {high}; `{table}` has {n} rows, 0 to {last}.",
        "`{x}`要查编号{high}；而`{table}`只有{n}行，即0到{last}。",
    ),
    (
        "num_embeddings is the largest number plus one, with those for padding and unknown words. Negative numbers do not "
        "count from the end here.",
        "num_embeddings应是最大编号加一，还要算上填充和未知词的编号。这里负数不表示从末尾数起。",
    ),
)
def embedding_row(case: Case, match: re.Match[str]) -> Found | None:
    """An embedding asked for a row that it does not have."""
    table = next((o for o in case.tensors if len(shape(o)) == 2 and o is not case.tensors[0]), None)
    if table is None or not isinstance(case.tensors[0].value, TensorValue):
        return None
    x, ends = case.tensors[0], bounds(case.tensors[0].value)
    if ends is None:
        return None
    (low, high), n = ends, shape(table)[0]
    edits: list[Edit] = []
    made = case.constructor(num_embeddings=n, embedding_dim=shape(table)[1])
    if made is not None and low >= 0:
        node = case.argument(made, 0, "num_embeddings")
        edits = case.swap(node, str(high + 1), f"make room for {high + 1} rows", f"改为{high + 1}行")
    name = case.layer.key if case.layer is not None and isinstance(case.layer.value, ModuleValue) else table.name
    asked = low if low < 0 else high
    values = {"x": x.name, "high": asked, "table": name or table.name, "n": n, "last": n - 1}
    return Found(values, edits, {0: (), case.operands.index(table): (0,)})


@rule(
    "ValueError",
    r"too many values to unpack \(expected (\d+)|not enough values to unpack \(expected (\d+), got (\d+)\)",
    (
        "`{x}` of shape {shape} has {n} rows, and {m} names take them.",
        "`{x}`的形状是{shape}，有{n}行，却用{m}个名字来接收。",
    ),
    (
        "A tensor is unpacked along its first dimension. For the columns, `unbind(1)`.",
        "张量按第一维拆开。若要各列，用`unbind(1)`。",
    ),
)
def unpacking(case: Case, match: re.Match[str]) -> Found | None:
    """`a, b = x` of three rows."""
    statement = case.statement
    if not isinstance(statement, ast.Assign):
        return None
    value, wanted = case.known(statement.value), int(match[1] or match[2])
    if not isinstance(value, TensorValue) or not value.shape:
        return None
    text = case.text(statement.value)
    edits: list[Edit] = []
    for dim, size in enumerate(value.shape):
        if dim and size == wanted:
            says = f"unpack it along dimension {dim}", f"沿第{dim}维拆开"
            edits += case.swap(statement.value, f"{atom(text, statement.value)}.unbind({dim})", *says)
    return Found({"x": text, "shape": value.shape, "n": value.shape[0], "m": wanted}, edits)


RULES = (
    no_dimension,
    no_such_dimension,
    out_of_bounds,
    too_many,
    negative_step,
    float_index,
    embedding_row,
    unpacking,
)
