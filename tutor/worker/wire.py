"""The border between the front ends and the worker: the job that goes in, the events that come out.

One JSON object per line each way. This module holds values and their JSON form, and knows neither torch nor pipes.
An object names its class in the key `is`; fields at their default are left out. Numbers that JSON cannot say
(nan, infinities, complex) travel as strings. `torch-tutor run --json` prints these lines as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass
from typing import Any, Tuple, Union

from .codec import Codec
from .codec import encode as encode
from .codec import to_json as to_json
from .permissions import USUAL

PROTOCOL = 1

Scalar = Union[bool, int, float, str, None]
"""A number as it travels. A string is `nan`, `inf`, `-inf` or a complex number; None is a gap."""

Values = Any
"""Scalars nested as deep as the tensor has dimensions; None stands for elements left out."""


# ----------------------------------------------------------------------------------------------- values


@dataclass(frozen=True)
class Stats:
    """Statistics of a tensor's finite elements. None where the data type has no such thing."""

    min: Scalar = None
    max: Scalar = None
    mean: Scalar = None
    std: Scalar = None
    norm: Scalar = None
    """The 2-norm of all elements."""
    nan: int = 0
    inf: int = 0
    bins: Tuple[int, ...] = ()  # counts in equal bins from min to max, of a tensor whose elements are not all sent


@dataclass(frozen=True)
class Saved:
    """A tensor that a node of the graph keeps until the backward pass."""

    name: str
    """As the node calls it: `self`, `other`, `result`."""
    shape: Tuple[int, ...]
    dtype: str
    bytes: int = 0
    tensor: str = ""  # what the snippet calls it


@dataclass(frozen=True)
class Stop:
    """A place where a gradient goes no further, though there is a tensor behind it that asks for one."""

    why: str
    """detach | data | no_grad | integer | copy | other"""
    call: str = ""
    """`detach`, `argmax`."""
    line: int = 0
    name: str = ""
    """What was cut off: `h`."""
    leaves: Tuple[str, ...] = ()
    """The tensors behind it that ask for a gradient."""


@dataclass(frozen=True)
class Node:
    """One node of the autograd graph behind a value."""

    name: str
    inputs: Tuple[int, ...] = ()
    """Indices of the nodes it passes gradients to."""
    leaf: str = ""
    """The name of the tensor whose `.grad` this node fills."""
    result: str = ""
    """The name of the tensor it made."""
    shape: Union[Tuple[int, ...], None] = None
    """Of what it made."""
    saved: Tuple[Saved, ...] = ()
    stops: Tuple[Stop, ...] = ()
    """Where its other inputs were cut off; found by a study only."""
    constants: Tuple[Tuple[str, Scalar], ...] = ()  # of its rule: `exponent`, `alpha`, `dim`, an operand of one number


@dataclass(frozen=True)
class TensorValue:
    """What is to be known of a tensor without looking at it again."""

    type: str
    shape: Tuple[int, ...]
    dtype: str
    device: str = "cpu"
    layout: str = "strided"
    requires_grad: bool = False
    is_leaf: bool = True
    grad_fn: str = ""
    strides: Tuple[int, ...] = ()
    """In elements; empty for layouts without strides."""
    offset: int = 0
    """Of the first element in its storage, in elements."""
    contiguous: bool = True
    shares: str = ""
    """The name of another tensor that lives in the same storage."""
    numel: int = 0
    bytes: int = 0
    """Of the elements it shows, not of the storage."""
    stats: Union[Stats, None] = None
    values: Values = None
    note: str = ""
    """Why values or statistics are missing, or what is special (conj view, 3 stored elements, scale)."""
    graph: Tuple[Node, ...] = ()
    """The first node made this tensor."""


@dataclass(frozen=True)
class ArrayValue:
    """A numpy array."""

    shape: Tuple[int, ...]
    dtype: str
    shares: str = ""
    numel: int = 0
    bytes: int = 0
    stats: Union[Stats, None] = None
    values: Values = None
    type: str = "numpy.ndarray"


@dataclass(frozen=True)
class Item:
    """A member of something: a list index, a dict key, an attribute."""

    key: str
    value: Value


@dataclass(frozen=True)
class ContainerValue:
    """A list, tuple, dict, set or dataclass, with its first members."""

    type: str
    length: int
    items: Tuple[Item, ...] = ()
    """Keys are written as in an expression: `[0]`, `['w']`, `.field`; empty for sets."""


@dataclass(frozen=True)
class Parameter:
    """A row of a module's parameter table."""

    name: str
    shape: Tuple[int, ...]
    dtype: str
    requires_grad: bool
    numel: int
    norm: Scalar = None


@dataclass(frozen=True)
class ModuleValue:
    """A `torch.nn.Module`."""

    type: str
    text: str
    """Its own description: `in_features=6, out_features=2`."""
    training: bool
    parameters: Tuple[Parameter, ...] = ()
    """At most 64; `count` and `total` tell of all."""
    children: Tuple[Item, ...] = ()
    count: int = 0
    total: int = 0
    """Elements in all parameters."""
    trainable: int = 0


@dataclass(frozen=True)
class ParamGroup:
    """A parameter group of an optimizer."""

    parameters: int
    options: Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class OptimizerValue:
    """A `torch.optim.Optimizer` with the state it has built up."""

    type: str
    groups: Tuple[ParamGroup, ...]
    state: Tuple[Item, ...] = ()
    """Of the first parameters that have any."""


@dataclass(frozen=True)
class PlainValue:
    """Everything else: numbers, strings, functions, classes."""

    type: str
    text: str
    graph: Tuple[Node, ...] = ()
    """For an autograd node."""


