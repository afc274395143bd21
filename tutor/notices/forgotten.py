"""Calls of a training loop that are left out, or come where they have no effect."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tutor.notices.detectors import Place, detector
from tutor.notices.models import parts
from tutor.notices.run import Run, called, calls
from tutor.notices.training import clears, innermost, iterations, scheduled
from tutor.trace import Step
from tutor.worker.wire import ModuleValue

CLIPS = {"clip_grad_norm_", "clip_grad_value_", "clip_grad_norm"}


def attributes(run: Run) -> set[str]:
    """The names of all attributes and methods that the source speaks of."""
    return {n.attr for n in ast.walk(run.tree) if isinstance(n, ast.Attribute)}


@detector(
    (
        "Nothing clears `{w}.grad` in this loop: `backward()` adds to it, and `{text}` moves along the sum of all iterations.",
        "这个循环里没有清零`{w}.grad`：`backward()`不断往上累加，`{text}`按所有迭代之和更新。",
    ),
    (
        "Set `{w}.grad = None` after the update, or `{w}.grad.zero_()`.",
        "请在更新之后写`{w}.grad = None`，或`{w}.grad.zero_()`。",
    ),
)
def own_gradients_add_up(run: Run) -> Iterator[Place]:
    """`w -= lr * w.grad` in a loop that clears nothing."""
    for loop, node in run.loops:
        inside = run.within(iterations(loop)[-1])
        grown = {g.name for s in inside if run.backward(s) for g in s.gradients if g.how == "accumulated"}
        if clears(run, node) or any(run.stepping(s) for s in inside):
            continue
        for step in inside:
            update = run.node_of(step)
            if not isinstance(update, ast.AugAssign) or not isinstance(update.op, ast.Sub):
                continue
            w = run.text(update.target).removesuffix(".data")
            taken = [n for n in ast.walk(update.value) if isinstance(n, ast.Attribute) and n.attr == "grad"]
            if w in grown and any(run.text(n.value) == w for n in taken):
                yield Place(step, {"w": w, "text": run.text(update)})


@detector(
    (
        "`{opt}.step()` is called nowhere: the gradients are computed and cleared again, and no parameter moves.",
        "哪里都没有调用`{opt}.step()`：算出的梯度又被清零，参数从未更新。",
    ),
    (
        "Call it after `backward()`.",
        "请在`backward()`之后调用它。",
    ),
)
def never_stepped(run: Run) -> Iterator[Place]:
    """A training loop without `step()`."""
    if {"step", "grad", "data"} & attributes(run):
        return
    for loop, _ in run.loops:
        inside = run.within(iterations(loop)[-1])
        walked = [s for s in inside if run.backward(s) and s.state == "done"]
        cleared = [o for s in inside if (o := cleared_by(run, s))]
        if walked and cleared:
            yield Place(walked[-1], {"opt": cleared[0]})


def cleared_by(run: Run, step: Step) -> str:
    """The optimizer whose `zero_grad()` a statement is; empty for any other."""
    for call in calls(run.node_of(step)):
        if called(call) == "zero_grad" and isinstance(call.func, ast.Attribute):
            name = run.text(call.func.value)
            if run.is_optimizer(name):
                return name
    return ""


@detector(
    (
        "`{opt}.step()` moves nothing: `backward()` is called nowhere, so there are no gradients.",
        "`{opt}.step()`什么也没有更新：哪里都没有调用`backward()`，因此没有梯度。",
    ),
    (
        "Call `backward()` on the loss before it.",
        "请在它之前对损失调用`backward()`。",
    ),
)
def never_walked(run: Run) -> Iterator[Place]:
    """A training loop without `backward()`."""
    if {"backward", "grad"} & attributes(run):
        return
    for loop, _ in run.loops:
        inside = run.within(iterations(loop)[-1])
        for step in inside if not scheduled(run, loop) else ():  # a schedule may be shown by itself
            opt = run.stepping(step)
            still = opt and not step.changes and not step.gradients
            if still and any(cleared_by(run, s) == opt for s in inside):
                yield Place(step, {"opt": opt})


@detector(
    (
        "`{clip}` comes {where}, where it changes nothing that `{opt}.step()` uses.",
        "`{clip}`放在了{zh_where}，对`{opt}.step()`用到的梯度毫无影响。",
    ),
    (
        "Gradients are clipped between `backward()` and `step()`.",
        "梯度裁剪要放在`backward()`与`step()`之间。",
    ),
)
def clipped_in_vain(run: Run) -> Iterator[Place]:
    """`clip_grad_norm_` before `backward()`, or after `step()`."""
    for loop, node, _, stepped in innermost(run):
        if any(isinstance(n, ast.If) for n in ast.walk(node)) or not clears(run, node):
            continue
        inside = run.within(iterations(loop)[-1])
        for step in inside:
            clip = clipping(run.node_of(step))
            before, after = [s for s in inside if s.id < step.id], [s for s in inside if s.id > step.id]
            if not clip:
                continue
            if any(cleared_by(run, s) for s in before) and not any(run.backward(s) for s in before):
                where, zh_where = "before `backward()`", "`backward()`之前"
            elif not any(run.stepping(s) for s in after):
                where, zh_where = "after `step()`", "`step()`之后"
            else:
                continue
            yield Place(step, {"clip": clip, "where": where, "zh_where": zh_where, "opt": run.stepping(stepped)})


def clipping(node: ast.stmt | None) -> str:
    """The function with which a statement clips gradients and does nothing else; empty for any other."""
    match node:
        case ast.Expr(value=ast.Call() as call) if called(call) in CLIPS:
            return called(call)
    return ""


@detector(
    (
        "From the second iteration on `{model}` is trained in evaluation mode: `eval()` is called and `train()` never: {layers}.",
        "从第二次迭代起，`{model}`在评估模式下训练：调用了`eval()`，却从未再调用`train()`：{zh_layers}。",
    ),
    (
        "Call `{model}.train()` where an epoch of training begins.",
        "请在每轮训练开始时调用`{model}.train()`。",
    ),
)
def never_back_to_training(run: Run) -> Iterator[Place]:
    """`eval()` at the end of an epoch, and no `train()` at the beginning of the next."""
    if {"train", "training"} & attributes(run):
        return
    moved = {c.name.split(".")[0] for s in run.steps if run.stepping(s) for c in s.changes if c.how == "mutated"}
    for loop, _, _, stepped in innermost(run):
        before = any(switched_off(run, s) for s in run.steps if s.id < loop.id)
        bound = {c.name for s in run.within(loop) for c in s.changes if c.how in ("new", "rebound")}
        earlier = {switched_off(run, s) for s in run.within(iterations(loop)[0])}
        for step in run.within(iterations(loop)[-1]) if not before else ():
            model = switched_off(run, step)
            if model not in earlier:  # perhaps only after the last iteration of training
                continue
            value = run.names(step).get(model)
            held = parts(run, value) if isinstance(value, ModuleValue) and model in moved - bound else []
            if held and step.id > stepped.id:
                yield Place(step, {"model": model, **idle(held)})


def switched_off(run: Run, step: Step) -> str:
    """The model whose `eval()` a statement is; empty for any other."""
    for call in calls(run.node_of(step)):
        if called(call) == "eval" and isinstance(call.func, ast.Attribute):
            return run.text(call.func.value)
    return ""


def idle(held: list[str]) -> dict[str, str]:
    """What layers that know of modes do not do in evaluation mode."""
    en = {
        "Dropout": "Dropout drops nothing",
        "BatchNorm": "BatchNorm neither uses nor keeps the statistics of the batch",
    }
    zh = {"Dropout": "Dropout不再置零", "BatchNorm": "BatchNorm既不使用也不更新批次的统计量"}
    return {"layers": " and ".join(en[h] for h in held), "zh_layers": "，".join(zh[h] for h in held)}


DETECTORS = (own_gradients_add_up, never_stepped, never_walked, clipped_in_vain, never_back_to_training)
