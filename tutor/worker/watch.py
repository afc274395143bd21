"""What a statement did to the names and gradients in sight, found by comparing before and after.

Holds facts and weak references only: nothing of the snippet is kept alive, and nothing is set on its tensors. A value
changed in place is known by its version counter and by a checksum of its first and last bytes (edits through `.data`
or a numpy array do not count as a version). Gradients that pass through named intermediates are seen by hooks on the
graph's nodes, which the tensors themselves do not show.
"""

from __future__ import annotations

import ctypes
import weakref
import zlib
from itertools import islice
from typing import Any, Dict, Iterator, List, Mapping, Set, Tuple

import torch

from . import describe as d
from . import tensors
from .wire import Change, Gradient, TensorValue, Value

BYTES = 32768  # checksummed at each end of a tensor
MOST = 2000  # tensors followed
FULL = 40  # changes of one statement that are described with values
MEMBERS = 100  # of a container that are followed


class Mark:
    """How a name stood when it was last looked at."""

    __slots__ = ("id", "print", "value")

    def __init__(self, obj: Any, fingerprint: Any, value: Value | None) -> None:
        self.id, self.print, self.value = id(obj), fingerprint, value


class Seen:
    """A tensor in sight: its name, and how its gradient stood when it was last looked at."""

    __slots__ = ("grad", "hooked", "name", "ref", "storage", "value")

    def __init__(self, name: str, t: Any) -> None:
        self.name, self.ref, self.storage = name, weakref.ref(t), tensors.pointer(t)
        self.grad: Any = None
        self.value: TensorValue | None = None
        self.hooked = -1  # the version whose graph node has the hook


