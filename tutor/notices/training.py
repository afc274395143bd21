"""Training loops that run, and train nothing or something else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tutor.notices.detectors import Place, detector
from tutor.notices.run import Run, called, calls, is_tensor
from tutor.trace import Step
from tutor.worker.wire import ModuleValue, Series

CLEARS = {"zero_grad", "zero_", "set_to_none", "fill_", "_foreach_zero_", "setattr"}
FEW = 5  # values of a loss that must be equal


def clears(run: Run, node: ast.AST) -> bool:
    """Whether gradients are cleared inside a statement, or in a function that it calls; or anything else is done to them
    by hand."""
    return bool(run.called_in(node) & CLEARS) or any(touches(n) for n in ast.walk(run.tree))


def touches(node: ast.AST) -> bool:
    """Whether it is `p.grad = ...`, `p.grad *= ...` or `p.grad.mul_(...)`."""
    match node:
        case ast.Assign(targets=targets):
            return any(isinstance(t, ast.Attribute) and t.attr == "grad" for t in targets)
        case ast.AugAssign(target=ast.Attribute(attr="grad")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="grad"), attr=method)):
            return method.endswith("_")
    return False


def iterations(step: Step) -> list[Step]:
    """Those of a loop that were opened."""
    return [c for c in step.children if c.kind == "iteration"]


def trains(run: Run, step: Step) -> tuple[Step, Step] | None:
    """The backward pass and the optimizer's step of a loop's last opened iteration, if it has both, in this order."""
    inside = run.within(iterations(step)[-1])
    walked = [s for s in inside if run.backward(s) and s.state == "done"]
    stepped = [s for s in inside if run.stepping(s) and s.state == "done"]
    if not walked or not stepped or stepped[-1].id < walked[-1].id:
        return None
    return walked[-1], stepped[-1]


def innermost(run: Run) -> Iterator[tuple[Step, ast.For | ast.While, Step, Step]]:
    """The loops that train, without those that only go round such a loop: with the backward pass and the step."""
    for step, node in run.loops:
        found = trains(run, step)
        last = iterations(step)[-1]
        nested = any(found and s in run.within(last) and trains(run, s) for s, _ in run.loops if s.id != step.id)
        if found is not None and not nested:
            yield step, node, *found


@detector(
    (
        "Nothing clears the gradients in this loop: `backward()` adds to those of the iterations before, and `{opt}.step()` "
        "moves along their sum.",
        "这个循环里没有清零梯度：`backward()`把新梯度加到以前各次迭代的梯度上，`{opt}.step()`按累加的和更新。",
    ),
    (
        "Call `{opt}.zero_grad()` in every iteration, before `backward()`.",
        "请在每次迭代中、`backward()`之前调用`{opt}.zero_grad()`。",
    ),
)
def gradients_add_up(run: Run) -> Iterator[Place]:
    """No `zero_grad` in a training loop."""
    for _, node, walked, stepped in innermost(run):
        grown = [g for g in walked.gradients if g.how == "accumulated"]
        if grown and not clears(run, node) and any(c.how == "mutated" for c in stepped.changes):
            yield Place(walked, {"opt": run.stepping(stepped)})


@detector(
    (
        "`{opt}.step()` changes nothing: {cause}.",
        "`{opt}.step()`什么也没有改变：{zh_cause}。",
    ),
    (
        "An optimizer moves the parameters that it was made with, and only those with a gradient.",
        "优化器只更新建立时交给它的参数，而且只更新有梯度的参数。",
    ),
)
def step_without_effect(run: Run) -> Iterator[Place]:
    """An optimizer of other parameters, or one whose gradients are cleared before the step."""
    for loop, _, walked, stepped in innermost(run):
        filled = [g for g in walked.gradients if g.how in ("filled", "accumulated", "changed")]
        opt = run.stepping(stepped)
        steps = [s for i in iterations(loop) for s in run.within(i) if run.stepping(s) == opt]
        if not filled or any(c.how == "mutated" for s in steps for c in s.changes) or ever_moved(run, filled[0].name):
            continue
        between = [s for s in run.steps if walked.id < s.id < stepped.id]
        if any(g.how in ("cleared", "zeroed") for s in between for g in s.gradients):
            cause = (
                "the gradients are cleared between `backward()` and `step()`",
                "梯度在`backward()`与`step()`之间被清掉了",
            )
        elif rebuilt := made_anew(run, opt):
            cause = (
                f"`{rebuilt}` was made anew after `{opt}`, which still holds the old parameters",
                (f"`{rebuilt}`在`{opt}`之后重新建立，而`{opt}`仍持有旧的参数"),
            )
        else:
            continue
        yield Place(stepped, {"opt": opt, "cause": cause[0], "zh_cause": cause[1]})


def ever_moved(run: Run, name: str) -> bool:
    """Whether a parameter changed in place anywhere after it was made."""
    return any(c.name == name and c.how == "mutated" for s in run.steps for c in s.changes if run.stepping(s))


def made_anew(run: Run, opt: str) -> str:
    """The model whose parameters an optimizer was made of, if it was rebound since."""
    for step, node in run.simple:
        if not isinstance(node, ast.Assign) or run.text(node.targets[0]) != opt:
            continue
        taken = [c for c in calls(node) if called(c) == "parameters" and isinstance(c.func, ast.Attribute)]
        for call in taken:
            assert isinstance(call.func, ast.Attribute)
            name = run.text(call.func.value)
            later = [c for s in run.steps if s.id > step.id for c in s.changes]
            if any(c.name == name and c.how == "rebound" and isinstance(c.value, ModuleValue) for c in later):
                return name
    return ""


def series_of(step: Step, name: str) -> Series | None:
    """Of a scalar that a loop rebinds."""
    return next((s for s in step.series if s.name == name), None)


@detector(
    (
        "`{name}` is {value} in all {n} iterations, though `{opt}.step()` is called in each.",
        "`{name}`在全部{n}次迭代中都是{value}，尽管每次都调用了`{opt}.step()`。",
    ),
    (
        "The parameters that the optimizer moves do not reach the loss: they are others, their learning rate is 0, the way to "
        "them is cut, or their gradients are 0, as behind a ReLU that lets nothing through.",
        "优化器更新的参数影响不到损失：可能不是同一批参数，可能学习率是0，可能计算图被切断，也可能梯度是0（例如ReLU的输入全为负）。",
    ),
)
def loss_stands_still(run: Run) -> Iterator[Place]:
    """A loss that never changes."""
    for loop, _, walked, stepped in innermost(run):
        name = run.backward(walked)
        series = series_of(loop, name)
        values = [v for _, v in series.points] if series is not None else []
        if scheduled(run, loop):  # a rate may begin with 0
            continue
        if len(values) < FEW or len(set(values)) != 1 or not isinstance(values[0], float) or not values[0]:
            continue
        if values[0] == values[0]:
            shown = f"{values[0]:.6g}"
            yield Place(walked, {"name": name, "value": shown, "n": len(values), "opt": run.stepping(stepped)})


def scheduled(run: Run, loop: Step) -> bool:
    """Whether something else than an optimizer makes steps in a loop: a scheduler of the learning rate."""
    found = (c for s in run.within(loop) for c in calls(run.node_of(s)) if called(c) == "step")
    return any(isinstance(c.func, ast.Attribute) and not run.is_optimizer(run.text(c.func.value)) for c in found)


@detector(
    (
        "`{name}` is {value} from iteration {k} on.",
        "从第{k}次迭代起，`{name}`是{value}。",
    ),
    (
        "From then on every parameter is nan. Often the learning rate is too high, or a logarithm, root or division met 0; "
        "`torch.autograd.set_detect_anomaly(True)` tells where.",
        "从此所有参数都变成nan。常见原因是学习率太大，或对0取了对数、开方、作除数；`torch.autograd.set_detect_anomaly(True)`"
        "能指出位置。",
    ),
)
def loss_is_nan(run: Run) -> Iterator[Place]:
    """A loss that turns into nan."""
    for loop, _, walked, _ in innermost(run):
        series = series_of(loop, run.backward(walked))
        for i, (k, value) in enumerate(series.points if series is not None else ()):
            rest = [v for _, v in series.points[i:]] if series is not None else []
            if value == "nan" and all(v == "nan" for v in rest):
                yield Place(walked, {"name": run.backward(walked), "value": "nan", "k": k + 1})
                break


@detector(
    (
        "`{name}` adds up losses with their graphs: the graphs of all iterations stay in memory.",
        "`{name}`把损失连同计算图一起累加：所有迭代的计算图都留在内存里。",
    ),
    (
        "For a figure to print, add `{loss}.item()`.",
        "若只是为了打印，请累加`{loss}.item()`。",
    ),
)
def graphs_pile_up(run: Run) -> Iterator[Place]:
    """`total += loss`."""
    walked = {run.backward(step) for step, _ in run.simple}
    for loop, _, back, _ in innermost(run):
        loss = run.backward(back)
        for step in run.within(iterations(loop)[-1]):
            node = run.node_of(step)
            if not isinstance(node, ast.AugAssign) or not isinstance(node.op, ast.Add) or run.text(node.value) != loss:
                continue
            name = run.text(node.target)
            kept = [c.value for c in step.changes if c.name == name]
            if name not in walked and any(is_tensor(v) and v.requires_grad for v in kept):
                yield Place(step, {"name": name, "loss": loss})


@detector(
    (
        "`{name}` is not a copy: it holds the very tensors of `{model}`, which training went on to change, so loading it "
        "brings nothing back.",
        "`{name}`不是副本：其中就是`{model}`的那些张量，之后的训练继续改动了它们，所以再加载回来毫无效果。",
    ),
    (
        "Keep `copy.deepcopy({model}.state_dict())`.",
        "请保存`copy.deepcopy({model}.state_dict())`。",
    ),
)
def state_is_no_copy(run: Run) -> Iterator[Place]:
    """`best = model.state_dict()`, loaded after further training."""
    for step, node in run.simple:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Attribute(value=of, attr="state_dict"))
            ):
                model = run.text(of)
                if run.module(model) is None:
                    continue
                moved = [s.id for s in run.steps if s.id > step.id and run.stepping(s) and changed(s, model)]
                if any(loads(run, s, model, name) and s.id > m for s, _ in run.simple for m in moved[:1]):
                    yield Place(step, {"name": name, "model": model})


def changed(step: Step, model: str) -> bool:
    """Whether a step changed a parameter of a model in place."""
    return any(c.how == "mutated" and c.name.startswith(model + ".") for c in step.changes)


def loads(run: Run, step: Step, model: str, name: str) -> bool:
    """Whether a statement is `model.load_state_dict(name)`."""
    found = [c for c in calls(run.node_of(step)) if called(c) == "load_state_dict" and c.args]
    return any(run.text(c.func) == f"{model}.load_state_dict" and run.text(c.args[0]) == name for c in found)


@detector(
    (
        "`{name} = ...` gives the name of the loop to a new tensor; `{over}` keeps the old ones and nothing is updated.",
        "`{name} = ……`只是把循环变量改指向新张量；`{over}`中的张量没有变，什么也没有更新。",
    ),
    (
        "Change them in place, under `torch.no_grad()`: `{name} -= ...`.",
        "请在`torch.no_grad()`之下原地改动：`{name} -= ……`。",
    ),
)
def only_the_name(run: Run) -> Iterator[Place]:
    """`for p in params: p = p - lr * p.grad`."""
    for step, node in run.statements:
        if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name):
            continue
        name = node.target.id
        for inner in (n for s in node.body for n in ast.walk(s)):
            if (
                isinstance(inner, ast.Assign)
                and [run.text(t) for t in inner.targets] == [name]
                and updates(inner.value, name)
            ):
                read = [n for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == name]
                if not any(n.lineno > inner.lineno for n in read):
                    yield Place(step, {"name": name, "over": run.text(node.iter)}, inner.lineno)


def updates(node: ast.expr, name: str) -> bool:
    """Whether it is `p - ... p.grad ...`."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub | ast.Add):
        return False
    own = isinstance(node.left, ast.Name) and node.left.id == name
    grads = [n for n in ast.walk(node.right) if isinstance(n, ast.Attribute) and n.attr == "grad"]
    return own and any(isinstance(g.value, ast.Name) and g.value.id == name for g in grads)


