"""What pictures cost: to find those of a run, to draw one of each kind, and a loss that is drawn while it falls.

The curve is fed and drawn thirty times a second, as lines of the app; `share` is the processor time that takes, of
one core. Less than 15 % of one is aimed at.
"""

from __future__ import annotations

import asyncio
import io
import math
import time
from collections.abc import Callable
from functools import partial

from measure import quick, spread, table
from rich.console import Console

from tutor.launch import here
from tutor.render.pictures import Canvas, Picture, helpful, offered
from tutor.runner import Runner
from tutor.studies import studied
from tutor.trace import Trace, walk
from tutor.tui.paint import strips
from tutor.worker.wire import Job, LoopAdvanced, Series, StepBegan

RATE = 30  # frames a second
CODE = """
import torch
from torch import nn
torch.manual_seed(0)
v = torch.randn(300)
m = torch.randn(30, 40)
big = torch.randn(400, 200)
m[:, :1] + m[:1]
m.t()
m @ m.t()
torch.cat([m, m])
m[1:, ::2]
nn.Conv2d(3, 8, 3)(torch.ones(1, 3, 9, 9))
nn.MaxPool2d(2)(torch.ones(1, 3, 8, 8))
v.sigmoid()
net = nn.Sequential(*[layer for _ in range(4) for layer in (nn.Linear(40, 40), nn.ReLU())])
opt = torch.optim.SGD(net.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 50)
nn.LSTM(40, 20, num_layers=2)(m.view(30, 1, 40))
loss = net(m).pow(2).mean()
loss.backward()
for i in range(400):
    loss = (v * 0.99 ** i).norm()
""".strip()


async def pictures() -> tuple[Trace, dict[str, Picture]]:
    """A run, and one picture of each kind that it offers."""
    async with Runner(here()) as runner:
        job = Job("pictures", CODE, timeout=60)
        trace = Trace()
        async for event in runner.run(job):
            trace = trace.apply(event)
        trace = await studied(runner, job, trace, 60)
    found: dict[str, Picture] = {}
    for step in walk(trace.steps):
        for picture in offered(step, trace):
            found.setdefault(picture.kind, picture)
    return trace, found


def timed(work: Callable[[], object], seconds: float) -> list[float]:
    """Milliseconds of each call."""
    out: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(out) < 3:
        begun = time.perf_counter()
        work()
        out.append((time.perf_counter() - begun) * 1000)
    return out


def streaming(frames: int, width: int) -> tuple[float, float]:
    """Draw a loss as it grows: processor milliseconds of a frame, and the share of a core."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor")
    trace = Trace().apply(StepBegan("job", 0, -1, "statement", 1, 3))
    begun, used = time.perf_counter(), time.process_time()
    for n in range(frames):
        points = tuple((i, 3 * math.exp(-i / 400) + 0.1 * math.sin(i)) for i in range(n * 10, n * 10 + 10))
        trace = trace.apply(LoopAdvanced("job", 0, n * 10 + 10, 10_000, (Series("loss", points),)))
        (picture,) = helpful(trace.steps[0], trace)
        for line in picture.draw(Canvas(width)):
            for strip in strips(line, width, console):
                strip.render(console)
        time.sleep(max(0.0, begun + (n + 1) / RATE - time.perf_counter()))
    spent, wall = time.process_time() - used, time.perf_counter() - begun
    return spent / frames * 1000, spent / wall


def main() -> None:
    """Print the tables."""
    fast = quick(__doc__ or "")
    seconds = 0.05 if fast else 0.4
    trace, found = asyncio.run(pictures())
    steps = walk(trace.steps)
    ms = timed(lambda: [offered(step, trace) for step in steps], seconds)
    print(f"{len(steps)} statements, {len(found)} kinds of pictures; to find all: {spread(ms)} ms\n")
    rows = []
    for kind, picture in sorted(found.items()):
        both = (timed(partial(picture.draw, Canvas(width)), seconds) for width in (80, 120))
        rows.append((kind, *(spread(ms, ".2f") for ms in both)))
    table(("kind", "80 columns, ms", "120 columns, ms"), rows)
    rows = []
    for width in (80, 120):
        frame, share = streaming(RATE * (1 if fast else 5), width)
        rows.append((f"loss at {RATE} frames a second, {width} columns", f"{frame:.2f}", f"{share:.1%}"))
    table(("", "ms a frame", "share"), rows)


if __name__ == "__main__":
    main()
