"""What events tell of: values, and what a statement does to names and gradients, and what it raises.

Numbers that JSON cannot say (nan, infinities, complex) travel as strings. Front ends import all of it from `wire`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Tuple, Union

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
