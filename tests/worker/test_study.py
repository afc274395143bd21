"""What a study finds, against torch itself: every gradient of a walk, every FLOP of a table, every slope of a curve."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from support import events, printed

from tutor.runner import Runner
from tutor.worker.wire import (
    Curve,
    Finished,
    JobEvent,
    Layers,
    Passed,
    Paths,
    Saved,
    Schedule,
    Stop,
    Studied,
    TensorValue,
    Walk,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

Finding = TypeVar("Finding", Walk, Layers, Curve, Paths, Schedule)


async def studied(runner: Runner, code: str, kind: type[Finding], line: int | None = None, **job: Any) -> list[Finding]:
    """What a study of a snippet finds of a kind, at a line."""
    told = await events(runner, "import torch\nfrom torch import nn\n" + code, study=True, **job)
    assert isinstance(told[-1], Finished)
    found = [e for e in told if isinstance(e, Studied) and (line is None or e.line == line + 2)]
    return [e.finding for e in found if isinstance(e.finding, kind)]


async def numbers(runner: Runner, code: str) -> list[Any]:
    """What the ordinary run of a snippet prints, as Python."""
    values: list[Any] = eval(printed(await events(runner, "import torch\nfrom torch import nn\n" + code)))
    return values


def flat(value: TensorValue | None) -> list[float]:
    """The elements of a gradient."""
    assert value is not None
    out: list[Any] = [value.values]
    while any(isinstance(x, tuple) for x in out):
        out = [y for x in out for y in (x if isinstance(x, tuple) else (x,))]
    return out


MODEL = """
x = torch.randn(3, 2)
w = torch.randn(2, 4, requires_grad=True)
b = torch.zeros(4, requires_grad=True)
a = x @ w
h = a + b
s = h.sigmoid()
loss = (s * h).pow(2).mean()
"""


async def test_a_walk_tells_the_gradients_that_autograd_computes(runner: Runner) -> None:
    (walk,) = await studied(runner, MODEL + "loss.backward()", Walk)

    kept = "\nfor t in (a, h, s, loss): t.retain_grad()\nloss.backward()\n"
    told = "print([t.grad.flatten().tolist() for t in (w, b, a, h, s, loss)])"
    truth = dict(zip("wbahs", await numbers(runner, MODEL + kept + told), strict=False))
    seen = {walk.graph[v.node].leaf or walk.graph[v.node].result: flat(v.arriving[0]) for v in walk.visits}
    assert set(truth) <= set(seen)
    for name, grad in truth.items():
        assert seen[name] == pytest.approx(grad), name


async def test_what_leaves_a_node_arrives_at_the_next(runner: Runner) -> None:
    (walk,) = await studied(runner, MODEL + "loss.backward()", Walk)

    assert walk.root == "loss"
    assert walk.total == len(walk.visits) == len(walk.graph)
    leaving: dict[int, list[list[float]]] = {}
    for visit in walk.visits:
        for passed in visit.leaving:
            leaving.setdefault(passed.to, []).append(flat(passed.value))
    for visit in walk.visits[1:]:
        total = [math.fsum(xs) for xs in zip(*leaving[visit.node], strict=True)]
        assert flat(visit.arriving[0]) == pytest.approx(total, abs=1e-7)


async def test_a_node_tells_its_shape_its_name_and_what_it_keeps(runner: Runner) -> None:
    (walk,) = await studied(runner, MODEL + "loss.backward()", Walk)

    by_result = {node.result: node for node in walk.graph if node.result}
    assert by_result["a"].shape == (3, 4)
    assert by_result["s"].saved == (Saved("result", (3, 4), "float32", 48, "s"),)
    assert by_result["a"].saved == (Saved("self", (3, 2), "float32", 24, "x"),)
    assert {node.leaf for node in walk.graph if node.leaf} == {"w", "b"}


async def test_autograd_grad_is_a_walk_too(runner: Runner) -> None:
    code = "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = (x ** 3).sum()\ntorch.autograd.grad(y, x)"

    (walk,) = await studied(runner, code, Walk)

    last = walk.visits[-1]
    assert walk.graph[last.node].name == "PowBackward0"
    (passed,) = last.leaving
    assert isinstance(passed, Passed)
    assert flat(passed.value) == [3.0, 12.0]
    assert walk.graph[passed.to].leaf == "x"


async def test_of_a_loop_the_first_walk_is_told(runner: Runner) -> None:
    code = "w = torch.ones(1, requires_grad=True)\n"
    code += "for i in range(50):\n    loss = (w * (i + 2)).sum()\n    loss.backward()"

    (walk,) = await studied(runner, code, Walk)

    assert flat(walk.visits[-1].arriving[0]) == [2.0]


async def test_a_walk_of_many_nodes_tells_the_first_and_counts_all(runner: Runner) -> None:
    code = "x = torch.ones(1, requires_grad=True)\ny = x\nfor i in range(99):\n    y = y * 1.0\ny.backward()"

    (walk,) = await studied(runner, code, Walk)

    assert len(walk.graph) == len(walk.visits) == 64
    assert walk.total == 64


async def test_a_walk_that_raises_is_told_up_to_there(runner: Runner) -> None:
    code = "x = torch.ones(2, requires_grad=True)\ny = x.exp()\nz = (y * 2).sum()\ny.add_(1)\nz.backward()"

    (walk,) = await studied(runner, code + "\n", Walk, line=5)

    assert walk.error.startswith("RuntimeError: one of the variables needed for gradient computation")
    names = [walk.graph[v.node].name for v in walk.visits]
    assert "ExpBackward0" not in names
    assert names[0] == "SumBackward0"


# -------------------------------------------------------------------------------------------------- stops


@pytest.mark.parametrize(
    ("cut", "stop"),
    [
        ("h.detach()", Stop("detach", "detach", 6, "h", ("w",))),
        ("h.data", Stop("data", "data", 6, "h", ("w",))),
        ("torch.tensor(h.tolist()) if 0 else h.long().float()", Stop("integer", "long", 6, "h", ("w",))),
        ("h.detach() + 1", Stop("detach", "detach", 6, "h", ("w",))),
        ("h.argmax() * torch.ones(2)", Stop("integer", "argmax", 6, "h", ("w",))),
    ],
)
async def test_where_a_gradient_stops_is_told(runner: Runner, cut: str, stop: Stop) -> None:
    code = "w = torch.ones(2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)\nh = w * 3\n"
    code += f"d = {cut}\nloss = (d * v).sum()\nloss.backward()"

    (walk,) = await studied(runner, code, Walk)

    assert [node.stops for node in walk.graph if node.stops] == [(stop,)]
    (node,) = (node for node in walk.graph if node.stops)
    assert node.name == "MulBackward0"


async def test_no_grad_is_told_for_what_it_cuts(runner: Runner) -> None:
    code = "w = torch.ones(2, requires_grad=True)\nv = torch.ones(2, requires_grad=True)\n"
    code += "with torch.no_grad():\n    h = w * 3\nloss = (h * v).sum()\nloss.backward()"

    (walk,) = await studied(runner, code, Walk)

    assert [node.stops for node in walk.graph if node.stops] == [(Stop("no_grad", "mul", 6, "w", ("w",)),)]


async def test_a_start_that_is_cut_off_says_where(runner: Runner) -> None:
    code = "w = torch.ones(2, requires_grad=True)\nloss = (w.detach() * 2).sum()\nloss.backward()"

    (walk,) = await studied(runner, code, Walk)

    assert walk.root == "loss"
    assert walk.graph == ()
    assert walk.stops == (Stop("detach", "detach", 4, "w", ("w",)),)
    assert "does not require grad" in walk.error


@pytest.mark.parametrize(
    "code",
    [
        "loss = (w * (w > 0)).sum()",
        "loss = torch.where(w > 0, w, -w).sum()",
        "loss = (w * torch.zeros_like(w)).sum()",
        "loss = w.sum() / w.numel()",
        "loss = w[w.argmax()]",
        "m = nn.BatchNorm1d(1)\nloss = m(w[:, None]).sum() + w.sum()",
        "opt = torch.optim.Adam([w])\nw.sum().backward()\nopt.step()\nloss = (w * 2).sum()",
        "nn.utils.clip_grad_norm_([w], 1.0)\nloss = w.pow(2).sum()",
    ],
)
async def test_nothing_stops_where_all_gradients_arrive(runner: Runner, code: str) -> None:
    code = f"w = torch.randn(4, requires_grad=True)\n{code}\nloss.backward()"

    walks = await studied(runner, code, Walk)

    assert walks
    assert [node.stops for walk in walks for node in walk.graph if node.stops] == []
    assert [walk.stops for walk in walks if walk.stops] == []


# ------------------------------------------------------------------------------------------------- layers


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        ("nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))", (5, 4)),
        ("nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())", (2, 3, 8, 8)),
        ("nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)", (2, 5, 8)),
        ("nn.Bilinear(3, 3, 2)", (4, 3)),
    ],
)
async def test_a_table_counts_what_torch_counts(runner: Runner, model: str, shape: tuple[int, ...]) -> None:
    call = "x, x" if "Bilinear" in model else "x"
    code = f"model = {model}\nx = torch.randn({shape})\nout = model({call})"

    (table,) = await studied(runner, code, Layers)

    count = f"""
