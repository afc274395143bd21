"""What a study finds: a second run that looks closer than the ordinary one may. Front ends import it from `wire`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple, Union

from .values import Node, Scalar, Stop, TensorValue


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
    others: Tuple[Tuple[float, ...], ...] = ()


Finding = Union[Walk, Layers, Curve, Paths, Schedule]
