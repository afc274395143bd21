"""Which pictures of shapes fit a step: those of the operations in its statement, as far as they follow from the source
and the shapes its names had, and the memory of what it made.

What was worked out is held against what the trace says came out: where they differ, nothing is shown.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from tutor.render.pictures import indices, layers, picking, rules, views
from tutor.render.pictures.broadcast import Broadcast
from tutor.render.pictures.canvas import Picture
from tutor.render.pictures.choosing import Choice
from tutor.render.pictures.drawing import operand
from tutor.render.pictures.infer import Evaluation, Fails, Many, Result, Shaped, text_of
from tutor.render.pictures.joins import Join
from tutor.render.pictures.memory import Layout, Seen
from tutor.render.pictures.picks import Assigned, Gathered, Picked
from tutor.render.pictures.products import Product
from tutor.render.pictures.scattering import Scattered
from tutor.render.pictures.taking import Taken
from tutor.render.pictures.windows import Sliding
from tutor.statements import scope, statement, value_name
from tutor.trace import Step, Trace
from tutor.worker.wire import ContainerValue, TensorValue, Value

RULES = {**rules.RULES, **views.VIEWS, **layers.LAYERS, **picking.PICKING}
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**"}


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """All that fit: what failed, else the operations in their order, the memory of the result last."""
    node = statement(step, trace)
    if node is None or step.state == "running":
        return ()
    names = scope(step, trace)
    found, failed = _operations(node, names, step)
    if step.state == "raised":
        return (found[-1],) if failed else ()
    return () if failed else tuple([*found, *_memory(step, names, found)])


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The last operation of a statement that is worth a picture: shapes that were stretched, products, windows, joins;
    else a view that reads its memory in another order. Of an operation that failed, always."""
    found = find(step, trace)
    if step.state == "raised":
        return found
    node = statement(step, trace)
    source = ast.unparse(node) if node is not None else ""
    worth = [p for p in found if _worth(p, step) and _words_of(p) in source]  # not each layer inside another
    return tuple([p for p in worth if not isinstance(p, Layout)][-1:] or worth[-1:])


def _words_of(picture: Picture) -> str:
    """The expression an operation stands for."""
    return picture.text.removesuffix("…") if isinstance(picture, (Broadcast, Product, Sliding, Join)) else ""


def _worth(picture: Picture, step: Step) -> bool:
    match picture:
        case Broadcast():
            return any(o.shape and o.shape != picture.shape for o in picture.operands)
        case Product() | Sliding() | Join():
            return True
        case Layout():
            named = picture.result.text in _made(step)
            return picture.telling and (named or (step.value is not None and not picture.operation.endswith("]")))
        case Picked():
            return (picture.copies or len(picture.axes) > 1) and picture.drawn
        case Assigned(picked=picked):
            return (picked.copies or len(picked.axes) > 1) and picked.drawn
        case Gathered():
            return bool(picture.picks()) and len(picture.source.shape) < 3
        case Choice() | Scattered():
            return True
        case Taken():
            return picture.ranks or len(picture.source.shape) > 1
    return False


def _made(step: Step) -> set[str]:
    """The names that a step bound."""
    return {c.name for c in step.changes if c.how != "deleted"}


# -------------------------------------------------------------------------------------------- operations


def _operations(node: ast.stmt, names: Mapping[str, Value], step: Step) -> tuple[list[Picture], bool]:
    """The pictures of a statement's operations, and whether the last of them failed."""
    run = Evaluation(names, RULES, rules.binary, layers.layer, indices.index)
    failed = False
    out: Result = None
    try:
        out = _evaluate(node, run)
    except Fails:
        failed = True
    if not failed and not _agrees(out, _came_out(node, step)):
        return [], False
    return _finished(run.pictures, node, step), failed


def _evaluate(node: ast.stmt, run: Evaluation) -> Result:
    match node:
        case ast.Assign(targets=[ast.Subscript()]):
            _expression(node.value, run)
        case ast.Expr(value=value) | ast.Assign(value=value) | ast.Return(value=ast.expr() as value):
            return _expression(value, run)
        case ast.AnnAssign(value=ast.expr() as value):
            return _expression(value, run)
        case ast.AugAssign(target=ast.Name() as target):
            first, second = run.at(target), run.at(node.value)
            if isinstance(first, Shaped) and isinstance(second, Shaped) and type(node.op) in SIGNS:
                sign = SIGNS[type(node.op)]
                return rules.paired(f"{first.text} {sign}= {second.text}", sign, (first, second), run.note, True)
        case ast.AugAssign(target=ast.Subscript()):
            run.at(node.value)
    if (indexed := _indexed(node)) is not None:
        run.at(indexed)
    return None


