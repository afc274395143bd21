"""What happens to gradients, exactly: `stories/gradients.txt` holds the snippets, each above what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import events, stories, story

from tutor.runner import Runner
from tutor.worker.wire import Gradient, JobEvent, Stats, StepBegan, StepEnded, TensorValue

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORIES = Path(__file__).parent / "stories" / "gradients.txt"


@pytest.mark.parametrize(("code", "told"), [pytest.param(code, told, id=name) for name, code, told in stories(STORIES)])
async def test_a_snippet_is_told_exactly(runner: Runner, code: str, told: list[str]) -> None:
    assert await story(runner, code) == told


def gradients(told: list[JobEvent], line: int) -> tuple[Gradient, ...]:
    """Those of the statement at a line."""
    steps = {event.step for event in told if isinstance(event, StepBegan) and event.line == line}
    return tuple(g for event in told if isinstance(event, StepEnded) and event.step in steps for g in event.gradients)


async def test_a_gradient_is_told_with_its_facts(runner: Runner) -> None:
    told = await events(
        runner, "import torch\nx = torch.tensor([3.0, 4.0], requires_grad=True)\n(x * x).sum().backward()"
    )

    (filled,) = gradients(told, 3)
    assert filled == Gradient(
        "x",
        "filled",
        TensorValue(
            "Tensor",
            (2,),
            "float32",
            strides=(1,),
            numel=2,
            bytes=8,
            stats=Stats(6.0, 8.0, 7.0, 2.0**0.5, 10.0),
            values=(6.0, 8.0),
        ),
    )


async def test_what_was_there_before_is_told_with_its_norm(runner: Runner) -> None:
    code = "import torch\nx = torch.tensor([3.0, 4.0], requires_grad=True)\n"
    code += "(x * x).sum().backward()\n(x * x).sum().backward()"

    (again,) = gradients(await events(runner, code), 4)

    assert again.how == "accumulated"
    assert again.value is not None
    assert again.value.stats is not None
    assert again.before is not None
    assert again.before.stats is not None
    assert (again.value.stats.norm, again.before.stats.norm) == (20.0, 10.0)


async def test_the_gradients_of_many_parameters(runner: Runner) -> None:
    code = "import torch\nps = [torch.ones(1, requires_grad=True) for _ in range(60)]\nsum(ps).backward()"

    told = gradients(await events(runner, code), 3)

    assert [g.name for g in told if g.how == "filled"] == [f"ps[{i}]" for i in range(60)]
    assert all(g.value is not None for g in told[:40])


async def test_a_large_gradient_is_told_by_its_corners(runner: Runner) -> None:
    code = "import torch\nx = torch.ones(100, 200, requires_grad=True)\nx.sum().backward()"

    (filled,) = gradients(await events(runner, code), 3)

    assert filled.value is not None
    stats = filled.value.stats
    assert stats is not None
    assert (stats.min, stats.max, stats.mean, stats.std) == (1.0, 1.0, 1.0, 0.0)
    assert stats.norm == pytest.approx(20000**0.5)
    rows = filled.value.values
    assert [row is None for row in rows] == [False] * 3 + [True] + [False] * 3
    assert rows[0] == (1.0, 1.0, 1.0, None, 1.0, 1.0, 1.0)


async def test_a_gradient_on_the_way_is_seen_when_the_snippet_drops_its_tensor(runner: Runner) -> None:
    code = "import torch\nx = torch.ones(1, requires_grad=True)\ny = x * 2\nz = y.sum()\ny = None\nz.backward()"

    told = gradients(await events(runner, code), 6)

    assert [(g.name, g.how) for g in told] == [("z", "reached"), ("y", "reached"), ("x", "filled")]


async def test_an_unnamed_tensor_has_no_gradient_to_tell(runner: Runner) -> None:
    told = await events(runner, "import torch\n(torch.ones(1, requires_grad=True) * 2).sum().backward()")

    assert gradients(told, 2) == ()
