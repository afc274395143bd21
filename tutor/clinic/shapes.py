"""Shapes that do not go together: broadcasting, views, other numbers of elements."""

from __future__ import annotations

import ast
import re
from math import prod

from tutor.clinic.case import Case, Shape
from tutor.clinic.model import Edit, Operand
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom
from tutor.worker.wire import TensorValue


def shape(operand: Operand) -> Shape:
    """Of a tensor."""
    return operand.value.shape if isinstance(operand.value, TensorValue) else ()


def two(case: Case) -> tuple[Operand, Operand] | None:
    """The two tensors of an operation; None where there are not two."""
    found = case.tensors
    return (found[0], found[1]) if len(found) == 2 else None


def turned(case: Case, operand: Operand) -> list[Edit]:
    """The last two dimensions of an operand exchanged."""
    node = case.own_part(operand)
    if len(shape(operand)) < 2 or node is None:
        return []
    text = atom(operand.name, node) + (".T" if len(shape(operand)) == 2 else ".mT")
    return case.swap(node, text, f"transpose `{operand.name}`", f"转置`{operand.name}`")


@rule(
    "RuntimeError",
    r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)",
    (
        "Shapes are aligned at their last dimension. {there} `{a}` has {m} where `{b}` has {n}; they must be equal, or one "
        "of them 1.",
        "形状从最后一维开始对齐。{zh_there}`{a}`是{m}，`{b}`是{n}；两者必须相等，或其中一个是1。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def broadcasting(case: Case, match: re.Match[str]) -> Found | None:
    """An operation element by element."""
    pair = two(case)
    if pair is None:
        return None
    backs = misfits(shape(pair[0]), shape(pair[1]))
    if not backs:
        return None
    edits: list[Edit] = []
    for mine, other in (pair, pair[::-1]):
        edits += placed(case, mine, shape(other))
    for mine, other in (pair[::-1], pair):
        if len(shape(mine)) == 2 and shape(mine)[::-1] == shape(other):
            edits += turned(case, mine)
    back = backs[0]
    vector = 1 in (len(shape(pair[0])), len(shape(pair[1])))
    values = {
        "a": pair[0].name,
        "b": pair[1].name,
        "m": shape(pair[0])[-back],
        "n": shape(pair[1])[-back],
        "there": "There" if back == 1 else f"In dimension -{back}, counted from the end,",
        "zh_there": "对齐后在该维" if back == 1 else f"对齐后在倒数第{back}维",
        "cause": "A vector that belongs to the rows needs a dimension of size 1 behind it, so that it stretches along the "
        "columns."
        if vector
        else "One of the two came to another size on its way: by a slice, a stride, a layer with another number of outputs.",
        "zh_cause": "与行对应的向量需要在末尾加一个大小为1的维度，才能沿列方向扩展。"
        if vector
        else "其中一个在途中变成了别的大小：可能是切片、步长，或输出数不同的层。",
    }
    there = tuple(-b for b in backs)
    return Found(values, edits, {0: there, 1: there})


def misfits(a: Shape, b: Shape) -> list[int]:
    """The dimensions, counted from the end from 1, in which two shapes do not broadcast."""
    pairs = enumerate(zip(reversed(a), reversed(b), strict=False), 1)
    return [back for back, (m, n) in pairs if m != n and 1 not in (m, n)]


def placed(case: Case, mine: Operand, other: Shape) -> list[Edit]:
    """A vector put where its size belongs: with dimensions of size 1 behind it."""
    own, node = shape(mine), case.own_part(mine)
    if node is not None and len(own) == 2 and len(other) > 2 and (own[0], own[1]) == (other[0], other[-1]):
        text = f"{atom(mine.name, node)}[:, {'None, ' * (len(other) - 2)}:]"  # a mask of (batch, keys)
        between = f"give `{mine.name}` the dimensions in between", f"给`{mine.name}`补上中间的维度"
        return case.swap(node, text, *between)
    if node is None or len(own) != 1 or own[0] not in other or len(other) < 2:
        return []
    behind = len(other) - 1 - other.index(own[0])
    if behind == 1:
        text = f"{atom(mine.name, node)}.unsqueeze(1)"
    else:
        text = f"{atom(mine.name, node)}.view(-1{', 1' * behind})"
    says = f"give `{mine.name}` the dimensions that it lacks"
    return case.swap(node, text, says, f"给`{mine.name}`补上缺少的维度")


@rule(
    "RuntimeError",
    r"output with shape \[([\d, ]*)\] doesn't match the broadcast shape \[([\d, ]*)\]",
    (
        "The result has shape {result} and cannot be written into `{a}`, which has shape {own}: an operation in place "
        "keeps the shape of its target.",
        "结果的形状是{result}，无法写入形状为{own}的`{a}`：原地操作不会改变目标的形状。",
    ),
    (
        "In place the right-hand side may be broadcast, the left-hand side may not.",
        "原地操作只能对右边做广播，不能对左边做。",
    ),
)
def broadcast_in_place(case: Case, match: re.Match[str]) -> Found | None:
    """`x += y` where y has more dimensions."""
    if not case.tensors:
        return None
    edits: list[Edit] = []
    if isinstance(case.node, ast.AugAssign):
        sign = case.text(case.node)[len(case.text(case.node.target)) :].lstrip().partition("=")[0]
        target, value = case.text(case.node.target), case.text(case.node.value)
        right = value if isinstance(case.node.value, (ast.Name, ast.Call, ast.Attribute)) else f"({value})"
        edits = case.swap(case.node, f"{target} = {target} {sign} {right}", "make a new tensor", "改为得到一个新张量")
    elif (
        isinstance(case.node, ast.Call) and isinstance(case.node.func, ast.Attribute) and case.node.func.attr[-1] == "_"
    ):
        receiver, given = case.text(case.node.func.value), ", ".join(case.text(a) for a in case.node.args)
        made = f"{receiver}.{case.node.func.attr[:-1]}({given})"
        edits = case.swap(case.node, made, "make a new tensor", "改为得到一个新张量")
    values = {"a": case.tensors[0].name, "own": f"[{match[1]}]", "result": f"[{match[2]}]"}
    return Found(values, edits, {0: ()})


@rule(
    "RuntimeError",
    r"shape '\[([-\d, ]+)\]' is invalid for input of size (\d+)",
    (
        "`{a}` has {n} elements; the shape [{sizes}] {holds}.",
        "`{a}`有{n}个元素；形状[{sizes}]{zh_holds}。",
    ),
    (
        "`view` and `reshape` keep every element. Let one size be worked out by writing -1, or correct the number that "
        "does not divide.",
        "`view`和`reshape`不会增减元素。可以用-1让其中一维自动推算，或改正不能整除的那个数。",
    ),
)
def number_of_elements(case: Case, match: re.Match[str]) -> Found | None:
    """A view of another number of elements."""
    sizes, n = [int(s) for s in match[1].split(",")], int(match[2])
    if not case.tensors or not isinstance(case.node, ast.Call):
        return None
    known = prod(s for s in sizes if s >= 0)
    holds = f"holds {known}" if -1 not in sizes else f"has {known} in each group, which does not divide {n}"
    zh_holds = f"可容纳{known}个" if -1 not in sizes else f"中每组{known}个，不能整除{n}"
    args = case.node.args
    if len(args) == 1 and isinstance(args[0], (ast.Tuple, ast.List)):
        args = args[0].elts
    edits: list[Edit] = []
    if len(args) == len(sizes) and all(isinstance(a, ast.expr) for a in args):
        edits = refitted(case, args, sizes, n)
    values = {"a": case.tensors[0].name, "n": n, "sizes": match[1], "holds": holds, "zh_holds": zh_holds}
    return Found(values, edits, {0: ()})


def refitted(case: Case, nodes: list[ast.expr], sizes: list[int], n: int) -> list[Edit]:
    """One size changed so that all elements find room: to -1, or to the number that goes with the others."""
    edits: list[Edit] = []
    own = shape(case.tensors[0])
    first = sizes[0]
    if -1 in sizes[1:] and len(own) > 1 and own[0] != first and n % own[0] == 0:  # the batch is its own first size
        edits += case.swap(nodes[0], str(own[0]), f"keep the first size, {own[0]}", f"保留第一维的大小{own[0]}")
    for i in range(len(sizes)) if -1 not in sizes else ():
        rest = prod(sizes) // sizes[i] if sizes[i] else 0
        if rest and n % rest == 0:
            edits += case.swap(
                nodes[i], "-1", f"let size {i} be worked out: {n // rest}", f"让第{i}维自动推算：{n // rest}"
            )
    if sizes[0] == -1 and len(sizes) == 2 and len(own) > 2 and n % own[0] == 0:
        size = n // own[0]
        says = f"all that belongs to one of the {own[0]}: {size}", f"每个样本（共{own[0]}个）的全部元素：{size}"
        edits += case.swap(nodes[1], str(size), *says)
    if -1 in sizes and not edits:
        auto = sizes.index(-1)
        for i in (j for j in range(len(sizes)) if j != auto):
            rest = prod(s for k, s in enumerate(sizes) if k not in (auto, i))
            options = [d for d in range(1, n + 1) if n % (d * rest) == 0]
            if options:
                nearest = min(options, key=lambda d: (abs(d - sizes[i]), d))
                says = f"a size that divides: {nearest}", f"改为能整除的大小：{nearest}"
                edits += case.swap(nodes[i], str(nearest), *says)
    return edits


@rule(
    "RuntimeError",
    r"view size is not compatible with input tensor's size and stride",
    (
        "`{a}` of shape {shape} does not lie in its memory in the order of its elements (strides {strides}); `view` "
        "copies nothing and can only cut what lies in order.",
        "`{a}`的形状是{shape}，但其元素在内存中并非按顺序排列（步长{strides}）；`view`不复制数据，只能切分连续的内存。",
    ),
    (
        "A transpose, `permute` or slice before it only changed the strides. `reshape` copies where it has to.",
        "前面的转置、`permute`或切片只改变了步长。`reshape`会在必要时复制。",
    ),
)
def view_of_strides(case: Case, match: re.Match[str]) -> Found | None:
    """A view of what is not contiguous."""
    if not case.tensors:
        return None
    a = case.tensors[0]
    edits: list[Edit] = []
    if isinstance(case.node, ast.Call) and isinstance(case.node.func, ast.Attribute):
        given = ", ".join(case.text(x) for x in case.node.args)
        text = f"{case.text(case.node.func.value)}.reshape({given})"
        edits = case.swap(case.node, text, "use `reshape`", "改用`reshape`")
    strides = a.value.strides if isinstance(a.value, TensorValue) else ()
    return Found({"a": a.name, "shape": shape(a), "strides": strides}, edits, {0: ()})


@rule(
    "RuntimeError",
    r"The expanded size of the tensor \((\d+)\) must match the existing size \((\d+)\) at non-singleton dimension (\d+)",
    (
        "`{a}` has size {n} there and cannot be stretched to {m}: only sizes of 1 can, and new dimensions come in front.",
        "`{a}`在该维的大小是{n}，无法扩展为{m}：只有大小为1的维度可以扩展，新维度只能加在前面。",
    ),
    (
        "`expand` repeats without a copy. Give the tensor a dimension of size 1 first, or use `repeat` to copy.",
        "`expand`只是重复使用同一份数据。请先加一个大小为1的维度，或用`repeat`复制。",
    ),
)
def expanding(case: Case, match: re.Match[str]) -> Found | None:
    """`expand` of what is not 1."""
    if not case.tensors:
        return None
    a = case.tensors[0]
    edits: list[Edit] = []
    sizes = re.search(r"Target sizes: \[([-\d, ]+)\]", case.error.message)
    if sizes is not None and isinstance(case.node, ast.Call) and len(shape(a)) == 1:
        wanted = [int(s) for s in sizes[1].split(",")]
        node = case.part(a.name)
        if len(wanted) == 2 and len(case.node.args) == 2 and shape(a)[0] == wanted[0]:
            edits += case.swap(node, f"{atom(a.name, node)}.unsqueeze(1)", "add a dimension first", "先增加一个维度")
        last = case.node.args[-1]
        edits += case.swap(last, match[2], f"keep its size, {match[2]}", f"保持原来的大小{match[2]}")
    back = len(shape(a)) - 1 if len(shape(a)) <= 1 else int(match[3]) % len(shape(a))
    return Found({"a": a.name, "n": match[2], "m": match[1]}, edits, {0: (back,)})


RULES = (
    broadcasting,
    broadcast_in_place,
    number_of_elements,
    view_of_strides,
    expanding,
)
