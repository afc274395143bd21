"""What a snippet of the sheet costs: a fresh interpreter, `exec` in a warm one, and torch-tutor's worker.

A: `python snippet.py`, a sample of the sheet. B: `exec` in one interpreter that has torch imported: nothing is
reported, and one snippet can spoil the next. C: the worker, one job after the other, with everything that is reported.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from statistics import median

from measure import LIKE_THE_WORKER, Timing, Warm, milliseconds, quick, spread, table, timed, warm_up

from tutor.catalogue import Entry, read, shipped
from tutor.jobs import Manner, now_job
from tutor.launch import here
from tutor.runner import Runner

SAMPLE = 12  # entries that are given a fresh interpreter


def source(entry: Entry) -> str:
    """An entry as a file."""
    return f"{entry.setup}\n{entry.code}\n"


class Costs:
    """Milliseconds by entry."""

    def __init__(self) -> None:
        self.fresh: dict[str, list[float]] = defaultdict(list)
        self.bare: dict[str, list[float]] = defaultdict(list)
        self.worker: dict[str, list[Timing]] = defaultdict(list)
        self.failed: dict[str, str] = {}

    def run_fresh(self, entry: Entry, path: str) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(source(entry))
        self.fresh[entry.id].append(milliseconds([sys.executable, path], {**os.environ, **LIKE_THE_WORKER}))

    def run_bare(self, entry: Entry, warm: Warm) -> None:
        ms, error = warm.run(source(entry), fork=False)
        self.bare[entry.id].append(ms)
        if error:
            self.failed[f"exec {entry.id}"] = error

    async def run_worker(self, entry: Entry, runner: Runner) -> None:
        timing = await timed(runner, now_job(entry, Manner()))
        self.worker[entry.id].append(timing)
        if timing.outcome != "finished":
            self.failed[f"worker {entry.id}"] = timing.outcome

    def medians(self, what: str) -> dict[str, float]:
        """Of the worker's times."""
        return {id: median(getattr(t, what) for t in times) for id, times in self.worker.items()}


async def measured(entries: list[Entry], passes: int) -> Costs:
    """Everything, taking turns."""
    costs = Costs()
    sample = [entries[i * len(entries) // SAMPLE] for i in range(SAMPLE)]
    with Warm() as warm, tempfile.TemporaryDirectory() as folder:
        async with Runner(here()) as runner:
            await warm_up(runner)
            for turn in range(passes):
                for entry in sample[turn::passes]:
                    costs.run_fresh(entry, os.path.join(folder, "snippet.py"))
                for entry in entries:
                    costs.run_bare(entry, warm)
                for entry in entries:
                    await costs.run_worker(entry, runner)
    return costs


def report(costs: Costs, passes: int) -> None:
    bare = {id: median(times) for id, times in costs.bare.items()}
    fresh = {id: median(times) for id, times in costs.fresh.items()}
    times = [
        ("A  python snippet.py", fresh),
        ("B  exec in a warm interpreter", bare),
        ("C  worker: to the last statement", costs.medians("code")),
        ("C  worker: to the last claim (result)", costs.medians("result")),
        ("C  worker: to Finished", costs.medians("finished")),
        ("C  worker: inside the child", costs.medians("inside")),
    ]
    rows = [
        (name, str(len(by)), spread(list(by.values())), f"{sum(by.values()) / len(by):.1f}", f"{max(by.values()):.1f}")
        for name, by in times
    ]
    print(f"{len(bare)} entries, {passes} passes, median of each entry; ms per snippet, [10 % .. 90 %] over entries")
    table(("", "entries", "p50", "mean", "max"), rows)

    ratios = []
    for name, by in times[2:5]:
        quicker = [fresh[id] / by[id] for id in fresh]
        dearer = [by[id] / bare[id] for id in bare]
        ratios.append((name, spread(quicker, ".0f"), spread(dearer), f"{sum(by.values()) / sum(bare.values()):.1f}"))
    table(("", "A / C, same entries", "C / B by entry", "C / B of the sums"), ratios)
    slow = sorted(costs.worker, key=lambda id: -median(t.result for t in costs.worker[id]))[:8]
    slowest = [
        (id, f"{bare[id]:.1f}", *(f"{median(getattr(t, what) for t in costs.worker[id]):.1f}" for what in WHAT))
        for id in slow
    ]
    table(("slowest in the worker", "B", "C code", "C result", "C finished", "C inside"), slowest)
    for name, why in costs.failed.items():
        print(f"failed: {name}: {why}")


WHAT = ("code", "result", "finished", "inside")


def main() -> None:
    passes = 1 if quick(__doc__ or "") else 4
    report(asyncio.run(measured(list(read(shipped())), passes)), passes)


if __name__ == "__main__":
    main()
