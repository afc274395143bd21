"""Attributes that there are not."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom

INSTEAD = {
    ("torch", "uniform"): ("torch.empty({size}).uniform_({rest})", "torch.rand({size})"),
    ("torch", "random"): ("torch.rand({args})",),
    ("torch", "array"): ("torch.tensor({args})",),
    ("torch", "append"): ("torch.cat({args})",),
    ("torch", "expand_dims"): ("torch.unsqueeze({args})",),
    ("torch", "power"): ("torch.pow({args})",),
    ("Tensor", "append"): ("torch.cat([{of}, torch.tensor([{args}])])",),
    ("Tensor", "astype"): ("{of}.to({args})", "{of}.float()"),
    ("Tensor", "len"): ("len({of})",),
    ("Tensor", "length"): ("len({of})",),
    ("Tensor", "copy"): ("{of}.clone()",),
    ("Tensor", "to_numpy"): ("{of}.numpy()",),
    ("Tensor", "array"): ("{of}.numpy()",),
    ("Tensor", "concat"): ("torch.cat([{of}, {args}])",),
    ("Tensor", "concatenate"): ("torch.cat([{of}, {args}])",),
    ("Tensor", "cat"): ("torch.cat([{of}, {args}])",),
    ("Tensor", "expand_dims"): ("{of}.unsqueeze({args})",),
    ("Tensor", "dimensions"): ("{of}.shape",),
    ("Tensor", "power"): ("{of}.pow({args})",),
}
"""What stands in the place of a call that does not exist: of its receiver, and of its arguments."""


@rule(
    "AttributeError",
    r"(?:module '(?P<module>[\w.]+)'|'(?P<kind>[\w.]+)' object|type object '(?P<type>[\w.]+)') has no attribute '(?P<name>\w+)'",
    (
        "{owner} has no `{name}`{near}.",
        "{zh_owner}没有`{name}`{zh_near}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def attribute(case: Case, match: re.Match[str]) -> Found | None:
    """An attribute that there is not."""
    node = case.node
    if not isinstance(node, ast.Attribute):
        return None
    of = case.text(node.value)
    name = match["name"]
    edits: list[Edit] = []
    for near in case.error.near:
        edits += case.swap(node, f"{of}.{near}", f"write `{near}`", f"写成`{near}`")
    owner = match["module"] or match["kind"] or match["type"]
    if owner == "tuple":
        edits += case.swap(node, f"{atom(of, node.value)}[0].{name}", "take its first member", "取其中第一个")
    edits = [*instead(case, owner, name, node), *edits, *no_tensor_yet(case, owner, node)]
    if of == "self":
        edits += without_self(case, name)
    if owner == "NoneType":
        return None
    names = ", ".join(f"`{n}`" for n in case.error.near)
    cause, zh_cause = CAUSES.get(owner, CAUSES[""])
    article = "an" if owner[:1] in "aeioAEIO" else "a"
    values = {
        "cause": cause,
        "zh_cause": zh_cause,
        "owner": f"`{of}`" if match["module"] else f"`{of}`, {article} {owner},",
        "zh_owner": f"`{of}`" if match["module"] else f"`{of}`（{owner}）",
        "name": name,
        "near": f", but {names}" if names else "",
        "zh_near": f"，但有{names}" if names else "",
    }
    return Found(values, edits)


CAUSES = {
    "": (
        "A slip of the pen, a name of numpy, or one of another release.",
        "可能是笔误，可能是numpy的名字，也可能属于别的版本。",
    ),
    "list": (
        "A list of Python has no shape, type or device: its members have, or the tensor that is made of it.",
        "Python的列表没有形状、类型和设备：它的成员才有，或由它得到的张量才有。",
    ),
    "numpy.ndarray": (
        "Arrays of numpy have other methods; `torch.from_numpy` gives the tensor, in the same memory.",
        "numpy数组的方法不同；`torch.from_numpy`可得到共享内存的张量。",
    ),
    "float": (
        "It is a number of Python, as `.item()` gives it: no tensor any more, and without a graph.",
        "它是Python的数（例如由`.item()`得到）：不再是张量，也没有计算图。",
    ),
}
CAUSES["int"] = CAUSES["float"]
"""Why a value does not have what tensors have."""


def without_self(case: Case, name: str) -> list[Edit]:
    """`fc = nn.Linear(...)` in `__init__`, as an attribute."""
    inits = [f for f in ast.walk(case.tree) if isinstance(f, ast.FunctionDef) and f.name == "__init__"]
    for node in (n for f in inits for n in ast.walk(f)):
        match node:
            case ast.Assign(targets=[ast.Name(id=own) as target]) if own == name:
                return case.swap(target, f"self.{name}", "keep it in the module", "保存到模块里")
    return []


def no_tensor_yet(case: Case, owner: str, node: ast.Attribute) -> list[Edit]:
    """What is asked of a list, an array or a number, asked of a tensor or left out."""
    of, edits = case.text(node.value), list[Edit]()
    call = next((c for c in ast.walk(case.tree) if isinstance(c, ast.Call) and c.func is node), None)
    whole = call if call is not None else node
    if owner == "numpy.ndarray":
        edits += case.swap(node.value, f"torch.from_numpy({of})", "make it a tensor", "先变成张量")
    elif owner == "list":
        rest = case.text(whole)[len(of) :]
        if node.attr in ("to", "cuda", "cpu", "float", "long", "detach", "clone", "numpy", "item", "tolist"):
            edits += case.swap(whole, f"[t{rest} for t in {of}]", "do it with each of them", "对每个成员分别操作")
        edits += case.swap(node.value, f"torch.tensor({of})", "make it a tensor", "先变成张量")
    elif owner in ("int", "float") and node.attr == "item" and call is not None:
        edits += case.swap(call, of, "it is a number already", "它已经是数了")
    elif owner in ("int", "float"):
        made = case.assigned(of)
        if made is not None and case.text(made.value).endswith(".item()"):
            text = case.text(made.value).removesuffix(".item()")
            edits += case.swap(made.value, text, "keep the tensor, with its graph", "保留张量及其计算图")
    return edits


def instead(case: Case, owner: str, name: str, node: ast.Attribute) -> list[Edit]:
    """What is written in the place of a call that is known not to exist."""
    patterns = INSTEAD.get((owner, name))
    parents = [c for c in ast.walk(case.tree) if isinstance(c, ast.Call) and c.func is node]
    if not patterns or not parents:
        return []
    call, edits = parents[0], list[Edit]()
    given = [case.text(a) for a in call.args]
    parts = {
        "of": atom(case.text(node.value), node.value),
        "args": ", ".join([*given, *map(case.text, call.keywords)]),
        "size": given[2]
        if len(given) > 2
        else ", ".join(case.text(k.value) for k in call.keywords if k.arg == "size") or "1",
        "rest": ", ".join(given[:2]),
    }
    whole = any(isinstance(n, ast.Expr) and n.value is call for n in ast.walk(case.tree))
    for pattern in patterns:
        text = pattern.format(**parts)
        if whole and text.startswith("torch.cat(") and owner == "Tensor":  # nothing is changed in place
            text = f"{parts['of']} = {text}"
        edits += case.swap(call, text, f"write `{text}`", f"写成`{text}`")
    return edits


RULES = (attribute,)
