"""Every sort of value described, exactly: `stories/values.txt` holds snippets, each above what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import events, stories, story

from tutor.runner import Runner
from tutor.worker.wire import (
    ArrayValue,
    ContainerValue,
    Item,
    ModuleValue,
    Node,
    OptimizerValue,
    Parameter,
    ParamGroup,
    PlainValue,
    Saved,
    Stats,
    StepEnded,
    TensorValue,
    Value,
    encode,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORIES = Path(__file__).parent / "stories" / "values.txt"


@pytest.mark.parametrize(("code", "told"), [pytest.param(code, told, id=name) for name, code, told in stories(STORIES)])
async def test_a_value_is_told_exactly(runner: Runner, code: str, told: list[str]) -> None:
    assert await story(runner, code) == told


async def value_of(runner: Runner, expression: str, setup: str = "import torch") -> Value:
    """What is told of the value of an expression."""
    told = await events(runner, expression, setup=setup)
    last = [event for event in told if isinstance(event, StepEnded)][-1]
    assert last.error is None, last.error
    assert last.value is not None
    return last.value


async def test_a_tensor_with_all_its_facts(runner: Runner) -> None:
    setup = "import torch\nw = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)\nv = w * 2"

    assert await value_of(runner, "v[1:].t()", setup) == TensorValue(
        type="Tensor",
        shape=(2, 1),
        dtype="float32",
        device="cpu",
        layout="strided",
        requires_grad=True,
        is_leaf=False,
        grad_fn="TBackward0",
        strides=(1, 2),
        offset=2,
        contiguous=True,
        shares="v",
        numel=2,
        bytes=8,
        stats=Stats(6.0, 8.0, 7.0, 2.0**0.5, 10.0),
        values=((6.0,), (8.0,)),
        graph=(
            Node("TBackward0", (1,), shape=(2, 1)),
            Node("SliceBackward0", (2,), shape=(1, 2), constants=(("dim", 0),)),
            Node(
                "MulBackward0",
                (3,),
                result="v",
                shape=(2, 2),
                saved=(Saved("other", (), "int64", 8),),
                constants=(("other", 2),),
            ),
            Node("AccumulateGrad", (), "w", shape=(2, 2)),
        ),
    )


@pytest.mark.parametrize(
    ("expression", "stats"),
    [
        ("torch.tensor(3)", Stats(3.0, 3.0, 3.0, None, 3.0)),
        ("torch.tensor([True, False, True])", Stats(0.0, 1.0, 2 / 3, (1 / 3) ** 0.5, 2.0**0.5)),
        ("torch.tensor([1.0, float('nan'), float('inf')])", Stats(1.0, 1.0, 1.0, None, "nan", 1, 1)),
        ("torch.tensor([-float('inf')])", Stats(norm=None, nan=0, inf=1)),
        ("torch.tensor([3 + 4j])", Stats(norm=5.0)),
        ("torch.tensor([3, 4], dtype=torch.uint16)", Stats(3.0, 4.0, 3.5, 0.5**0.5, 5.0)),
        ("torch.tensor([3.0, 4.0]).to(torch.float8_e5m2)", Stats(3.0, 4.0, 3.5, 0.5**0.5, 5.0)),
        ("torch.cat([torch.arange(100.0), torch.tensor([float('nan')])])[:100]", None),
        ("torch.empty(0)", None),
        ("torch.ones(1).expand(10**15)", None),
        ("torch.empty(2, device='meta')", None),
    ],
)
async def test_statistics(runner: Runner, expression: str, stats: Stats | None) -> None:
    value = await value_of(runner, expression)

    assert isinstance(value, TensorValue)
    if "arange" in expression:
        stats = value.stats
        assert stats is not None
        assert (stats.min, stats.max, stats.mean, stats.nan) == (0.0, 99.0, 49.5, 0)
    elif stats is None or value.stats is None:
        assert value.stats == stats
    else:
        for name in ("min", "max", "mean", "std", "norm", "nan", "inf"):
            expected: Any = getattr(stats, name)
            assert getattr(value.stats, name) == (
                pytest.approx(expected) if isinstance(expected, float) else expected
            ), name


async def test_a_large_tensor_is_small_on_the_wire(runner: Runner) -> None:
    value = await value_of(runner, "torch.zeros(*[2] * 20)")
    assert isinstance(value, TensorValue)
    assert value.shape == (2,) * 20
    assert len(encode(StepEnded("job", 0, "done", value))) < 20_000

    for expression in ("torch.rand(2000, 3000)", "torch.rand(3, 4, 5, 6, 7, 8)", "[torch.rand(900)] * 500"):
        value = await value_of(runner, expression)
        assert len(encode(StepEnded("job", 0, "done", value))) < 100_000


async def test_all_elements_up_to_a_thousand(runner: Runner) -> None:
    whole = await value_of(runner, "torch.arange(1000)")
    cut = await value_of(runner, "torch.arange(1001)")

    assert isinstance(whole, TensorValue)
    assert whole.values == tuple(range(1000))
    assert isinstance(cut, TensorValue)
    assert cut.values == (0, 1, 2, None, 998, 999, 1000)


async def test_a_numpy_array(runner: Runner) -> None:
    setup = "import torch\nx = torch.tensor([3.0, 4.0], dtype=torch.float64)"

    assert await value_of(runner, "x.numpy()[:1]", setup) == ArrayValue(
        (1,), "float64", "x", 1, 8, Stats(3.0, 3.0, 3.0, None, 3.0), (3.0,)
    )


async def test_a_module(runner: Runner) -> None:
    setup = "import torch\nm = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())\n"
    setup += "torch.nn.init.ones_(m[0].weight)\nm[0].bias.requires_grad_(False).fill_(2)\nm.eval()"

    assert await value_of(runner, "m", setup) == ModuleValue(
        type="Sequential",
        text="",
        training=False,
        parameters=(
            Parameter("0.weight", (4, 3), "float32", True, 12, pytest.approx(12**0.5)),  # type: ignore[arg-type]
            Parameter("0.bias", (4,), "float32", False, 4, 4.0),
        ),
        children=(
            Item("0", PlainValue("Linear", "in_features=3, out_features=4, bias=True")),
            Item("1", PlainValue("ReLU", "")),
        ),
        count=2,
        total=16,
        trainable=12,
    )


async def test_an_optimizer(runner: Runner) -> None:
    setup = "import torch\nw = torch.ones(2, requires_grad=True)\no = torch.optim.SGD([w], lr=0.5, momentum=0.9)\n"
    setup += "w.sum().backward()\no.step()"

    value = await value_of(runner, "o", setup)

    assert isinstance(value, OptimizerValue)
    assert value.type == "SGD"
    (group,) = value.groups
    assert isinstance(group, ParamGroup)
    assert group.parameters == 1
    assert dict(group.options)["lr"] == "0.5"
    assert [(item.key, getattr(item.value, "values", None)) for item in value.state] == [
        ("momentum_buffer of w", (1.0, 1.0))
    ]


async def test_many_members_are_cut(runner: Runner) -> None:
    value = await value_of(runner, "[[i] * 100 for i in range(10**5)]", "")

    assert isinstance(value, ContainerValue)
    assert value.length == 10**5
    assert 1 < len(value.items) <= 24
    assert isinstance(value.items[0].value, ContainerValue)
    assert value.items[0].value.length == 100


async def test_describing_reads_no_more_than_it_may(runner: Runner) -> None:
    """A tensor larger than the memory that may be used is told without a touch of its memory."""
    code = "import torch, resource\nx = torch.empty(10**9, dtype=torch.uint8)\ny = x.view(1000, -1)[:, ::7]\n"
    code += "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 600_000"

    told = await events(runner, code)

    last = [event for event in told if isinstance(event, StepEnded)][-1]
    assert last.value == PlainValue("bool", "True")