Value = Union[TensorValue, ArrayValue, ContainerValue, ModuleValue, OptimizerValue, PlainValue]


# ---------------------------------------------------------------------------------------- parts of a step


@dataclass(frozen=True)
class Change:
    """A name that a statement bound, or whose value it changed in place."""

    name: str
    """As an expression: `x`, `model.0.weight`."""
    how: str
    """new | rebound | mutated | deleted"""
    value: Union[Value, None] = None
    before: Union[Value, None] = None
    """For a value changed in place, what it was."""


@dataclass(frozen=True)
class Gradient:
    """What a statement did to one gradient."""

    name: str
    """The tensor whose gradient it is: `x`, `model.0.weight`."""
    how: str
    """filled | accumulated | zeroed | cleared (to None) | changed | reached (passed through a named intermediate)"""
    value: Union[TensorValue, None] = None
    before: Union[TensorValue, None] = None


@dataclass(frozen=True)
class Warned:
    """A warning."""

    category: str
    text: str
    line: int = 0
    """Of the snippet; 0 where it came from elsewhere."""
    times: int = 1


@dataclass(frozen=True)
class Frame:
    """A frame of the snippet in a traceback."""

    line: int
    function: str
    source: str = ""
    column: int = 0
    """1-based; 0 where the interpreter does not tell."""
    end_column: int = 0


@dataclass(frozen=True)
class Error:
    """An exception that the snippet raised."""

    type: str
    message: str
    frames: Tuple[Frame, ...] = ()
    """Outermost first; only frames of the snippet."""
    bases: Tuple[str, ...] = ()
    """Names of the classes it derives from, nearest first."""
    cause: Union[Error, None] = None
    notes: Tuple[str, ...] = ()
    missing: str = ""
    """The name or attribute that there is not."""
    near: Tuple[str, ...] = ()
    """Names there are that are nearly the missing one, the nearest first."""


@dataclass(frozen=True)
class Series:
    """A scalar over the iterations of a loop: `((iteration, value), ...)`, thinned out evenly where it is long."""

    name: str
    points: Tuple[Tuple[int, Scalar], ...]


# ----------------------------------------------------------------------------------------- found by a study


@dataclass(frozen=True)
class Passed:
    """A gradient on its way from one node to another."""

    to: int
    """Index of the node it goes to; -1 where that one is not told."""
    value: Union[TensorValue, None] = None
    position: int = 0  # of the inputs of the node it leaves: those without a gradient count too


@dataclass(frozen=True)
class Visit:
    """A node of the graph when the backward pass comes by."""

    node: int
    arriving: Tuple[Union[TensorValue, None], ...] = ()
    """The gradient of each of its outputs."""
    leaving: Tuple[Passed, ...] = ()
    """The gradient of each of its inputs that gets one."""


@dataclass(frozen=True)
class Walk:
    """A backward pass, node by node."""

    root: str
    """What it starts from: `loss`."""
    graph: Tuple[Node, ...] = ()
    visits: Tuple[Visit, ...] = ()
    total: int = 0
    """Nodes it came by; `visits` tells of the first ones."""
    stops: Tuple[Stop, ...] = ()
    """Where the start itself was cut off."""
    error: str = ""
    """What it raised on the way."""


@dataclass(frozen=True)
class Layer:
    """A module, when it was called."""

    name: str
    """From the outermost one: `0.weight`; empty for the outermost."""
    type: str
    text: str = ""
    """Its own description: `in_features=6, out_features=2`."""
    depth: int = 0
    inputs: Tuple[Tuple[int, ...], ...] = ()
    """Shapes of the tensors it was given."""
    outputs: Tuple[Tuple[int, ...], ...] = ()
    parameters: int = 0
    """Elements in all its parameters, those of the modules inside it too."""
    trainable: int = 0
    flops: int = -1
    """Of this call, as torch counts them; -1 where it does not."""
    calls: int = 1
    options: Tuple[Tuple[str, str], ...] = ()
    """Of a recurrent layer: `hidden_size`, `num_layers`, `bidirectional`, ..."""


@dataclass(frozen=True)
class Layers:
    """A call of a module, with the modules inside it in the order in which they began."""

    name: str
    """What the snippet calls the module."""
    rows: Tuple[Layer, ...] = ()
    total: int = 0
    """Modules that were called; `rows` tells of the first ones."""


@dataclass(frozen=True)
class Curve:
    """An elementwise function that was called, on a grid, with its derivative by autograd."""

    name: str
    options: str = ""
    """`negative_slope=0.2`."""
    x: Tuple[float, ...] = ()
    y: Tuple[Scalar, ...] = ()
    slope: Tuple[Scalar, ...] = ()
    low: Union[float, None] = None
    """The smallest element it was called with."""
    high: Union[float, None] = None


@dataclass(frozen=True)
class Path:
    """What an optimizer does on the surface of `Paths`."""

    name: str
    options: str
    points: Tuple[Tuple[float, float], ...]


@dataclass(frozen=True)
class Paths:
    """Optimizers on one surface, (a x^2 + b y^2) / 2, all from the same start; the snippet's own comes first."""

    a: float
    b: float
    paths: Tuple[Path, ...] = ()


@dataclass(frozen=True)
class Schedule:
    """The learning rate that a scheduler sets, step by step."""

    name: str
    options: str
    rates: Tuple[float, ...] = ()


Finding = Union[Walk, Layers, Curve, Paths, Schedule]


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
    """The torch call that raised, and what it was given: found by a replay with a recorder on."""

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
    disk, signal, exit, descriptors, broken, start, worker, silence."""
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
