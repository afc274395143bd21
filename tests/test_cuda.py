"""What only a CUDA device can show. Skipped where there is none; never simulated."""

from __future__ import annotations

import pytest

from tutor.catalogue import read, shipped
from tutor.check import check
from tutor.jobs import Manner, runs_on
from tutor.launch import here
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import Job, TensorValue

pytestmark = pytest.mark.cuda


async def test_a_snippet_computes_on_the_device_it_was_given_and_is_described() -> None:
    async with Runner(here()) as runner:
        assert runner.ready is not None
        if not any(d.name == "cuda:0" for d in runner.ready.devices):
            pytest.skip("no CUDA device")
        code = "x = torch.ones(3, requires_grad=True)\ny = (x * 2).sum()\ny.backward()\nx.grad"
        trace = Trace()
        async for event in runner.run(Job("a", code, "import torch", device="cuda:0", timeout=60)):
            trace = trace.apply(event)

        value = trace.steps[-1].value
        assert isinstance(value, TensorValue)
        assert (value.device, value.values) == ("cuda:0", [2.0, 2.0, 2.0])
        assert [g.how for g in trace.steps[3].gradients] == ["reached", "filled"]


async def test_the_whole_sheet_keeps_its_promises_on_cuda() -> None:
    async with Runner(here()) as runner:
        assert runner.ready is not None
        if not any(d.name == "cuda:0" for d in runner.ready.devices):
            pytest.skip("no CUDA device")
        entries = [e for e in read(shipped()) if runs_on(e, "cuda")]
        verdicts = [v async for v in check(runner, entries, Manner(device="cuda:0", timeout=120), at_once=1)]

        assert [f for v in verdicts for f in v.failures] == []
