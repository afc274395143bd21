"""Targets that do not go with what a loss compares them to."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case, bounds
from tutor.clinic.dtypes import cast, dtype, is_float
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom, called
from tutor.worker.wire import TensorValue


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
    m, n = int(match[1]), int(match[2])
    return Found({"x": x.name, "t": t.name, "m": m, "n": n}, (), {0: (0,), 1: (0,)})


@rule(
    "RuntimeError",
    r"0D or 1D target tensor expected, multi-target not supported",
    (
        "The target `{t}` has shape {shape}; one class number per example is a single dimension.",
        "目标`{t}`的形状是{shape}；每个样本一个类别编号，只需一维。",
    ),
    (
        "A column of a table keeps its second dimension. One-hot rows are numbers again after `argmax(1)`; as probabilities, "
        "in float, they need the shape of the scores.",
        "从表格取出的一列仍带着第二维。one-hot的行用`argmax(1)`可变回编号；若当作概率（浮点数），形状必须与得分相同。",
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
    "RuntimeError",
    r"Expected floating point type for target with class probabilities, got (\w+)",
    (
        "`{x}` and `{t}` have the same shape, {shape}, so `{t}` is taken for probabilities; these are float, and it is "
        "{dtype}.",
        "`{x}`与`{t}`形状相同，都是{shape}，所以`{t}`被当作概率；概率是浮点数，而它是{dtype}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def whole_probabilities(case: Case, match: re.Match[str]) -> Found | None:
    """One-hot rows of whole numbers; or predictions in the place of the scores."""
    if len(case.tensors) < 2:
        return None
    x, t = case.tensors[:2]
    node, own = case.part(t.name), shape(t)
    values = {"x": x.name, "t": t.name, "shape": own, "dtype": dtype(t)}
    if len(own) < 2:
        values["cause"] = (
            "The scores of a batch have shape (examples, classes). What a model predicts, `argmax`, is not compared: the "
            "scores are."
        )
        values["zh_cause"] = "一批样本的得分形状是（样本，类别）。损失要用得分计算，而不是用预测出的类别（`argmax`）。"
        return Found(values, (), {case.operands.index(x): ()})
    values["cause"] = "A target is either one class number per example, int64, or one row of probabilities, float."
    values["zh_cause"] = "目标要么是每个样本一个类别编号（int64），要么是每个样本一行概率（浮点数）。"
    edits = case.swap(node, f"{atom(t.name, node)}.float()", "read them as probabilities", "当作概率")
    return Found(values, edits, {case.operands.index(t): ()})


@rule(
    "RuntimeError NotImplementedError",
    r"log_softmax\w* not implemented for '(?:Long|Int)'|log_softmax_\w+\" not implemented for",
    (
        "The scores come first, then the target: `{x}` is {dx}, and `{t}` {dt} of shape {st}.",
        "先写得分，再写目标：这里`{x}`是{dx}，而`{t}`是{dt}，形状{st}。",
    ),
    (
        "Losses of torch take (prediction, target); scikit-learn has it the other way round.",
        "torch的损失函数接收（预测，目标）；scikit-learn则相反。",
    ),
)
def exchanged(case: Case, match: re.Match[str]) -> Found | None:
    """`cross_entropy(target, scores)`."""
    if len(case.tensors) != 2 or not isinstance(case.node, ast.Call) or len(case.node.args) != 2:
        return None
    x, t = case.tensors
    if is_float(dtype(x)) or not is_float(dtype(t)) or len(shape(t)) <= len(shape(x)):
        return None
    a, b = case.node.args
    func, rest = case.text(case.node.func), "".join(f", {case.text(k)}" for k in case.node.keywords)
    text = f"{func}({case.text(b)}, {case.text(a)}{rest})"
    values = {"x": x.name, "t": t.name, "dx": dtype(x), "dt": dtype(t), "st": shape(t)}
    return Found(values, case.swap(case.node, text, "exchange the two", "交换两者"), {0: (), 1: ()})


@rule(
    "RuntimeError ValueError",
    r"Expected target size \[([\d, ]+)\], got \[([\d, ]+)\]|only batches of spatial targets supported \(3D tensors\)",
    (
        "For scores `{x}` of shape {sx} the target has shape {wants}: the classes are dimension 1, and the target lacks just "
        "that one. `{t}` has shape {st}.",
        "得分`{x}`的形状是{sx}，目标的形状应是{wants}：类别在第1维，目标恰好没有这一维。而`{t}`的形状是{st}。",
    ),
    (
        "Sequence models give (batch, time, classes): move the classes to dimension 1. Masks are often read with a dimension "
        "of channels.",
        "序列模型给出（批次，时间，类别）：请把类别移到第1维。掩码图像读入时常带着通道维。",
    ),
)
def classes_elsewhere(case: Case, match: re.Match[str]) -> Found | None:
    """Scores of (batch, time, classes), a mask of (batch, 1, height, width)."""
    if len(case.tensors) < 2:
        return None
    x, t = case.tensors[:2]
    sx, st = shape(x), shape(t)
    if len(sx) < 3:
        return None
    edits: list[Edit] = []
    if st == sx[:-1]:
        order = (0, len(sx) - 1, *range(1, len(sx) - 1))
        moved = "transpose(1, 2)" if len(sx) == 3 else f"permute({', '.join(map(str, order))})"
        node = case.part(x.name)
        text = f"{atom(x.name, node)}.{moved}"
        edits = case.swap(node, text, "put the classes into dimension 1", "把类别移到第1维")
    elif st == (sx[0], 1, *sx[2:]):
        node = case.part(t.name)
        edits = case.swap(node, f"{atom(t.name, node)}.squeeze(1)", "take its dimension 1 away", "去掉第1维")
    values = {"x": x.name, "t": t.name, "sx": sx, "st": st, "wants": (sx[0], *sx[2:])}
    return Found(values, edits, {case.operands.index(x): (1,), case.operands.index(t): ()})


@rule(
    "RuntimeError",
    r"all elements of (input|target) should be between 0 and 1",
    (
        "`{x}` goes from {low} to {high}; binary cross entropy takes probabilities, 0 to 1.",
        "`{x}`的取值从{low}到{high}；二元交叉熵要求概率，即0到1之间。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def no_probability(case: Case, match: re.Match[str]) -> Found | None:
    """`BCELoss` of scores."""
    place = 0 if match[1] == "input" else 1
    if len(case.tensors) < 2:
        return None
    x = case.tensors[place]
    stats = x.value.stats if isinstance(x.value, TensorValue) else None
    if stats is None or not isinstance(stats.min, int | float) or not isinstance(stats.max, int | float):
        return None
    values = {"x": x.name, "low": f"{stats.min:.4g}", "high": f"{stats.max:.4g}"}
    edits: list[Edit] = []
    if place == 0:
        values["cause"] = (
            "A last layer gives scores. The loss with `logits` in its name takes them as they are, and exactly."
        )
        values["zh_cause"] = "最后一层给出的是得分。名字中带`logits`的损失直接接受得分，数值也更稳定。"
        for c in case.calls("BCELoss", "binary_cross_entropy"):
            name = case.text(c.func)
            other = name.replace("BCELoss", "BCEWithLogitsLoss").replace("_entropy", "_entropy_with_logits")
            edits += case.swap(c.func, other, "take the loss for scores", "改用接受得分的损失")
    else:
        values["cause"] = "Labels of two classes are 0. and 1.; of -1 and 1 make `(t + 1) / 2`."
        values["zh_cause"] = "两个类别的标签是0.和1.；若是-1和1，请用`(t + 1) / 2`。"
    return Found(values, edits, {case.operands.index(x): ()})


@rule(
    "RuntimeError",
    r"result type (\w+) can't be cast to the desired output type (?:Long|Int|Short|Char|Byte|Bool)",
    (
        "The target `{t}` is {dtype}; this loss computes with it, in float.",
        "目标`{t}`的类型是{dtype}；该损失要用它作浮点运算。",
    ),
    (
        "Class numbers, int64, are for `cross_entropy`. With one output per example the labels are 0. and 1.",
        "int64的类别编号用于`cross_entropy`。每个样本只有一个输出时，标签应写成0.和1.。",
    ),
)
def whole_target(case: Case, match: re.Match[str]) -> Found | None:
    """`binary_cross_entropy_with_logits` with a target of int64."""
    if len(case.tensors) < 2 or not isinstance(case.node, ast.Call) or called(case.node).endswith("_"):
        return None
    t = case.tensors[1]
    if is_float(dtype(t)) or not is_float(dtype(case.tensors[0])):
        return None
    return Found({"t": t.name, "dtype": dtype(t)}, cast(case, t, "float32"), {case.operands.index(t): ()})


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
        "{cause}",
        "{zh_cause}",
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
    values["cause"], values["zh_cause"] = COLUMN if abs(len(shape(x)) - len(shape(t))) == 1 else SIZES
    return Found(values, edits, {0: (), 1: ()})


COLUMN = (
    "A model with one output gives a column, (n, 1); targets are often (n,).",
    "只有一个输出的模型给出一列，即(n, 1)；而目标常是(n,)。",
)
SIZES = (
    "The last layer has another number of outputs, or a stride lost a row, which `output_padding` of a transposed convolution "
    "brings back.",
    "最后一层的输出数不同，或步长丢掉了一行；转置卷积的`output_padding`可以补回来。",
)


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
    if not isinstance(case.node, ast.Call) or len(case.node.args) < 2:
        return None
    made = case.assigned(case.text(case.node.func))
    if made is not None and re.fullmatch(r"(?:[\w.]+\.)?\w+Loss", case.text(made.value)):
        edits = case.swap(made.value, f"{case.text(made.value)}()", "make it there", "在那里建立")
        return Found({"loss": case.text(case.node.func)}, edits)
    if not case.text(case.node.func).endswith("Loss"):
        return None
    func = case.text(case.node.func)
    given = case.text(case.node)[len(func) :]
    edits = case.swap(case.node, f"{func}(){given}", "make it, then call it", "先建立，再调用")
    return Found({"loss": func}, edits)


RULES = (
    batches,
    column,
    whole_probabilities,
    exchanged,
    classes_elsewhere,
    no_probability,
    whole_target,
    same_size,
    class_out_of_range,
    loss_made_of_tensors,
)
