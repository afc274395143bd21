"""Pictures of graphs and backward passes: trees that leave nothing out, gradients and rules that are those of torch."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from rich.cells import cell_len

from tutor.render import numbers
from tutor.render.frames import Frames
from tutor.render.pictures import Canvas, derivatives, helpful, offered, tree
from tutor.render.pictures.autograd import Graph
from tutor.render.pictures.derivatives import NAMES, RULES, WORDS, rule
from tutor.render.pictures.walk import Backward
from tutor.runner import Runner
from tutor.studies import studied
from tutor.trace import Step, Trace
from tutor.worker.wire import Job, Node, Stop, TensorValue

CANVASES = [
    Canvas(80),
    Canvas(34, 8),
    Canvas(120, colour=False),
    Canvas(60, ascii=True, colour=False),
    Canvas(80, truecolour=False, lang="zh"),
]
MODEL = """
x = torch.randn(3, 2)
w = torch.randn(2, 4, requires_grad=True)
b = torch.zeros(4, requires_grad=True)
h = x @ w + b
s = h.sigmoid()
loss = (s * h).pow(2).mean()
"""


async def ran(runner: Runner, code: str) -> Trace:
    """A snippet's trace with what a study finds."""
    job = Job("graphs", "import torch\nfrom torch import nn\n" + code.strip(), timeout=30.0)
    trace = Trace()
    async for event in runner.run(job):
        trace = trace.apply(event)
    return await studied(runner, job, trace)


async def backward(runner: Runner, code: str) -> tuple[Backward, Step, Trace]:
    """The picture that the last statement is given unasked."""
    trace = await ran(runner, code)
    picture = helpful(trace.steps[-1], trace)[0]
    assert isinstance(picture, Backward)
    return picture, trace.steps[-1], trace


def drawn(picture: Backward | Graph, canvas: Canvas = CANVASES[2], page: int = 0) -> list[str]:
    return [line.plain.rstrip() for line in picture.draw(canvas, page)]


def some_graph(rng: random.Random, size: int) -> tuple[Node, ...]:
    """Each node leads to nodes after it; those that lead nowhere are leaves."""
    nodes = []
    for i in range(size):
        below = sorted(rng.sample(range(i + 1, size), min(rng.randrange(4), size - i - 1)))
        nodes.append(Node(f"N{i}Backward0", tuple(below), "" if below else f"leaf{i}"))
    return tuple(nodes)


# --------------------------------------------------------------------------------------------------- trees


def test_a_tree_opens_each_node_once_and_tells_every_edge() -> None:
    rng = random.Random(0)
    for _ in range(300):
        graph = some_graph(rng, rng.randrange(1, 14))
        led = {i for node in graph for i in node.inputs}
        told = tree.branches(graph, [i for i in range(len(graph)) if i not in led])

        assert sorted(b.node for b in told if b.what == "node") == list(range(len(graph)))
        edges = sum(len(set(node.inputs)) for node in graph)
        roots = len(graph) - len(led)
        opened = len(graph) - roots  # each by the edge that leads to it first
        assert sum(b.what == "again" for b in told) == edges - opened


def test_a_reference_says_where_the_node_is_opened() -> None:
    rng = random.Random(1)
    for _ in range(300):
        graph = some_graph(rng, 10)
        told = tree.branches(graph, range(len(graph)))
        place = {b.node: n for n, b in enumerate(told) if b.what == "node"}
        for n, branch in enumerate(told):
            if branch.what == "again":
                assert branch.below == (place[branch.node] > n)


def test_a_deep_chain_stays_at_the_left() -> None:
    graph = tuple(Node("MulBackward0", (i + 1,) if i < 40 else ()) for i in range(41))
    assert {branch.prefix for branch in tree.branches(graph)} == {""}


