"""Any object -> Value: facts, never colours or widths.

Nothing here may change what it looks at, hang, or fail. The learner's own code (`__repr__`) is called only for a value
that the interactive interpreter would have shown as well, and under a time limit.
"""

from __future__ import annotations

import signal
import threading
import types
from collections import deque
from dataclasses import is_dataclass
from enum import Enum
from itertools import islice
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import torch

from . import graph, tensors
from .wire import (
    ArrayValue,
    ContainerValue,
    Item,
    ModuleValue,
    OptimizerValue,
    Parameter,
    ParamGroup,
    PlainValue,
    Value,
)

TEXT = 2000  # characters of a text
WIDE = 24  # members of a container
DEEP = 4  # containers within containers
MEMBERS = 160  # members of all containers of one value together
ROWS = 64  # rows of a parameter table
SECONDS = 0.5  # for a __repr__ of the learner's
CONTAINERS = (list, tuple, dict, set, frozenset, deque)
SAFE = (int, float, complex, str, bytes, bool, type(None), range, torch.Size, torch.dtype, torch.device)

NameOf = Callable[[Any], str]


def no_name(_: Any) -> str:
    """For values described outside any namespace."""
    return ""


def describe(
    obj: Any,
    shares: NameOf = no_name,
    leaf_name: NameOf = no_name,
    shown: bool = False,
    made_by: graph.MadeBy = graph.nothing_made,
) -> Value:
    """A value with its members. `shares` names another value in the same storage, `leaf_name` names a leaf tensor,
    `made_by` names what the nodes of a graph made; `shown` allows the object's own `__repr__`."""
    return _Look(shares, leaf_name, shown, made_by).at(obj, ())


