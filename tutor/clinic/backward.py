"""Gradients that cannot be computed, and tensors that take part in a graph."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom
from tutor.worker.wire import ContainerValue, OptimizerValue, TensorValue, Value


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
        several = isinstance(case.names.get(carried), ContainerValue)
        cut = f"tuple(t.detach() for t in {carried})" if several else f"{carried}.detach()"
        edits += case.before(loop.body[0], f"{carried} = {cut}", *says)
        edits += case.after(loop.body[-1], f"{carried} = {cut}", *says)  # it may be None at first
    else:
        edits += shared(case, values)
    earlier = [c for c in case.calls("backward") if c.lineno < case.line and not c.args and not c.keywords]
    if earlier and loop is None:
        says = "keep the graph in the first one", "在第一次调用时保留计算图"
        edits += case.swap(earlier[-1], f"{case.text(earlier[-1])[:-1]}retain_graph=True)", *says)
    if loop is not None:
        edits += case.swap(case.node, f"{case.text(case.node)[:-1]}retain_graph=True)", "keep the graph", "保留计算图")
    return Found(values, edits)


def shared(case: Case, values: dict[str, str]) -> list[Edit]:
    """Where the loss before belongs to another optimizer, as a discriminator's does: what both losses are made of is
    detached in the first."""
    calls = [c for c in case.calls("backward") if isinstance(c.func, ast.Attribute)]
    mine = next((c for c in calls if c is case.node), None)
    before = [c for c in calls if mine is not None and c.lineno < mine.lineno]
    if mine is None or not before or not isinstance(before[-1].func, ast.Attribute):
        return []
    first, last = before[-1], mine
    assert isinstance(first.func, ast.Attribute)
    one, other = case.text(first.func.value), values["y"]
    made = case.assigned(one)
    steps = [(c.lineno, case.text(c.func)) for c in case.calls("step") if c.lineno > first.lineno]
    between = {name for line, name in steps if line < last.lineno}
    both = sorted(names_in(case, one) & names_in(case, other))
    if one == other or made is None or not between or between & {name for line, name in steps if line > last.lineno}:
        return []
    edits: list[Edit] = []
    for name in [n for n in both if drags(case.names.get(n))][:1]:
        text = re.sub(rf"(?<![\w.]){name}\b(?!\s*=)", f"{name}.detach()", case.text(made.value))
        says = f"leave the graph of `{name}` to `{other}`", f"把`{name}`的计算图留给`{other}`"
        values["cause"] = (
            f"`{one}.backward()` has walked and freed the graph behind `{name}`, which `{other}` is made of as "
            f"well. What updates other parameters takes `{name}.detach()`."
        )
        values["zh_cause"] = (
            f"`{one}.backward()`已经走过并释放了`{name}`背后的计算图，而`{other}`也由它得到。更新另一组参数的那个"
            f"损失应使用`{name}.detach()`。"
        )
        edits += case.swap(made.value, text, *says)
    return edits


def names_in(case: Case, name: str) -> set[str]:
    """The names that the last value of a name was made of."""
    made = case.assigned(name)
    return {n.id for n in ast.walk(made.value) if isinstance(n, ast.Name)} if made is not None else set()


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
                if n.id in later and drags(case.names.get(n.id)):
                    found.append(n.id)
        stored |= set_here
    return found


def drags(value: Value | None) -> bool:
    """Whether a value has a graph behind it, or one of its members has: an LSTM's state is a pair."""
    if isinstance(value, ContainerValue):
        return value.type == "tuple" and bool(value.items) and all(drags(i.value) for i in value.items)
    return isinstance(value, TensorValue) and value.requires_grad and not value.is_leaf


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
    says = "make a new tensor", "改为得到新张量"
    match case.node:
        case ast.Call(keywords=keywords) as call if any(k.arg == "inplace" for k in keywords):
            given = [case.text(a) for a in (*call.args, *(k for k in keywords if k.arg != "inplace"))]
            edits = case.swap(call, f"{case.text(call.func)}({', '.join(given)})", *says)
        case ast.Call(func=ast.Attribute(value=of, attr=attr)) if isinstance(case.statement, ast.Assign):
            edits = case.swap(case.node.func, f"{case.text(of)}.{attr.rstrip('_')}", *says)
        case _ if "\n" not in body:
            says = "update it where nothing is recorded", "在不记录计算图的地方更新"
            edits = case.line_instead(f"with torch.no_grad():\n    {body}", *says)
    return Found({"w": case.tensors[0].name}, edits, {case.operands.index(case.tensors[0]): ()})


@rule(
    "RuntimeError",
    r"one of the variables needed for gradient computation has been modified by an inplace operation: "
    r"\[torch\.(\w+) \[([\d, ]*)\]\](?:, which is output (\d+) of (\w+))?",
    (
        "A tensor of shape [{shape}]{made} was needed for the backward pass of `{y}`, and has been changed in place since.",
        "`{y}`的反向传播需要一个形状为[{shape}]的张量{zh_made}，而它后来被原地改动了。",
    ),
    (
        "{cause}",
        "{zh_cause}",
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
    steps = [c for c in case.calls("step") if c.lineno < case.line and isinstance(c.func, ast.Attribute)]
    steps = [c for c in steps if isinstance(case.known(c.func.value), OptimizerValue)]  # type: ignore[attr-defined]
    weight = not match[4] or match[4] in ("AsStrided", "T", "Transpose", "View")
    values["cause"], values["zh_cause"] = (
        "An operation that ends in `_`, or `+=` and its like, wrote over it. Make a new tensor there.",
        "某个以`_`结尾的操作，或`+=`之类，覆盖了它。请在那里改为得到新张量。",
    )
    if steps and weight:
        text = case.text(steps[-1])
        values["cause"] = (
            f"`{text}` in line {steps[-1].lineno} changes the parameters in place, and `{values['y']}` was computed with "
            "the old ones. Make all backward passes first, or compute it after the step."
        )
        values["zh_cause"] = (
            f"第{steps[-1].lineno}行的`{text}`会原地改动参数，而`{values['y']}`是用旧参数算出的。请先完成所有反向传播，"
            "或在更新之后再计算它。"
        )
    return Found(values, edits[:4])


def out_of_place(case: Case, statement: ast.stmt) -> list[Edit]:
    """A statement that changes a tensor in place, as one that makes a new one."""
    says = "make a new tensor there", "在那里改为得到新张量"
    match statement:
        case ast.AugAssign(target=ast.Name(id=name) as target, value=value) if may_be_tensor(case, name):
            sign = case.text(statement)[len(case.text(target)) :].lstrip().partition("=")[0]
            right = (
                case.text(value) if isinstance(value, (ast.Name, ast.Constant, ast.Call)) else f"({case.text(value)})"
            )
            return case.swap(statement, f"{name} = {name} {sign} {right}", *says)
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) as call):
            if attr.endswith("_") and not attr.endswith("__") and may_be_tensor(case, name):
                given = case.text(call).partition("(")[2]
                return case.swap(statement, f"{name} = {name}.{attr[:-1]}({given}", *says)
        case (
            ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))])
            | ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name)))
        ) if may_be_tensor(case, name):
            says = f"write into a copy of `{name}`", f"写入`{name}`的副本"
            return case.before(statement, f"{name} = {name}.clone()", *says)
    return []


def may_be_tensor(case: Case, name: str) -> bool:
    """Whether a name is that of a tensor, or one of a function, of which nothing is known any more."""
    return name not in case.names or isinstance(case.names[name], TensorValue)


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
    saved_changed,
    no_gradient_yet,
)
