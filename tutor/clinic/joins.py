"""`cat` and `stack` of pieces that do not go together."""

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
    r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size (\d+)"
    r"(?: for tensor number (\d+))?",
    (
        "Joined along dimension {dim}, the pieces must have the same size in every other one: `{a}` has shape {sa}, "
        "`{b}` {sb}.",
        "沿第{dim}维拼接时，其余各维的大小必须相同：`{a}`的形状是{sa}，`{b}`是{sb}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def cat_sizes(case: Case, match: re.Match[str]) -> Found | None:
    """`cat` of pieces that differ elsewhere."""
    pieces, dim = case.tensors, int(match[1])
    number = int(match[4] or 1)
    if len(pieces) <= number or not isinstance(case.node, ast.Call):
        return None
    a, b = pieces[0], pieces[number]
    differ = tuple(d for d, (m, n) in enumerate(zip(shape(a), shape(b), strict=False)) if m != n and d != dim)
    edits: list[Edit] = []
    if len(differ) == 1 and shape(a)[dim] == shape(b)[dim]:
        edits = along(case, case.node, differ[0])
    values: dict[str, object] = {"dim": dim, "a": a.name, "b": b.name, "sa": shape(a), "sb": shape(b)}
    values["cause"], values["zh_cause"] = ALONG if edits else APART
    return Found(values, edits, {0: differ, number: differ})


ALONG = (
    "Often the pieces are meant to be joined along the dimension in which they differ.",
    "常见情况是本想沿大小不同的那一维拼接。",
)
APART = (
    "One of them came to another size on its way: a stride or pooling of an odd size loses a row, which going up again does "
    "not bring back. Crop, pad or interpolate it.",
    "其中一个在途中变成了别的大小：对奇数大小做步长或池化会丢掉一行，再放大也回不来。请裁剪、填充或插值。",
)


def along(case: Case, call: ast.Call, dim: int) -> list[Edit]:
    """A call with another `dim`."""
    says = f"join them along dimension {dim}", f"改为沿第{dim}维拼接"
    given = case.argument(call, 1, "dim")
    if given is not None:
        return case.swap(given, str(dim), *says)
    text = case.text(call)
    return case.swap(call, f"{text[:-1]}, dim={dim})", *says)


@rule(
    "RuntimeError",
    r"Tensors must have same number of dimensions: got (\d+) and (\d+)",
    (
        "`{a}` has {m} dimensions and `{b}` {n}; `cat` joins along a dimension that all of them have.",
        "`{a}`有{m}维，`{b}`有{n}维；`cat`沿各张量共有的维度拼接。",
    ),
    (
        "A single row or column has lost a dimension: `x[0]` has one less than `x[:1]`, and `x[:, 0]` than `x[:, :1]`.",
        "单独的一行或一列少了一维：`x[0]`比`x[:1]`少一维，`x[:, 0]`比`x[:, :1]`少一维。",
    ),
)
def cat_dimensions(case: Case, match: re.Match[str]) -> Found | None:
    """`cat` of a matrix and a vector."""
    other = [o for o in case.tensors if len(shape(o)) != len(shape(case.tensors[0]))]
    if not other:
        return None
    a, b = case.tensors[0], other[0]
    short = a if len(shape(a)) < len(shape(b)) else b
    node = case.part(short.name)
    edits: list[Edit] = []
    call = case.node if isinstance(case.node, ast.Call) else None
    dim = case.number(case.argument(call, 1, "dim")) if call is not None else None
    if dim in (1, -1) and len(shape(short)) == 1 and len(shape(a)) + len(shape(b)) == 3:
        text = f"{atom(short.name, node)}.unsqueeze(1)"
        edits += case.swap(node, text, f"make `{short.name}` a column", f"把`{short.name}`变成一列")
    if abs(len(shape(a)) - len(shape(b))) == 1:
        text = f"{atom(short.name, node)}.unsqueeze(0)"
        edits += case.swap(node, text, f"make `{short.name}` a batch of one", f"把`{short.name}`变成只有一行的批次")
    values = {"a": a.name, "b": b.name, "m": len(shape(a)), "n": len(shape(b))}
    return Found(values, edits, {case.operands.index(a): (), case.operands.index(b): ()})


@rule(
    "RuntimeError",
    r"stack expects each tensor to be equal size, but got \[([\d, ]*)\] at entry (\d+) and \[([\d, ]*)\] at entry (\d+)",
    (
        "`stack` lays tensors of one shape on top of each other: `{a}` has shape [{sa}], `{b}` [{sb}].",
        "`stack`把形状相同的张量叠在一起：`{a}`的形状是[{sa}]，`{b}`是[{sb}]。",
    ),
    (
        "Sequences of different lengths are padded to one length first, or joined end to end with `cat`.",
        "长度不同的序列要先补齐到同一长度，或用`cat`首尾相接。",
    ),
)
def stack_sizes(case: Case, match: re.Match[str]) -> Found | None:
    """`stack` of different shapes."""
    pieces = case.tensors
    i, j = int(match[2]), int(match[4])
    if j >= len(pieces) or not isinstance(case.node, ast.Call):
        return None
    edits: list[Edit] = []
    func = case.text(case.node.func)
    given = case.text(case.node.args[0]) if case.node.args else ""
    if given and all(len(shape(p)) == 1 for p in pieces):
        padded = f"nn.utils.rnn.pad_sequence({given}, batch_first=True)"
        if re.search(r"\bnn\b", case.source) is None and "nn" not in case.names:
            padded = f"torch.{padded}"
        edits += case.swap(case.node, padded, "pad them with zeros to one length", "用0补齐到同一长度")
    if given and func.endswith("stack"):
        text = case.text(case.node).replace("stack", "cat", 1)
        edits += case.swap(case.node, text, "join them end to end with `cat`", "用`cat`首尾相接")
    values = {"a": pieces[i].name, "b": pieces[j].name, "sa": match[1], "sb": match[3]}
    return Found(values, edits, {i: (), j: ()})


@rule(
    "TypeError",
    r"(cat|stack|concat|hstack|vstack)\(\): argument 'tensors' \(position 1\) must be tuple of Tensors, not Tensor",
    (
        "`{call}` takes its tensors as one list.",
        "`{call}`要求把所有张量放在一个列表里传入。",
    ),
    (
        "The second argument is the dimension, so two tensors without brackets are read as a tensor and a dimension.",
        "第二个参数是维度，所以不加方括号的两个张量会被当作一个张量和一个维度。",
    ),
)
def without_a_list(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.cat(a, b)`."""
    if not isinstance(case.node, ast.Call):
        return None
    given = ", ".join(case.text(a) for a in case.node.args)
    named = "".join(f", {case.text(k)}" for k in case.node.keywords)
    text = f"{case.text(case.node.func)}([{given}]{named})"
    return Found({"call": match[1]}, case.swap(case.node, text, "put them into a list", "放进一个列表"))


RULES = (cat_sizes, cat_dimensions, stack_sizes, without_a_list)
