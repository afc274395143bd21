"""Pictures of functions, schedules and layers: their numbers are those of torch."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest
import torch
from rich.cells import cell_len
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tutor.render import numbers
from tutor.render.frames import Frames
from tutor.render.pictures import Canvas, Picture, helpful, offered
from tutor.render.pictures.functions import Function, Rates
from tutor.render.pictures.modules import Table
from tutor.render.pictures.paths import Valley
from tutor.render.pictures.unrolled import FORMULAS, RELU, Unrolled
from tutor.runner import Runner
from tutor.studies import studied
from tutor.trace import Trace, walk
from tutor.worker.wire import Curve, Job, Layer, Layers, Path, Paths, Schedule

CANVASES = [
    Canvas(80),
    Canvas(34, 8),
    Canvas(120, colour=False),
    Canvas(60, ascii=True, colour=False),
    Canvas(80, truecolour=False, lang="zh"),
]
SETUP = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


async def ran(runner: Runner, code: str) -> Trace:
    """A snippet's trace with what a study finds."""
    job = Job("models", SETUP + code.strip(), timeout=30.0)
    trace = Trace()
    async for event in runner.run(job):
        trace = trace.apply(event)
    return await studied(runner, job, trace)


async def unasked(runner: Runner, code: str) -> tuple[Picture, ...]:
    """What the last statement is given."""
    trace = await ran(runner, code)
    return helpful(trace.steps[-1], trace)


def fits(picture: Picture) -> None:
    for canvas in CANVASES:
        lines = picture.draw(canvas)
        assert lines
        assert max(cell_len(line.plain) for line in lines) <= canvas.width
        assert not canvas.ascii or all(line.plain.isascii() for line in lines)
        assert all(picture.describe(canvas.lang))


# ----------------------------------------------------------------------------------------------- functions


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "call", ["F.relu(x)", "torch.sigmoid(x)", "x.tanh()", "F.gelu(x)", "F.leaky_relu(x, 0.2)", "nn.Softplus()(x)"]
)
async def test_an_activation_tells_its_value_and_its_slope(runner: Runner, call: str) -> None:
    (picture,) = await unasked(runner, f"x = torch.tensor([-1.5, 2.0])\n{call}")
    assert isinstance(picture, Function)

    x = torch.linspace(-6, 6, 121, dtype=torch.float64).requires_grad_()
    y = eval(call, {"x": x, "F": nn.functional, "nn": nn, "torch": torch})
    (slope,) = torch.autograd.grad(y.sum(), x)
    told = [numbers.figure(round(v.item(), 9) + 0.0) for v in (y[60], slope[60], slope.min(), slope.max())]
    assert list(picture.words("en")) == [
        "at 0 it is {}, its slope {}; slopes from {} to {}".format(*told),
        "on the axis: the inputs of this call, -1.5 to 2.0",
    ]
    fits(picture)


def curve(values: tuple[float, ...], name: str = "tan") -> Curve:
    xs = tuple(-6 + 12 * i / (len(values) - 1) for i in range(len(values)))
    return Curve(name, "", xs, values, tuple(0.0 for _ in xs))


