"""The border between the front ends and the worker: the job that goes in, the events that come out.

One JSON object per line each way: events, the values that they tell of (`values`), what a study finds (`findings`), and
requests. All are to be imported from here; what is here knows neither torch nor pipes.
An object names its class in the key `is`; fields at their default are left out. Numbers that JSON cannot say
(nan, infinities, complex) travel as strings. `torch-tutor run --json` prints these lines as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from typing import Tuple, Union

from .codec import Codec
from .codec import encode as encode
from .codec import to_json as to_json
from .findings import Curve as Curve
from .findings import Finding as Finding
from .findings import Layer as Layer
from .findings import Layers as Layers
from .findings import Passed as Passed
from .findings import Path as Path
from .findings import Paths as Paths
from .findings import Schedule as Schedule
from .findings import Visit as Visit
from .findings import Walk as Walk
from .permissions import USUAL
from .values import ArrayValue as ArrayValue
from .values import Change as Change
from .values import ContainerValue as ContainerValue
from .values import Error as Error
from .values import Frame as Frame
from .values import Gradient as Gradient
from .values import Item as Item
from .values import ModuleValue as ModuleValue
from .values import Node as Node
from .values import OptimizerValue as OptimizerValue
from .values import Parameter as Parameter
from .values import ParamGroup as ParamGroup
from .values import PlainValue as PlainValue
from .values import Saved as Saved
from .values import Scalar as Scalar
from .values import Series as Series
from .values import Stats as Stats
from .values import Stop as Stop
from .values import TensorValue as TensorValue
from .values import Value as Value
from .values import Values as Values
from .values import Warned as Warned

PROTOCOL = 1


# ------------------------------------------------------------------------------------------------ events


@dataclass(frozen=True)
class Device:
    """A device this interpreter's torch can compute on."""

    name: str
    detail: str = ""


@dataclass(frozen=True)
class Ready:
    """The worker can take jobs."""

    python: str
    executable: str
    torch: str
    numpy: str
    mode: str
    """How children start: fork | spawn"""
    devices: Tuple[Device, ...]
    pid: int
    platform: str
    cores: int
    protocol: int
    """Of these events: fields may come, none changes its meaning within a number."""


@dataclass(frozen=True)
class Unready:
    """The worker cannot take jobs, and ends."""

    error: Error
    python: str
    executable: str


@dataclass(frozen=True)
class Started:
    """A job has its process."""

    job: str
    seed: int
    device: str
    code: str = ""
    """The snippet as it was sent, so that the events tell of it without the job."""
    kept_from: Tuple[str, ...] = ()
    """What the system keeps this run from: files (writing elsewhere than in its own directory), reads, network,
    processes, signals (to other processes), memory (of other processes), terminals."""


@dataclass(frozen=True)
class StepBegan:
    """A statement, an iteration or a call begins. Steps nest: `parent` is -1 at the top."""

    job: str
    step: int
    parent: int
    kind: str
    """setup | statement | iteration | call"""
    line: int
    """In the job's own source, 1-based; 0 for the setup."""
    end_line: int
    label: str = ""
    """For a call its name, for an iteration `name = value`."""
    index: int = 0
    """The iteration's number, from 0."""


@dataclass(frozen=True)
class Printed:
    """Text a step wrote to a stream, from whatever code."""

    job: str
    step: int
    stream: str
    """stdout | stderr"""
    text: str
    skipped: int = 0
    """Bytes left out before this text, where the snippet wrote more than is kept."""


@dataclass(frozen=True)
class LoopAdvanced:
    """Progress of a loop while it runs, a few times a second."""

    job: str
    step: int
    done: int
    total: int
    """Iterations; -1 where the loop does not know."""
    series: Tuple[Series, ...] = ()
    """Points since the last such event."""


@dataclass(frozen=True)
class StepEnded:
    """What a step did."""

    job: str
    step: int
    how: str
    """done | raised | left (by return, break, continue or an exception handled further out)"""
    value: Union[Value, None] = None
    """Of a bare expression, as the interactive interpreter would show it."""
    changes: Tuple[Change, ...] = ()
    gradients: Tuple[Gradient, ...] = ()
    warnings: Tuple[Warned, ...] = ()
    error: Union[Error, None] = None
    ms: float = 0.0
    memory: int = 0
    """Bytes by which the step raised the peak memory of the process (or of the CUDA device)."""
    done: int = 0
    """For a loop, the iterations it made."""
    series: Tuple[Series, ...] = ()


@dataclass(frozen=True)
class Side:
    """A part of a claim that does not hold, with what it came out as."""

    code: str
    value: Value


