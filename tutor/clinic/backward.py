"""Gradients that cannot be computed, and tensors that take part in a graph."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom
from tutor.worker.wire import TensorValue


def receiver(case: Case) -> ast.expr | None:
    """What `.backward()` was called on."""
    if isinstance(case.node, ast.Call) and isinstance(case.node.func, ast.Attribute):
        return case.node.func.value
    return None


@rule(
    "RuntimeError",
    r"grad can be implicitly created only for (?:scalar|real scalar) outputs",
    (
        "`{y}` has shape {shape}; `backward()` without an argument starts from a single number.",
        "`{y}`的形状是{shape}；不带参数的`backward()`只能从单个数开始。",
    ),
    (
        "A loss is reduced first, by `mean()` or `sum()`. For several numbers the gradient to start from is given as an "
        "argument.",
        "损失要先用`mean()`或`sum()`归约为一个数。若有多个数，则需把起始梯度作为参数传入。",
    ),
)
def several(case: Case, match: re.Match[str]) -> Found | None:
    """`backward` of more than one number."""
    node = receiver(case)
    if node is None or not case.tensors or not isinstance(case.node, ast.Call):
        return None
    y = case.tensors[0]
    text = atom(case.text(node), node)
    rest = case.text(case.node).removeprefix(case.text(node))
    edits = case.swap(case.node, f"{text}.sum(){rest}", "add the numbers up first", "先求和")
    edits += case.swap(case.node, f"{text}.mean(){rest}", "take their mean first", "先求平均")
    return Found({"y": y.name, "shape": shape(y)}, edits, {case.operands.index(y): tuple(range(len(shape(y))))})


@rule(
    "RuntimeError",
    r"Trying to backward through the graph a second time",
    (
        "The backward pass from `{y}` came by a part of the graph that an earlier one had walked, and what it had saved "
        "was freed then.",
        "从`{y}`出发的反向传播经过了计算图中已经走过的部分，那里保存的中间结果已被释放。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def second_time(case: Case, match: re.Match[str]) -> Found | None:
    """A graph that is walked twice."""
    node = receiver(case)
    if node is None or not isinstance(case.node, ast.Call):
        return None
    loop = around(case, ast.For, ast.While)
    edits: list[Edit] = []
    values = {
        "y": case.text(node),
        "cause": "`backward()` frees the graph. To walk it twice, the first call must keep it: `retain_graph=True`.",
        "zh_cause": "`backward()`会释放计算图。若要走两次，前一次调用必须保留它：`retain_graph=True`。",
    }
    carried = next(iter(carried_over(case, loop)), "") if isinstance(loop, ast.For | ast.While) else ""
    if carried and isinstance(loop, ast.For | ast.While):
        values["cause"] = f"`{carried}` comes from the iteration before and drags its graph along. Detach it there."
        values["zh_cause"] = f"`{carried}`来自上一次迭代，还连着它的计算图。请在迭代开始时把它分离。"
        says = f"cut `{carried}` off from the iteration before", f"切断`{carried}`与上一次迭代的联系"
        edits += case.before(loop.body[0], f"{carried} = {carried}.detach()", *says)
        edits += case.after(loop.body[-1], f"{carried} = {carried}.detach()", *says)  # it may be None at first
    earlier = [c for c in case.calls("backward") if c.lineno < case.line and not c.args and not c.keywords]
    if earlier and loop is None:
        says = "keep the graph in the first one", "在第一次调用时保留计算图"
        edits += case.swap(earlier[-1], f"{case.text(earlier[-1])[:-1]}retain_graph=True)", *says)
    if loop is not None:
        edits += case.swap(case.node, f"{case.text(case.node)[:-1]}retain_graph=True)", "keep the graph", "保留计算图")
    return Found(values, edits)


def around(case: Case, *kinds: type[ast.stmt]) -> ast.stmt | None:
    """The innermost statement of a kind around the failing line."""
    found = [
        n for n in ast.walk(case.tree) if isinstance(n, kinds) and n.lineno <= case.line <= (n.end_lineno or n.lineno)
    ]
    return max(found, key=lambda n: n.lineno) if found else None


def carried_over(case: Case, loop: ast.For | ast.While) -> list[str]:
    """Names that a loop's body reads before it sets them, and sets later: tensors only."""
    found: list[str] = []
    stored: set[str] = set()
    for statement in loop.body:
        nodes = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
        set_here = {n.id for n in nodes if isinstance(n.ctx, ast.Store)}
        for n in nodes:
            if isinstance(n.ctx, ast.Load) and n.id not in stored and n.id not in found:
                later = [
                    m.id
                    for s in loop.body
                    for m in ast.walk(s)
                    if isinstance(m, ast.Name) and isinstance(m.ctx, ast.Store)
                ]
                value = case.names.get(n.id)
                if n.id in later and isinstance(value, TensorValue) and value.requires_grad and not value.is_leaf:
                    found.append(n.id)
        stored |= set_here
    return found


