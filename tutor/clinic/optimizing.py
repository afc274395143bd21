"""Optimizers that are given something else than parameters."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.worker.wire import ContainerValue, ModuleValue, TensorValue


@rule(
    "TypeError",
    r"'(\w+)' object is not iterable|params argument given to the optimizer should be an iterable|"
    r"optimizer can only optimize Tensors|unsupported operand type\(s\) for \+: 'generator' and 'generator'",
    (
        "An optimizer takes the parameters; `{x}` is {what}.",
        "优化器要的是参数；而`{x}`是{zh_what}。",
    ),
    (
        "`model.parameters()` goes through all of them; a single tensor is put into a list.",
        "`model.parameters()`会逐个给出全部参数；单个张量要放进列表。",
    ),
)
def given_a_model(case: Case, match: re.Match[str]) -> Found | None:
    """`SGD(model)`, `SGD(model.parameters)`, `SGD(w)`."""
    if isinstance(case.node, ast.BinOp) and (joined := joint(case, case.node)):
        edits = case.swap(case.node, f"[{joined}]", "put all of them into one list", "放进同一个列表")
        return Found(
            {
                "x": case.text(case.node),
                "what": "a sum of two generators, which cannot be added",
                "zh_what": "两个无法相加的生成器",
            },
            edits,
        )
    if not isinstance(case.node, ast.Call):
        return None
    node = case.argument(case.node, 0, "params")
    func = case.text(case.node.func)
    if node is None or not re.search(r"(optim\.|SGD|Adam|RMSprop|Adagrad|LBFGS|Optimizer)", func):
        return None
    x, value = case.text(node), case.known(node)
    if isinstance(value, ModuleValue):
        edits = case.swap(node, f"{x}.parameters()", "give it the parameters", "把参数交给它")
        what, zh_what = "the model itself", "模型本身"
    elif isinstance(value, TensorValue):
        edits = case.swap(node, f"[{x}]", "put it into a list", "放进列表")
        what, zh_what = "a tensor", "一个张量"
    elif joined := joint(case, node):
        edits = case.swap(node, f"[{joined}]", "put all of them into one list", "放进同一个列表")
        what, zh_what = "a list of something else", "由别的东西组成的列表"
    elif isinstance(node, ast.Attribute) and node.attr == "parameters":
        edits = case.swap(node, f"{x}()", "call it", "加上括号调用")
        what, zh_what = "the method, not what it returns", "方法本身，不是它的返回值"
    else:
        return None
    return Found({"x": x, "what": what, "zh_what": zh_what}, edits)


def joint(case: Case, node: ast.expr) -> str:
    """The members of one list for several models or their parameters: of a list of them, of a sum, of a list's name."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [case.text(s) for s in (node.left, node.right)]
        return ", ".join(f"*{s}" for s in sides) if all(s.endswith(".parameters()") for s in sides) else ""
    if isinstance(node, ast.List) and node.elts:
        texts = [case.text(e) for e in node.elts]
        if all(t.endswith(".parameters()") for t in texts):
            return ", ".join(f"*{t}" for t in texts)
        if all(isinstance(case.known(e), ModuleValue) for e in node.elts):
            return ", ".join(f"*{t}.parameters()" for t in texts)
    held = case.known(node)
    models = (
        isinstance(held, ContainerValue) and held.items and all(isinstance(i.value, ModuleValue) for i in held.items)
    )
    return f"p for m in {case.text(node)} for p in m.parameters()" if models else ""


@rule(
    "ValueError",
    r"optimizer got an empty parameter list",
    (
        "There is no parameter in `{x}`.",
        "`{x}`中没有任何参数。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def nothing_to_train(case: Case, match: re.Match[str]) -> Found | None:
    """An optimizer of nothing."""
    node = case.argument(case.node, 0, "params") if isinstance(case.node, ast.Call) else None
    edits: list[Edit] = []
    taken = case.assigned(case.text(node)) if node is not None else None
    if taken is not None and isinstance(taken.value, ast.Call) and case.text(taken.value.func).endswith("parameters"):
        text = f"list({case.text(taken.value)})"
        edits = case.swap(taken.value, text, "keep them in a list", "放进列表保存")
    for statement in ast.walk(case.tree):
        match statement:
            case ast.Assign(
                targets=[ast.Attribute(value=ast.Name(id="self"))], value=ast.List() | ast.ListComp() as made
            ):
                if any(isinstance(n, ast.Call) for n in ast.walk(made)):
                    text = f"nn.ModuleList({case.text(made)})"
                    edits += case.swap(made, text, "keep the layers in a `ModuleList`", "把各层放进`ModuleList`")
    text = case.text(node) if node is not None else ""
    filters = "requires_grad" in text or (taken is not None and "requires_grad" in case.text(taken.value))
    cause, zh_cause = FROZEN if filters else UNSEEN
    return Found({"x": text, "cause": cause, "zh_cause": zh_cause}, edits)


FROZEN = (
    "Only parameters that ask for a gradient are taken, and all of them were told not to. Leave the layers that are to learn "
    "as they were made.",
    "这里只取需要梯度的参数，而所有参数都被设成了不需要。请不要冻结要训练的层。",
)
UNSEEN = (
    "Layers kept in a Python list or dict are not seen by `parameters()`: `nn.ModuleList` and `nn.ModuleDict` are. And a "
    "generator can be gone through only once.",
    "放在Python列表或字典里的层，`parameters()`看不到；要用`nn.ModuleList`和`nn.ModuleDict`。另外，生成器只能遍历一次。",
)


@rule(
    "ValueError",
    r"can't optimize a non-leaf Tensor",
    (
        "`{x}` was computed from something else; an optimizer moves leaves, and this one would be computed anew each time.",
        "`{x}`是由别的张量计算得到的；优化器只能更新叶子张量。",
    ),
    (
        "Whatever is done to a tensor after `requires_grad=True` (`* 0.1`, `.to(device)`, `.view`) makes a new one. Ask for "
        "the gradient last.",
        "在`requires_grad=True`之后做的任何操作（`* 0.1`、`.to(device)`、`.view`）都会得到新张量。请最后再声明需要梯度。",
    ),
)
def optimized_result(case: Case, match: re.Match[str]) -> Found | None:
    """An optimizer given an intermediate."""
    node = case.argument(case.node, 0, "params") if isinstance(case.node, ast.Call) else None
    names = [e for e in node.elts if isinstance(e, ast.Name)] if isinstance(node, ast.List) else []
    edits: list[Edit] = []
    found = ""
    for e in names:
        value = case.names.get(e.id)
        if isinstance(value, TensorValue) and not value.is_leaf:
            found = e.id
            made = case.assigned(e.id)
            if made is not None:
                says = "make it a leaf", "使它成为叶子张量"
                edits = case.after(made, f"{e.id} = {e.id}.detach().requires_grad_()", *says)
    return Found({"x": found or (case.text(node) if node is not None else "")}, edits)


RULES = (given_a_model, nothing_to_train, optimized_result)