@dataclass(frozen=True)
class ClaimChecked:
    """Whether a claim holds."""

    job: str
    index: int
    holds: bool
    seen: str = ""
    """What happened instead."""
    sides: Tuple[Side, ...] = ()


@dataclass(frozen=True)
class Operands:
    """The torch call that raised, and what it was given: found by a replay with a recorder on. Where a layer
    refused its input by itself, it is that layer's `forward`.
    """

    job: str
    call: str
    operands: Tuple[Item, ...]
    """Under the names they have in the snippet; the members of a list of tensors one by one."""
    layer: Union[Item, None] = None
    """The module whose `forward` made the call, with its name."""


@dataclass(frozen=True)
class Studied:
    """What a study found: a second run that looks closer than the ordinary one may."""

    job: str
    line: int
    """Of the snippet, where it happened."""
    finding: Finding


@dataclass(frozen=True)
class Words:
    """The same words in every language."""

    en: str
    zh: str


@dataclass(frozen=True)
class Mended:
    """Lines of the source to be replaced by others: tried, and found to get past the error."""

    line: int
    """The first line that goes, from 1."""
    end_line: int
    """The last one; `line - 1` where none goes and the text comes before `line`."""
    text: str
    says: Words
    finished: bool
    """Whether the code then runs to its end; else only past the failing statement."""


@dataclass(frozen=True)
class Explained:
    """The exception that ended a job, explained. `run` says this; a worker does not."""

    job: str
    rule: str
    line: int
    what: Words
    why: Words
    fix: Union[Mended, None] = None


@dataclass(frozen=True)
class Noticed:
    """A mistake that raised nothing, where the run shows it for certain. `run` says this; a worker does not."""

    job: str
    rule: str
    line: int
    what: Words
    why: Words


@dataclass(frozen=True)
class Finished:
    """The last event of a job. There is exactly one."""

    job: str
    outcome: str
    """finished | raised | timed_out | cancelled | died | flooded | out_of_memory | overran"""
    ms: float = 0.0
    reason: str = ""
    """In English, for logs: which limit, signal or exit status."""
    line: int = 0
    """Where it was when it was stopped or died; 0 where unknown."""
    signal: str = ""
    exit: int = 0
    peak: int = 0
    """Peak memory of the process in bytes; 0 where unknown."""
    strays: int = 0
    """Processes that the snippet left behind and that were ended."""
    why: str = ""
    """The limit it was stopped at, or how it died: time, forks, asked, output, events, memory, machine, processes,
    disk, signal, exit, descriptors, broken, start, unstarted, worker, silence."""
    limit: float = 0.0
    """What it was allowed: seconds, bytes or processes."""
    used: float = 0.0
    """What it had used by then, in the same unit."""


Told = Union[Noticed, Explained]
JobEvent = Union[Started, StepBegan, Printed, LoopAdvanced, StepEnded, ClaimChecked, Operands, Studied, Told, Finished]
Event = Union[Ready, Unready, JobEvent]


# -------------------------------------------------------------------------------------------------- jobs


@dataclass(frozen=True)
class Question:
    """A claim to be checked in the namespace that the code left behind."""

    kind: str
    """expr | raises | warns"""
    code: str
    match: str = ""


@dataclass(frozen=True)
class Job:
    """A snippet to run."""

    id: str
    code: str
    setup: str = ""
    claims: Tuple[Question, ...] = ()
    file: str = "<snippet>"
    """What tracebacks call it."""
    seed: int = 0
    device: str = "cpu"
    timeout: float = 10.0
    """Seconds."""
    trace: bool = True
    """Whether blocks, loops and functions open into steps of their own."""
    threads: int = 0
    """Processors it may compute on; 0 is all."""
    replays: bool = True
    """Whether it may be run a second time, where a torch call raised, to find out what the call was given."""
    record: bool = False
    """A replay: nothing is reported but the operands of the torch call that raises."""
    allow: Tuple[str, ...] = USUAL
    """What it may do, of `permissions.PERMISSIONS`, on a system that can keep it from the rest."""
    study: bool = False
    """A second run that reports nothing but what it found: backward passes, layers, curves."""


@dataclass(frozen=True)
class Cancel:
    """Ends a job."""

    job: str


Request = Union[Job, Cancel]


# ------------------------------------------------------------------------------------------------- codec

_CODEC = Codec({c.__name__: c for c in list(globals().values()) if isinstance(c, type) and is_dataclass(c)})
from_json, decode = _CODEC.from_json, _CODEC.decode