class _Look:
    def __init__(self, shares: NameOf, leaf_name: NameOf, shown: bool, made_by: graph.MadeBy) -> None:
        self.shares, self.leaf_name, self.shown, self.made_by = shares, leaf_name, shown, made_by
        self.left = MEMBERS

    def at(self, obj: Any, above: Tuple[int, ...]) -> Value:
        try:
            return self.kind_of(obj, above)
        except Exception as e:
            return PlainValue(
                type_name(obj), "<{} that cannot be described: {}>".format(type_name(obj), type(e).__name__)
            )

    def kind_of(self, obj: Any, above: Tuple[int, ...]) -> Value:
        kind = type(obj)
        if tensors.is_tensor(obj):
            return tensors.describe_tensor(obj, self.shares(obj), self.leaf_name, bool(above), self.made_by)
        if issubclass(kind, torch.nn.Module):
            with tensors.Looking():
                return self.module(obj)
        if issubclass(kind, torch.optim.Optimizer):
            return self.optimizer(obj)
        if module_of(kind) == "numpy" and kind.__name__ == "ndarray":
            return self.array(obj)
        if kind is types.ModuleType:
            return PlainValue("module", "<module {!r}>".format(vars(obj).get("__name__", "")))  # not where it lies
        if id(obj) in above:
            return PlainValue(type_name(obj), "...")
        if is_container(obj) and (len(above) < DEEP or not length_of(obj)):
            return self.container(obj, above)
        if hasattr(kind, "next_functions") and hasattr(kind, "metadata"):
            with tensors.Looking():
                found = graph.graph(obj, self.leaf_name, self.made_by)
            return PlainValue(kind.__name__, bounded_repr(obj), found)
        if module_of(kind) == "__main__" and not issubclass(kind, (type, BaseException)):
            return self.own(obj, above)
        return PlainValue(type_name(obj), bounded_repr(obj))

    def container(self, obj: Any, above: Tuple[int, ...]) -> Value:
        kind, first = type(obj), islice(values_of(obj), WIDE)
        if issubclass(kind, dict):
            pairs = [("[{}]".format(key_text(k, 80)), v) for k, v in islice(dict.items(obj), WIDE)]
        elif issubclass(kind, (set, frozenset)):
            pairs = [("", v) for v in first]
        elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
            pairs = [("." + str(k), v) for k, v in zip(kind._fields, first)]
        else:
            pairs = [("[{}]".format(i), v) for i, v in enumerate(first)]
        return ContainerValue(type_name(obj), length_of(obj), self.members(pairs, above + (id(obj),)))

    def members(self, pairs: Sequence[Tuple[str, Any]], above: Tuple[int, ...]) -> Tuple[Item, ...]:
        items: List[Item] = []
        for key, value in pairs:
            if self.left <= 0:
                break
            self.left -= 1
            items.append(Item(key, self.at(value, above)))
        return tuple(items)

    def own(self, obj: Any, above: Tuple[int, ...]) -> Value:
        """An object of a class of the snippet: its attributes, or its own words where the REPL would print them."""
        kind = type(obj)
        if issubclass(kind, Enum):
            return PlainValue(type_name(obj), "{}.{}".format(kind.__name__, (attributes_of(obj) or {}).get("_name_")))
        if self.shown and not above and has_own_repr(kind) and not is_dataclass(kind):
            return PlainValue(type_name(obj), bounded_repr(obj))
        inner = number_or_text(obj)
        if inner is not None:
            return PlainValue(type_name(obj), bounded_repr(inner))
        attributes = attributes_of(obj)
        if attributes is None or len(above) >= DEEP:
            return PlainValue(type_name(obj), "<{} object>".format(type_name(obj)))
        pairs = [("." + str(k), v) for k, v in islice(attributes.items(), WIDE)]
        return ContainerValue(type_name(obj), len(attributes), self.members(pairs, above + (id(obj),)))

    def array(self, a: Any) -> Value:
        shape = tuple(int(n) for n in a.shape)
        twin = None
        if a.dtype.kind in "biufc" and a.size:
            try:
                with tensors.Looking():
                    twin = tensors.describe_tensor(torch.from_numpy(a), brief=self.left < MEMBERS)
            except Exception:  # a data type torch does not have, negative strides, read-only memory
                pass
        values = twin.values if twin else tensors.nested(a.tolist()) if 0 < a.size <= tensors.ALL else None
        return ArrayValue(
            shape, str(a.dtype), self.shares(a), int(a.size), int(a.nbytes), twin.stats if twin else None, values
        )

    def module(self, m: Any) -> Value:
        named = list(parameters(m))
        rows = tuple(
            Parameter(
                name,
                tuple(int(n) for n in tensors.get(p, "shape")),
                str(tensors.get(p, "dtype")).replace("torch.", ""),
                bool(tensors.get(p, "requires_grad")),
                count(p),
                norm(p),
            )
            for name, p in named[:ROWS]
            if tensors.is_tensor(p) and not tensors.opaque(p)
        )
        children = tuple(
            Item(k, PlainValue(type(c).__name__, module_text(c)))
            for k, c in islice((attributes_of(m) or {}).get("_modules", {}).items(), WIDE)
            if c is not None
        )
        total = sum(count(p) for _, p in named)
        trainable = sum(count(p) for _, p in named if tensors.get(p, "requires_grad"))
        return ModuleValue(
            type(m).__name__,
            module_text(m),
            bool((attributes_of(m) or {}).get("training", True)),
            rows,
            children,
            len(named),
            total,
            trainable,
        )

    def optimizer(self, o: Any) -> Value:
        attributes = attributes_of(o) or {}  # empty before `__init__` of the base class
        groups = tuple(
            ParamGroup(len(g["params"]), tuple((k, bounded_repr(v, 80)) for k, v in g.items() if k != "params"))
            for g in attributes.get("param_groups", ())[:8]
        )
        state: List[Item] = []
        for p, entry in islice(attributes.get("state", {}).items(), 4):
            of = self.leaf_name(p) if tensors.is_tensor(p) else str(p)
            for key, value in islice(entry.items(), 8):
                if tensors.is_tensor(value):
                    state.append(Item("{} of {}".format(key, of), tensors.describe_tensor(value, brief=True)))
                else:
                    state.append(
                        Item("{} of {}".format(key, of), PlainValue(type_name(value), bounded_repr(value, 80)))
                    )
        return OptimizerValue(type(o).__name__, groups, tuple(state))


# --------------------------------------------------------------------------------------------- small things


def is_container(obj: Any) -> bool:
    """A list, tuple, dict, set or deque, but not a `torch.Size`, which is a value in itself."""
    return issubclass(type(obj), CONTAINERS) and type(obj) is not torch.Size


def base_of(obj: Any) -> Any:
    """The built-in class a container is made of: its methods are not the learner's."""
    return next(base for base in CONTAINERS if issubclass(type(obj), base))


def length_of(obj: Any) -> int:
    """Of a container."""
    return int(base_of(obj).__len__(obj))


def values_of(obj: Any) -> Iterator[Any]:
    """Of a container."""
    base = base_of(obj)
    return iter(dict.values(obj)) if base is dict else iter(base.__iter__(obj))


def attributes_of(obj: Any) -> Dict[str, Any] | None:
    """What is set on an object itself; None where it has no place for that."""
    try:
        found = object.__getattribute__(obj, "__dict__")
    except Exception:
        return None
    return found if type(found) is dict else None


def number_or_text(obj: Any) -> Any:
    """What an object of a subclass of `int` or `str` is underneath; None for any other."""
    for base in (str, bytes):
        if issubclass(type(obj), base):
            return base.__getitem__(obj, slice(TEXT + 1))
    for kind in (int, float, complex):
        if issubclass(type(obj), kind):
            return kind.__pos__(obj)
    return None


