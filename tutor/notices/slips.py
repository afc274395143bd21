"""Slips of the pen that are valid Python and do nothing, or something else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tutor.notices.detectors import Place, detector
from tutor.notices.models import is_module, is_quiet
from tutor.notices.run import Run, called, calls, is_tensor
from tutor.notices.training import updates
from tutor.trace import Step
from tutor.worker.wire import ModuleValue, OptimizerValue, TensorValue, Value

METHODS: dict[type, set[str]] = {
    TensorValue: {"backward", "zero_", "requires_grad_", "detach_", "retain_grad"},
    ModuleValue: {"eval", "train", "zero_grad"},
    OptimizerValue: {"step", "zero_grad"},
}
MISSPELT = {"require_grad", "requires_gradient", "require_gradient", "requiresgrad", "require_grads", "requires_grads"}
MADE = ("zeros", "ones", "rand", "randn", "empty", "full", "tensor", "eye", "linspace")


def wanted(value: Value | None, name: str) -> bool:
    """Whether a method is one that is called for what it does, not for what it returns."""
    return any(isinstance(value, kind) and name in names for kind, names in METHODS.items())


@detector(
    (
        "`{text}` only names the method; without brackets it is not called.",
        "`{text}`只是提到这个方法；不加括号就没有调用。",
    ),
    (
        "Write `{text}()`.",
        "请写成`{text}()`。",
    ),
)
def not_called(run: Run) -> Iterator[Place]:
    """`loss.backward` without brackets."""
    for step, node in run.simple:
        match node:
            case ast.Expr(value=ast.Attribute(value=of, attr=name)) if wanted(run.names(step).get(run.text(of)), name):
                yield Place(step, {"text": run.text(node)})


@detector(
    (
        "`{text}` sets an attribute that nothing reads: {cause}.",
        "`{text}`设置了一个无人读取的属性：{zh_cause}。",
    ),
    (
        "Write `{right}`.",
        "请写成`{right}`。",
    ),
)
def attribute_of_no_effect(run: Run) -> Iterator[Place]:
    """`model.requires_grad = False`, `w.require_grad = False`."""
    for step, node in run.simple:
        match node:
            case ast.Assign(targets=[ast.Attribute(value=of, attr=name)], value=ast.Constant(value=bool(on))):
                held, x = run.names(step).get(run.text(of)), run.text(of)
                told = {"text": run.text(node)}
                if isinstance(held, ModuleValue) and held.count and name == "requires_grad":
                    right = f"{x}.requires_grad_({on})"
                    yield Place(
                        step, {**told, "cause": "a module has none", "zh_cause": "模块没有这个属性", "right": right}
                    )
                elif is_tensor(held) and name in MISSPELT:
                    cause = "the name is `requires_grad`", "正确的名字是`requires_grad`"
                    right = f"{x}.requires_grad = {on}"
                    yield Place(step, {**told, "cause": cause[0], "zh_cause": cause[1], "right": right})


@detector(
    (
        "`{text}` drops also when the model is in evaluation mode: the function does not know the mode.",
        "`{text}`在评估模式下也会置零：函数并不知道模型的模式。",
    ),
    (
        "Pass `training=self.training`, or use the layer `nn.Dropout`.",
        "请传入`training=self.training`，或使用`nn.Dropout`层。",
    ),
)
def always_dropping(run: Run) -> Iterator[Place]:
    """`F.dropout(x, 0.5)` in a method of a module."""
    inside = [
        n for cls in ast.walk(run.tree) if isinstance(cls, ast.ClassDef) and is_module(cls) for n in ast.walk(cls)
    ]
    for step, node in run.simple:
        if not any(n is not node and getattr(n, "lineno", 0) == step.line for n in inside):
            continue
        for call in calls(node):
            functional = run.text(call.func) in ("F.dropout", "nn.functional.dropout", "torch.nn.functional.dropout")
            if functional and len(call.args) < 3 and not any(k.arg in ("training", None) for k in call.keywords):
                yield Place(step, {"text": run.text(call)})


@detector(
    (
        "`self.{name}` is a plain tensor, not a parameter: `parameters()` does not give it, so no optimizer trains it and no "
        "`state_dict` keeps it.",
        "`self.{name}`是普通张量，不是参数：`parameters()`中没有它，优化器不会训练它，`state_dict`也不保存它。",
    ),
    (
        "Write `self.{name} = nn.Parameter({value})`.",
        "请写成`self.{name} = nn.Parameter({value})`。",
    ),
)
def weight_is_no_parameter(run: Run) -> Iterator[Place]:
    """`self.w = torch.ones(1, requires_grad=True)` where an optimizer trains, `self.w = nn.Parameter(x) * 0.1`."""
    trained = any(isinstance(v, OptimizerValue) for values in run.everything.values() for v in values)
    for cls in (n for n in ast.walk(run.tree) if isinstance(n, ast.ClassDef) and is_module(n)):
        made = [
            s
            for s in run.steps
            if any(isinstance(c.value, ModuleValue) and c.value.type == cls.name for c in s.changes)
        ]
        if not made or {"register_parameter", "setattr"} & run.called_in(cls):
            continue
        for node in ast.walk(cls):
            match node:
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=value):
                    inner = plain_weight(run, value)
                    if inner and name not in handed(run) and (isinstance(value, ast.BinOp) or trained):
                        yield Place(made[0], {"name": name, "value": inner}, node.lineno)


def handed(run: Run) -> set[str]:
    """The attributes that stand where an optimizer is made: `SGD([*net.parameters(), net.scale])`."""
    made = [n for _, n in run.simple if isinstance(n, ast.Assign) and run.is_optimizer(run.text(n.targets[0]))]
    return {n.attr for assign in made for n in ast.walk(assign.value) if isinstance(n, ast.Attribute)}


def plain_weight(run: Run, node: ast.expr) -> str:
    """What is to be wrapped, where an expression makes a plain tensor that asks for a gradient."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="torch"), attr=made)) if made in MADE:
            asks = [k for k in node.keywords if k.arg == "requires_grad" and run.text(k.value) == "True"]
            return run.text(node).replace(f", {run.text(asks[0])}", "") if asks else ""
        case ast.BinOp(
            left=ast.Call(args=[inner, *_]) as call, op=ast.Mult() | ast.Div() as op, right=ast.Constant() as by
        ):
            sign = "*" if isinstance(op, ast.Mult) else "/"
            return f"{run.text(inner)} {sign} {run.text(by)}" if called(call) == "Parameter" else ""
    return ""