from torch.utils.flop_counter import FlopCounterMode
{code}
with FlopCounterMode(display=False) as counter:
    model({call})
inside = len([m for n, m in model.named_modules()])
print([counter.get_total_flops(), sum(p.numel() for p in model.parameters()), tuple(out.shape), inside])
"""
    flops, parameters, out, inside = await numbers(runner, count)
    first = table.rows[0]
    assert (table.name, first.flops, first.parameters, first.outputs[0]) == ("model", flops, parameters, out)
    assert first.inputs[0] == shape
    assert len(table.rows) <= inside
    if "Sequential" in model:
        assert sum(row.flops for row in table.rows[1:]) == flops


async def test_layers_are_told_with_their_names_and_depths(runner: Runner) -> None:
    code = """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 3)
    def forward(self, x):
        return self.fc(self.fc(x).relu())
model = nn.Sequential(Block(), nn.Dropout(0.5))
for i in range(3):
    out = model(torch.ones(2, 3))
"""
    (table,) = await studied(runner, code, Layers)

    told = [(row.name, row.type, row.depth, row.calls) for row in table.rows]
    assert told == [("", "Sequential", 0, 1), ("0", "Block", 1, 1), ("0.fc", "Linear", 2, 2), ("1", "Dropout", 1, 1)]


async def test_a_recurrent_layer_tells_its_sizes(runner: Runner) -> None:
    code = "rnn = nn.LSTM(3, 5, num_layers=2, batch_first=True)\nout, (h, c) = rnn(torch.ones(2, 7, 3))"

    (table,) = await studied(runner, code, Layers)

    (row,) = table.rows
    assert row.outputs == ((2, 7, 5), (2, 2, 5), (2, 2, 5))
    options = dict(row.options)
    assert (options["hidden_size"], options["num_layers"], options["batch_first"]) == ("5", "2", "True")


async def test_counting_flops_imports_no_compiler() -> None:
    code = """
