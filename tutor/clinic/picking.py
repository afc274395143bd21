"""Elements picked by masks and indices, and pieces cut off, that do not go with the tensor they are of."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case, bounds
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom


@rule(
    "IndexError",
    r"The shape of the mask \[([\d, ]+)\] at index (\d+) does not match the shape of the indexed tensor \[([\d, ]+)\]",
    (
        "The mask `{m}` has shape [{sm}] and `{x}` [{sx}]; a mask answers for every element, or for every one of the first "
        "dimensions.",
        "掩码`{m}`的形状是[{sm}]，而`{x}`是[{sx}]；掩码要与每个元素对应，或与前几维的每个位置对应。",
    ),
    (
        "The mask was made from another tensor, or before `{x}` was cut.",
        "掩码可能来自另一个张量，或是在截取`{x}`之前生成的。",
    ),
)
def mask_shape(case: Case, match: re.Match[str]) -> Found | None:
    """A mask of another shape."""
    if len(case.tensors) < 2:
        return None
    x, m = case.tensors[:2]
    return Found(
        {"m": m.name, "x": x.name, "sm": match[1], "sx": match[3]}, (), {1: (int(match[2]),), 0: (int(match[2]),)}
    )


@rule(
    "RuntimeError",
    r"Index tensor must have the same number of dimensions as (input|src|self) tensor",
    (
        "The index `{i}` has shape {si} and `{x}` {sx}: `gather` and `scatter_` take an index with as many dimensions.",
        "索引`{i}`的形状是{si}，`{x}`是{sx}：`gather`和`scatter_`要求索引的维数相同。",
    ),
    (
        "One place per row is a column of places: `unsqueeze(1)`, and `squeeze(1)` behind it.",
        "每行取一个位置，索引应是一列：先`unsqueeze(1)`，之后再`squeeze(1)`。",
    ),
)
def index_dimensions(case: Case, match: re.Match[str]) -> Found | None:
    """`gather` with a vector of places."""
    if len(case.tensors) < 2:
        return None
    x, i = case.tensors[:2]
    node, edits = case.part(i.name), list[Edit]()
    if len(shape(i)) == 1 and len(shape(x)) == 2:
        for dim in (1, 0) if shape(i)[0] == shape(x)[0] else (0, 1):
            text = f"{atom(i.name, node)}.unsqueeze({dim})"
            edits += case.swap(node, text, f"give `{i.name}` a second dimension", f"给`{i.name}`加上第二维")
    values = {"i": i.name, "si": shape(i), "x": x.name, "sx": shape(x)}
    return Found(values, edits, {case.operands.index(i): ()})


@rule(
    "RuntimeError",
    r"selected index k out of range",
    (
        "`{x}` of shape {shape} has no {k} elements to choose from.",
        "`{x}`的形状是{shape}，选不出{k}个元素。",
    ),
    (
        "`topk` chooses along the last dimension, or the one that `dim` names.",
        "`topk`沿最后一维选取，或沿`dim`指定的那一维。",
    ),
)
def top_of_too_few(case: Case, match: re.Match[str]) -> Found | None:
    """`topk` of more than there are."""
    if not case.tensors or not isinstance(case.node, ast.Call) or not shape(case.tensors[0]):
        return None
    x, nodes = case.tensors[0], [*case.node.args, *(k.value for k in case.node.keywords if k.arg == "k")]
    k = next((n for n in nodes if (case.number(n) or 0) > shape(x)[-1]), None)
    size = str(shape(x)[-1])
    edits = case.swap(k, size, f"all {size} of them", f"取全部{size}个")
    asked = case.text(k) if k is not None else "k"
    return Found({"x": x.name, "shape": shape(x), "k": asked}, edits, {case.operands.index(x): (-1,)})


@rule(
    "RuntimeError",
    r"split_with_sizes expects split_sizes to sum exactly to (\d+) \(input tensor's size at dimension (-?\d+)\), but got split_sizes=\[([\d, ]+)\]",
    (
        "The pieces [{sizes}] add up to {sum}, and dimension {dim} of `{x}` has {n}.",
        "各段[{sizes}]之和是{sum}，而`{x}`的第{dim}维是{n}。",
    ),
    (
        "A list of sizes must cover the whole dimension; a single number cuts it into pieces of that size.",
        "大小的列表必须覆盖整个维度；单个数则按该大小切段。",
    ),
)
def pieces_of_another_sum(case: Case, match: re.Match[str]) -> Found | None:
    """`split([2, 3])` of six."""
    sizes, n = [int(size) for size in match[3].split(",")], int(match[1])
    if not case.tensors or not isinstance(case.node, ast.Call):
        return None
    lists = [
        a for a in [*case.node.args, *(k.value for k in case.node.keywords)] if isinstance(a, (ast.List, ast.Tuple))
    ]
    edits: list[Edit] = []
    if lists and sum(sizes) != n:
        rest = n - sum(sizes)
        new = [*sizes, rest] if rest > 0 else [*sizes[:-1], sizes[-1] + rest]
        if all(size > 0 for size in new):
            text = f"[{', '.join(map(str, new))}]"
            edits = case.swap(lists[0], text, "cover the whole dimension", "覆盖整个维度")
    values = {"sizes": match[3], "sum": sum(sizes), "dim": match[2], "x": case.tensors[0].name, "n": n}
    return Found(values, edits, {0: (int(match[2]),)})


@rule(
    "RuntimeError IndexError",
    r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)|index out of range",
    (
        "The index `{i}` holds {n}, and `{x}` of shape {shape} has places 0 to {last} in dimension {dim}.",
        "索引`{i}`中有{n}，而`{x}`（形状{shape}）在第{dim}维的位置是0到{last}。",
    ),
    (
        "An index of `gather`, `index_select` and `scatter_` holds places in the dimension that is named.",
        "`gather`、`index_select`和`scatter_`的索引，是所指维度中的位置。",
    ),
)
def gathered(case: Case, match: re.Match[str]) -> Found | None:
    """`gather` beyond the end."""
    if len(case.tensors) < 2 or match[2] is None:
        return None
    x, i = case.tensors[0], case.tensors[1]
    values = {"x": x.name, "shape": shape(x), "i": i.name, "n": match[1], "dim": match[2], "last": int(match[3]) - 1}
    return Found(values, (), {case.operands.index(x): (int(match[2]),), case.operands.index(i): ()})


@rule(
    "RuntimeError",
    r"Class values must be smaller than num_classes",
    (
        "`{x}` holds classes up to {high}, so there are at least {n} of them.",
        "`{x}`中的类别最大是{high}，所以至少有{n}类。",
    ),
    (
        "Classes count from 0: the number of classes is the largest one plus one.",
        "类别从0开始编号：类别数是最大编号加一。",
    ),
)
def one_hot(case: Case, match: re.Match[str]) -> Found | None:
    """`one_hot` with too few classes."""
    ends = bounds(case.tensors[0].value) if case.tensors else None
    if ends is None or not isinstance(case.node, ast.Call):
        return None
    node, n = case.argument(case.node, 1, "num_classes"), ends[1] + 1
    edits = case.swap(node, str(n), f"{n} classes", f"{n}个类别")
    return Found({"x": case.tensors[0].name, "high": n - 1, "n": n}, edits, {0: ()})


RULES = (
    mask_shape,
    index_dimensions,
    top_of_too_few,
    pieces_of_another_sum,
    gathered,
    one_hot,
)