@detector(
    (
        "`{inner}` is a copy, and what is written into it is lost: `{x}` stays as it is.",
        "`{inner}`是副本，写进去的内容随即丢失：`{x}`并没有改变。",
    ),
    (
        "An index by a mask or a list copies. Write with a single index: `{x}[...] = ...`.",
        "用掩码或列表索引会复制。请只用一次索引来写入：`{x}[...] = ...`。",
    ),
)
def written_into_a_copy(run: Run) -> Iterator[Place]:
    """`x[x < 0][0] = 0`."""
    for step, node in run.simple:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        for target in targets:
            match target:
                case ast.Subscript(value=ast.Subscript(value=ast.Name(id=x), slice=index) as inner):
                    names = run.names(step)
                    if is_tensor(names.get(x)) and copies(index, names.get(run.text(index))):
                        yield Place(step, {"inner": run.text(inner), "x": x})


def copies(index: ast.expr, value: Value | None) -> bool:
    """Whether an index is a mask or a list of places."""
    several = is_tensor(value) and bool(value.shape) and value.dtype in ("bool", "uint8", "int64")
    return isinstance(index, ast.Compare | ast.List) or several


@detector(
    (
        "`{w}` is a new tensor from here on, which asks for no gradient; the old one, with its gradient, is gone.",
        "从这里起`{w}`是一个不需要梯度的新张量；原来那个连同它的梯度都没有了。",
    ),
    (
        "Under `no_grad` change it in place, `{w} -= ...`, and clear its gradient.",
        "在`no_grad`之下请原地改动：`{w} -= ...`，然后清零它的梯度。",
    ),
)
def weight_replaced(run: Run) -> Iterator[Place]:
    """`w = w - lr * w.grad` under `no_grad`."""
    quiet = [n for n in ast.walk(run.tree) if isinstance(n, ast.With) and is_quiet(n)]
    loops = {n.target.id for n in ast.walk(run.tree) if isinstance(n, ast.For) and isinstance(n.target, ast.Name)}
    for step, node in run.simple:
        match node:
            case ast.Assign(targets=[ast.Name(id=w)], value=value) if w not in loops and updates(value, w):
                before, after = run.names(step).get(w), bound(step, w)
                trained = is_tensor(before) and before.requires_grad and before.is_leaf
                within = any(q.lineno < step.line <= (q.end_lineno or 0) for q in quiet)
                if within and trained and is_tensor(after) and not after.requires_grad:
                    yield Place(step, {"w": w})


