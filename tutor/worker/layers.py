"""The layers of a model as it is called: shapes in and out, parameters, and FLOPs as torch counts them.

`Module.__call__` is replaced for a study. What is called directly from the snippet is a table; the modules inside it
are its rows, in the order in which they begin.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Tuple

import torch

from . import describe, tensors
from .sight import Notebook
from .wire import Layer, Layers

ROWS = 64  # told
MOST = 500  # counted
DEEP = 6
RECURRENT = ("input_size", "hidden_size", "proj_size", "num_layers", "batch_first", "bidirectional")
SHAPES = 4  # of inputs or outputs that are told


def install(notes: Notebook) -> None:
    """Look at every call of a module from now on."""
    module: Any = torch.nn.Module
    plain = module.__call__
    state = State(notes)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return state.called(plain, self, args, kwargs)

    module.__call__ = call


class State:
    """The call under way, and its table."""

    def __init__(self, notes: Notebook) -> None:
        self.notes = notes
        self.inside = False  # whether a module is being called
        self.table: Table | None = None  # where that call is the first of its line

    def called(self, plain: Any, module: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """A module is called: by the snippet, or by another module."""
        if self.inside:
            table = self.table
            if table is None or table.depth > DEEP or len(table.rows) >= MOST:
                return plain(module, *args, **kwargs)
            return table.row(plain, module, args, kwargs)
        line = self.notes.line()
        self.inside = True
        try:
            if not self.notes.fresh("layers", line):
                return plain(module, *args, **kwargs)
            return self.outer(plain, module, args, kwargs, line)
        finally:
            self.inside, self.table = False, None

    def outer(self, plain: Any, module: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any], line: int) -> Any:
        """The first call from a line."""
        self.table = table = Table(module, name_in(self.notes, module))
        try:
            with counter(table):
                return table.row(plain, module, args, kwargs)
        finally:
            if table.rows:
                self.notes.tell(line, Layers(table.name, tuple(table.rows[:ROWS]), len(table.rows)))


class Table:
    """The rows of one call."""

    def __init__(self, module: Any, name: str) -> None:
        self.name = name
        self.paths = {id(m): path for path, m in named_modules(module)}
        self.rows: List[Layer] = []
        self.at: Dict[int, int] = {}
        self.depth = 0
        self.flops = -1  # so far; -1 where nothing counts

    def row(self, plain: Any, module: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Any:
        """Call a module, and note what it was."""
        key, before = id(module), self.flops
        index = self.at.get(key)
        if index is None:
            index = self.at[key] = len(self.rows)
            self.rows.append(self.facts(module, args, kwargs))
            first = True
        else:
            self.rows[index] = replace(self.rows[index], calls=self.rows[index].calls + 1)
            first = False
        self.depth += 1
        try:
            result = plain(module, *args, **kwargs)
        finally:
            self.depth -= 1
        if first:
            spent = self.flops - before if before >= 0 else -1
            self.rows[index] = replace(self.rows[index], outputs=shapes((result,)), flops=spent)
        return result

    def facts(self, module: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Layer:
        """What is known before the call."""
        with tensors.Looking():
            own = [p for _, p in describe.parameters(module)]
            return Layer(
                self.paths.get(id(module), ""),
                type(module).__name__,
                describe.module_text(module),
                self.depth,
                shapes((*args, *kwargs.values())),
                (),
                sum(describe.count(p) for p in own),
                sum(describe.count(p) for p in own if tensors.get(p, "requires_grad")),
                options=recurrent(module),
            )


def name_in(notes: Notebook, module: Any) -> str:
    """What the snippet calls a module."""
    for frame in notes.frames():
        for name, obj in list(frame.f_locals.items()):
            if obj is module:
                return str(name)
    for frame in notes.frames():
        for name, obj in list(frame.f_locals.items()):
            if issubclass(type(obj), torch.nn.Module):
                for path, m in named_modules(obj):
                    if m is module:
                        return "{}.{}".format(name, path)
    return ""


def named_modules(module: Any) -> List[Tuple[str, Any]]:
    """`(dotted name, module)` of a module and those inside it; no method of the learner runs."""
    found: List[Tuple[str, Any]] = []
    seen = set()
    stack = [("", module)]
    while stack:
        path, m = stack.pop()
        if id(m) in seen:
            continue
        seen.add(id(m))
        found.append((path, m))
        below = (describe.attributes_of(m) or {}).get("_modules", {}).items()
        stack.extend(reversed([("{}.{}".format(path, k).lstrip("."), c) for k, c in below if c is not None]))
    return found


def shapes(values: Tuple[Any, ...]) -> Tuple[Tuple[int, ...], ...]:
    """Of the tensors among values, however they are nested."""
    found: List[Tuple[int, ...]] = []
    for value in values:
        if tensors.is_tensor(value):
            found.append(tuple(int(n) for n in tensors.get(value, "shape", ())))
        elif isinstance(value, dict):
            found += shapes(tuple(value.values()))
        elif isinstance(value, (list, tuple)):
            found += shapes(tuple(value))
    return tuple(found[:SHAPES])


def recurrent(module: Any) -> Tuple[Tuple[str, str], ...]:
    """The options of a recurrent layer."""
    base = getattr(torch.nn, "RNNBase", None)
    cell = getattr(torch.nn, "RNNCellBase", None)
    kinds = tuple(kind for kind in (base, cell) if kind is not None)
    if not kinds or not issubclass(type(module), kinds):
        return ()
    held = describe.attributes_of(module) or {}
    return tuple((key, str(held[key])) for key in RECURRENT if key in held)


def counter(table: Table) -> Any:
    """A context that adds up FLOPs, by torch's own formulas; one that does nothing where torch has none."""
    try:
        from torch.utils._python_dispatch import TorchDispatchMode
        from torch.utils.flop_counter import flop_registry
    except ImportError:
        return torch.enable_grad() if torch.is_grad_enabled() else torch.no_grad()

    class Counter(TorchDispatchMode):  # type: ignore[misc]
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # nothing is compiled here; to make sure, torch would import its compiler, for a second

        def __torch_dispatch__(self, func: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            result = func(*args, **(kwargs or {}))
            formula = flop_registry.get(getattr(func, "_overloadpacket", None))
            if formula is not None:
                try:
                    table.flops += int(formula(*args, **(kwargs or {}), out_val=result))
                except Exception:  # shapes that the formula does not know
                    pass
            return result

    table.flops = 0
    return Counter()
