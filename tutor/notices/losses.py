"""Losses that are computed, but of something else than was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tutor.notices.detectors import Place, detector
from tutor.notices.run import Run, called, calls, column_and_row, is_tensor, shape
from tutor.trace import Step
from tutor.worker.wire import ModuleValue, Node, TensorValue

SIZES = re.compile(
    r"Using a target size \(torch\.Size\(\[([\d, ]*)\]\)\) that is different to the input size \(torch\.Size\(\[([\d, ]*)\]\)\)"
)
FITTED = re.compile(r"pred|out|hat|targ|label|true|truth|(?:^|_)[yt](?:$|_)|^y", re.IGNORECASE)
ACCURACY = re.compile(r"acc|correct|hits", re.IGNORECASE)


def into(run: Run, outer: str, inner: str) -> Iterator[tuple[Step, str]]:
    """The steps whose graph passes the result of one kind of node straight into the first input of another, each with
    what the snippet calls that result."""
    for step, _, graph in run.graphs:
        for node in graph:
            first = input_of(node, graph)
            if first is not None and node.name.startswith(outer) and first.name.startswith(inner):
                yield step, first.result


RESHAPES = ("SqueezeBackward", "UnsqueezeBackward", "ViewBackward", "UnsafeViewBackward", "ReshapeAliasBackward")


def input_of(node: Node, graph: tuple[Node, ...]) -> Node | None:
    """The node of a first input, behind those that only gave it another shape."""
    found: Node | None = node
    while found is not None and (found is node or found.name.startswith(RESHAPES)):
        found = graph[found.inputs[0]] if found.inputs and found.inputs[0] < len(graph) else None
    return found


def chained(run: Run, outer: str, middle: str, inner: str) -> Iterator[Step]:
    """The same over three nodes."""
    for step, _, graph in run.graphs:
        for node in graph:
            names = [n.name for n in firsts(node, graph)]
            if len(names) > 2 and all(n.startswith(p) for n, p in zip(names, (outer, middle, inner), strict=False)):
                yield step


def firsts(node: Node, graph: tuple[Node, ...]) -> list[Node]:
    """A node, its first input, and that one's."""
    found = [node]
    while len(found) < 3 and (below := input_of(found[-1], graph)) is not None:
        found.append(below)
    return found


def asks_for(run: Run, step: Step, function: str, kind: str) -> ast.Call | None:
    """The call with which a statement itself computes a loss: of the function, or of a layer of that class."""
    names = run.names(step)
    for call in calls(run.node_of(step)):
        value = names.get(run.text(call.func))
        if called(call) == function or (isinstance(value, ModuleValue) and value.type == kind):
            return call
        if isinstance(call.func, ast.Call) and called(call.func) == kind:
            return call
    return None


@detector(
    (
        "`cross_entropy` applies softmax itself, and what it gets here has been through one: softmax is applied twice.",
        "`cross_entropy`自己会做softmax，而这里传入的已经是softmax的结果：softmax做了两次。",
    ),
    (
        "The loss then cannot come near 0 and its gradients are small. Give it the scores before the softmax.",
        "这样损失降不到0，梯度也很小。请把softmax之前的得分传给它。",
    ),
)
def softmax_twice(run: Run) -> Iterator[Place]:
    """Softmax before CrossEntropyLoss."""
    for step in chained(run, "NllLoss", "LogSoftmaxBackward", "SoftmaxBackward"):
        if asks_for(run, step, "cross_entropy", "CrossEntropyLoss"):
            yield Place(step, {})


@detector(
    (
        "`binary_cross_entropy_with_logits` takes the sigmoid itself, and here it gets what is already one.",
        "`binary_cross_entropy_with_logits`自己会做sigmoid，而这里传入的已经是sigmoid的结果。",
    ),
    (
        "Probabilities then stay between 0.5 and 0.73. Give it the scores before the sigmoid.",
        "这样概率只会在0.5到0.73之间。请把sigmoid之前的得分传给它。",
    ),
)
def sigmoid_twice(run: Run) -> Iterator[Place]:
    """Sigmoid before BCEWithLogitsLoss."""
    for step, _ in into(run, "BinaryCrossEntropyWithLogitsBackward", "SigmoidBackward"):
        if asks_for(run, step, "binary_cross_entropy_with_logits", "BCEWithLogitsLoss"):
            yield Place(step, {})


@detector(
    (
        "`nll_loss` takes logarithms of probabilities, and here it gets {given}.",
        "`nll_loss`需要概率的对数，而这里传入的是{zh_given}。",
    ),
    (
        "The loss is then no likelihood and falls below 0. Use `log_softmax` before it, or `cross_entropy` on the scores.",
        "这样算出的不是似然，损失会降到0以下。请先做`log_softmax`，或直接对得分用`cross_entropy`。",
    ),
)
def no_logarithm(run: Run) -> Iterator[Place]:
    """NLLLoss of probabilities, or of scores."""
    kinds = (("SoftmaxBackward", "probabilities", "概率"), ("AddmmBackward", "scores of a layer", "某一层的得分"))
    for inner, given, zh_given in kinds:
        for step, _ in into(run, "NllLoss", inner):
            if asks_for(run, step, "nll_loss", "NLLLoss"):
                yield Place(step, {"given": given, "zh_given": zh_given})