def bound(step: Step, name: str) -> Value | None:
    """What a statement gave a name."""
    return next((c.value for c in step.changes if c.name == name and c.how in ("new", "rebound")), None)


@detector(
    (
        "The lower bound {low} is above the upper one {high}: every element becomes {high}.",
        "下限{low}大于上限{high}：所有元素都变成{high}。",
    ),
    (
        "`clamp` takes the lower bound first.",
        "`clamp`先写下限，再写上限。",
    ),
)
def bounds_exchanged(run: Run) -> Iterator[Place]:
    """`x.clamp(1, -1)`."""
    for step, node in run.simple:
        for call in calls(node):
            if called(call) not in ("clamp", "clamp_", "clip", "hardtanh"):
                continue
            of_torch = run.text(call.func).split(".")[0] in ("torch", "F")
            given = call.args[1:] if of_torch else call.args
            ends = [literal(a) for a in given[:2]]
            if len(ends) == 2 and ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
                yield Place(step, {"low": f"{ends[0]:g}", "high": f"{ends[1]:g}"})


def literal(node: ast.expr) -> float | None:
    """A number that stands in the source."""
    try:
        found = ast.literal_eval(node)
    except (ValueError, SyntaxError):
        return None
    return float(found) if isinstance(found, int | float) else None


@detector(
    (
        "`{name}` is no copy of `{w}`: both are one memory, which training has changed since, so their difference is always 0.",
        "`{name}`不是`{w}`的副本：两者是同一块内存，训练已经改动了它，所以两者之差总是0。",
    ),
    (
        "Keep `{text}.clone()`.",
        "请保存`{text}.clone()`。",
    ),
)
def snapshot_is_no_copy(run: Run) -> Iterator[Place]:
    """`before = w.data`, and `w.data - before` after training."""
    kept: dict[str, tuple[Step, str, str]] = {}
    for step, node in run.simple:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if w := looked_at(run, value):
                kept[name] = (step, w, run.text(value))
                continue
            case ast.Assign(targets=[ast.Name(id=name)]):
                kept.pop(name, None)
        for part in ast.walk(node):
            if not isinstance(part, ast.BinOp) or not isinstance(part.op, ast.Sub):
                continue
            for one, other in ((part.left, part.right), (part.right, part.left)):
                first, w, text = kept.get(run.text(one), (step, "", ""))
                if w and w in (run.text(other), looked_at(run, other)) and trained_between(run, first, step):
                    yield Place(first, {"name": run.text(one), "w": w, "text": text})


def looked_at(run: Run, node: ast.expr) -> str:
    """The tensor of which `w.data` or `w.detach()` is another view; empty for any other expression."""
    match node:
        case ast.Attribute(value=of, attr="data") | ast.Call(func=ast.Attribute(value=of, attr="detach"), args=[]):
            return run.text(of)
    return ""


def trained_between(run: Run, first: Step, last: Step) -> bool:
    """Whether an optimizer moved anything between two steps that shares the memory of what the first one kept."""
    shared = {c.value.shares for c in first.changes if is_tensor(c.value)} - {""}
    moved = {c.name for s in run.steps if first.id < s.id < last.id and run.stepping(s) for c in s.changes}
    return bool(shared & moved)


DETECTORS = (
    snapshot_is_no_copy,
    not_called,
    attribute_of_no_effect,
    always_dropping,
    weight_is_no_parameter,
    written_into_a_copy,
    weight_replaced,
    bounds_exchanged,
)