import sys
import torch
from tutor.worker.layers import Table, counter
table = Table(torch.nn.ReLU(), "relu")
with counter(table):
    torch.ones(2, 3) @ torch.ones(3, 4)
print(table.flops, "torch._dynamo" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(2 * 2 * 3 * 4), "False"]


# ------------------------------------------------------------------------------------------------- curves


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def normal(x: float) -> float:
    return (1 + math.erf(x / math.sqrt(2))) / 2


SLOPES: dict[str, Callable[[float], float]] = {
    "torch.sigmoid(x)": lambda x: sigmoid(x) * (1 - sigmoid(x)),
    "x.tanh()": lambda x: 1 - math.tanh(x) ** 2,
    "nn.functional.silu(x)": lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    "nn.GELU()(x)": lambda x: normal(x) + x * math.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "nn.functional.softplus(x)": sigmoid,
    "nn.ELU(alpha=0.5)(x)": lambda x: 1.0 if x > 0 else 0.5 * math.exp(x),
    "nn.functional.leaky_relu(x, 0.2)": lambda x: 1.0 if x > 0 else 0.2,
    "nn.ReLU(inplace=True)(x)": lambda x: 1.0 if x > 0 else 0.0,
    "torch.exp(x)": math.exp,
    "nn.Threshold(0.5, 20)(x)": lambda x: 1.0 if x > 0.5 else 0.0,
}


@pytest.mark.parametrize("call", SLOPES)
async def test_the_slope_of_a_curve_is_its_derivative(runner: Runner, call: str) -> None:
    (curve,) = await studied(runner, f"x = torch.tensor([-1.0, 2.0])\n{call}", Curve)

    assert (curve.low, curve.high) == (-1.0, 2.0)
    assert (min(curve.x), max(curve.x)) == (-6.0, 6.0)
    truth = [SLOPES[call](x) if x else s for x, s in zip(curve.x, curve.slope, strict=True)]  # at 0 some have a kink
    assert curve.slope == pytest.approx(truth, abs=1e-8)