@detector(
    (
        "A prediction of shape {x} and a target of shape {t} broadcast to {n}x{n}: each prediction is compared with every "
        "target.",
        "预测的形状是{x}，目标的形状是{t}，两者广播成{n}x{n}：每个预测都与所有目标比较。",
    ),
    (
        "The loss is then smallest where all predictions are the mean of the targets. Give both one shape, by `squeeze(1)` "
        "or `unsqueeze(1)`.",
        "这样，损失最小时所有预测都等于目标的平均值。请用`squeeze(1)`或`unsqueeze(1)`让两者形状相同。",
    ),
)
def column_against_row(run: Run) -> Iterator[Place]:
    """(n, 1) against (n,) in a loss."""
    for step, _ in run.simple:
        for warned in step.warnings:
            match = SIZES.search(warned.text)
            sizes = [tuple(int(n) for n in g.split(",") if n.strip()) for g in match.groups()] if match else []
            if sizes and (n := column_and_row(sizes[0], sizes[1])):
                yield Place(step, {"x": list(sizes[1]), "t": list(sizes[0]), "n": n}, warned.line)
    yield from by_hand(run)


def by_hand(run: Run) -> Iterator[Place]:
    """`((y_pred - y) ** 2).mean()`, on whose result `backward()` is called."""
    walked = {run.backward(step) for step, _ in run.simple} - {""}
    for step, node in run.simple:
        value = loss_of(run, node, walked)
        for part in ast.walk(value) if value is not None else ():
            if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub):
                names = run.names(step)
                a, b = (shape(names.get(run.text(side))) for side in (part.left, part.right))
                n = column_and_row(a, b)
                if n and is_prediction(run, step, part.left, part.right):
                    yield Place(step, {"x": list(a or ()), "t": list(b or ()), "n": n})


def loss_of(run: Run, node: ast.stmt, walked: set[str]) -> ast.expr | None:
    """The expression of a mean or sum from which a backward pass starts, or which a function returns for it."""
    match node:
        case ast.Assign(targets=[target, *_], value=value) if run.text(target) in walked and reduces(value):
            return value
        case ast.Return(value=ast.Call() as value) if walked and reduces(value):
            return value
    return None


def is_prediction(run: Run, step: Step, *sides: ast.expr) -> bool:
    """Whether one side was computed with parameters, the other was not, and one of them is called as predictions or
    targets are: between other columns and rows all pairs may well be meant."""
    values = [run.names(step).get(run.text(side)) for side in sides]
    grown = [is_tensor(v) and v.requires_grad and not v.is_leaf for v in values]
    return sorted(grown) == [False, True] and any(FITTED.search(run.text(side)) for side in sides)


def reduces(node: ast.AST) -> bool:
    """Whether an expression ends in a mean or sum."""
    return isinstance(node, ast.Call) and called(node) in ("mean", "sum")


@detector(
    (
        "`{text}` compares {a} with {b}: every one with every other, {n}x{n} answers instead of {n}.",
        "`{text}`把{a}与{b}相比：两两都比较，得到{n}x{n}个结果，而不是{n}个。",
    ),
    (
        "Counted as hits, these can be more than there are examples. Give both one shape.",
        "若当作命中数来统计，会比样本数还多。请让两者形状相同。",
    ),
)
def compared_with_every_other(run: Run) -> Iterator[Place]:
    """An accuracy of (n, 1) and (n,)."""
    for step, node in run.simple:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if target is None or not ACCURACY.search(run.text(target)):
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Compare) and len(part.comparators) == 1 and isinstance(part.ops[0], ast.Eq):
                names = run.names(step)
                a, b = (shape(names.get(run.text(side))) for side in (part.left, part.comparators[0]))
                n = column_and_row(a, b)
                if n:
                    yield Place(step, {"text": run.text(part), "a": list(a or ()), "b": list(b or ()), "n": n})


@detector(
    (
        "softmax without `dim` took dimension {dim} here, of a tensor of shape {shape}{batch}.",
        "softmax没有指定`dim`，这里按第{dim}维计算，张量的形状是{shape}{zh_batch}。",
    ),
    (
        "Which one is taken depends on the number of dimensions: 0 for 0, 1 and 3 of them, else 1. Write `dim=-1` for the "
        "last.",
        "取哪一维由维数决定：0、1、3维时取第0维，其余取第1维。若要最后一维，请写`dim=-1`。",
    ),
)
def softmax_of_no_dimension(run: Run) -> Iterator[Place]:
    """Softmax without `dim`."""
    for step, _ in run.simple:
        for warned in step.warnings:
            if not warned.text.startswith("Implicit dimension choice for"):
                continue
            made = [c.value for c in step.changes if isinstance(c.value, TensorValue)]
            value = made[0] if made else step.value
            if isinstance(value, TensorValue):
                dim = 0 if len(value.shape) in (0, 1, 3) else 1
                batch = len(value.shape) == 3
                yield Place(
                    step,
                    {
                        "dim": dim,
                        "shape": list(value.shape),
                        "batch": ": the batch" if batch else "",
                        "zh_batch": "，即批次维" if batch else "",
                    },
                    warned.line,
                )


