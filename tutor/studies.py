"""A second look at a run: what only a closer look finds goes into the same trace, for the pictures that need it.

The ordinary run pays nothing for that look. It is taken once the run is over, on the same worker, within a few seconds;
whoever does not want those pictures leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from functools import reduce

from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import Job, Studied

STUDY = "#study"
"""Ends the id of the job that studies another."""
SECONDS = 3.0  # a study takes at most: what it has found by then is told
UNASKED = 2.0  # where nobody asked for it
TELLING = re.compile(
    r"\b(backward|grad|nn|optim|autograd|lr_scheduler|functional|forward"
    r"|(leaky_|hard|log|soft|r|p|e|se|ce|ge)?(relu6?|lu|sigmoid|tanh|swish|shrink|plus|sign)_?"
    r"|silu|mish|exp|expm1|log1p|log|sqrt|rsqrt|sin|cos|tan|sinh|cosh|atan|erf|abs|clamp|square|reciprocal)\b"
)
"""What a study may find something about."""


def wanted(job: Job, seconds: float = SECONDS) -> Job | None:
    """The job that studies another; None where there is nothing to find, or where it must not run a second time."""
    if not job.replays or not TELLING.search(job.setup + job.code):
        return None
    return replace(job, id=job.id + STUDY, claims=(), timeout=min(job.timeout, seconds), study=True)


async def findings(runner: Runner, job: Job, seconds: float = SECONDS) -> AsyncIterator[Studied]:
    """What a study of a job finds, as it is found."""
    second = wanted(job, seconds)
    if second is not None:
        async for event in runner.run(second):
            if isinstance(event, Studied):
                yield replace(event, job=job.id)


async def studied(runner: Runner, job: Job, trace: Trace, seconds: float = SECONDS) -> Trace:
    """The trace of a job, with what a study of it finds."""
    return enriched(trace, [found async for found in findings(runner, job, seconds)])


def enriched(trace: Trace, found: Iterable[Studied]) -> Trace:
    """A trace with what a study found."""
    return reduce(Trace.apply, found, trace)
