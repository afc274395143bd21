"""Jobs as their caller has them: cancelled, left, several at once, with what a failing call was given."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest
from recorded import folded
from support import alive, children, ending, merged, printed, until, worker

from tutor import launch
from tutor.runner import Runner
from tutor.worker.wire import Finished, Job, JobEvent, LoopAdvanced, ModuleValue, Operands, Printed, Started

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("clean")]


async def test_cancel(runner: Runner) -> None:
    told: list[JobEvent] = []
    async for event in runner.run(Job("long", "x = 1\nprint('on')\nwhile True:\n    x += 1", timeout=60.0)):
        told.append(event)
        if isinstance(event, LoopAdvanced):
            await runner.cancel("long")

    last = told[-1]
    assert isinstance(last, Finished)
    assert (last.outcome, last.reason) == ("cancelled", "stopped on request")
    assert last.line in (3, 4)  # the loop or its body


@pytest.mark.parametrize("after", range(1, 12))
async def test_cancel_at_any_moment(runner: Runner, after: int) -> None:
    code = "import torch\nfor i in range(100000):\n    x = torch.ones(50) * i\n    print(i)\ny = 1\nwhile True: pass"
    told: list[JobEvent] = []
    async for event in runner.run(Job("long", code, timeout=60.0)):
        told.append(event)
        if len(told) == after:
            await runner.cancel("long")

    assert [event.outcome for event in told if isinstance(event, Finished)] == ["cancelled"]
    assert printed(told, "stderr") == ""


async def test_a_listener_that_leaves_cancels(runner: Runner) -> None:
    stream = runner.run(Job("left", "import os\nprint(os.getpid())\nwhile True: pass", timeout=60.0))
    async for event in stream:
        if isinstance(event, Printed):
            running = int(event.text)
            break
    assert running in children(worker(runner))
    await stream.aclose()  # type: ignore[attr-defined]

    await until(lambda: not alive(running))


async def test_cancelling_nothing_is_harmless(runner: Runner) -> None:
    await runner.cancel("no such job")


async def test_several_jobs_at_once(runner: Runner) -> None:
    async def one(n: int) -> list[JobEvent]:
        code = f"import time\nfor i in range(20):\n    print({n}, i)\n    time.sleep(0.005)"
        return merged([event async for event in runner.run(Job(f"many-{n}", code))])

    for n, told in enumerate(await asyncio.gather(*(one(n) for n in range(5)))):
        assert {event.job for event in told} == {f"many-{n}"}
        assert printed(told) == "".join(f"{n} {i}\n" for i in range(20))
        assert isinstance(told[0], Started)
        assert isinstance(told[-1], Finished)
        assert told[-1].outcome == "finished"


async def test_the_same_job_twice_at_once_is_refused(runner: Runner) -> None:
    stream = runner.run(Job("same", "while True: pass", timeout=60.0))
    await anext(aiter(stream))

    with pytest.raises(ValueError, match=r"^job 'same' is running already$"):
        await anext(aiter(runner.run(Job("same", "1"))))

    await stream.aclose()  # type: ignore[attr-defined]


async def test_progress_arrives_before_the_end(runner: Runner) -> None:
    seen = ""
    async for event in runner.run(Job("stream", "n = 0\nwhile True:\n    n += 2", timeout=60.0)):
        if isinstance(event, LoopAdvanced):
            seen = f"{event.step} {bool(event.series)}"
            await runner.cancel("stream")
    assert seen == "1 True"


# -------------------------------------------------------------------------------------------- operands


@pytest.mark.parametrize(
    ("code", "call", "operands"),
    [
        (
            "a, b = torch.ones(2, 3), torch.ones(4, 5)\ndef f(u):\n    return torch.mm(u, b)\nf(a)",
            "torch.mm",
            [("u", (2, 3)), ("b", (4, 5))],
        ),
        ("a, b = torch.ones(2), torch.ones(3)\na + b", "torch.Tensor.add", [("a", (2,)), ("b", (3,))]),
        (
            "m = torch.nn.Linear(10, 5)\nrows = torch.ones(2, 3)\nm(rows)",
            "torch.nn.functional.linear",
            [("rows", (2, 3)), ("m.weight", (5, 10)), ("m.bias", (5,))],
        ),
        (
            "class Net(torch.nn.Module):\n"
            "    def __init__(self):\n"
            "        super().__init__()\n"
            "        self.body = torch.nn.Sequential(torch.nn.Linear(3, 1))\n"
            "    def forward(self, x):\n"
            "        return self.body(x)\n"
            "net = Net()\n"
            "for i in range(3):\n"
            "    net(torch.ones(1, 3 + i))",
            "torch.nn.functional.linear",
            [("x", (1, 4)), ("net.body.0.weight", (1, 3)), ("net.body.0.bias", (1,))],
        ),
        ("a = torch.ones(2)\nb = a.reshape(3)", "torch.Tensor.reshape", [("a", (2,)), ("argument 2", None)]),
        (
            "class Box: pass\nbox = Box()\nbox.parts = [torch.ones(2), torch.ones(3)]\nother = torch.ones(4)\n"
            "torch.cat([box.parts[1], other, box.parts[0].view(1, 2)])",
            "torch.cat",
            [("box.parts[1]", (3,)), ("other", (4,)), ("box.parts[0].view(1, 2)", (1, 2))],
        ),
        (
            "a = torch.ones(2)\nb = a\ndef f(u):\n    return u + b.repeat(2)[:3]\nf(b)",
            "torch.Tensor.add",
            [("u", (2,)), ("b.repeat(2)[:3]", (3,))],
        ),
    ],
)
@pytest.mark.skipif(sys.version_info < (3, 11), reason="the text of an expression needs its position")
async def test_the_operands_of_a_failing_call(
    runner: Runner, code: str, call: str, operands: list[tuple[str, tuple[int, ...] | None]]
) -> None:
    told, last = await ending(runner, "import torch\n" + code)

    assert last.outcome == "raised"
    (found,) = [event for event in told if isinstance(event, Operands)]
    assert found.call == call
    assert [(item.key, getattr(item.value, "shape", None)) for item in found.operands] == operands
    assert told[-2:] == [found, last]


async def test_operands_tell_the_layer_that_was_called(runner: Runner) -> None:
    told, _ = await ending(
        runner,
        "import torch\nfrom torch import nn\n"
        "model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(5, 2))\nmodel(torch.ones(1, 4))",
    )

    (found,) = [event for event in told if isinstance(event, Operands)]
    assert found.layer is not None
    assert isinstance(found.layer.value, ModuleValue)
    assert (found.layer.key, found.layer.value.text) == ("model.2", "in_features=5, out_features=2, bias=True")
    assert [item.key for item in found.operands] == ["model.1(...)", "model.2.weight", "model.2.bias"]


@pytest.mark.parametrize(
    ("code", "missing", "near"),
    [
        ("import torch\ntorch.ons(2)", "ons", "ones"),
        ("import torch\ntorch.ones(2).trasnpose(0, 1)", "trasnpose", "transpose"),
        ("import torch\nm = torch.nn.Linear(1, 1)\nm.wieght", "wieght", "weight"),
        ("value = 1\ndef f(other):\n    return vlaue\nf(2)", "vlaue", "value"),
        ("class A:\n    def __init__(self):\n        self.size = 1\nA().sise", "sise", "size"),
    ],
)
async def test_an_error_tells_the_names_that_are_nearly_the_missing_one(
    runner: Runner, code: str, missing: str, near: str
) -> None:
    told, _ = await ending(runner, code)

    error = folded(told).error
    assert error is not None
    assert error.missing == missing
    assert near in error.near


async def test_no_operands_where_no_torch_call_raised(runner: Runner) -> None:
    told, _ = await ending(runner, "import torch\nx = torch.ones(2)\nraise RuntimeError('mine')")

    assert not any(isinstance(event, Operands) for event in told)


async def test_ready_tells_what_is_there(runner: Runner) -> None:
    ready = await runner.start()

    assert (ready.mode, ready.executable) == ("fork", launch.here().argv[0])
    assert ready.devices[0].name == "cpu"
    assert ready.torch
    assert ready.cores == os.cpu_count()