def test_a_pole_is_not_drawn_as_a_line() -> None:
    points = Function(curve((1.0, 50.0, -50.0, -1.0))).points((1.0, 50.0, -50.0, -1.0))
    assert [math.isnan(y) for _, y in points] == [False, False, True, False, False]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_function_intrudes_once_and_only_if_it_is_an_activation(runner: Runner) -> None:
    trace = await ran(runner, "x = torch.ones(2)\nF.relu(x)\nF.relu(x)\ntorch.exp(x)\nF.leaky_relu(x, 0.3)")
    told = [[p.title("en") for p in helpful(step, trace)] for step in trace.steps[-4:]]
    assert told == [["relu and its derivative"], [], [], ["leaky_relu(negative_slope=0.3) and its derivative"]]
    assert [p.kind for p in offered(trace.steps[-2], trace)][:1] == ["curve"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_schedule_tells_its_rates(runner: Runner) -> None:
    code = "opt = torch.optim.SGD([torch.ones(1)], lr=0.5)\ntorch.optim.lr_scheduler.StepLR(opt, 4, gamma=0.5)"
    (picture,) = (p for p in await unasked(runner, code) if isinstance(p, Rates))

    optimizer = torch.optim.SGD([torch.ones(1)], lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, gamma=0.5)
    for _ in range(16):
        optimizer.step()
        scheduler.step()
    last = numbers.figure(optimizer.param_groups[0]["lr"])
    assert [*picture.words("en")] == [f"from 0.5 to {last} in 16 calls of step(); at most 0.5, at least {last}"]
    fits(picture)


def test_groups_of_parameters_with_rates_of_their_own_have_a_line_each() -> None:
    picture = Rates(Schedule("ExponentialLR", "", (1.0, 0.5), ((0.2, 0.1),)))
    lines = [t.plain for t in picture.draw(Canvas(60, ascii=True))]
    assert lines[0].split() == ["******", "group", "0", "++++++", "group", "1"]
    assert {"*", "+"} <= set("".join(line.partition("|")[2] for line in lines))
    assert [words.partition(" in ")[0] for words in picture.words("en")] == [
        "group 0: from 1.0 to 0.5",
        "group 1: from 0.2 to 0.1",
    ]
    fits(picture)


def test_a_rate_that_stays_is_drawn_as_stairs() -> None:
    rates = (1.0,) * 20 + (0.5,) * 20
    shortest = (1.0, 1.0, 0.5, 0.5, 0.25)  # of StepLR(optimizer, 2)
    rows = [t.plain for t in Rates(Schedule("StepLR", "", rates)).draw(Canvas(60, ascii=True))]
    columns = {row.rindex("*") for row in rows if row.count("*") == 1}
    assert len(columns) == 1  # straight down
    assert sum(row.count("*") > 10 for row in rows) == 2
    told = [t.plain for t in Rates(Schedule("StepLR", "", shortest)).draw(Canvas(60, ascii=True))]
    assert sum(row.count("*") > 10 for row in told) == 2
    assert max(row.count("*") for row in told if 0 < row.count("*") <= 10) == 1


# -------------------------------------------------------------------------------------------------- tables


@pytest.mark.asyncio(loop_scope="session")
async def test_a_model_is_a_table_with_the_counts_of_torch(runner: Runner) -> None:
    made = "nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 10))"
    pictures = await unasked(
        runner, f"model = {made}\nmodel[0].bias.requires_grad_(False)\nmodel(torch.ones(2, 3, 8, 8))"
    )
    (picture,) = pictures
    assert isinstance(picture, Table)

    model = eval(made, {"nn": nn})
    with FlopCounterMode(display=False) as counter:
        model(torch.ones(2, 3, 8, 8))
    count = sum(p.numel() for p in model.parameters())
    words = f"{count:,} parameters, {count - 8:,} of them trainable; {counter.get_total_flops():,} FLOPs in this call"
    assert picture.words("en").startswith(words)

    lines = [line.plain for line in picture.draw(Canvas(80))]
    conv = next(line for line in lines if "Conv2d" in line).split()
    assert conv == ["0", "Conv2d", "2x3x8x8", "2x8x8x8", "224", "55,296"]
    fits(picture)


@pytest.mark.asyncio(loop_scope="session")
async def test_where_it_is_narrow_what_comes_out_stays(runner: Runner) -> None:
    code = "model = nn.Sequential(nn.Linear(512, 100), nn.ReLU(), nn.Linear(100, 10))\nmodel(torch.ones(2, 512))"
    (picture,) = (p for p in await unasked(runner, code) if isinstance(p, Table))
    heads = [picture.draw(Canvas(width))[0].plain.split() for width in (80, 48, 42, 30)]
    assert heads == [
        ["in", "out", "parameters", "FLOPs"],
        ["out", "parameters", "FLOPs"],
        ["out", "parameters"],
        ["out"],
    ]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_model_of_a_training_loop_is_shown_once(runner: Runner) -> None:
    code = "net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())\ndef train():\n    for i in range(9):\n"
    code += "        loss = net(torch.ones(1, 2)).sum()\n        loss.backward()\ntrain()\nnet(torch.ones(1, 2))"
    trace = await ran(runner, code)

    frames = Frames(Canvas(80))
    shown = [line.plain.strip() for step in walk(trace.steps) for line in frames.under(step, trace, inside=True)]
    assert [line for line in shown if "╭" in line] == ["╭ loss over 9 iterations", "╭ layers of net: Sequential"]
    late = [line.plain.strip() for line in frames.since(trace.steps, replace(trace, studies=()), trace)]
    assert [line for line in late if "╭" in line] == ["╭ layers of net: Sequential"]
    assert late[0] == "7 loss = net(torch.ones(1, 2)).sum()"


# ----------------------------------------------------------------------------------------------- recurrent


def scope(kind: str, hidden: int = 4, features: int = 3) -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    gates = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind] * hidden
    sizes = {"W_ih": (gates, features), "W_hh": (gates, hidden), "b_ih": (gates,), "b_hh": (gates,), "x": (features,)}
    sizes |= {"h": (hidden,), "c": (hidden,)}
    return {name: torch.randn(size) for name, size in sizes.items()}


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU", "RNN relu"])
def test_a_formula_is_what_the_cell_computes(kind: str) -> None:
    plain, _, nonlinearity = kind.partition(" ")
    names = scope(plain)
    options = {"nonlinearity": nonlinearity} if nonlinearity else {}
    cell = getattr(nn, plain + "Cell")(3, 4, **options)
    for key, name in (("weight_ih", "W_ih"), ("weight_hh", "W_hh"), ("bias_ih", "b_ih"), ("bias_hh", "b_hh")):
        getattr(cell, key).data = names[name]
    state = (names["h"], names["c"]) if plain == "LSTM" else names["h"]
    truth = cell(names["x"], state)
    functions = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu}
    space: dict[str, object] = {**names, **functions}
    for line in RELU if nonlinearity else FORMULAS[plain]:
        exec(line, space)
    told = space["h"]
    assert isinstance(told, torch.Tensor)
    assert torch.allclose(told, truth[0] if plain == "LSTM" else truth)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("ways", [False, True])