class Watch:
    """Names and gradients of one run."""

    def __init__(self) -> None:
        self.seen: Dict[int, Seen] = {}
        self.reached: List[Gradient] = []

    # ------------------------------------------------------------------------------------------- names

    def names(self, marks: Dict[str, Mark], scope: Mapping[str, Any], bound: Set[str]) -> Tuple[Change, ...]:
        """The names of a scope that changed since `marks`, which is brought up to date. `bound` are the names that
        the statement itself binds: they are told even where the object is the same."""
        with tensors.Looking():
            return tuple(self.changed(marks, scope, bound))

    def changed(self, marks: Dict[str, Mark], scope: Mapping[str, Any], bound: Set[str]) -> List[Change]:
        """The same, where the learner's code cannot notice."""
        places = list(walk(scope))
        for path, t in places:
            self.meet(path, t)
        changes: List[Change] = []
        for name in [n for n in marks if "." not in n and "[" not in n and n not in scope]:
            changes.append(Change(name, "deleted"))
            del marks[name]
        for name, obj in scope.items():
            if not hidden(name) or name in bound or name in marks:
                try:
                    self.compare(marks, name, obj, bound, changes)
                except Exception:  # an object that fails its reader
                    pass
        direct = {id(obj) for obj in scope.values()}
        for path, t in places:
            if id(t) not in direct:
                self.compare(marks, path, t, set(), changes)
        return changes

    def compare(self, marks: Dict[str, Mark], path: str, obj: Any, bound: Set[str], changes: List[Change]) -> None:
        """One name against its mark."""
        mark = marks.get(path)
        seal = fingerprint(obj)
        if mark is None or mark.id != id(obj):
            how = "new" if mark is None else "rebound"
        elif path in bound:
            how = "rebound" if mark.print == seal else "mutated"
        elif mark.print != seal:
            how = "mutated"
        else:
            return
        member = path not in bound and ("." in path or "[" in path)
        value: Value | None = None
        if len(changes) < FULL:
            value = self.brief(obj) if member else self.describe(obj, path)
        before = mark.value if mark is not None and how == "mutated" else None
        marks[path] = Mark(obj, seal, value)
        if not (member and how != "mutated"):  # members of something new are told with it
            changes.append(Change(path, how, value, before))

    def brief(self, t: Any) -> Value:
        """A member of a module or container, for telling later what it was before."""
        return tensors.describe_tensor(t, brief=True)

    def describe(self, obj: Any, own: str = "", shown: bool = False) -> Value:
        """A value as it stands, with the names of this run for what it shares and comes from."""
        return d.describe(obj, lambda t: self.sharer(t, own), self.name_of, shown, self.made_by)

    def name_of(self, t: Any) -> str:
        """The name of a tensor in sight."""
        entry = self.seen.get(id(t))
        return entry.name if entry is not None and entry.ref() is t else ""

    def made_by(self) -> Dict[Any, str]:
        """The names of the intermediates in sight, by the nodes that made them."""
        found: Dict[Any, str] = {}
        for entry in self.seen.values():
            t = entry.ref() if entry.hooked >= 0 else None
            fn = tensors.get(t, "grad_fn") if t is not None else None
            if fn is not None:
                found.setdefault(fn, entry.name)
        return found

    def sharer(self, obj: Any, own: str) -> str:
        """The name of another tensor in the same storage."""
        if tensors.is_tensor(obj):
            with tensors.Looking():
                place = tensors.pointer(obj)
        else:
            base = obj
            while getattr(base, "base", None) is not None and hasattr(base.base, "__array_interface__"):
                base = base.base
            place = int(base.__array_interface__["data"][0])
        if place == 0:
            return ""
        for entry in self.seen.values():
            other = entry.ref()
            if entry.storage == place and other is not None and other is not obj and entry.name != own:
                return entry.name
        return ""

    # --------------------------------------------------------------------------------------- gradients

    def meet(self, name: str, t: Any) -> None:
        """Follow a tensor, under the first name it is met by, unless that is what a method calls its own."""
        entry = self.seen.get(id(t))
        if entry is None or entry.ref() is not t:
            if len(self.seen) >= MOST:
                self.seen = {k: v for k, v in self.seen.items() if v.ref() is not None}
            if len(self.seen) >= MOST:
                return
            entry = self.seen[id(t)] = Seen(name, t)
        elif entry.name.startswith("self.") and not name.startswith("self."):
            entry.name = name
        self.hook(entry, t)

    def hook(self, entry: Seen, t: Any) -> None:
        """Listen to the gradient that will pass through a named intermediate."""
        try:
            fn = tensors.get(t, "grad_fn")
            version = int(tensors.get(t, "_version", 0))
            if fn is None or entry.hooked == version or tensors.opaque(t):
                return
            entry.hooked = version
            number = int(tensors.get(t, "output_nr", 0))

            def passed(grads: Any) -> None:
                if entry.hooked == version:
                    self.pass_through(entry.name, grads[number] if isinstance(grads, tuple) else grads)

            if hasattr(fn, "register_prehook"):
                fn.register_prehook(passed)
            else:
                t.register_hook(passed)
        except Exception:  # an exotic node: it goes without
            pass

    def pass_through(self, name: str, grad: Any) -> None:
        """A hook fired."""
        if grad is None or len(self.reached) >= FULL:
            return
        try:
            self.reached.append(Gradient(name, "reached", tensors.describe_tensor(grad, brief=True)))
        except Exception:
            pass

    def gradients(self, backward: bool) -> Tuple[Gradient, ...]:
        """What happened to gradients since the last look. `backward` tells whether the statement itself says so."""
        with tensors.Looking():
            return self.graded(backward)

    def graded(self, backward: bool) -> Tuple[Gradient, ...]:
        """The same, where the learner's code cannot notice."""
        told, self.reached = self.reached, []
        ran = backward or bool(told)
        for key, entry in list(self.seen.items()):
            t = entry.ref()
            if t is None:
                del self.seen[key]
            elif tensors.get(t, "requires_grad", False) and (
                tensors.get(t, "is_leaf", False) or tensors.get(t, "retains_grad", False)
            ):
                change = self.gradient(entry, t, ran, len(told) < FULL)
                if change is not None:
                    told.append(change)
        return tuple(told)

    def gradient(self, entry: Seen, t: Any, ran: bool, full: bool) -> Gradient | None:
        """One tensor's gradient against how it stood."""
        grad = tensors.get(t, "grad")
        seal = None if grad is None else (id(grad), fingerprint(grad))
        if seal == entry.grad:
            return None
        before, was = entry.value, entry.grad
        if was is not None and seal is not None and was[1][1] == seal[1][1] and was[1][1] is not None and not ran:
            entry.grad = seal  # the same values in another tensor, or a version without a change
            return None
        entry.grad = seal
        entry.value = tensors.describe_tensor(grad, brief=True) if grad is not None and full else None
        if grad is None:
            how = "cleared"
        elif was is None:
            how = "filled"
        elif entry.value is not None and entry.value.stats is not None and entry.value.stats.norm == 0 and not ran:
            how = "zeroed"
        else:
            how = "accumulated" if ran else "changed"
        return Gradient(entry.name, how, entry.value, before)


# ---------------------------------------------------------------------------------------------- looking