@rule(
    "RuntimeError",
    r"a leaf Variable that requires grad is being used in an in-place operation|"
    r"a view of a leaf Variable that requires grad is being used in an in-place operation",
    (
        "`{w}` is a leaf that asks for a gradient, and is changed in place: autograd could not tell its old value from "
        "the new one.",
        "`{w}`是需要梯度的叶子张量，却被原地改动：autograd无法区分它的旧值和新值。",
    ),
    (
        "Parameters are updated where nothing is recorded, under `torch.no_grad()`, as optimizers do. In a computation, "
        "make a new tensor instead.",
        "更新参数应放在不记录的地方，即`torch.no_grad()`之下，优化器就是这样做的。若是计算的一部分，请改为得到新张量。",
    ),
)
def leaf_in_place(case: Case, match: re.Match[str]) -> Found | None:
    """`w -= lr * w.grad`."""
    if case.statement is None or not case.tensors:
        return None
    body = case.text(case.statement)
    edits: list[Edit] = []
    quiet = f"with torch.no_grad():\n    {body}"
    if "\n" not in body:
        says = "update it where nothing is recorded", "在不记录计算图的地方更新"
        edits = case.line_instead(quiet, *says)
    return Found({"w": case.tensors[0].name}, edits, {case.operands.index(case.tensors[0]): ()})


@rule(
    "RuntimeError",
    r"element 0 of tensors does not require grad and does not have a grad_fn",
    (
        "`{y}` has no graph behind it: nothing that it was made from asks for a gradient{cut}.",
        "`{y}`背后没有计算图：得到它的所有张量都不需要梯度{zh_cut}。",
    ),
    (
        "Either no tensor was made with `requires_grad=True`, or the way to it was cut by `detach()`, `.data`, `.item()`, "
        "`torch.tensor(...)` or `no_grad()`.",
        "要么没有任何张量设置`requires_grad=True`，要么途中被`detach()`、`.data`、`.item()`、`torch.tensor(...)`或"
        "`no_grad()`切断。",
    ),
)
def no_graph(case: Case, match: re.Match[str]) -> Found | None:
    """A backward pass from what has no graph."""
    node = receiver(case)
    if node is None:
        return None
    edits: list[Edit] = []
    cuts = [c for c in case.calls("detach") if c.lineno <= case.line and isinstance(c.func, ast.Attribute)]
    for cut in cuts[-1:]:
        assert isinstance(cut.func, ast.Attribute)
        edits += case.swap(cut, case.text(cut.func.value), "do not detach there", "不要在那里分离")
    for c in (c for c in case.calls("requires_grad_") if c.args and case.text(c.args[0]) == "False"):
        edits += case.swap(c.args[0], "True", "ask for gradients", "改为需要梯度")
    if not cuts:
        edits += asked_for(case)
    made = next((case.text(c) for c in cuts[-1:]), "")
    cut_en, cut_zh = (f"; `{made}` cuts it off", f"；`{made}`把它切断了") if made else ("", "")
    return Found({"y": case.text(node), "cut": cut_en, "zh_cut": cut_zh}, edits)


def asked_for(case: Case) -> list[Edit]:
    """The tensors that are made of floats by a call of torch, each with `requires_grad=True`: the last first."""
    edits: list[Edit] = []
    for statement in ast.walk(case.tree):
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute() as func) as call):
                value = case.names.get(name)
                makes = func.attr in ("tensor", "ones", "zeros", "rand", "randn", "full", "linspace", "eye")
                plain = isinstance(value, TensorValue) and value.dtype.startswith("float")
                if makes and plain and not any(k.arg == "requires_grad" for k in call.keywords):
                    text = f"{case.text(call)[:-1]}, requires_grad=True)"
                    edits += case.swap(call, text, f"ask for the gradient of `{name}`", f"让`{name}`需要梯度")
    return edits