async def test_a_recurrent_layer_is_unrolled_with_its_shapes(
    runner: Runner, kind: str, first: bool, ways: bool
) -> None:
    made = f"nn.{kind}(3, 5, num_layers=2, batch_first={first}, bidirectional={ways})"
    x = torch.ones(7, 9, 3)
    (picture,) = await unasked(runner, f"rnn = {made}\nrnn(torch.ones(7, 9, 3))")
    assert isinstance(picture, Unrolled)

    out, _ = eval(made, {"nn": nn})(x)
    sizes = picture.sizes
    assert sizes is not None
    steps, batch = (9, 7) if first else (7, 9)
    assert (sizes.steps, sizes.batch, sizes.hidden) == (steps, batch, 5)
    assert sizes.out * (2 if ways else 1) == out.shape[-1]
    drawn = "\n".join(line.plain for line in picture.draw(Canvas(80)))
    assert f"at each step: x {batch}x3, h {batch}x5" in drawn
    assert ("x[:,0]" if first else "x[0]") in drawn
    assert f"{steps - 1}]" in drawn
    assert drawn.count(f"[{kind}]") == (4 if ways else 2) * min(steps, 5 if steps > 6 else steps)
    fits(picture)


@pytest.mark.asyncio(loop_scope="session")
async def test_cells_and_odd_inputs_have_their_pictures(runner: Runner) -> None:
    calls = [
        "nn.LSTMCell(3, 5)(torch.ones(2, 3))",
        "nn.GRU(3, 5)(torch.ones(4, 3))",
        "nn.LSTM(3, 5, 4)(torch.ones(1, 2, 3))",
    ]
    packed = "nn.RNN(3, 5)(nn.utils.rnn.pack_sequence([torch.ones(4, 3), torch.ones(2, 3)]))"
    for call in [*calls, "nn.LSTM(3, 5, proj_size=2)(torch.ones(2, 1, 3))", packed]:
        (picture,) = await unasked(runner, call)
        assert isinstance(picture, Unrolled)
        assert (picture.sizes is None) == (call == packed)
        fits(picture)