def _indexed(node: ast.stmt) -> ast.Subscript | None:
    """What a statement sets elements of: `x[0]` of `x[0] = 1`."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return targets[0] if len(targets) == 1 and isinstance(targets[0], ast.Subscript) else None


def _set(picture: Picture, node: ast.stmt, step: Step) -> Picture | None:
    """What the index of an assignment sets; None for the view that it would be elsewhere."""
    target = _indexed(node)
    if target is None or not isinstance(picture, (Picked, Layout)):
        return picture
    index = text_of(target)
    if isinstance(picture, Layout):
        return picture if picture.operation != index else None
    if picture.text != index:
        return picture
    if not picture.drawn and (picture.places or 0 not in picture.shape):  # a large one
        return None
    name = text_of(target.value)
    after = next((c.value for c in step.changes if c.name == name and isinstance(c.value, TensorValue)), None)
    return Assigned(text_of(node), picture, after.values if isinstance(after, TensorValue) else None)


def _expression(node: ast.expr, run: Evaluation) -> Result:
    """A value; of a function that is not known, its arguments are still looked at."""
    out = run.at(node)
    if out is None and isinstance(node, ast.Call):
        seen = len(run.pictures)
        if not seen:
            for argument in node.args:
                run.at(argument)
    return out


def _came_out(node: ast.stmt, step: Step) -> Value | None:
    """What the trace has as the value of a statement."""
    if step.value is not None:
        return step.value
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if len(targets) == 1 and isinstance(targets[0], ast.Name):
        name = targets[0].id
        return next((c.value for c in step.changes if c.name == name), None)
    return None


def _agrees(out: Result, value: Value | None) -> bool:
    """Whether what was worked out is what came out, as far as both are known."""
    if isinstance(out, Shaped) and isinstance(value, TensorValue):
        return out.shape == value.shape and (out.strides is None or _as_strided(out.strides, value))
    return not isinstance(value, TensorValue) or not isinstance(out, Many)


def _as_strided(strides: tuple[int, ...], value: TensorValue) -> bool:
    """Whether these are its strides, where they matter."""
    if len(value.strides) != len(strides) or 0 in value.shape:
        return True
    return all(n == 1 or a == b for n, a, b in zip(value.shape, strides, value.strides, strict=True))


def _finished(pictures: list[Picture], node: ast.stmt, step: Step) -> list[Picture]:
    """With the name and the elements of the result where the statement is that operation, each once."""
    out: list[Picture] = []
    for found in pictures:
        picture = _set(found, node, step)
        picture = _filled(picture, node, step) if picture is not None else None
        if picture is not None and picture not in out:
            out.append(picture)
    return out


def _filled(picture: Picture, node: ast.stmt, step: Step) -> Picture | None:
    """With what the trace says came out; None where it does not say what the picture needs."""
    value = _came_out(node, step)
    result = value if isinstance(value, TensorValue) and getattr(picture, "text", "") == _whole(node) else None
    match picture:
        case Broadcast(shape=shape) if result is not None and shape == result.shape:
            return replace(picture, values=result.values)
        case Layout(result=Seen(text=text, shape=shape)) if isinstance(value, TensorValue) and text == _whole(node):
            return _actual(picture, value, _target(node)) if shape == value.shape else picture
        case Join() if picture.whole is not None and picture.text == _whole(node):
            return _named(picture, node)
        case Choice() | Scattered():
            picture = replace(picture, values=result.values) if result is not None else picture
            return picture if picture.drawn else None
        case Taken():
            taken = _indices(picture, node, step)
            picture = replace(picture, indices=operand("", taken)) if taken is not None else picture
            return picture if picture.drawn else None
    return picture


def _whole(node: ast.stmt) -> str:
    """The expression that a statement is, or whose value it gives a name."""
    return text_of(node.value) if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign)) and node.value else ""


def _indices(picture: Taken, node: ast.stmt, step: Step) -> TensorValue | None:
    """The indices that a statement got from `topk` and its like: as a name, in a pair, or alone."""
    value = _came_out(node, step)
    match getattr(node, "value", None):
        case ast.Attribute(value=of, attr="indices") | ast.Subscript(value=of, slice=ast.Constant(value=1)):
            if text_of(of) != picture.text:
                return None
        case ast.Call() as call if text_of(call) == picture.text:
            names = _names(node)
            if len(names) == 2:
                value = next((c.value for c in step.changes if c.name == names[1]), None)
            if isinstance(value, ContainerValue):
                value = value.items[1].value if len(value.items) == 2 else None
        case _:
            return None
    return value if isinstance(value, TensorValue) and value.dtype == "int64" else None


def _names(node: ast.stmt) -> list[str]:
    """Those of `a, b = ...`."""
    target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    return [item.id for item in target.elts if isinstance(item, ast.Name)] if isinstance(target, ast.Tuple) else []


def _named(picture: Join, node: ast.stmt) -> Join:
    """The pieces under the names they got."""
    names = _names(node)
    if len(names) != len(picture.pieces):
        return picture
    return replace(picture, pieces=tuple(replace(p, text=n) for p, n in zip(picture.pieces, names, strict=True)))


def _actual(picture: Layout, value: TensorValue, name: str) -> Layout:
    """The strides that the trace has, under the name the result got."""
    seen = Seen(name, value.shape, value.strides, value.offset)
    return replace(picture, result=seen) if len(value.strides) == len(value.shape) else picture


def _target(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return value_name(node)


# ------------------------------------------------------------------------------------------------ memory


def _memory(step: Step, names: Mapping[str, Value], found: list[Picture]) -> list[Picture]:
    """Of a name that shares the memory of another, where the statement does not tell how it came to that."""
    told = {p.result.text for p in found if isinstance(p, Layout)}
    out: list[Picture] = []
    for change in step.changes:
        value = change.value
        if not isinstance(value, TensorValue) or change.how not in ("new", "rebound") or change.name in told:
            continue
        other = names.get(value.shares)
        if isinstance(other, TensorValue) and other.dtype == value.dtype and value.strides and other.strides:
            source = Seen(value.shares, other.shape, other.strides, other.offset)
            out.append(Layout(source, Seen(change.name, value.shape, value.strides, value.offset), True))
    return out
