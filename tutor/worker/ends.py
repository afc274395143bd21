"""How a run ended: as its process says, unless it was stopped or did not live to say.

The kind of the ending and its figures are data; front ends find the words. What is told in `reason` is for logs.
"""

from __future__ import annotations

import signal
import time
from typing import Any, Tuple

from . import system, wire

CLOSED = 71  # exit status: the snippet closed the descriptor that events go through
BROKEN = 72  # exit status: the snippet broke what reports on it


def finished(child: Any, strays: int) -> wire.Finished:
    """The last event of a job."""
    took = round((time.monotonic() - child.started) * 1000, 3)
    stop = child.stop
    if stop is not None:
        return wire.Finished(
            child.job.id,
            stop.outcome,
            took,
            stop.reason,
            child.where(),
            strays=strays,
            why=stop.why,
            limit=float(stop.limit),
            used=float(stop.used),
        )
    if child.result:
        told = wire.decode(child.result)
        line = child.where() if told.outcome == "raised" else 0
        return wire.Finished(child.job.id, told.outcome, told.ms, told.reason, line, peak=told.peak, strays=strays)
    if child.status is None:  # the pipe closed before the process ended
        child.status = system.wait_for(child)
    why, reason, name, code = death(child.status)
    if child.facts and b'"is":"Unready"' in child.facts:
        why, reason = "start", "its interpreter could not start: " + wire.decode(child.facts).error.message
    return wire.Finished(
        child.job.id, "died", took, reason, child.where(), signal=name, exit=code, strays=strays, why=why
    )


def not_started(job: str, e: OSError) -> wire.Finished:
    """The last event of a job for which there is no process."""
    return wire.Finished(job, "died", reason="no process could be started: {}".format(e.strerror), why="unstarted")


def death(code: int) -> Tuple[str, str, str, int]:
    """`(kind, reason, signal, exit status)` of a process that ended without a word. `code` is its exit status, or minus
    the signal that ended it."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = "signal {}".format(-code)
        return "signal", "the process was ended by {}".format(name), name, 0
    if code == CLOSED:
        return "descriptors", "the snippet closed the descriptors through which its results are reported", "", code
    if code == BROKEN:
        return "broken", "the snippet broke the functions that report on it", "", code
    return "exit", "the process ended itself with status {}".format(code), "", code