def hidden(name: Any) -> bool:
    """Whether a name is the interpreter's (`__file__`), a library's (`__builtins_dict___0`), or no name at all."""
    return not isinstance(name, str) or name.startswith("__")


def walk(scope: Mapping[str, Any]) -> Iterator[Tuple[str, Any]]:
    """Every tensor that can be reached from a scope, with its path, each once: plain names first."""
    given: Set[int] = set()
    rest: List[Tuple[str, Any]] = []
    for name, obj in scope.items():
        if hidden(name):
            continue
        if not tensors.is_tensor(obj):
            rest.append((name, obj))
        elif id(obj) not in given:
            given.add(id(obj))
            yield name, obj
    rest.sort(key=lambda pair: not issubclass(type(pair[1]), torch.nn.Module))
    for name, obj in rest:
        try:
            found = list(islice(members(name, obj, 3), MOST))
        except Exception:  # an object that fails its reader
            continue
        for path, t in found:
            if id(t) not in given:
                given.add(id(t))
                yield path, t
            if len(given) >= MOST:
                return


def members(path: str, obj: Any, deep: int) -> Iterator[Tuple[str, Any]]:
    """The tensors inside a module, optimizer, container or object of the snippet."""
    kind = type(obj)
    if tensors.is_tensor(obj):
        yield path, obj
    elif issubclass(kind, torch.nn.Module):
        for name, p in d.parameters(obj):
            yield "{}.{}".format(path, name), p
    elif issubclass(kind, torch.optim.Optimizer):
        for i, group in enumerate((d.attributes_of(obj) or {}).get("param_groups", ())):
            for j, p in enumerate(group["params"]):
                yield "{}.param_groups[{}]['params'][{}]".format(path, i, j), p
    elif deep > 0:
        for key, value in islice(held(obj), MEMBERS):
            if type(value) not in (int, float, str, bool):
                yield from members(path + key, value, deep - 1)


def held(obj: Any) -> Iterator[Tuple[str, Any]]:
    """`([0], value)` of a container, `(.name, value)` of an object of the snippet."""
    kind = type(obj)
    if issubclass(kind, dict):
        for key, value in dict.items(obj):
            yield "[{}]".format(d.key_text(key, 40)), value
    elif d.is_container(obj):
        for i, value in enumerate(d.values_of(obj)):
            yield "[{}]".format(i), value
    elif d.module_of(kind) == "__main__" and not issubclass(kind, type):
        for key, value in (d.attributes_of(obj) or {}).items():
            yield ".{}".format(key), value


def fingerprint(obj: Any) -> Any:
    """Something that differs when the object was changed in place; None for what cannot be."""
    kind = type(obj)
    if kind in (int, float, str, bool, bytes):
        return None
    if tensors.is_tensor(obj):
        return (tensors.get(obj, "_version", 0), checksum(obj))
    if d.module_of(kind) == "numpy" and kind.__name__ == "ndarray":
        return (obj.shape, zlib.crc32(obj.tobytes()) if obj.nbytes <= 2 * BYTES and obj.dtype.kind != "O" else None)
    if d.is_container(obj):
        return (d.length_of(obj), tuple(id(v) for v in islice(d.values_of(obj), MEMBERS)))
    if d.module_of(kind) == "__main__" and not issubclass(kind, (torch.nn.Module, type)):
        attributes = d.attributes_of(obj)
        if attributes is not None:
            return tuple((k, id(v)) for k, v in islice(attributes.items(), MEMBERS))
    return None


def checksum(t: Any) -> int | None:
    """Of the first and last bytes of a tensor's memory; None where it cannot be read."""
    try:
        if tensors.opaque(t) or "strided" not in str(tensors.get(t, "layout", "")):
            return None
        if tensors.get(t, "device").type != "cpu":
            return _checksum_elsewhere(t)
        shape = tensors.get(t, "shape")
        if 0 in shape:
            return 0
        last = sum((n - 1) * s for n, s in zip(shape, torch.Tensor.stride(t)))
        size = (last + 1) * torch.Tensor.element_size(t)
        start = torch.Tensor.data_ptr(t)
        head = zlib.crc32((ctypes.c_char * min(size, BYTES)).from_address(start))
        if size <= BYTES:
            return head
        tail = min(size - BYTES, BYTES)
        return zlib.crc32((ctypes.c_char * tail).from_address(start + size - tail), head)
    except Exception:
        return None


def _checksum_elsewhere(t: Any) -> int | None:
    if torch.Tensor.numel(t) > 4096:
        return None
    with tensors.Looking():
        return checksum(t.detach().cpu())
