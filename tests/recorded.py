"""Streams of events of the real worker, kept in `recordings/`, and golden texts: so that traces and their rendering
are tested without torch.

`pytest --record` runs the snippets below in the worker and writes both anew; the difference is to be read like code.
"""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import mistakes
import pytest
from support import merged, plain

from tutor import launch
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import Finished, Job, JobEvent, Printed, Question, StepEnded, decode, encode

LONG = 2000  # characters kept of either end of a text
RECORDINGS = Path(__file__).parent / "recordings"
GOLDEN = Path(__file__).parent / "render" / "golden"


def _job(name: str, code: str, *claims: Question, setup: str = "import torch", timeout: float = 20.0) -> Job:
    code = textwrap.dedent(code).strip("\n") + "\n"
    return Job(name, code, setup, claims, file=f"<{name}>", timeout=timeout, threads=1)


_JOBS = (
    _job(
        "backward",
        """
        x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)
        y = (x ** 2).sum()
        y.backward(retain_graph=True)
        x.grad
        y.backward()
        x.grad.zero_()
        x.grad = None
        """,
        Question("expr", "x.shape == (2, 2)"),
        Question("expr", "y.item() == 31"),
        Question("raises", "y.backward()", "second time"),
        Question("raises", "x.sum()", "never"),
    ),
    _job(
        "training",
        """
        from torch import nn

        torch.manual_seed(0)
        x = torch.arange(6.).reshape(6, 1) / 4
        y = 2 * x + 1
        model = nn.Linear(1, 1)
        with torch.no_grad():
            model.weight.fill_(0.5)
            model.bias.fill_(0.0)
        opt = torch.optim.SGD(model.parameters(), lr=0.25)
        for epoch in range(8):
            y_pred = model(x)
            loss = nn.functional.mse_loss(y_pred, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            if epoch % 4 == 0:
                print("epoch", epoch)
            else:
                pass
        print("done")
        model
        """,
    ),
    _job(
        "main",
        """
        import torch


        def double(x):
            y = x * 2
            return y


        def main():
            total = torch.zeros(2)
            for i in range(3):
                total = total + double(torch.ones(2) * i)
            try:
                double(None)
            except TypeError as e:
                print("caught", e)
            return total


        if __name__ == "__main__":
            print(main())
        """,
        setup="",
    ),
    _job(
        "matmul",
        """
        def product(left, right):
            return torch.matmul(left, right)


        weights = torch.ones(2, 3)
        inputs = torch.ones(4, 5)
        result = product(
            weights,
            inputs)
        never = 1
        """,
    ),
    _job(
        "warnings",
        """
        import sys
        import warnings
        print("to stderr", file=sys.stderr)
        warnings.warn("beware of this")
        for i in range(3):
            warnings.warn("old [bold]news[/bold]", DeprecationWarning)
        try:
            {}["key"]
        except KeyError as e:
            raise ValueError("no such key") from e
        """,
        setup="",
    ),
    _job(
        "floods",
        """
        for i in range(30000):
            print("line", i)
        print("\\n".join(str(i) for i in range(100)))
        """,
        setup="",
    ),
    _job(
        "values",
        """
        import numpy as np
        from dataclasses import dataclass
        torch.arange(24.).reshape(2, 3, 4)
        torch.tensor([1e-6, 1.0, 1e6])
        torch.tensor([float("nan"), float("inf"), 1.0])
        torch.arange(10000).reshape(100, 100)
        torch.tensor([1 + 2j, 3 - 1j])
        torch.tensor([True, False])
        torch.empty(0, 3)
        torch.tensor(5)
        x = torch.ones(3, 4).t()
        row = x[0]
        np.arange(6).reshape(2, 3)
        [1, 2.5, "three", None]
        {"a": torch.ones(2), "b": [1, 2]}
        (torch.ones(2), torch.zeros(3, 3))
        (1,)
        {1, 2}
        "text with\\nlines"
        range(5)
        0.1 + 0.2
        torch.float32
        torch.Size([2, 3])
        @dataclass
        class Point:
            x: int
            y: torch.Tensor
        Point(1, torch.ones(2))
        torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
        torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=0.1, momentum=0.9)
        del row
        """,
    ),
    _job(
        "hostile",
        """
        print("\\x1b[2J\\x1b]0;title\\x07\\x1b]52;c;ZXZpbA==\\x07cleared")
        print("list[int] a[/b] [bold]x[/bold] :smile:")
        "[red]value[/red]"
        class Bad(Exception):
            pass
        Bad.__name__ = Bad.__qualname__ = "Bad\\x1b[31m[bold]"
        names = {"[bold]": torch.ones(1), "\\x1b[5m": 2}
        names
        raise Bad("[/nope] \\x1b]0;owned\\x07 \\u202eevil")
        """,
    ),
    _job("leaves", "import sys\nprint('before')\nsys.exit(0)\nprint('after')", setup=""),
    _job("dies", "import os\nprint('before', flush=True)\nos._exit(3)", setup=""),
    _job("endless", "print('before')\nwhile True: pass", setup="", timeout=0.5),
)
JOBS = {job.id: job for job in _JOBS}


def events(name: str) -> tuple[JobEvent, ...]:
    """A recording."""
    lines = (RECORDINGS / f"{name}.jsonl").read_bytes().splitlines()
    return tuple(decode(line) for line in lines)


def trace(name: str) -> Trace:
    """The trace that a recording comes to."""
    return folded(events(name))


def folded(told: Iterable[JobEvent]) -> Trace:
    """The trace that events come to."""
    out = Trace()
    for event in told:
        out = out.apply(event)
    return out


def settled(told: Iterable[JobEvent], name: str) -> list[JobEvent]:
    """Events without what changes from run to run, but with a time to be shown, and floods without their middle."""
    out: list[JobEvent] = []
    for event in merged(plain(told)):
        event = replace(event, job=name)
        if isinstance(event, Printed) and len(event.text) > 2 * LONG:
            event = replace(event, text=event.text[:LONG] + event.text[-LONG:])
        if isinstance(event, StepEnded):
            event = replace(event, ms=0.25)
        elif isinstance(event, Finished):
            event = replace(event, ms=4.125, peak=170 * 2**20, used=1.25 * event.limit if event.used else 0.0)
        out.append(event)
    return out


async def record() -> None:
    """Run every snippet and keep what came."""
    RECORDINGS.mkdir(exist_ok=True)
    async with Runner(launch.here()) as runner:
        for name, job in {**JOBS, **mistakes.JOBS}.items():
            told = settled([event async for event in runner.run(job)], name)
            (RECORDINGS / f"{name}.jsonl").write_bytes(b"".join(encode(event) for event in told))


# ----------------------------------------------------------------------------------------------------- pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write the recordings and the golden texts anew")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Record before the first test, in the process that has xdist's workers and is none."""
    if session.config.getoption("--record") and not hasattr(session.config, "workerinput"):
        asyncio.run(record())


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with the one in `golden/`, or puts it there."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("--record"):
            GOLDEN.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; `pytest --record` writes it anew"

    return check
