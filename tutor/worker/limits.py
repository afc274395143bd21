"""What one run may use, and whether it uses more: memory, processes, room on the disk.

A run is its process and everything below it. What its process had before the job is not the run's. The kernel holds
each process to its own limits (`child.limit_use`); what they do together is looked at here, twenty times a second.
"""

from __future__ import annotations

import os
from typing import Any, List, NamedTuple

from . import system

PROCESSES = max(64, 4 * (os.cpu_count() or 1))  # that a run may have at once
ROOM = 256 << 20  # bytes of memory, and of the disk, that are left to the rest of the machine
MUCH = 64 << 20  # bytes below which it is not this run that filled the machine


class Stop(NamedTuple):
    """Why a run is ended."""

    outcome: str
    """As `wire.Finished` has it."""
    why: str
    """The limit: time, forks, asked, output, events, memory, machine, processes, disk."""
    limit: float = 0.0
    """In seconds, bytes or processes."""
    used: float = 0.0

    @property
    def reason(self) -> str:
        """In English, for logs: front ends make their own words of the figures."""
        return REASONS[self.why].format(self.limit, self.used, self.limit / 2**20, self.limit / 2**30)


REASONS = {
    "time": "still running after {0:g} s",
    "forks": "still running after {0:g} s, in processes that were forked",
    "asked": "stopped on request",
    "output": "printed more than {2:.0f} MB; the beginning and the end are kept",
    "events": "had more than {2:.0f} MB to tell",
    "memory": "used more than {3:.1f} GB of memory",
    "machine": "less than {2:.0f} MB of the machine's memory were left",
    "disk": "less than {2:.0f} MB of the disk were left",
    "processes": "started more than {0:.0f} processes",
}


def exceeded(child: Any, memory: int) -> Stop | None:
    """The limit that a running child is over."""
    family = child.family()
    if len(family) > PROCESSES:
        return Stop("overran", "processes", PROCESSES, len(family))
    used = usage([child.pid, *family], child.had)
    if used > memory:
        return Stop("out_of_memory", "memory", memory, used)
    if used > MUCH and system.available() < ROOM:
        return Stop("out_of_memory", "machine", ROOM, used)
    room = system.room(child.directory)
    if room < ROOM and child.room - room > MUCH:
        return Stop("overran", "disk", ROOM, child.room - room)
    return None


def usage(pids: List[int], had: int) -> int:
    """Bytes of memory that processes occupy together beyond what each had at its start. What they share counts once."""
    own = shared = 0
    for pid in pids:
        private, common = system.resident(pid)
        own += max(0, private - had)
        shared = max(shared, common)
    return own + shared


def forks(child: Any) -> int:
    """How many processes below a child are forks of it that run no program of their own: of the threads that it had
    they have none, and may wait for them for ever."""
    same = system.command(child.pid)
    return sum(system.command(pid) == same for pid in child.family()) if same else 0
