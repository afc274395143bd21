"""How long a reader waits: from a job to its result, with a child ready and back to back.

The result is the last thing the snippet has to say; `finished` is when the worker has ended the child and what it left.
"""

from __future__ import annotations

import asyncio

from measure import PAUSE, Timing, percentile, quick, table, timed, warm_up

from tutor.launch import here
from tutor.runner import Runner
from tutor.worker.wire import Job

SGD = """\
import torch
from torch import nn, optim
model = nn.Linear(4, 2)
optimizer = optim.SGD(model.parameters(), lr=0.1)
x, y = torch.randn(8, 4), torch.randn(8, 2)
for step in range(10):
    loss = ((model(x) - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
loss
"""
SNIPPETS = {
    "1 + 1": "1 + 1",
    "trivial tensor": "import torch\nx = torch.ones(2, 2)\nx + x\nprint(x)",
    "Linear + SGD, 10 steps": SGD,
    "512x512 matmul": "import torch\na = torch.randn(512, 512)\nb = a @ a",
}


async def series(runner: Runner, runs: int, pause: float) -> dict[str, list[Timing]]:
    """The snippets in turn, so that what else the machine does meets them all."""
    told: dict[str, list[Timing]] = {name: [] for name in SNIPPETS}
    for _ in range(runs):
        for name, code in SNIPPETS.items():
            await asyncio.sleep(pause)
            told[name].append(await timed(runner, Job("latency", code)))
    return told


def rows(told: dict[str, list[Timing]]) -> list[tuple[str, ...]]:
    out = []
    for name, timings in told.items():
        row = [name]
        for what in ("result", "finished", "inside"):
            values = [getattr(t, what) for t in timings]
            row += [f"{percentile(values, p):.1f}" for p in ((50, 95, 100) if what == "result" else (50, 95))]
        failed = sum(t.outcome != "finished" for t in timings)
        out.append((*row, str(failed or "")))
    return out


async def measured(runs: int) -> None:
    async with Runner(here()) as runner:
        await warm_up(runner)
        for title, pause in (
            (f"{PAUSE * 1000:.0f} ms of pause before each job: a child is ready", PAUSE),
            ("back to back", 0.0),
        ):
            print(f"{title}; {runs} jobs of each; ms")
            head = ("", "result p50", "p95", "max", "finished p50", "p95", "inside p50", "p95", "failed")
            table(head, rows(await series(runner, runs, pause)))


def main() -> None:
    asyncio.run(measured(20 if quick(__doc__ or "") else 200))


if __name__ == "__main__":
    main()
