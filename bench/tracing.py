"""What it costs to be watched: a snippet as it stands, under the worker without its hooks, and with them.

Bare is `exec` in a fork of an interpreter with the same imports, environment and seed. All are timed inside the process
that runs the snippet; starting that process and carrying the events is no part of it.
"""

from __future__ import annotations

import asyncio
from statistics import median

from measure import PAUSE, Warm, quick, spread, table, timed, warm_up

from tutor.catalogue import read, shipped
from tutor.launch import here
from tutor.runner import Runner
from tutor.worker.wire import Job

CALLS = """\
def f(x):
    y = x + 1
    return y
s = 0
for i in range(100_000):
    s = f(s)
"""
SNIPPETS = {
    "for loop, 1,000,000 iterations": "s = 0\nfor i in range(1_000_000): s += i*i",
    "while loop, 1,000,000 iterations": "s = i = 0\nwhile i < 1_000_000:\n    s += i*i\n    i += 1",
    "function, 100,000 calls in a loop": CALLS,
    "recursion, 250,000 calls": (
        "def fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\nfib(25)"
    ),
    "comprehension, 1,000,000 items": "s = sum([i*i for i in range(1_000_000)])",
}
WAYS = ("bare", "trace=False", "trace=True")


async def measured(sources: dict[str, str], runs: int) -> dict[str, dict[str, list[float]]]:
    """Milliseconds of each source each way, taking turns."""
    told: dict[str, dict[str, list[float]]] = {name: {way: [] for way in WAYS} for name in sources}
    with Warm() as warm:
        async with Runner(here()) as runner:
            await warm_up(runner)
            for turn in range(runs):
                for name, source in sources.items():
                    for i in range(len(WAYS)):
                        way = WAYS[(turn + i) % len(WAYS)]
                        await asyncio.sleep(2 * PAUSE)
                        told[name][way].append(await once(runner, warm, source, way))
    return told


async def once(runner: Runner, warm: Warm, source: str, way: str) -> float:
    if way == "bare":
        ms, error = warm.run(source, fork=True)
        outcome = error or "finished"
    else:
        timing = await timed(runner, Job("tracing", source, timeout=60.0, trace=way == "trace=True"))
        ms, outcome = timing.inside, timing.outcome
    if outcome != "finished":
        raise SystemExit(f"a snippet failed, {way}: {outcome}\n{source}")
    return ms


def main() -> None:
    few = quick(__doc__ or "")
    loops = {e.id: f"{e.setup}\n{e.code}" for e in read(shipped()) if "range(500)" in e.code}
    runs = 3 if few else 15
    told = asyncio.run(measured({**loops, **SNIPPETS}, runs))
    rows = []
    for name, by in told.items():
        row = [name, *(spread(by[way]) for way in WAYS)]
        for way in WAYS[1:]:
            pairs = [ms / bare for ms, bare in zip(by[way], by["bare"], strict=True)]
            row.append(f"{median(by[way]) / median(by['bare']):.2f}, {spread(pairs, '.2f')}")
        rows.append(row)
    print(f"{runs} runs; ms, p50 [10 % .. 90 %]; the ratio of the medians, then the ratio round by round")
    table(("", *WAYS, "trace=False / bare", "trace=True / bare"), rows)


if __name__ == "__main__":
    main()