def test_each_state_of_an_lstm_has_its_beginning_and_its_end() -> None:
    options = (("hidden_size", "5"), ("num_layers", "1"))
    picture = Unrolled(Layer("", "LSTM", inputs=((3, 2, 3),), outputs=((3, 2, 5),), options=options))
    cells = next(line.plain for line in picture.draw(Canvas(80)) if "[LSTM]" in line.plain).split()
    assert (cells[0], cells[-1]) == ("h0,c0", "h_n,c_n")


def test_steps_that_do_not_fit_are_left_out_in_the_middle() -> None:
    options = (("hidden_size", "5"), ("num_layers", "1"))
    picture = Unrolled(Layer("", "RNN", inputs=((50, 2, 3),), outputs=((50, 2, 5),), options=options))
    for width, shown in ((120, "x[0] x[1] x[2] x[3] x[49]"), (60, "x[0] x[1] x[2] x[49]"), (34, "x[0]")):
        lines = [line.plain for line in picture.draw(Canvas(width))]
        assert next(line for line in lines if "x[0]" in line).split() == shown.split()


def test_every_width_is_kept_to() -> None:
    deep = tuple(Layer(f"{'a.' * d}block{d}", "ResidualBlock", depth=d, outputs=((8, 64, 56, 56),)) for d in range(6))
    picture = Table(Layers("model", (replace(deep[0], parameters=10**8, flops=10**12), *deep), 99))
    for width, page in itertools.product(range(20, 100, 7), (0,)):
        assert max(cell_len(line.plain) for line in picture.draw(Canvas(width), page)) <= width


# ---------------------------------------------------------------------------------------------- optimizers


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("made", ["SGD([w], lr=0.5, momentum=0.5)", "Adam([w], lr=0.01)", "RMSprop([w], lr=1e-3)"])
async def test_optimizers_stand_side_by_side_with_how_far_they_come(runner: Runner, made: str) -> None:
    code = f"w = torch.ones(2, requires_grad=True)\nopt = torch.optim.{made}"
    trace = await ran(runner, code)
    (picture,) = (p for p in offered(trace.steps[-1], trace) if isinstance(p, Valley))
    assert helpful(trace.steps[-1], trace) == ()

    paths = picture.paths
    for path in paths.paths:
        heights = [(paths.a * x * x + paths.b * y * y) / 2 for x, y in path.points]
        steps = picture.near(path)
        if steps is None:
            assert min(heights) > 0.01 * heights[0]
        else:
            assert heights[steps] <= 0.01 * heights[0] < min(heights[:steps])
    wide, narrow = ("\n".join(line.plain for line in picture.draw(Canvas(width))) for width in (120, 50))
    assert wide.count("lr=") == narrow.count("lr=") == 4
    assert len(narrow.splitlines()) > 1.5 * len(wide.splitlines())
    fits(picture)


def test_without_colours_a_path_is_told_from_the_contours() -> None:
    here = Valley(Paths(0.1, 1.7, (Path("SGD", "lr=9", ((-36.0, 16.0), (-36.0, 16.0))),)))
    lines = [line.plain for line in here.draw(Canvas(60, colour=False))]
    assert any("·" in line for line in lines)
    assert not any("\u2800" <= char <= "\u28ff" for line in lines for char in line)


def test_the_options_of_an_optimizer_are_whole() -> None:
    way = ((-36.0, 16.0), (0.0, 0.0))
    picture = Valley(Paths(0.1, 1.7, tuple(Path("SGD", f"lr=0.1, momentum={n}, nesterov=True", way) for n in "123")))
    told = " ".join(line.plain for line in picture.draw(Canvas(60)))
    assert all(f"momentum={n}," in told for n in "123")
    assert told.count("nesterov=True") == 3


def test_a_path_that_leaves_for_good_is_drawn_as_far_as_it_is_seen() -> None:
    away = Path("SGD", "lr=9", tuple((-36.0 * 9.0**n, 16.0 * 9.0**n) for n in range(300)))
    picture = Valley(Paths(0.1, 1.7, (away, Path("Adam", "lr=9", ((-36.0, 16.0), (0.0, 0.0))))))
    assert picture.near(away) is None
    fits(picture)
