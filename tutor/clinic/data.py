"""Datasets and loaders."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule


@rule(
    "RuntimeError",
    r"stack expects each tensor to be equal size, but got \[([\d, ]*)\] at entry \d+ and \[([\d, ]*)\] at entry \d+",
    (
        "The examples of a batch have different shapes, [{sa}] and [{sb}]; a DataLoader stacks them.",
        "同一批次中样本的形状不同，有[{sa}]也有[{sb}]；DataLoader要把它们叠在一起。",
    ),
    (
        "Bring them to one size in `__getitem__`, or say with `collate_fn` how a batch is made, as by padding.",
        "请在`__getitem__`中统一大小，或用`collate_fn`指定如何组成批次，例如补齐。",
    ),
)
def uneven_batch(case: Case, match: re.Match[str]) -> Found | None:
    """A loader of sequences of different lengths."""
    loaders = case.calls("DataLoader")
    if not loaders or not any(isinstance(n, ast.For) for n in [case.statement]):
        return None
    edits: list[Edit] = []
    flat = "," not in match[1] and "," not in match[2]
    if flat and len(loaders) == 1 and not any(k.arg == "collate_fn" for k in loaders[0].keywords):
        nn = "nn" if re.search(r"import torch\.nn as nn|from torch import .*\bnn\b", case.source) else "torch.nn"
        pad = f"collate_fn=lambda batch: {nn}.utils.rnn.pad_sequence(batch, batch_first=True)"
        text = f"{case.text(loaders[0])[:-1]}, {pad})"
        edits = case.swap(loaders[0], text, "pad the sequences of each batch", "补齐每个批次中的序列")
    return Found({"sa": match[1], "sb": match[2]}, edits)


def methods(case: Case, kind: str) -> dict[str, ast.FunctionDef]:
    """The methods of a class of the source."""
    classes = [n for n in ast.walk(case.tree) if isinstance(n, ast.ClassDef) and (not kind or n.name == kind)]
    return {f.name: f for c in classes for f in c.body if isinstance(f, ast.FunctionDef)}


@rule(
    "TypeError",
    r"object of type '(\w+)' has no len\(\)",
    (
        "`{kind}` has no `__len__`: a loader does not know how many examples there are.",
        "`{kind}`没有`__len__`：加载器不知道有多少个样本。",
    ),
    (
        "A dataset has two methods, `__len__` and `__getitem__`. To shuffle, a loader has to know the length.",
        "数据集要有两个方法：`__len__`和`__getitem__`。打乱顺序时，加载器必须知道长度。",
    ),
)
def no_length(case: Case, match: re.Match[str]) -> Found | None:
    """A Dataset without `__len__`."""
    own = methods(case, match[1])
    if "__getitem__" not in own or "__len__" in own:
        return None
    return Found({"kind": match[1]})


@rule(
    "TypeError",
    r"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found <class '([\w.]+)'>",
    (
        "The dataset gives {what}, of which a loader cannot make a batch.",
        "数据集给出的是{zh_what}，加载器无法把它们组成批次。",
    ),
    (
        "`__getitem__` returns tensors, arrays, numbers, or tuples and dicts of them. A transform such as `ToTensor` makes "
        "tensors of images; `collate_fn` joins anything else.",
        "`__getitem__`应返回张量、数组、数，或由它们组成的元组和字典。图像可用`ToTensor`之类的变换变成张量；其他类型请用"
        "`collate_fn`。",
    ),
)
def no_batch(case: Case, match: re.Match[str]) -> Found | None:
    """`__getitem__` without `return`, or of something that is no number."""
    kind = match[1].rpartition(".")[2]
    found = methods(case, "").get("__getitem__")
    edits: list[Edit] = []
    if kind == "NoneType" and found is not None and isinstance(found.body[-1], ast.Assign):
        target = case.text(found.body[-1].targets[0])
        edits = case.after(found.body[-1], f"return {target}", f"return `{target}`", f"返回`{target}`")
    none = kind == "NoneType"
    return Found({"what": "None" if none else f"a `{kind}`", "zh_what": "None" if none else f"`{kind}`"}, edits)


@rule(
    "ValueError",
    r"not enough values to unpack \(expected (\d+), got 2\)",
    (
        "`enumerate` gives pairs, a number and what `{of}` gives; here they are put into {n} names.",
        "`enumerate`给出的是一对：编号和`{of}`给出的内容；这里却要放进{n}个名字。",
    ),
    (
        "What is a tuple itself takes brackets of its own: `for i, (x, y) in enumerate(...)`.",
        "本身是元组的部分要再加一层括号：`for i, (x, y) in enumerate(...)`。",
    ),
)
def enumerated(case: Case, match: re.Match[str]) -> Found | None:
    """`for i, x, y in enumerate(loader)`."""
    match case.statement:
        case ast.For(
            target=ast.Tuple(elts=[first, *rest]) as target, iter=ast.Call(func=ast.Name(id="enumerate")) as over
        ):
            text = f"{case.text(first)}, ({', '.join(map(case.text, rest))})"
            edits = case.swap(target, text, "unpack the inner tuple", "解开内层元组")
            of = case.text(over.args[0]) if over.args else ""
            return Found({"of": of, "n": len(rest) + 1}, edits)
    return None


RULES = (uneven_batch, no_length, no_batch, enumerated)
