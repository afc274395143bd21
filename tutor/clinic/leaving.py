"""Tensors with a graph where none can be kept, and gradients that are asked for of what has no part in them."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom
from tutor.worker.wire import ContainerValue, TensorValue


@rule(
    "RuntimeError",
    r"Can't call numpy\(\) on Tensor that requires grad",
    (
        "`{x}` asks for a gradient, and numpy could not keep track of what is done with its elements.",
        "`{x}`需要梯度，而numpy无法记录对其元素所做的运算。",
    ),
    (
        "`detach()` gives the same elements without the graph.",
        "`detach()`得到同样的元素，但不带计算图。",
    ),
)
def numpy_of_graph(case: Case, match: re.Match[str]) -> Found | None:
    """`numpy()` of a tensor that asks for a gradient."""
    if not case.operands:
        return None
    edits: list[Edit] = []
    match case.node:
        case ast.Call(func=ast.Attribute(value=of, attr="numpy")):
            edits = case.swap(of, f"{atom(case.text(of), of)}.detach()", "leave the graph behind", "先离开计算图")
        case ast.Call():
            node = case.part(case.operands[0].name)
            if node is not None:
                text = f"{atom(case.text(node), node)}.detach()"
                edits = case.swap(node, text, "leave the graph behind", "先离开计算图")
                edits += case.swap(node, f"{text}.numpy()", "leave the graph behind", "先离开计算图")
            elif case.node.args and isinstance(case.known(case.node.args[0]), ContainerValue):
                listed = case.text(case.node.args[0])
                text = f"[t.detach() for t in {listed}]"
                edits = case.swap(case.node.args[0], text, "leave the graphs behind", "先离开计算图")
    return Found({"x": case.operands[0].name}, edits, {0: ()})


@rule(
    "RuntimeError",
    r"Only Tensors created explicitly by the user \(graph leaves\) support the deepcopy protocol",
    (
        "`{x}` was computed ({fn}); a copy of it would have to copy the graph behind it.",
        "`{x}`是计算得到的（{fn}）；复制它就得连同背后的计算图一起复制。",
    ),
    (
        "`x.detach().clone()` copies the elements; `x.clone()` stays in the graph.",
        "`x.detach().clone()`只复制元素；`x.clone()`仍在计算图中。",
    ),
)
def copied_graph(case: Case, match: re.Match[str]) -> Found | None:
    """`deepcopy` of an intermediate."""
    if not case.tensors:
        return None
    x = case.tensors[0]
    fn = x.value.grad_fn if isinstance(x.value, TensorValue) else ""
    node = case.part(x.name)
    edits: list[Edit] = []
    if node is not None and isinstance(case.node, ast.Call):
        text = f"{atom(x.name, node)}.detach().clone()"
        edits = case.swap(case.node, text, "copy the elements alone", "只复制元素")
    return Found({"x": x.name, "fn": fn}, edits, {0: ()})


@rule(
    "RuntimeError",
    r"One of the differentiated Tensors appears to not have been used in the graph"
    r"|The differentiated Tensor at index (\d+) appears to not have been used in the graph",
    (
        "`{x}` has no part in `{y}`: there is no gradient by it.",
        "`{y}`与`{x}`无关：没有对它的梯度。",
    ),
    (
        "Leave it out, or say `allow_unused=True`: its gradient is then None.",
        "请去掉它，或写上`allow_unused=True`，这样它的梯度是None。",
    ),
)
def no_part(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.autograd.grad` by a tensor that was not used."""
    if not isinstance(case.node, ast.Call) or len(case.node.args) < 2:
        return None
    y, inputs = case.node.args[:2]
    listed = inputs.elts if isinstance(inputs, ast.List | ast.Tuple) else [inputs]
    place = int(match[1] or 0)
    x = case.text(listed[place]) if place < len(listed) else case.text(inputs)
    text = f"{case.text(case.node)[:-1]}, allow_unused=True)"
    edits = case.swap(case.node, text, "take None for an answer", "允许结果为None")
    marks: dict[int, tuple[int, ...]] = {i: () for i, o in enumerate(case.operands) if o.name == x}
    return Found({"x": x, "y": case.text(y)}, edits, marks)


RULES = (numpy_of_graph, copied_graph, no_part)
