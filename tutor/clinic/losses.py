"""Targets that do not go with what a loss compares them to."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case, bounds
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom


@rule(
    "ValueError RuntimeError",
    r"Expected input batch_size \((\d+)\) to match target batch_size \((\d+)\)",
    (
        "`{x}` holds {m} examples and the target `{t}` {n}.",
        "`{x}`中有{m}个样本，而目标`{t}`中有{n}个。",
    ),
    (
        "Something took a few examples from one of the two, or a reshape mixed the batch with another dimension.",
        "其中一个丢了几个样本，或者某次变形把批次与其他维混在了一起。",
    ),
)
def batches(case: Case, match: re.Match[str]) -> Found | None:
    """A target for another number of examples."""
    if len(case.tensors) < 2:
        return None
    x, t = case.tensors[:2]
    edits: list[Edit] = []
    m, n = int(match[1]), int(match[2])
    shorter, longer = (t, x) if n < m else (x, t)
    node = case.part(longer.name)
    if shape(longer)[:1] == (max(m, n),):
        text = f"{atom(longer.name, node)}[:{min(m, n)}]"
        edits += case.swap(node, text, f"as many as `{shorter.name}` has", f"与`{shorter.name}`取同样多个")
    return Found({"x": x.name, "t": t.name, "m": m, "n": n}, edits, {0: (0,), 1: (0,)})


@rule(
    "RuntimeError",
    r"0D or 1D target tensor expected, multi-target not supported",
    (
        "The target `{t}` has shape {shape}; one class number per example is a single dimension.",
        "目标`{t}`的形状是{shape}；每个样本一个类别编号，只需一维。",
    ),
    (
        "A column of a table keeps its second dimension. One-hot rows are numbers again after `argmax(1)`.",
        "从表格取出的一列仍带着第二维。one-hot的行用`argmax(1)`可变回编号。",
    ),
)
def column(case: Case, match: re.Match[str]) -> Found | None:
    """Class numbers in a column, or one-hot."""
    if len(case.tensors) < 2:
        return None
    x, t = case.tensors[:2]
    node, own = case.part(t.name), shape(t)
    if len(own) != 2 or node is None:
        return None
    edits: list[Edit] = []
    if own[1] == 1:
        edits = case.swap(node, f"{atom(t.name, node)}.squeeze(1)", "take the column as it is", "去掉多余的维度")
    elif own == shape(x):
        edits = case.swap(
            node, f"{atom(t.name, node)}.argmax(1)", "class numbers in place of one-hot rows", "把one-hot变回类别编号"
        )
    return Found({"t": t.name, "shape": own}, edits, {case.operands.index(t): (1,)})


@rule(
    "ValueError",
    r"Using a target size \(torch\.Size\(\[([\d, ]*)\]\)\) that is different to the input size \(torch\.Size\(\[([\d, ]*)\]\)\)"
    r"|Target size \(torch\.Size\(\[(?P<t>[\d, ]*)\]\)\) must be the same as input size \(torch\.Size\(\[(?P<x>[\d, ]*)\]\)\)",
    (
        "`{x}` has shape [{sx}] and the target `{t}` [{st}]; this loss compares them element by element and does not "
        "broadcast.",
        "`{x}`的形状是[{sx}]，而目标`{t}`是[{st}]；该损失逐元素比较，不做广播。",
    ),
    (
        "A model with one output gives a column, (n, 1); targets are often (n,).",
        "只有一个输出的模型给出一列，即(n, 1)；而目标常是(n,)。",
    ),
)
def same_size(case: Case, match: re.Match[str]) -> Found | None:
    """`binary_cross_entropy` of (n, 1) and (n,)."""
    if len(case.tensors) < 2:
        return None
    x, t = case.tensors[:2]
    node = case.part(t.name)
    edits: list[Edit] = []
    if shape(x) == (*shape(t), 1):
        edits = case.swap(
            node, f"{atom(t.name, node)}.unsqueeze({len(shape(t))})", "make the target a column", "把目标变成一列"
        )
    elif (*shape(x), 1) == shape(t):
        edits = case.swap(
            node, f"{atom(t.name, node)}.squeeze({len(shape(x))})", "take the column as it is", "去掉多余的维度"
        )
    values = {"x": x.name, "t": t.name, "sx": match[2] or match["x"], "st": match[1] or match["t"]}
    return Found(values, edits, {0: (), 1: ()})


@rule(
    "IndexError RuntimeError",
    r"Target (-?\d+) is out of bounds",
    (
        "The target `{t}` holds class {class_}; `{x}` has scores for {n} classes, 0 to {last}.",
        "目标`{t}`中有类别{class_}；而`{x}`只有{n}个类别的得分，编号为0到{last}。",
    ),
    (
        "Classes count from 0. Either they count from 1 in the data, or the last layer has too few outputs.",
        "类别从0开始编号。要么数据中是从1开始，要么最后一层的输出太少。",
    ),
)
def class_out_of_range(case: Case, match: re.Match[str]) -> Found | None:
    """A class that the logits do not have."""
    if len(case.tensors) < 2:
        return None
    x, t = case.tensors[:2]
    n = shape(x)[1] if len(shape(x)) > 1 else shape(x)[0]
    edits: list[Edit] = []
    ends = bounds(t.value)
    if ends is not None and ends[0] >= 1 and ends[1] <= n:
        node = case.part(t.name)
        edits = case.swap(node, f"{atom(t.name, node)} - 1", "count the classes from 0", "让类别从0开始编号")
    values = {"t": t.name, "x": x.name, "class_": match[1], "n": n, "last": n - 1}
    return Found(values, edits, {case.operands.index(x): (1,), case.operands.index(t): ()})


@rule(
    "RuntimeError TypeError",
    r"Boolean value of Tensor with more than one value is ambiguous|"
    r"__init__\(\) takes from \d+ to \d+ positional arguments but \d+ were given",
    (
        "`{loss}` makes a loss function; what it is given there are its options, not its tensors.",
        "`{loss}`是在建立损失函数；括号里应是选项，而不是张量。",
    ),
    (
        "A loss of `nn` is a module: made once, then called with prediction and target.",
        "`nn`中的损失是模块：先建立，再用预测和目标调用。",
    ),
)
def loss_made_of_tensors(case: Case, match: re.Match[str]) -> Found | None:
    """`nn.CrossEntropyLoss(logits, target)`."""
    if not isinstance(case.node, ast.Call) or not case.text(case.node.func).endswith("Loss") or len(case.node.args) < 2:
        return None
    func = case.text(case.node.func)
    given = case.text(case.node)[len(func) :]
    edits = case.swap(case.node, f"{func}(){given}", "make it, then call it", "先建立，再调用")
    return Found({"loss": func}, edits)


RULES = (batches, column, same_size, class_out_of_range, loss_made_of_tensors)
