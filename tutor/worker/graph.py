"""The autograd graph behind a value: its nodes, what they made, and what they keep for the backward pass.

Reading is all that is done here: a saved tensor is looked at as it was packed, never unpacked, because unpacking may
call code of the learner. What a release of torch does not tell is left out.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

import torch

from .wire import Node, Saved, Scalar

NODES = 48
KEPT = 6  # saved tensors of one node
OWN = ("result", "output")  # what a node calls the tensor it made itself
PACKED = "_raw_saved_"
PLAIN = ("exponent", "alpha", "dim", "self")  # numbers that rules speak of
OPERANDS = ("self", "other")

NameOf = Callable[[Any], str]
MadeBy = Callable[[], Dict[Any, str]]
"""The names of the tensors in sight, by the nodes that made them."""


def nothing_made() -> Dict[Any, str]:
    """For values described outside any namespace."""
    return {}


def ordered(roots: List[Any], most: int = NODES) -> List[Any]:
    """The nodes from some roots down to the leaves, breadth first."""
    order = list(dict.fromkeys(roots))
    known = set(order)
    for node in order:
        for below, _ in getattr(node, "next_functions", ()):
            if below is not None and below not in known and len(order) < most:
                known.add(below)
                order.append(below)
    return order


def graph(fn: Any, leaf_name: NameOf, made_by: MadeBy = nothing_made) -> Tuple[Node, ...]:
    """The graph from a node down to the leaves."""
    return rows(ordered([fn]), leaf_name, made_by())


def rows(order: List[Any], leaf_name: NameOf, made: Dict[Any, str]) -> Tuple[Node, ...]:
    """Nodes as they travel."""
    index = {node: i for i, node in enumerate(order)}
    out: List[Node] = []
    for node in order:
        below = tuple(index[n] for n, _ in getattr(node, "next_functions", ()) if n in index)
        variable = getattr(node, "variable", None)
        leaf = leaf_name(variable) if variable is not None else ""
        own = made.get(node, "")
        kept = saved(node, leaf_name, own)
        named = [one.name for one in kept if one.tensor]
        told = constants(node, named)
        out.append(Node(node_name(node), below, leaf, own, shape(node, variable), kept, (), told))
    return tuple(out)


def node_name(fn: Any) -> str:
    """`MulBackward0`."""
    return type(fn).__name__


def shape(node: Any, variable: Any) -> Tuple[int, ...] | None:
    """Of what a node made; of a leaf, its own."""
    try:
        told = variable if variable is not None else node._input_metadata[0]
        return tuple(int(n) for n in told.shape)
    except Exception:  # an old torch, a nested or symbolic shape
        return None


_kept: Dict[type, Tuple[str, ...]] = {}


def saved(node: Any, name_of: NameOf, own: str = "") -> Tuple[Saved, ...]:
    """What a node keeps; nothing once the backward pass has freed it."""
    kind = type(node)
    names = _kept.get(kind)
    if names is None:
        names = tuple(n for n in dir(kind) if n.startswith(PACKED))
        if len(_kept) < 1000:
            _kept[kind] = names
    out: List[Saved] = []
    for name in names:
        try:
            packed = getattr(node, name)
            many = packed if isinstance(packed, (tuple, list)) else (packed,)
            for i, one in enumerate(many):
                label = name[len(PACKED) :] + ("[{}]".format(i) if len(many) > 1 else "")
                out += _look(label, one, own if label in OWN else "", name_of)
        except Exception:  # freed, or of a kind that cannot be told
            continue
    return tuple(out[:KEPT])


def _look(label: str, packed: Any, own: str, name_of: NameOf) -> List[Saved]:
    """One saved tensor, unless hooks of the learner have packed it."""
    if getattr(packed, "unpack_hook", packed) is not None:
        return []
    t = packed.data
    if t is None or not issubclass(type(t), torch.Tensor):
        return []
    sizes = tuple(int(n) for n in torch.Tensor.size(t))
    room = torch.Tensor.numel(t) * torch.Tensor.element_size(t)
    return [Saved(label, sizes, str(t.dtype).replace("torch.", ""), room, own or name_of(t))]


def constants(node: Any, named: List[str]) -> Tuple[Tuple[str, Scalar], ...]:
    """The numbers of a node's rule: its options, and the operands without a name that are one number on the CPU."""
    out: List[Tuple[str, Scalar]] = []
    for name in PLAIN:
        told: Any = None if hasattr(type(node), PACKED + name) else getattr(node, "_saved_" + name, None)
        if type(told) in (int, float):
            out.append((name, told - 2**64 if told >= 2**63 and name == "dim" else told))  # -1 comes without its sign
    for name in OPERANDS:
        packed: Any = getattr(node, PACKED + name, None)
        t: Any = getattr(packed, "data", None) if getattr(packed, "unpack_hook", packed) is None else None
        if name not in named and type(t) is torch.Tensor and t.dim() == 0 and t.device.type == "cpu":
            out.append((name, t.item()))
    return tuple(out)
