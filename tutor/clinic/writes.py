"""Writing where it is not possible, and gradients of another shape."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom


@rule(
    "RuntimeError",
    r"more than one element of the written-to tensor refers to a single memory location",
    (
        "`{x}` of shape {shape} was expanded: several of its elements are one number in memory, and cannot be written to one "
        "by one.",
        "`{x}`（形状{shape}）是扩展得到的：多个元素在内存中是同一个数，无法分别写入。",
    ),
    (
        "`expand` copies nothing. `clone()` gives every element a place of its own.",
        "`expand`不复制数据。`clone()`让每个元素都有自己的位置。",
    ),
)
def expanded(case: Case, match: re.Match[str]) -> Found | None:
    """In place on an expanded tensor."""
    if not case.tensors or case.statement is None:
        return None
    x = case.tensors[0]
    edits: list[Edit] = []
    if x.name.isidentifier():
        line = f"{x.name} = {x.name}.clone()"
        edits = case.before(case.statement, line, f"copy `{x.name}` first", f"先复制`{x.name}`")
    return Found({"x": x.name, "shape": shape(x)}, edits, {case.operands.index(x): ()})


@rule(
    "RuntimeError",
    r"Mismatch in shape: grad_output\[(\d+)\] has a shape of torch\.Size\(\[([\d, ]*)\]\) and output\[\d+\] has a shape of torch\.Size\(\[([\d, ]*)\]\)",
    (
        "The gradient that `backward()` starts from has shape [{g}]; it needs that of `{y}`, [{shape}].",
        "`backward()`的起始梯度形状是[{g}]；它应与`{y}`相同，即[{shape}]。",
    ),
    (
        "It is the derivative of some loss by each element of `{y}`: one number for each.",
        "它是某个损失对`{y}`每个元素的导数：每个元素对应一个数。",
    ),
)
def start_of_another_shape(case: Case, match: re.Match[str]) -> Found | None:
    """`y.backward(gradient)` where the shapes differ."""
    if not isinstance(case.node, ast.Call) or not isinstance(case.node.func, ast.Attribute) or not case.node.args:
        return None
    y = case.text(case.node.func.value)
    edits = case.swap(case.node.args[0], f"torch.ones_like({y})", "ones in the right shape", "用形状正确的1")
    misfits: dict[int, tuple[int, ...]] = {i: () for i, o in enumerate(case.operands) if o.name != y}
    return Found({"y": y, "g": match[2], "shape": match[3]}, edits, misfits)


@rule(
    "TypeError",
    r"cannot assign '([\w.]+)' as parameter '(\w+)' \(torch\.nn\.Parameter or None expected\)",
    (
        "`{target}` is a parameter; a plain tensor cannot take its place.",
        "`{target}`是参数；普通张量不能取代它。",
    ),
    (
        "An optimizer that holds the old one would not know of it. Wrap it in `nn.Parameter`, or copy the values under "
        "`torch.no_grad()`.",
        "持有旧参数的优化器不会知道这个替换。请包成`nn.Parameter`，或在`torch.no_grad()`之下复制数值。",
    ),
)
def parameter_replaced(case: Case, match: re.Match[str]) -> Found | None:
    """`layer.weight = torch.zeros(2, 3)`."""
    if not isinstance(case.statement, ast.Assign):
        return None
    target, value = case.text(case.statement.targets[0]), case.statement.value
    known = "nn" in case.names or re.search(r"\bnn\b", case.source)
    wrapped = f"{'nn' if known else 'torch.nn'}.Parameter({case.text(value)})"
    edits = case.swap(value, wrapped, "make it a parameter", "包成参数")
    copied = f"with torch.no_grad():\n    {target}.copy_({case.text(value)})"
    if case.statement.lineno == case.statement.end_lineno:
        edits += case.line_instead(copied, "copy the values", "复制数值")
    return Found({"target": target}, edits)


@rule(
    "ValueError",
    r"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
    (
        "`{p}` has one dimension, as biases have: there are no inputs and outputs to count.",
        "`{p}`只有一维（如偏置）：没有输入数和输出数可计。",
    ),
    (
        "`xavier_` and `kaiming_` are for weights; biases are set to 0.",
        "`xavier_`和`kaiming_`用于权重；偏置通常置0。",
    ),
)
def fan_of_a_bias(case: Case, match: re.Match[str]) -> Found | None:
    """`xavier_normal_` of a bias."""
    node = case.node.args[0] if isinstance(case.node, ast.Call) and case.node.args else None
    if node is None or case.statement is None:
        return None
    p, body = case.text(node), case.text(case.statement)
    edits: list[Edit] = []
    if "\n" not in body and isinstance(case.statement, ast.Expr):
        says = "weights only", "只用于权重"
        edits = case.line_instead(f"if {atom(p, node)}.dim() > 1:\n    {body}", *says)
    return Found({"p": p}, edits)


@rule(
    "TypeError",
    r"unsupported operand type\(s\) for .*'torch\.return_types\.(\w+)'",
    (
        "`{call}` returns two tensors, the values and their places, not one.",
        "`{call}`返回两个张量：值和位置，而不是一个。",
    ),
    (
        "`max`, `min`, `median`, `sort` and `topk` along a dimension give both. Take `.values`, or `amax` and `amin`.",
        "沿某一维的`max`、`min`、`median`、`sort`和`topk`两者都给出。请取`.values`，或用`amax`、`amin`。",
    ),
)
def values_and_places(case: Case, match: re.Match[str]) -> Found | None:
    """`x - x.max(dim=1)`."""
    made = [c for c in case.calls(match[1]) if c.lineno == case.line]
    if not made:
        return None
    text = case.text(made[0])
    edits: list[Edit] = []
    if match[1] in ("max", "min", "median") and "keepdim" not in text:
        kept = f"{text[:-1]}, keepdim=True).values"
        edits += case.swap(made[0], kept, "take the values, in a dimension of size 1", "取其中的值，保留大小为1的维度")
    edits += case.swap(made[0], f"{text}.values", "take the values", "取其中的值")
    return Found({"call": text}, edits)


@rule(
    "TypeError",
    r"^normal\(\) received an invalid combination of arguments - got \((?:int|float), (?:int|float)\)",
    (
        "`torch.normal` of two numbers does not say how many numbers are wanted.",
        "只给两个数的`torch.normal`没有说明要多少个数。",
    ),
    (
        "Give it `size=`, and mean and deviation as floats.",
        "请给出`size=`，并把均值和标准差写成浮点数。",
    ),
)
def normal_of_no_size(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.normal(0, 1)`."""
    if not isinstance(case.node, ast.Call) or len(case.node.args) != 2:
        return None
    mean, std = (f"{case.text(a)}.0" if case.text(a).isdigit() else case.text(a) for a in case.node.args)
    text = f"{case.text(case.node.func)}({mean}, {std}, size=(1,))"
    return Found({}, case.swap(case.node, text, "name the size", "写出大小"))


