"""A backward pass from what has no graph: where the way back to the parameters was cut."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from textwrap import dedent

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import called
from tutor.worker.wire import ModuleValue, TensorValue, Value


@rule(
    "RuntimeError",
    r"element 0 of tensors does not require grad and does not have a grad_fn",
    (
        "`{y}` has no graph behind it{cut}.",
        "`{y}`背后没有计算图{zh_cut}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def no_graph(case: Case, match: re.Match[str]) -> Found | None:
    """A backward pass from what has no graph."""
    node = start(case)
    if node is None:
        return None
    values = {
        "y": case.text(node),
        "cut": ": nothing that it was made from asks for a gradient",
        "zh_cut": "：得到它的所有张量都不需要梯度",
        "cause": "Either no tensor was made with `requires_grad=True`, or the way to it was cut by `detach()`, `.data`, "
        "`.item()`, `torch.tensor(...)` or `no_grad()`.",
        "zh_cause": "要么没有任何张量设置`requires_grad=True`，要么途中被`detach()`、`.data`、`.item()`、`torch.tensor(...)`或"
        "`no_grad()`切断。",
    }
    parts = list(behind(case, node))
    edits = first_order(case, values, parts) or quiet(case, values, parts) or cut_off(case, values, parts)
    return Found(values, edits or [*thawed(case), *anywhere(case), *asked_for(case, parts)])


def start(case: Case) -> ast.expr | None:
    """What the pass was to start from: `y` of `y.backward()` and of `torch.autograd.grad(y, x)`."""
    match case.node:
        case ast.Call(func=ast.Attribute(value=of, attr="backward")) if case.text(of) != "torch.autograd":
            return of
        case ast.Call(args=[of, *_]):
            return of
    return None


def behind(case: Case, node: ast.expr) -> Iterator[ast.expr]:
    """An expression, and those that were assigned to the names in it, and so on back."""
    seen: set[str] = set()
    waiting = [node]
    while waiting:
        here = waiting.pop(0)
        yield here
        for n in ast.walk(here):
            if isinstance(n, ast.Name) and n.id not in seen:
                seen.add(n.id)
                made = holder(case, n.id)
                if made is not None:
                    waiting.append(made.value)


def holder(case: Case, name: str) -> ast.Assign | None:
    """The last assignment to a name above the failing line, alone or among others."""
    found = [
        n
        for n in ast.walk(case.tree)
        if isinstance(n, ast.Assign)
        and n.lineno < case.line
        and any(isinstance(t, ast.Name) and t.id == name for target in n.targets for t in ast.walk(target))
    ]
    return max(found, key=lambda n: n.lineno) if found else None


def first_order(case: Case, values: dict[str, str], parts: list[ast.expr]) -> list[Edit]:
    """A gradient that was computed without a graph of its own."""
    for part in parts:
        for call in (n for n in ast.walk(part) if isinstance(n, ast.Call) and n is not case.node):
            if case.text(call.func).endswith("autograd.grad") and not any(
                k.arg == "create_graph" for k in call.keywords
            ):
                text = f"{case.text(call)[:-1]}, create_graph=True)"
                values["cut"] = f": it comes from `{case.text(call)}`, which leaves none"
                values["zh_cut"] = f"：它来自`{case.text(call)}`，而那里没有建立计算图"
                values["cause"] = "A gradient can be differentiated again if it is computed with `create_graph=True`."
                values["zh_cause"] = "若要对梯度再求导，计算它时要加上`create_graph=True`。"
                return case.swap(call, text, "record how the gradient is computed", "记录梯度的计算过程")
    return []


def quiet(case: Case, values: dict[str, str], parts: list[ast.expr]) -> list[Edit]:
    """What was computed under `no_grad`."""
    for block in (n for n in ast.walk(case.tree) if isinstance(n, ast.With) and len(n.items) == 1):
        opened = block.items[0].context_expr
        inside = [n for s in block.body for n in ast.walk(s)]
        if not isinstance(opened, ast.Call) or called(opened) not in ("no_grad", "inference_mode"):
            continue
        if not any(p in inside for p in parts):
            continue
        values["cut"] = f": it was computed under `{case.text(opened)}`, in line {block.lineno}"
        values["zh_cut"] = f"：它是在第{block.lineno}行的`{case.text(opened)}`之下计算的"
        values["cause"] = "There nothing is recorded. It is for evaluation, and for updates by hand."
        values["zh_cause"] = "那里什么都不记录，只适合评估或手动更新参数。"
        body = dedent("\n".join(case.lines[block.lineno : block.end_lineno]))
        lead = case.lines[block.lineno - 1][: block.col_offset]
        text = "\n".join(lead + line if line else line for line in body.split("\n"))
        said = case.swap(block, "", "compute it where it is recorded", "在会记录的地方计算")
        return [Edit(block.lineno, block.end_lineno or block.lineno, text, e.says) for e in said]
    return []


def cut_off(case: Case, values: dict[str, str], parts: list[ast.expr]) -> list[Edit]:
    """The call or attribute behind which there is no graph."""
    for part in parts:
        for n in ast.walk(part):
            match n:
                case ast.Call(func=ast.Attribute(value=of, attr="detach")) | ast.Attribute(value=of, attr="data"):
                    if isinstance(case.known(of), ModuleValue):
                        continue
                    values.update(cut=f"; `{case.text(n)}` cuts it off", zh_cut=f"；`{case.text(n)}`把它切断了")
                    return case.swap(n, case.text(of), "do not detach there", "不要在那里分离")
                case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr="tensor"), args=[inner]):
                    if any(isinstance(i, ast.Name | ast.Call) for i in ast.walk(inner)):
                        values.update(
                            cut=f": `{case.text(n)}` makes a new tensor of the bare number",
                            zh_cut=f"：`{case.text(n)}`只取其数值，得到一个新张量",
                        )
                        return case.swap(n, case.text(inner), "take the tensor as it is", "直接使用该张量")
                case ast.Call(func=ast.Attribute(value=of, attr="argmax" | "argmin" | "argsort" as attr)):
                    values.update(
                        cut=f": `{case.text(n)}` gives places, which have no derivative",
                        zh_cut=f"：`{case.text(n)}`得到的是位置，没有导数",
                        cause="A loss takes the scores themselves: `cross_entropy(scores, classes)`. "
                        f"`{attr}` is for the evaluation.",
                        zh_cause=f"损失要用得分本身计算：`cross_entropy(得分, 类别)`。`{attr}`只用于评估。",
                    )
                    return []
    return []


def thawed(case: Case) -> list[Edit]:
    """Parameters that were told to ask for nothing."""
    edits: list[Edit] = []
    says = "ask for gradients", "改为需要梯度"
    for c in case.calls("requires_grad_"):
        if c.args and case.text(c.args[0]) == "False":
            edits += case.swap(c.args[0], "True", *says)
    for n in ast.walk(case.tree):
        match n:
            case ast.Assign(targets=[ast.Attribute(attr="requires_grad")], value=ast.Constant(value=False) as value):
                edits += case.swap(value, "True", *says)
    return edits


def anywhere(case: Case) -> list[Edit]:
    """Calls of `detach` further away, as in a function."""
    edits: list[Edit] = []
    for cut in [c for c in case.calls("detach") if c.lineno <= case.line][-1:]:
        if isinstance(cut.func, ast.Attribute):
            edits += case.swap(cut, case.text(cut.func.value), "do not detach there", "不要在那里分离")
    return edits


def asked_for(case: Case, parts: list[ast.expr]) -> list[Edit]:
    """The tensors that are made of floats by a call of torch, each with `requires_grad=True`. With a model it is not the
    data that is to ask for a gradient."""
    names = {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
    if any(isinstance(case.names.get(n), ModuleValue) for n in names):
        return []
    edits: list[Edit] = []
    for statement in ast.walk(case.tree):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute() as func) as call):
                makes = func.attr in ("tensor", "ones", "zeros", "rand", "randn", "full", "linspace", "eye")
                asks = any(k.arg == "requires_grad" for k in call.keywords)
                if makes and not asks and is_plain(case.names.get(name)):
                    text = f"{case.text(call)[:-1]}, requires_grad=True)"
                    edits += case.swap(call, text, f"ask for the gradient of `{name}`", f"让`{name}`需要梯度")
    return edits


def is_plain(value: Value | None) -> bool:
    """Whether it is a tensor of floats."""
    return isinstance(value, TensorValue) and value.dtype.startswith("float")


RULES = (no_graph,)