def key_text(key: Any, most: int) -> str:
    """A key of a dict. No `__repr__` of the snippet's is called for it."""
    if getattr(getattr(type(key), "__repr__", None), "__module__", "") == "__main__":
        return "<{} object>".format(type_name(key))
    return bounded_repr(key, most)


def module_of(kind: type) -> str:
    """The module a class says it is from."""
    name = getattr(kind, "__module__", "")
    return name if type(name) is str else ""


def type_name(obj: Any) -> str:
    """`int`, `Net`, `torch.Size`."""
    kind = type(obj)
    if module_of(kind) in ("builtins", "__main__", ""):
        return kind.__qualname__
    return "{}.{}".format(module_of(kind).split(".")[0], kind.__qualname__)


def parameters(m: Any, prefix: str = "") -> Any:
    """`(dotted name, parameter)` of a module and its submodules, each parameter once; no method of the learner runs."""
    seen, stack = set(), [(prefix, m)]
    while stack:
        path, module = stack.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        attributes = attributes_of(module) or {}
        if module_of(type(module)).startswith("torch.jit"):  # keeps its parameters elsewhere
            yield from ((path + name, p) for name, p in module.named_parameters())
            continue
        for name, p in attributes.get("_parameters", {}).items():
            if p is not None and id(p) not in seen:
                seen.add(id(p))
                yield path + name, p
        below = [(path + k + ".", c) for k, c in attributes.get("_modules", {}).items() if c is not None]
        stack.extend(reversed(below))


def count(p: Any) -> int:
    """The elements of a parameter; 0 where it has no shape yet."""
    return int(torch.Tensor.numel(p)) if tensors.is_tensor(p) else 0


def norm(p: Any) -> Any:
    """The 2-norm of a parameter of moderate size."""
    try:
        if count(p) > tensors.MOST:
            return None
        with tensors.Looking():
            return tensors.scalar(float(p.detach().float().norm()))
    except Exception:
        return None


def module_text(m: Any) -> str:
    """`in_features=6, out_features=2`; only torch's own modules are asked."""
    if module_of(type(m)).split(".")[0] != "torch" or not hasattr(m, "extra_repr"):
        return ""
    try:
        return clip(m.extra_repr(), 200)
    except Exception:  # it is not built yet
        return ""


def clip(text: str, most: int = TEXT) -> str:
    """The text up to a length, with a mark where it was cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def has_own_repr(kind: type) -> bool:
    """Whether a class says more of its objects than their address."""
    plain: Any = object.__repr__
    return getattr(kind, "__repr__", plain) is not plain


class TooLong(BaseException):
    """A call of the learner's code did not come back."""


def bounded_repr(obj: Any, most: int = TEXT) -> str:
    """`repr` that ends in time and in bounds, whatever the object is."""
    if type(obj) in (str, bytes) and len(obj) > most:
        return clip(repr(obj[:most]), most)
    if type(obj) is int and obj.bit_length() > 10000:
        return "<int of {} bits>".format(obj.bit_length())
    kind = type(obj)
    if not has_own_repr(kind):
        return "<{} object>".format(type_name(obj))
    if kind in SAFE:
        return clip(stable(repr(obj)), most)
    try:
        return clip(stable(limited(lambda: repr(obj))), most)
    except TooLong:
        return "<{} whose __repr__ takes too long>".format(type_name(obj))
    except Exception as e:
        return "<{} whose __repr__ raises {}>".format(type_name(obj), type(e).__name__)


def stable(text: Any) -> str:
    """Without addresses, which differ from run to run."""
    if not isinstance(text, str):
        raise TypeError("__repr__ returned no string")
    head, found, tail = text.partition(" at 0x")
    if not found:
        return text
    return head + stable(tail.lstrip("0123456789abcdef"))


def limited(call: Callable[[], Any]) -> Any:
    """The result of a call of the learner's code; `TooLong` after half a second."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return call()

    def stop(_signal: int, _frame: Any) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    left, interval = signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return call()
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, before)


def scalar_of(obj: Any) -> Tuple[bool, Any]:
    """`(True, number)` for what can be plotted over a loop: Python numbers and one-element real tensors."""
    kind = type(obj)
    if kind in (int, float):
        return True, obj
    if not issubclass(kind, torch.Tensor):
        return False, None
    try:
        with tensors.Looking():
            if (
                tensors.opaque(obj)
                or tensors.get(obj, "ndim", 1) > 1
                or torch.Tensor.numel(obj) != 1
                or "complex" in str(obj.dtype)
            ):
                return False, None
            return True, torch.Tensor.item(obj.detach())
    except Exception:
        return False, None