@rule(
    "RuntimeError",
    r"one of the variables needed for gradient computation has been modified by an inplace operation: "
    r"\[torch\.(\w+) \[([\d, ]*)\]\](?:, which is output (\d+) of (\w+))?",
    (
        "A tensor of shape [{shape}]{made} was needed for the backward pass of `{y}`, and has been changed in place since.",
        "`{y}`的反向传播需要一个形状为[{shape}]的张量{zh_made}，而它后来被原地改动了。",
    ),
    (
        "An operation that ends in `_`, or `+=` and its like, wrote over it. Make a new tensor there.",
        "某个以`_`结尾的操作，或`+=`之类，覆盖了它。请在那里改为得到新张量。",
    ),
)
def saved_changed(case: Case, match: re.Match[str]) -> Found | None:
    """A saved tensor that was changed in place."""
    node = receiver(case)
    made = f", the result of {match[4]}," if match[4] else ""
    zh_made = f"（{match[4]}的结果）" if match[4] else ""
    edits: list[Edit] = []
    for statement in reversed([n for n in ast.walk(case.tree) if isinstance(n, ast.stmt) and n.lineno < case.line]):
        edits += out_of_place(case, statement)
    values = {"y": case.text(node) if node else "", "shape": match[2], "made": made, "zh_made": zh_made}
    return Found(values, edits[:4])


def out_of_place(case: Case, statement: ast.stmt) -> list[Edit]:
    """A statement that changes a tensor in place, as one that makes a new one."""
    says = "make a new tensor there", "在那里改为得到新张量"
    match statement:
        case ast.AugAssign(target=ast.Name(id=name) as target, value=value) if isinstance(
            case.names.get(name), TensorValue
        ):
            sign = case.text(statement)[len(case.text(target)) :].lstrip().partition("=")[0]
            right = (
                case.text(value) if isinstance(value, (ast.Name, ast.Constant, ast.Call)) else f"({case.text(value)})"
            )
            return case.swap(statement, f"{name} = {name} {sign} {right}", *says)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) as call):
            if attr.endswith("_") and not attr.endswith("__") and isinstance(case.names.get(name), TensorValue):
                given = case.text(call).partition("(")[2]
                return case.swap(statement, f"{name} = {name}.{attr[:-1]}({given}", *says)
    return []


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
    "AttributeError TypeError",
    r"'NoneType' object has no attribute '(\w+)'|unsupported operand type\(s\) for [-+*/@=]+: .*'NoneType'",
    (
        "`{x}.grad` is None: {state}.",
        "`{x}.grad`是None：{zh_state}。",
    ),
    (
        "A `.grad` is filled by `backward()`, of leaves that ask for one; of anything else only after `retain_grad()`.",
        "`.grad`由`backward()`填入，且只填需要梯度的叶子；其他张量要先调用`retain_grad()`。",
    ),
)
def no_gradient_yet(case: Case, match: re.Match[str]) -> Found | None:
    """A gradient that is None."""
    grads = [n for n in ast.walk(case.node or case.tree) if isinstance(n, ast.Attribute) and n.attr == "grad"]
    if case.node is None or not grads:
        return None
    of = case.text(grads[0].value)
    value = case.known(grads[0].value)
    if not isinstance(value, TensorValue) or case.statement is None:
        return None
    edits: list[Edit] = []
    if not value.requires_grad:
        state, zh_state = f"`{of}` does not ask for a gradient", f"`{of}`不需要梯度"
    elif not value.is_leaf:
        state, zh_state = (
            f"`{of}` was computed ({value.grad_fn}) and keeps none",
            f"`{of}`是计算得到的（{value.grad_fn}），不保留梯度",
        )
        made = case.assigned(of)
        if made is not None:
            edits = case.after(made, f"{of}.retain_grad()", f"keep the gradient of `{of}`", f"保留`{of}`的梯度")
    else:
        state, zh_state = "no `backward()` has filled it yet", "还没有`backward()`填入它"
        body = case.text(case.statement)
        if "\n" not in body:
            says = "only where there is one", "只在有梯度时才做"
            edits = case.line_instead(f"if {of}.grad is not None:\n    {body}", *says)
    return Found({"x": of, "state": state, "zh_state": zh_state}, edits)


RULES = (
    several,
    second_time,
    leaf_in_place,
    no_graph,
    saved_changed,
    numpy_of_graph,
    copied_graph,
    no_gradient_yet,
)