def test_a_long_graph_is_told_page_by_page() -> None:
    graph = Graph("y", tuple(Node(f"N{i}Backward0", (i + 1,) if i < 39 else ()) for i in range(40)))
    assert graph.pages == 3
    told = [line for page in range(graph.pages) for line in drawn(graph, page=page)]
    assert [n for n in range(40) if not any(f"N{n}Backward0" in line for line in told)] == []
    assert [line.strip() for line in told if "…" in line] == ["… 24 more", "… 8 more"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_graph_tells_names_shapes_and_what_is_kept(runner: Runner) -> None:
    trace = await ran(runner, MODEL)

    (graph,) = (p for p in offered(trace.steps[-1], trace) if isinstance(p, Graph))
    lines = drawn(graph)
    assert any("s  SigmoidBackward0" in line and "3x4" in line and "keeps s 3x4" in line for line in lines)
    assert any("b  leaf" in line and " 4" in line for line in lines)
    assert "8 nodes, 2 of them leaves" in lines[-1]


# -------------------------------------------------------------------------------------------------- walks


@pytest.mark.asyncio(loop_scope="session")
async def test_a_backward_pass_shows_the_gradients_of_autograd(runner: Runner) -> None:
    code = MODEL + "for t in (h, s, loss): t.retain_grad()\nloss.backward()"
    picture, _, trace = await backward(runner, code)

    grads = {g.name: g.value for g in trace.steps[-1].gradients if g.how == "filled"}
    lines = drawn(picture)
    assert set(grads) == {"w", "b", "h", "s", "loss"}
    for name, value in grads.items():
        assert value is not None
        assert value.stats is not None
        line = next(line for line in lines if f" {name}.grad " in line or f" {name}  " in line)
        norm = f"|{numbers.figure(value.stats.norm)}|"
        assert norm in line or numbers.digits([next(flat(value.values))])[0] in line, name


def flat(values: Any) -> Any:
    if isinstance(values, (list, tuple)):
        for x in values:
            yield from flat(x)
    else:
        yield values


@pytest.mark.asyncio(loop_scope="session")
async def test_each_step_is_a_page_with_what_arrives_and_what_leaves(runner: Runner) -> None:
    code = "x = torch.tensor([1., 2.], requires_grad=True)\ny = x ** 2\nz = (x * y).sum()\nz.backward()"
    picture, _, _ = await backward(runner, code)

    assert picture.pages == 1 + len(picture.walk.visits) == 5
    product = drawn(picture, page=2)
    assert product[0].split("  ")[1:] == ["step 2 of 4", "MulBackward0"]
    assert any("g * x  = 2 [1.0, 2.0]" in line and "y (PowBackward0)" in line for line in product)
    assert any("g * y  = 2 [1.0, 4.0]" in line and line.split()[2] == "x" for line in product)
    leaf = drawn(picture, page=4)
    assert any("g is the sum of" in line and "[3.0, 12.0]" in line for line in leaf)
    assert any("g is added to x.grad" in line for line in leaf)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("cut", "told"),
    [
        ("d = (w * 3).detach()", "detach(), line 5: no gradient passes; none for w"),
        ("with torch.no_grad(): d = w * 3", "computed under no_grad, line 5: no gradient passes; none for w"),
        ("d = (w * 3).long().float()", "long() gives integers, line 5: no gradient passes; none for w"),
        ("d = (w * 3).detach() + w", "detach(), line 5: no gradient passes"),
    ],
)
async def test_a_gradient_that_stops_is_shown_where_it_does(runner: Runner, cut: str, told: str) -> None:
    code = "w = torch.ones(2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)\n"
    picture, _, _ = await backward(runner, f"{code}{cut}\nloss = (d * v).sum()\nloss.backward()")

    (line,) = (line for line in drawn(picture) if "✗" in line)
    assert line.endswith("✗ " + told)
    if told.endswith("w"):
        assert not any("w.grad" in line for line in drawn(picture))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_tensor_changed_in_place_ends_the_pass_where_it_is_needed(runner: Runner) -> None:
    code = "x = torch.ones(2, requires_grad=True)\ny = x.exp()\nz = (y * 2).sum()\ny.add_(1)\nz.backward()"
    picture, _, _ = await backward(runner, code)

    lines = drawn(picture)
    assert any("ExpBackward0" in line and "never reached" in line for line in lines)
    assert any("x.grad" in line and "never reached" in line for line in lines)
    assert any("RuntimeError: one of the variables needed" in line for line in lines)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_gradient_that_is_given_back_fills_no_grad(runner: Runner) -> None:
    code = "x = torch.tensor([1., 2.], requires_grad=True)\ny = (x ** 3).sum()\ntorch.autograd.grad(y, x)"
    picture, _, _ = await backward(runner, code)

    last = drawn(picture)[-1]
    assert last.split() == ["○", "x", "2", "[3.0,", "12.0]", "given", "back"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_leaf_without_a_name_is_a_leaf(runner: Runner) -> None:
    picture, _, _ = await backward(runner, "nn.Linear(2, 3)(torch.ones(1, 2)).sum().backward()")

    assert sum("○ a leaf" in line for line in drawn(picture)) == 2


@pytest.mark.asyncio(loop_scope="session")
async def test_a_start_without_a_graph_says_where_it_was_cut_off(runner: Runner) -> None:
    code = "w = torch.ones(2, requires_grad=True)\nloss = (w.detach() * 2).sum()\nloss.backward()"
    picture, _, _ = await backward(runner, code)

    assert drawn(picture)[0].strip() == "w.detach(), line 4: no gradient passes; none for w"


@pytest.mark.asyncio(loop_scope="session")
async def test_every_page_fits_every_canvas(runner: Runner) -> None:
    layers = "net = nn.Sequential(*[nn.Linear(4, 4) for _ in range(9)])\nloss = net(torch.ones(2, 4)).sum()\n"
    for code in (MODEL + "loss.backward()", layers + "loss.backward()"):
        trace = await ran(runner, code)
        pictures = [p for step in trace.steps for p in offered(step, trace) if isinstance(p, (Backward, Graph))]
        assert {p.kind for p in pictures} == {"backward", "graph"}
        for picture, canvas in itertools.product(pictures, CANVASES):
            for page in range(picture.pages):
                lines = picture.draw(canvas, page)
                assert lines
                assert max(cell_len(line.plain) for line in lines) <= canvas.width
                assert not canvas.ascii or all(line.plain.isascii() for line in lines)
            assert all(picture.describe(canvas.lang))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_rule_is_shown_whole_or_not_at_all(runner: Runner) -> None:
    picture, _, _ = await backward(runner, "w = torch.ones(2, requires_grad=True)\ns = (w * 2).sum()\ns.backward()")

    shown = {w: [line for line in drawn(picture, Canvas(w, lang="zh")) if "= " in line] for w in range(50, 100)}
    assert any("每个元素都得到g" in line for line in shown[99])
    assert [w for w, lines in shown.items() for line in lines if "每个" in line and "每个元素都得到g" not in line] == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_backward_pass_from_what_has_no_name_is_named_by_its_expression(runner: Runner) -> None:
    code = "w = torch.ones(2, requires_grad=True)\n"
    picture, _, _ = await backward(runner, code + "(w * 2).sum().backward()")
    long, _, _ = await backward(runner, code + "(w * 2 + torch.ones(2) * 3 - w).sum().backward()")

    assert picture.title("en") == "backward from (w * 2).sum()"
    assert (long.title("en"), long.title("zh")) == ("backward", "反向传播")


@pytest.mark.asyncio(loop_scope="session")
async def test_pictures_inside_a_function_are_those_of_the_script(runner: Runner) -> None:
    code = "def main():\n    w = torch.ones(3, requires_grad=True)\n    (w.view(3, 1) * w).sum().backward()\nmain()"
    trace = await ran(runner, code)
    (call,) = trace.steps[-1].children

    frames = Frames(Canvas(80))
    shown = [line.plain for step in call.children for line in frames.under(step, trace, inside=True)]
    assert [line.strip() for line in shown if "╭" in line] == ["╭ backward from (w.view(3, 1) * w).sum()"]


@pytest.mark.asyncio(loop_scope="session")
async def test_what_a_second_run_brings_late_stands_under_the_line_it_belongs_to(runner: Runner) -> None:
    rich = await ran(runner, MODEL + "loss.backward()")
    poor = replace(rich, studies=())
    frames = Frames(Canvas(80))

    late = [line.plain.strip() for line in frames.since(rich.steps, poor, rich)]
    assert late.index("╭ backward from loss") == late.index("9 loss.backward()") + 1
    assert "╭ sigmoid and its derivative" in late
    assert not any("broadcasting" in line for line in late)  # it has been there before
    assert list(frames.since(rich.steps, rich, rich)) == []


# -------------------------------------------------------------------------------------------------- rules


def made(*shapes: tuple[int, ...]) -> list[torch.Tensor]:
    return [(torch.rand(shape, dtype=torch.float64) + 0.5).requires_grad_() for shape in shapes]


TARGET = torch.linspace(0, 2, 6, dtype=torch.float64).view(2, 3)
FUNCTIONS: dict[str, tuple[Callable[..., torch.Tensor], list[tuple[int, ...]]]] = {
    "Add": (torch.add, [(2, 3), (2, 3)]),
    "Sub": (torch.sub, [(2, 3), (2, 3)]),
    "Mul": (torch.mul, [(2, 3), (2, 3)]),
    "Div": (torch.div, [(2, 3), (2, 3)]),
    "Mm": (torch.mm, [(2, 3), (3, 4)]),
    "Addmm": (torch.addmm, [(4,), (2, 3), (3, 4)]),
    "Bmm": (torch.bmm, [(5, 2, 3), (5, 3, 4)]),
    "Mv": (torch.mv, [(2, 3), (3,)]),
    "Dot": (torch.dot, [(3,), (3,)]),
    "Pow": (torch.pow, [(2, 3), (2, 3)]),
    "T": (torch.t, [(2, 3)]),
    "Softmax": (lambda x: torch.softmax(x, 1), [(2, 3)]),
    "LogSoftmax": (lambda x: torch.log_softmax(x, 1), [(2, 3)]),
}
OPERANDS = {"Mm": ("self", "mat2"), "Addmm": ("self", "mat1", "mat2"), "Bmm": ("self", "mat2"), "Mv": ("self", "vec")}
FUNCTIONS |= {
    "LinalgVectorNorm": (torch.linalg.vector_norm, [(2, 3)]),
    "Logsumexp": (lambda x: torch.logsumexp(x, (0, 1)), [(2, 3)]),
    "BinaryCrossEntropyWithLogits": (lambda x: F.binary_cross_entropy_with_logits(x, TARGET), [(2, 3)]),
}
OPERANDS |= {"Dot": ("self", "tensor"), "Pow": ("self", "exponent")}


@pytest.mark.parametrize("kind", RULES)
def test_a_rule_is_what_autograd_computes(kind: str) -> None:
    function, shapes = FUNCTIONS.get(kind, (getattr(torch, kind.lower(), None), [(2, 3)]))
    assert function is not None
    inputs = made(*shapes)
    result = function(*inputs)
    assert result.grad_fn is not None
    node = Node(type(result.grad_fn).__name__)
    assert derivatives.kind(node) == kind
    g = torch.rand_like(result)
    truth = torch.autograd.grad(result, inputs, g)
    names = {"g": g, "result": result, "dim": 1, "target": TARGET}
    names.update(zip(OPERANDS.get(kind, ("self", "other")), inputs, strict=False))
    for position, grad in enumerate(truth):
        assert torch.allclose(eval(rule(node, position, "en"), dict(names)), grad), (kind, position)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("x ** 3", ["g * 3 * x ** 2"]),
        ("x ** 2", ["g * 2 * x"]),
        ("x ** 1", ["g"]),
        ("x ** 0.5", ["g * 0.5 * x ** (0.5 - 1)"]),
        ("x ** -1", ["g * -1 * x ** (-1 - 1)"]),
        ("3 ** x", ["g * y * log(3)"]),
        ("x ** w", ["g * w * x ** (w - 1)", "g * y * x.log()"]),
        ("x * 3", ["g * 3"]),
        ("x / 4", ["g / 4"]),
        ("torch.add(x, w, alpha=2)", ["g", "g * 2"]),
        ("torch.sub(x, w, alpha=0.5)", ["g", "-g * 0.5"]),
        ("torch.softmax(x, -1)", ["y * (g - (g * y).sum(-1, keepdim=True))"]),
    ],
)
async def test_a_rule_tells_the_numbers_it_is_made_of(runner: Runner, source: str, told: list[str]) -> None:
    code = "x = torch.tensor([0.5, 1.5], requires_grad=True)\nw = torch.tensor([2., 3.], requires_grad=True)\n"
    trace = await ran(runner, f"{code}y = {source}")
    value = trace.steps[-1].changes[-1].value
    assert isinstance(value, TensorValue)
    rules = [rule(value.graph[0], position, "en") for position in range(len(told))]

    assert rules == told
    x, w = (torch.tensor(numbers, requires_grad=True) for numbers in ([0.5, 1.5], [2.0, 3.0]))
    names = {"torch": torch, "log": math.log, "x": x, "w": w, "g": torch.tensor([1.0, -2.0])}
    names["y"] = eval(source, names)
    truth = torch.autograd.grad(names["y"], [x, w][: len(told)], names["g"])
    for text, gradient in zip(rules, truth, strict=True):
        assert torch.allclose(eval(text, names), gradient)


