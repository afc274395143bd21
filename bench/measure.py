"""What the measurements share: the things compared, their times, and tables."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from types import TracebackType

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parent
sys.path.insert(0, str(ROOT))

from tutor.runner import Runner  # noqa: E402
from tutor.worker.wire import ClaimChecked, Finished, Job, StepEnded  # noqa: E402

PAUSE = 0.05  # seconds after a job until the worker has its next child ready
LIKE_THE_WORKER = {
    "OPENBLAS_NUM_THREADS": "1",
    "GOMP_SPINCOUNT": "3000",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
    "PYTHONWARNINGS": "",
}
"""What the worker sets for the snippets it runs: whatever it is compared with has the same."""


# ----------------------------------------------------------------------------------------------- scripts


def quick(about: str) -> bool:
    """Whether the fast version was asked for on the command line."""
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    return bool(parser.parse_args().quick)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns: the first to the left, the others to the right."""
    lines = [head, *rows]
    widths = [max(map(cells, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        first, *rest = (" " * (width - cells(text)) for text, width in zip(line, widths, strict=True))
        print("  ".join([line[0] + first, *(pad + text for pad, text in zip(rest, line[1:], strict=True))]))
        if line is head:
            print("  ".join("-" * width for width in widths))
    print()


def cells(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def percentile(values: Sequence[float], percent: int) -> float:
    """Of a sample."""
    if percent == 100 or len(values) == 1:
        return max(values)
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def spread(values: Sequence[float], form: str = ".1f") -> str:
    """The median, and between which values the middle 80 % lie."""
    low, high = percentile(values, 10), percentile(values, 90)
    return f"{median(values):{form}} [{low:{form}}..{high:{form}}]"


# ---------------------------------------------------------------------------------------- the worker's jobs


@dataclass(frozen=True)
class Timing:
    """One job, in milliseconds since it was handed to the runner."""

    code: float
    """To what the last statement did."""
    result: float
    """To the last claim too."""
    finished: float
    """Until the worker had cleared up."""
    inside: float
    """The run itself, by the clock of the process that ran it."""
    outcome: str


async def timed(runner: Runner, job: Job) -> Timing:
    """Run a job."""
    begun = time.perf_counter()
    code = result = finished = begun
    end: Finished | None = None
    async for event in runner.run(job):
        now = time.perf_counter()
        if isinstance(event, StepEnded):
            code = result = now
        elif isinstance(event, ClaimChecked):
            result = now
        elif isinstance(event, Finished):
            finished, end = now, event
    assert end is not None
    code, result, finished = ((moment - begun) * 1000 for moment in (code, result, finished))
    return Timing(code, result, finished, end.ms, end.outcome)


async def warm_up(runner: Runner) -> None:
    """Bring a new worker to the state it keeps: all its imports done, a child waiting."""
    await timed(runner, Job("warm-up", "import torch.optim"))
    await timed(runner, Job("warm-up", "torch.ones(2)", setup="import torch"))
    await asyncio.sleep(10 * PAUSE)


# ------------------------------------------------------------------------------------ what it is compared with


def milliseconds(argv: Sequence[str], env: dict[str, str] | None = None) -> float:
    """From the start of a process to its end. Raises CalledProcessError where it fails."""
    begun = time.perf_counter()
    subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return (time.perf_counter() - begun) * 1000


class Warm:
    """A Python with torch imported that knows nothing of torch-tutor: `warm.py` in a process of its own."""

    def __enter__(self) -> Warm:
        self._process = subprocess.Popen(
            [sys.executable, str(BENCH / "warm.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **LIKE_THE_WORKER},
        )
        self.run("pass", fork=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None) -> None:
        self._process.communicate()

    def run(self, source: str, fork: bool) -> tuple[float, str]:
        """The milliseconds that a source took, and what it raised."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"source": source, "fork": fork}).encode() + b"\n")
        self._process.stdin.flush()
        ms, error = json.loads(self._process.stdout.readline())
        return float(ms), str(error)


def rotated(things: Sequence[Callable[[], object]], turn: int) -> list[Callable[[], object]]:
    """The things compared, another one first in each round."""
    first = turn % len(things)
    return [*things[first:], *things[:first]]
