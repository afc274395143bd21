"""Memory of the worker, of the child it keeps ready and of the client, before and after many runs.

Pss shares out what processes have in common, so that it can be added up; private is what would be freed at its end.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from measure import PAUSE, quick, table, timed, warm_up

from tutor.launch import here
from tutor.runner import Runner
from tutor.worker.wire import Job

TRIVIAL = "import torch\nx = torch.ones(2, 2)\nx + x\nprint(x)"
TRAINING = """\
import torch
from torch import nn, optim
model = nn.Linear(100, 10)
optimizer = optim.Adam(model.parameters())
for step in range(10):
    loss = model(torch.randn(64, 100)).square().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = "import torch, torch.optim, torch._dynamo; print(flush=True); input()"


def memory(pid: int) -> tuple[float, float, float]:
    """Rss, Pss and private of a process in MB."""
    kb: dict[str, int] = {}
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            name, size, *_ = line.split()
            kb[name.rstrip(":")] = int(size)
    return kb["Rss"] / 1024, kb["Pss"] / 1024, (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024


def children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


async def rows(runner: Runner, when: str) -> list[tuple[str, ...]]:
    assert runner.ready is not None
    worker = runner.ready.pid
    await asyncio.sleep(10 * PAUSE)
    while len(children(worker)) != 1:  # one that has run is still on its way out
        await asyncio.sleep(PAUSE)
    found = [("worker", worker), *(("child that waits", pid) for pid in children(worker)), ("client", os.getpid())]
    out: list[tuple[str, ...]] = []
    total = 0.0
    for name, pid in found:
        numbers = memory(pid)
        total += numbers[1]
        out.append((f"{when}: {name}", *(f"{mb:.1f}" for mb in numbers), str(descriptors(pid))))
    return [*out, (f"{when}: together", "", f"{total:.1f}", "", "")]


async def measured(runs: int) -> list[tuple[str, ...]]:
    async with Runner(here()) as runner:
        await warm_up(runner)
        out = await rows(runner, "before")
        for code in (TRIVIAL, TRAINING):
            for _ in range(runs // 2):
                await timed(runner, Job("memory", code))
        return out + await rows(runner, f"after {runs} runs")


def plain() -> tuple[str, ...]:
    """An interpreter with the same imports, by itself."""
    argv = [sys.executable, "-c", PLAIN]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        numbers, files = memory(process.pid), descriptors(process.pid)
        process.communicate(b"\n")
    return ("for comparison: python with the same imports", *(f"{mb:.1f}" for mb in numbers), str(files))


def main() -> None:
    told = asyncio.run(measured(20 if quick(__doc__ or "") else 100))
    print("MB; the client is this script: asyncio and the runner, without sheet, Rich or Textual")
    table(("", "Rss", "Pss", "private", "descriptors"), [*told, plain()])


if __name__ == "__main__":
    main()