@pytest.mark.parametrize("kind", ["Add", "Sub", "Mul", "Div", "Pow"])
@pytest.mark.parametrize("shape", [(3,), (2, 1), (1, 3), ()])
def test_the_rule_of_what_was_stretched_sums_over_its_copies(kind: str, shape: tuple[int, ...]) -> None:
    x, b = made((2, 3), shape)
    result = FUNCTIONS[kind][0](x, b)
    g = torch.rand_like(result)
    node = Node(f"{kind}Backward0", shape=(2, 3))
    names = {"g": g, "result": result, "self": x, "other": b, "exponent": b}
    told = [rule(node, position, "en", Node("AccumulateGrad", shape=s)) for position, s in enumerate(((2, 3), shape))]
    for text, truth in zip(told, torch.autograd.grad(result, (x, b), g), strict=True):
        grad = eval(text, dict(names))
        assert grad.shape == truth.shape
        assert torch.allclose(grad, truth)


def test_rules_speak_of_tensors_by_the_names_of_the_snippet() -> None:
    from tutor.worker.wire import Saved

    node = Node("MulBackward0", saved=(Saved("other", (2,), "float32", 8, "w[0]"),))
    assert rule(node, 0, "en") == "g * w[0]"
    assert rule(node, 1, "en") == "g * self"
    assert not NAMES.search("self()")


def test_rules_in_words_are_there_in_both_languages() -> None:
    for kind in WORDS:
        node = Node(f"{kind}Backward0")
        assert rule(node, 0, "en")
        assert rule(node, 0, "zh")


def test_a_cut_is_told_in_both_languages() -> None:
    graph = (Node("AccumulateGrad", leaf="v"),)
    for why in ("detach", "data", "no_grad", "integer", "copy", "other"):
        stop = Stop(why, "argmax", 3, "h", ("v", "w"))
        assert tree.cut(stop, graph, "en").endswith("; none for w")
        assert tree.cut(stop, graph, "zh").endswith("w得不到梯度")
