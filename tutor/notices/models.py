"""Models that are put together or used otherwise than was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from tutor.notices.detectors import Place, detector
from tutor.notices.run import Run, called, calls, is_tensor
from tutor.trace import Step
from tutor.worker.wire import ModuleValue, Value

LAYERS = ("Dropout", "BatchNorm")
WRAPPERS = {"ModuleList", "Sequential", "ModuleDict", "add_module", "register_module", "setattr", "ParameterList"}


@detector(
    (
        "`{model}` is still in training mode here: {layers}.",
        "`{model}`在这里仍处于训练模式：{zh_layers}。",
    ),
    (
        "`torch.no_grad()` only stops recording. Call `{model}.eval()` before, and `{model}.train()` when training goes on.",
        "`torch.no_grad()`只是不记录计算图。请先调用`{model}.eval()`，继续训练前再调用`{model}.train()`。",
    ),
)
def still_training(run: Run) -> Iterator[Place]:
    """An evaluation under `no_grad` of a trained model that has Dropout or BatchNorm, without `eval()`."""
    modes = {called(c) for c in ast.walk(run.tree) if isinstance(c, ast.Call)} & {"eval", "train", "requires_grad_"}
    if modes:
        return
    moved = {c.name.split(".")[0] for s in run.steps if run.stepping(s) for c in s.changes if c.how == "mutated"}
    last = max((s.id for s in run.steps if run.stepping(s)), default=0)
    quiet = [n for n in ast.walk(run.tree) if is_quiet(n)]
    for step, node in run.simple:
        if step.id < last or not any(w.lineno < step.line <= (w.end_lineno or 0) for w in quiet):
            continue
        for call in calls(node):
            name = run.text(call.func)
            value = run.names(step).get(name)
            trained = name in moved or only_one(run, value, moved)
            held = parts(run, value) if isinstance(value, ModuleValue) and value.training and trained else []
            if held == ["BatchNorm"] and isinstance(node, ast.Expr) and node.value is call:
                continue  # it goes for the running statistics
            if held and not is_sampled(run.tree, call):
                yield Place(step, {"model": name, **told(held)})


def is_sampled(tree: ast.AST, call: ast.Call) -> bool:
    """Whether a call is made with the same arguments again and again, as a distribution is drawn from Dropout."""
    for node in ast.walk(tree):
        match node:
            case ast.For(target=target, body=body):
                targets, inside = [target], [within for part in body for within in ast.walk(part)]
            case ast.ListComp(elt=element, generators=parts) | ast.GeneratorExp(elt=element, generators=parts):
                targets, inside = [part.target for part in parts], list(ast.walk(element))
            case _:
                continue
        changed = names_in(*targets)
        changed |= {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        there = any(
            isinstance(n, ast.Call) and (n.lineno, n.col_offset) == (call.lineno, call.col_offset) for n in inside
        )
        if there and not changed & names_in(call):
            return True
    return False


def names_in(*nodes: ast.AST) -> set[str]:
    """The names in pieces of a source."""
    return {within.id for node in nodes for within in ast.walk(node) if isinstance(within, ast.Name)}


def only_one(run: Run, value: Value | None, moved: set[str]) -> bool:
    """Whether an argument can only be the one model that was trained: no other one is built like it."""
    alike = {c.name for s in run.trace.steps for c in s.changes if same(c.value, value)}
    return len(alike) == 1 and alike <= moved


def same(a: Value | None, b: Value | None) -> bool:
    """Whether two values are models that are built alike."""
    if not isinstance(a, ModuleValue) or not isinstance(b, ModuleValue):
        return False
    rows = [[(p.name, p.shape) for p in m.parameters] for m in (a, b)]
    return a.type == b.type and rows[0] == rows[1]


def is_quiet(node: ast.AST) -> TypeGuard[ast.With | ast.FunctionDef]:
    """Whether it is `with torch.no_grad():`, or a function under `@torch.no_grad()`."""
    match node:
        case ast.With(items=items):
            told = [i.context_expr for i in items]
        case ast.FunctionDef(decorator_list=told):
            pass
        case _:
            return False
    return any(isinstance(c, ast.Call) and called(c) in ("no_grad", "inference_mode") for c in told)


def parts(run: Run, module: ModuleValue) -> list[str]:
    """Which layers that know of modes a module has: its own, or where it is a class of the source those named in it."""
    types = [getattr(c.value, "type", "") for c in module.children]
    for cls in (n for n in ast.walk(run.tree) if isinstance(n, ast.ClassDef) and n.name == module.type):
        types += [called(c) for c in ast.walk(cls) if isinstance(c, ast.Call)]
    return [kind for kind in LAYERS if any(t.startswith(kind) for t in types)]


def told(held: list[str]) -> dict[str, str]:
    """What these layers do in training mode."""
    en = {"Dropout": "Dropout drops at random", "BatchNorm": "BatchNorm takes the statistics of this batch"}
    zh = {"Dropout": "Dropout仍在随机置零", "BatchNorm": "BatchNorm用的是这一批数据的统计量"}
    return {"layers": " and ".join(en[h] for h in held), "zh_layers": "，".join(zh[h] for h in held)}


@detector(
    (
        "The layers in `self.{name}` are kept in a Python {kind}: `parameters()` does not see them, so no optimizer trains "
        "them.",
        "`self.{name}`里的层放在Python的{kind}里：`parameters()`看不到它们，优化器也就不会训练它们。",
    ),
    (
        "Use `nn.{wrapper}`.",
        "请改用`nn.{wrapper}`。",
    ),
)
def layers_in_a_list(run: Run) -> Iterator[Place]:
    """`self.layers = [nn.Linear(...), ...]`."""
    for cls in (n for n in ast.walk(run.tree) if isinstance(n, ast.ClassDef) and is_module(n)):
        made = [
            s
            for s, _ in run.statements
            if any(isinstance(c.value, ModuleValue) and c.value.type == cls.name for c in s.changes)
        ]
        if not made or any(called(c) in WRAPPERS for c in ast.walk(cls) if isinstance(c, ast.Call)):
            continue
        for node in ast.walk(cls):
            match node:
                case ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)],
                    value=ast.List() | ast.ListComp() | ast.Dict() as value,
                ) if holds_layers(value):
                    kind, wrapper = ("dict", "ModuleDict") if isinstance(value, ast.Dict) else ("list", "ModuleList")
                    yield Place(made[0], {"name": name, "kind": kind, "wrapper": wrapper}, node.lineno)


def is_module(cls: ast.ClassDef) -> bool:
    """Whether a class derives from `nn.Module`."""
    return any((b.attr if isinstance(b, ast.Attribute) else getattr(b, "id", "")) == "Module" for b in cls.bases)


def holds_layers(node: ast.List | ast.ListComp | ast.Dict) -> bool:
    """Whether the members are made by calls of `nn.Linear` and its like."""
    members = node.elts if isinstance(node, ast.List) else [node.elt] if isinstance(node, ast.ListComp) else node.values
    trainable = (
        "Linear",
        "Conv1d",
        "Conv2d",
        "Conv3d",
        "Embedding",
        "LSTM",
        "GRU",
        "RNN",
        "BatchNorm1d",
        "BatchNorm2d",
    )
    return bool(members) and any(isinstance(m, ast.Call) and called(m) in trainable for m in members)


@detector(
    (
        "`self.{name}` never gets a gradient: `forward` does not use it.",
        "`self.{name}`从未得到梯度：`forward`没有用到它。",
    ),
    (
        "Its parameters stay as they were made. Use the layer in `forward`, or leave it out.",
        "它的参数始终是初始值。请在`forward`中使用这一层，或把它去掉。",
    ),
)
def unused_layer(run: Run) -> Iterator[Place]:
    """A layer with parameters that no method uses, in a model that is trained."""
    given = {g.name for s in run.steps for g in s.gradients if g.how in ("filled", "accumulated", "changed")}
    for cls in (n for n in ast.walk(run.tree) if isinstance(n, ast.ClassDef) and is_module(n)):
        used = {n.attr for n in ast.walk(run.tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Load)}
        texts = {n.value for n in ast.walk(run.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        if used & {"children", "modules", "named_children", "named_modules", "_modules"} or "getattr" in run.called_in(
            cls
        ):
            continue
        for name, model, step in trained(run, cls.name, given):
            for node in ast.walk(cls):
                match node:
                    case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=layer)]):
                        own = [g for g in given if g.startswith(f"{name}.{layer}.")]
                        has = any(p.name.startswith(f"{layer}.") for p in model.parameters)
                        if layer not in used and layer not in texts and has and not own:
                            yield Place(step, {"name": layer}, node.lineno)


def trained(run: Run, kind: str, given: set[str]) -> Iterator[tuple[str, ModuleValue, Step]]:
    """The models of a class, some parameters of which got gradients."""
    for step in run.steps:
        for change in step.changes:
            value = change.value
            own = isinstance(value, ModuleValue) and value.type == kind and change.name != "self"
            if own and isinstance(value, ModuleValue) and any(g.startswith(f"{change.name}.") for g in given):
                yield change.name, value, step


@detector(
    (
        "`{text}` makes a new tensor and nothing keeps it: `{x}` stays as it is.",
        "`{text}`得到的是新张量，却没有保存：`{x}`并没有改变。",
    ),
    (
        "Only methods that end in `_` work in place. Write `{x} = {text}`.",
        "只有以`_`结尾的方法才是原地操作。请写成`{x} = {text}`。",
    ),
)
def result_dropped(run: Run) -> Iterator[Place]:
    """`x.clamp(0, 1)` in a function or loop, where no value is shown."""
    pure = {"to", "float", "long", "double", "half", "int", "bool", "cuda", "cpu", "view", "reshape", "unsqueeze"}
    pure |= {"masked_fill", "masked_scatter", "scatter", "scatter_add", "index_fill", "index_add", "index_copy"}
    pure |= {
        "squeeze",
        "transpose",
        "permute",
        "t",
        "clamp",
        "clip",
        "detach",
        "flatten",
        "contiguous",
        "relu",
        "softmax",
    }
    top = {s.id for s in run.trace.steps}
    for step, node in run.simple:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) as call):
                inplace = any(k.arg == "inplace" for k in call.keywords)
                if step.id not in top and attr in pure and not inplace and is_tensor(run.names(step).get(name)):
                    yield Place(step, {"text": run.text(call), "x": name})


@detector(
    (
        "`{text}` makes a new layer whenever `forward` runs: {what}.",
        "`{text}`在每次`forward`时都建立一个新的层：{zh_what}。",
    ),
    (
        "Make it once, in `__init__`: `self.layer = {made}`.",
        "请在`__init__`中建立一次：`self.layer = {made}`。",
    ),
)
def made_in_forward(run: Run) -> Iterator[Place]:
    """`nn.Linear(3, 1)(x)` and `nn.Dropout(0.5)(x)` in `forward`."""
    inside = [
        range(f.lineno + 1, (f.end_lineno or 0) + 1)
        for cls in ast.walk(run.tree)
        if isinstance(cls, ast.ClassDef) and is_module(cls)
        for f in cls.body
        if isinstance(f, ast.FunctionDef) and f.name == "forward"
    ]
    for step, node in run.simple:
        if not any(step.line in lines for lines in inside):
            continue
        for call in calls(node):
            inner = call.func
            if (
                not isinstance(inner, ast.Call)
                or not isinstance(inner.func, ast.Attribute)
                or called(inner) not in FRESH
            ):
                continue
            drops = called(inner).startswith("Dropout")
            what = (
                ("in training mode, also when the model is in evaluation mode", "它处于训练模式，即使模型在评估模式")
                if drops
                else ("with new random weights, which no optimizer knows", "权重是新的随机数，优化器也不知道它")
            )
            yield Place(step, {"text": run.text(call), "made": run.text(inner), "what": what[0], "zh_what": what[1]})


FRESH = {"Linear", "Conv1d", "Conv2d", "Conv3d", "Embedding", "LSTM", "GRU", "RNN"}
FRESH |= {"Dropout", "Dropout1d", "Dropout2d", "Dropout3d"}


@detector(
    (
        "`{part}` was replaced after `{opt}` had been made: it gets gradients, and `{opt}` does not know its parameters.",
        "`{part}`是在`{opt}`建立之后才换上的：它有梯度，但`{opt}`不知道它的参数。",
    ),
    (
        "Replace layers first and make the optimizer then, or hand it the new ones by `add_param_group`.",
        "请先替换层，再建立优化器；或用`add_param_group`把新参数交给它。",
    ),
)
def replaced_too_late(run: Run) -> Iterator[Place]:
    """`net.head = nn.Linear(4, 2)` after `SGD(net.parameters())`."""
    moved = {c.name for s in run.steps if run.stepping(s) for c in s.changes if c.how == "mutated"}
    given = {g.name for s in run.steps for g in s.gradients if g.how in ("filled", "accumulated", "changed")}
    if "add_param_group" in {called(c) for c in ast.walk(run.tree) if isinstance(c, ast.Call)}:
        return
    for step, node in run.simple:
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=model)) as target], value=ast.Call()):
                part = run.text(target)
                own = {g for g in given if g.startswith(f"{part}.")}
                known = isinstance(run.names(step).get(model), ModuleValue)
                rest = {m for m in moved if m.startswith(f"{model}.")}
                opts = optimizers_of(run, step, model)
                if known and own and rest and not own & moved and len(opts) == 1:
                    yield Place(step, {"part": part, "opt": opts[0]})


def optimizers_of(run: Run, before: Step, model: str) -> list[str]:
    """The optimizers made of a model's parameters; none if one was made after a step."""
    found: list[str] = []
    for step, node in run.simple:
        made = isinstance(node, ast.Assign) and run.is_optimizer(run.text(node.targets[0]))
        if made and isinstance(node, ast.Assign):
            if step.id > before.id:
                return []
            if any(run.text(c) == f"{model}.parameters()" for c in calls(node)):
                found.append(run.text(node.targets[0]))
    return found


DETECTORS = (still_training, layers_in_a_list, unused_layer, result_dropped, made_in_forward, replaced_too_late)