@detector(
    (
        "`{data}` cuts the graph: `{x}` asks for a gradient and gets none from any backward pass here.",
        "`{data}`切断了计算图：`{x}`需要梯度，却在所有反向传播中都没有得到。",
    ),
    (
        "`.data` is the tensor without its history. Compute with `{x}` itself.",
        "`.data`是不带历史的张量。请直接用`{x}`计算。",
    ),
)
def data_cuts(run: Run) -> Iterator[Place]:
    """`y = x.data * 2`, where x is to get a gradient, and a backward pass starts from what is made of y."""
    given = {g.name for s in run.steps for g in s.gradients}
    for step, node in run.simple:
        for part in ast.walk(node.value) if isinstance(node, ast.Assign) else ():
            if isinstance(part, ast.Attribute) and part.attr == "data" and isinstance(part.value, ast.Name):
                x = run.names(step).get(part.value.id)
                cut = is_tensor(x) and x.requires_grad and x.is_leaf and part.value.id not in given
                if cut and isinstance(node, ast.Assign) and reaches_loss(run, step, node):
                    yield Place(step, {"data": run.text(part), "x": part.value.id})


def reaches_loss(run: Run, first: Step, node: ast.Assign) -> bool:
    """Whether a later backward pass starts from what was made of an assignment's result, and this is no new leaf."""
    made = [c.value for c in first.changes if is_tensor(c.value)]
    grown = {n.id for t in node.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    if any(v.requires_grad and v.is_leaf for v in made):
        return False
    for step, later in run.simple:
        if step.id <= first.id:
            continue
        read = {n.id for n in ast.walk(later) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        if run.backward(step) and step.state == "done" and read & grown:
            return True
        if read & grown:
            grown |= {n.id for n in ast.walk(later) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return False


@detector(
    (
        "`{x}.data` changes in place what the backward pass of `{loss}` still needs, and autograd does not notice: the "
        "gradients are those of the new values.",
        "`{x}.data`原地改动了`{loss}`的反向传播还要用到的值，而autograd察觉不到：算出的梯度对应的是新值。",
    ),
    (
        "Without `.data` there would be an error. Make a new tensor, or change it after `backward()`.",
        "若不用`.data`，这里会报错。请改为得到新张量，或在`backward()`之后再改动。",
    ),
)
def changed_behind_the_back(run: Run) -> Iterator[Place]:
    """`x.data.mul_(2)` between forward and backward."""
    made: dict[str, int] = {}
    needs: dict[str, set[str]] = {}
    touched: list[tuple[Step, str]] = []
    for step, node in run.simple:
        loss = run.backward(step)
        for earlier, x in touched if loss and step.state == "done" else ():
            if made.get(loss, earlier.id) < earlier.id and x in needs.get(loss, ()):
                yield Place(earlier, {"x": x, "loss": loss})
        for change in step.changes:
            if change.how in ("new", "rebound"):
                made[change.name] = step.id
                graph = change.value.graph if is_tensor(change.value) else ()
                needs[change.name] = {s.tensor for n in graph for s in n.saved if s.tensor}
        touched += [(step, x) for x in written(run, node)]


def written(run: Run, node: ast.stmt) -> list[str]:
    """The names whose `.data` a statement changes in place."""
    places: list[ast.expr] = []
    match node:
        case ast.AugAssign(target=target):
            places.append(target)
        case ast.Assign(targets=targets):
            places += [t for t in targets if isinstance(t, ast.Subscript)]
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=of, attr=attr))) if attr.endswith("_"):
            places.append(of)
    places = [p.value if isinstance(p, ast.Subscript) else p for p in places]
    return [run.text(p.value) for p in places if isinstance(p, ast.Attribute) and p.attr == "data"]


DETECTORS = (
    gradients_add_up,
    step_without_effect,
    loss_stands_still,
    loss_is_nan,
    graphs_pile_up,
    state_is_no_copy,
    only_the_name,
    data_cuts,
    changed_behind_the_back,
)
