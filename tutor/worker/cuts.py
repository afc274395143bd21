"""Where gradients stop: tensors that were computed from something that asks for a gradient, but that carry none on.

A cut is found where it is made (`detach()`, `no_grad`, an integer), followed through everything computed from it, and
told where it would have joined the graph of a backward pass again.
"""

from __future__ import annotations

import weakref
from typing import Any, Dict, List, Set, Tuple

import torch

from . import graph, tensors
from .sight import Notebook, Sight
from .wire import Stop

FOLLOWED = 5000  # tensors
CUTS = 4  # behind one tensor
NODES = 200  # of a graph that are searched for its leaves
COPIES = ("tensor", "as_tensor", "new_tensor")
UNRELATED = ("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "randint_like")


class Cut:
    """One place of the snippet where gradients are cut off."""

    def __init__(self, why: str, call: str, line: int, name: str, leaves: Tuple[Any, ...]) -> None:
        self.why, self.call, self.line, self.name, self.leaves = why, call, line, name, leaves


class Cuts:
    """The cuts of one run, and what was computed from them."""

    def __init__(self, notes: Notebook) -> None:
        self.notes = notes
        self.places: Dict[Tuple[int, str], Cut] = {}
        self.followed: Dict[int, Tuple[Any, Tuple[Cut, ...]]] = {}
        self.joined: Dict[Any, Tuple[Cut, ...]] = {}

    def after(self, call: str, given: List[Any], results: List[Any]) -> None:
        """A call of torch was made."""
        behind = tuple(dict.fromkeys(c for t in given for c in self.of(t)))[:CUTS]
        asking = [t for t in given if tensors.get(t, "requires_grad", False)]
        if not (behind or asking) or call in UNRELATED or (call.startswith("new_") and call not in COPIES):
            return
        for t in results:
            if tensors.get(t, "requires_grad", False):
                fn = tensors.get(t, "grad_fn")
                if behind and fn is not None:
                    self.joined[fn] = behind
            else:
                made = (self.cut(call, asking, t),) if asking else ()
                self.follow(t, tuple(dict.fromkeys(behind + made))[:CUTS])

    def follow(self, t: Any, cuts: Tuple[Cut, ...]) -> None:
        """Remember what is behind a tensor."""
        if len(self.followed) >= FOLLOWED:
            self.followed = {k: v for k, v in self.followed.items() if v[0]() is not None}
        if len(self.followed) < FOLLOWED:
            self.followed[id(t)] = (weakref.ref(t), cuts)

    def of(self, t: Any) -> Tuple[Cut, ...]:
        """The cuts behind a tensor that carries no gradient."""
        ref, cuts = self.followed.get(id(t), (None, ()))
        return cuts if ref is not None and ref() is t and not tensors.get(t, "requires_grad", False) else ()

    def into(self, node: Any) -> Tuple[Cut, ...]:
        """The cuts behind what a node was given besides its inputs."""
        return self.joined.get(node, ())

    def cut(self, call: str, asking: List[Any], result: Any) -> Cut:
        """The place where the snippet is now, as a cut."""
        line = self.notes.line()
        known = self.places.get((line, call))
        if known is None:
            sight = self.notes.sight()
            name = next((n for n in map(sight.name, asking) if n), "")
            leaves = tuple(leaf for t in asking for leaf in leaves_of(t))
            known = self.places[(line, call)] = Cut(reason(call, result), call, line, name, leaves)
        return known

    def told(self, cuts: Tuple[Cut, ...], sight: Sight, reached: Set[str]) -> Tuple[Stop, ...]:
        """Cuts as they travel. That a mask or an index carries no gradient is worth a word only where a tensor goes
        without for it."""
        out: List[Stop] = []
        for cut in cuts:
            leaves = tuple(dict.fromkeys(n for n in map(sight.name, cut.leaves) if n))
            if cut.why != "integer" or not set(leaves) <= reached:
                out.append(Stop(cut.why, cut.call, cut.line, cut.name, leaves[:CUTS]))
        return tuple(out)


def leaves_of(t: Any) -> Tuple[Any, ...]:
    """The tensors behind one that ask for a gradient."""
    fn = tensors.get(t, "grad_fn")
    if fn is None:
        return (t,)
    found = (getattr(node, "variable", None) for node in graph.ordered([fn], NODES))
    return tuple(leaf for leaf in found if leaf is not None)


def reason(call: str, result: Any) -> str:
    """Why a call's result carries no gradient."""
    if call in ("detach", "detach_", "data"):
        return call.rstrip("_")
    if call in COPIES:
        return "copy"
    kind = tensors.get(result, "dtype")
    if kind is not None and not (kind.is_floating_point or getattr(kind, "is_complex", False)):
        return "integer"
    return "other" if torch.is_grad_enabled() else "no_grad"
