"""A backward pass, node by node: what arrives at each node and what leaves it, told by hooks on the graph's nodes.

Every way into a backward pass goes through one engine object, which a study replaces by one that looks first. A hook
on a node fires when the node is done, with the gradients on both sides of it: the order of the hooks is the walk.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Tuple

import torch

from . import graph, tensors
from .cuts import Cuts
from .sight import Notebook
from .wire import Passed, TensorValue, Visit, Walk

NODES = 64  # of a walk that are told of
ERROR = 300  # characters of a message


def install(notes: Notebook, cuts: Cuts) -> None:
    """Look at every backward pass from now on."""
    variable: Any = torch.autograd.Variable
    variable._execution_engine = Engine(variable._execution_engine, notes, cuts)


class Engine:
    """The engine of torch, with a look before and after."""

    def __init__(self, engine: Any, notes: Notebook, cuts: Cuts) -> None:
        self.engine, self.notes, self.cuts = engine, notes, cuts

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def run_backward(self, roots: Any, *args: Any, **kwargs: Any) -> Any:
        """In place of the engine's own."""
        line = self.notes.line()
        walk = None
        if self.notes.fresh("backward", line):
            try:
                walk = Recording(roots, self.notes, self.cuts)
            except Exception:  # an exotic graph: it goes without
                pass
        error = ""
        try:
            return self.engine.run_backward(roots, *args, **kwargs)
        except BaseException as e:
            error = "{}: {}".format(type(e).__name__, str(e).strip().split("\n")[0])[:ERROR]
            raise
        finally:
            if walk is not None:
                walk.over = True
                self.notes.tell(line, walk.told(error))


class Recording:
    """One backward pass under way."""

    def __init__(self, roots: Any, notes: Notebook, cuts: Cuts) -> None:
        self.over = False
        self.total = 0
        self.visits: List[Visit] = []
        with tensors.Looking():
            sight = notes.sight()
            starts = [r if isinstance(r, tuple) else (maker(r), r) for r in roots]
            order = graph.ordered([node for node, _ in starts if hasattr(node, "next_functions")], NODES)
            self.index = {node: i for i, node in enumerate(order)}
            self.root = ", ".join(filter(None, (sight.name(t) for _, t in starts)))
            rows = graph.rows(order, sight.name, sight.made)
            reached = {row.leaf for row in rows if row.leaf}
            self.stops = tuple(s for _, t in starts for s in cuts.told(cuts.of(t), sight, reached))
            self.rows = tuple(
                replace(row, stops=cuts.told(cuts.into(node), sight, reached)) for node, row in zip(order, rows)
            )
            for node in order:
                node.register_hook(self.hook(node))

    def hook(self, node: Any) -> Any:
        """What is called when a node is done."""

        def done(leaving: Any, arriving: Any) -> None:
            if not self.over:
                self.total += 1
                with tensors.Looking():
                    self.visits.append(self.visit(node, leaving or (), arriving or ()))

        return done

    def visit(self, node: Any, leaving: Tuple[Any, ...], arriving: Tuple[Any, ...]) -> Visit:
        """A node with the gradients on both sides of it."""
        passed: List[Passed] = []
        for n, ((below, _), grad) in enumerate(zip(getattr(node, "next_functions", ()), leaving)):
            if below is not None and grad is not None:
                passed.append(Passed(self.index.get(below, -1), value_of(grad), n))
        return Visit(self.index[node], tuple(value_of(g) for g in arriving), tuple(passed))

    def told(self, error: str) -> Walk:
        """All of it."""
        return Walk(self.root, self.rows, tuple(self.visits), self.total, self.stops, error)


def maker(t: Any) -> Any:
    """The node that made a tensor; of a leaf that asks for a gradient, the one that keeps it."""
    fn = tensors.get(t, "grad_fn")
    if fn is None and tensors.get(t, "requires_grad", False):
        with torch.enable_grad():
            fn = t.view_as(t).grad_fn.next_functions[0][0]
    return fn


def value_of(grad: Any) -> TensorValue | None:
    """A gradient as it travels."""
    try:
        return None if grad is None else tensors.describe_tensor(grad, brief=True)
    except Exception:
        return None