@detector(
    (
        "`{p}` has its softmax over dimension 0, and its largest is looked for in dimension {dim}: the columns add up to 1, "
        "not the rows.",
        "`{p}`的softmax沿第0维计算，却在第{dim}维上找最大值：和为1的是各列，而不是各行。",
    ),
    (
        "Scores of a batch are (examples, classes): the classes are dimension 1, `softmax(dim=1)`.",
        "一批样本的得分是（样本，类别）：类别在第1维，应写`softmax(dim=1)`。",
    ),
)
def softmax_over_the_batch(run: Run) -> Iterator[Place]:
    """`softmax(dim=0)` of (n, classes), and `argmax(1)` of it."""
    over: dict[str, Step] = {}
    for step, node in run.simple:
        for call in calls(node):
            dim = dimension(call, "softmax")
            if dim == 0 and isinstance(node, ast.Assign) and call is node.value:
                over[run.text(node.targets[0])] = step
            dim = dimension(call, "argmax", "max", "topk")
            of = run.text(call.func.value) if isinstance(call.func, ast.Attribute) else ""
            if of == "torch" and call.args:
                of = run.text(call.args[0])
            value = run.names(step).get(of)
            if of in over and dim in (1, -1) and isinstance(value, TensorValue) and is_batch(value):
                yield Place(over[of], {"p": of, "dim": dim})


def is_batch(value: TensorValue) -> bool:
    """Whether rows and columns are both several."""
    return len(value.shape) == 2 and min(value.shape) > 1


def dimension(call: ast.Call, *names: str) -> int | None:
    """The `dim` of a call of one of these, as far as it is a number."""
    if called(call) not in names:
        return None
    given = [k.value for k in call.keywords if k.arg in ("dim", "axis")] or call.args[-1:]
    try:
        found = ast.literal_eval(given[0]) if given else None
    except (ValueError, SyntaxError):
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


@detector(
    (
        "`{scores}` has a single class, shape {shape}: softmax over one score is always 1, so this loss is 0 and its "
        "gradients are 0.",
        "`{scores}`只有一个类别（形状{shape}）：对一个得分做softmax总是1，所以损失是0，梯度也是0。",
    ),
    (
        "With one output per example take `binary_cross_entropy_with_logits` and targets of 0. and 1., or give the model two "
        "outputs.",
        "每个样本只有一个输出时，请用`binary_cross_entropy_with_logits`，目标取0.和1.；或让模型有两个输出。",
    ),
)
def single_class(run: Run) -> Iterator[Place]:
    """`cross_entropy` of scores of shape (n, 1)."""
    for step, _, graph in run.graphs:
        for node in graph:
            first = input_of(node, graph)
            if first is None or not node.name.startswith("NllLoss") or not first.name.startswith("LogSoftmaxBackward"):
                continue
            call = asks_for(run, step, "cross_entropy", "CrossEntropyLoss")
            if call is not None and first.shape is not None and len(first.shape) == 2 and first.shape[1] == 1:
                given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "input")]
                yield from (Place(step, {"scores": run.text(n), "shape": list(first.shape)}) for n in given[:1])


@detector(
    (
        "softmax runs over dimension {dim} of shape {shape}, a single score: every probability is 1, whatever the model says.",
        "softmax沿形状{shape}的第{dim}维计算，而这一维只有一个得分：无论模型输出什么，概率都是1。",
    ),
    (
        "With one output per example it is `sigmoid`, or `binary_cross_entropy_with_logits` on the score itself.",
        "每个样本只有一个输出时应使用`sigmoid`，或直接对得分用`binary_cross_entropy_with_logits`。",
    ),
)
def softmax_of_one(run: Run) -> Iterator[Place]:
    """Softmax of shape (n, 1) before a binary cross entropy."""
    for step, _, graph in run.graphs:
        for node in graph:
            first = input_of(node, graph)
            if first is None or not node.name.startswith("BinaryCrossEntropyBackward"):
                continue
            dim, shape = dict(first.constants).get("dim"), first.shape
            single = first.name.startswith("SoftmaxBackward") and isinstance(dim, int) and shape and shape[dim] == 1
            if single and shape and asks_for(run, step, "binary_cross_entropy", "BCELoss"):
                yield Place(step, {"dim": int(dim or 0) % len(shape), "shape": list(shape)})


DETECTORS = (
    single_class,
    softmax_of_one,
    softmax_twice,
    sigmoid_twice,
    no_logarithm,
    column_against_row,
    compared_with_every_other,
    softmax_of_no_dimension,
    softmax_over_the_batch,
)