async def test_a_curve_is_drawn_with_the_options_of_the_call(runner: Runner) -> None:
    code = "x = torch.ones(2)\nnn.functional.leaky_relu(x, 0.3)\nnn.LeakyReLU(0.1)(x)\nnn.functional.leaky_relu(x)"

    told = await studied(runner, code, Curve)

    assert [curve.options for curve in told] == ["negative_slope=0.3", "negative_slope=0.1", ""]
    assert [curve.y[0] for curve in told] == pytest.approx([-1.8, -0.6, -0.06])


async def test_what_an_optimizer_computes_with_is_no_curve(runner: Runner) -> None:
    code = "w = torch.ones(2, requires_grad=True)\nopt = torch.optim.Adam([w], foreach=False)\n"
    code += "w.sum().backward()\nopt.step()"

    assert await studied(runner, code, Curve) == []


# ------------------------------------------------------------------------------------------- optimizers


async def test_paths_are_what_the_optimizers_do(runner: Runner) -> None:
    code = "w = torch.ones(2, requires_grad=True)\nopt = torch.optim.SGD([w], lr=0.5, momentum=0.5)"

    (paths,) = await studied(runner, code, Paths)

    names = [(path.name, path.options) for path in paths.paths]
    assert names[0] == ("SGD", "lr=0.5, momentum=0.5")
    assert ("SGD", "lr=0.5") in names
    plain = paths.paths[names.index(("SGD", "lr=0.5"))].points
    for (x, y), (x_next, y_next) in itertools.pairwise(plain):
        assert x_next == pytest.approx(x * (1 - 0.5 * paths.a), abs=1e-9)
        assert y_next == pytest.approx(y * (1 - 0.5 * paths.b), abs=1e-9)
    assert len({path.points[0] for path in paths.paths}) == 1


@pytest.mark.parametrize(
    "made",
    [
        "StepLR(opt, 4, gamma=0.5)",
        "CosineAnnealingLR(opt, 20)",
        "OneCycleLR(opt, 0.1, total_steps=30)",
        "ExponentialLR(opt, 0.9)",
    ],
)
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
async def test_a_schedule_is_what_the_scheduler_does(runner: Runner, made: str, optimizer: str) -> None:
    code = "w = torch.ones(2, requires_grad=True)\n"
    code += f"opt = torch.optim.{optimizer}([w], lr=0.1)\ns = torch.optim.lr_scheduler.{made}\n"

    (schedule,) = await studied(runner, code, Schedule)

    steps = len(schedule.rates) - 1
    code += "rates = [opt.param_groups[0]['lr']]\n"
    code += f"for i in range({steps}):\n    opt.step()\n    s.step()\n    rates.append(opt.param_groups[0]['lr'])\n"
    assert list(schedule.rates) == pytest.approx(await numbers(runner, code + "print(rates)"))
    assert schedule.name == made.partition("(")[0]


async def test_groups_of_parameters_have_their_own_rates(runner: Runner) -> None:
    code = "a, b = (torch.ones(2, requires_grad=True) for _ in range(2))\n"
    code += "opt = torch.optim.SGD([{'params': [a], 'lr': 0.3}, {'params': [b]}], lr=0.1)\n"
    code += "s = torch.optim.lr_scheduler.StepLR(opt, 2, gamma=0.5)\n"

    (schedule,) = await studied(runner, code, Schedule)
    (paths,) = await studied(runner, code, Paths)

    (other,) = schedule.others
    assert other == pytest.approx([rate / 3 for rate in schedule.rates])
    assert (schedule.rates[0], paths.paths[0].options) == (0.3, "lr=0.3")


# --------------------------------------------------------------------------------------------- manners


async def test_a_study_says_nothing_but_what_it_found(runner: Runner) -> None:
    code = "import torch\nprint('hello')\nx = torch.ones(1, requires_grad=True)\nx.sum().backward()\nx.undefined"

    told: list[JobEvent] = await events(runner, code, study=True)

    assert [type(event).__name__ for event in told] == ["Studied", "Finished"]
    assert isinstance(told[-1], Finished)
    assert told[-1].outcome == "finished"


async def test_what_was_found_before_the_time_is_up_is_told(runner: Runner) -> None:
    code = "x = torch.ones(1, requires_grad=True)\nx.sum().backward()\nwhile True: pass"

    walks = await studied(runner, code, Walk, timeout=0.5)

    assert len(walks) == 1