@rule(
    "RuntimeError",
    r"The expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at non-singleton dimension (\d+)"
    r"|shape mismatch: value tensor of shape \[(?P<value>[\d, ]*)\] cannot be broadcast to indexing result of shape "
    r"\[(?P<room>[\d, ]*)\]",
    (
        "`{place}` has shape [{room}], and what is to be written there, `{value}`, has [{shape}]; it does not broadcast to "
        "that.",
        "`{place}`的形状是[{room}]，而要写入的`{value}`的形状是[{shape}]，无法广播成前者。",
    ),
    (
        "An assignment into a part fills exactly that part: one number, or as many as it has.",
        "向一部分赋值，恰好填满这一部分：要么是一个数，要么个数与之相同。",
    ),
)
def written_part(case: Case, match: re.Match[str]) -> Found | None:
    """`x[0] = y`, where y has another shape."""
    match case.statement:
        case ast.Assign(targets=[ast.Subscript() as target], value=value):
            pass
        case _:
            return None
    told = re.search(r"Target sizes: \[([\d, ]*)\]\.\s+Tensor sizes: \[([\d, ]*)\]", case.error.message)
    if match["room"] is None and told is None:
        return None
    room, own = (match["room"], match["value"]) if told is None else (told[1], told[2])
    text = case.text(value)
    given = next((i for i, o in enumerate(case.operands) if o.name == text), None)
    values = {"place": case.text(target), "room": room, "value": text, "shape": own}
    return Found(values, (), {given: ()} if given is not None else {})


RULES = (
    written_part,
    expanded,
    start_of_another_shape,
    parameter_replaced,
    fan_of_a_bias,
    values_and_places,
    normal_of_no_size,
)
