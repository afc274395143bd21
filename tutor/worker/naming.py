"""What the snippet calls a tensor that a failing call was given: its name, or the expression that made it.

A name is one of the snippet's own frames on the way to the failure, the innermost first. What has no name is called by
the source of the call that made it; what a layer passed on to the next one by that layer: `model.0(...)`.
"""

from __future__ import annotations

import re
import sys
import weakref
from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple

import torch

from . import expressions, tensors
from .describe import attributes_of, describe
from .watch import walk
from .wire import Item, Job

MOST = 2048  # results whose origin is remembered
LONG = 60  # characters of an expression that serves as a name
OWN_NAME = re.compile(r"[^\W\d]\w*")


class Origin(NamedTuple):
    """Where a result was made."""

    result: Any
    """A weak reference."""
    code: Any
    place: int
    """Of the instruction in the snippet's own frame."""
    layer: Any
    """A weak reference to the innermost module that was being called; None outside one."""


class Origins:
    """Of the results of all calls that are still alive."""

    def __init__(self, job: Job) -> None:
        self.file = job.file
        self.seen: Dict[int, Origin] = {}

    def note(self, result: Any) -> None:
        """Remember where the snippet is now."""
        for t in result if isinstance(result, (tuple, list)) else (result,):
            if tensors.is_tensor(t):
                found = self.here(t)
                if found is not None:
                    self.seen[id(t)] = found
        if len(self.seen) > MOST:
            self.seen = {k: v for k, v in self.seen.items() if v.result() is not None}
            if len(self.seen) > MOST // 2:  # all of them in use: the latest are those that may be asked for
                self.seen = dict(list(self.seen.items())[-MOST // 2 :])

    def here(self, t: Any) -> Origin | None:
        """The innermost frame of the snippet, and the layer it is in."""
        frame: Any = sys._getframe(2)
        layer = None
        while frame is not None:
            if frame.f_code.co_filename == self.file:
                return Origin(weakref.ref(t), frame.f_code, frame.f_lasti, layer)
            own = frame.f_locals.get("self") if layer is None else None
            if own is not None and issubclass(type(own), torch.nn.Module):
                layer = weakref.ref(own)
            frame = frame.f_back
        return None

    def of(self, t: Any) -> Origin | None:
        """Where a tensor was made."""
        found = self.seen.get(id(t))
        return found if found is not None and found.result() is t else None


class Naming:
    """The names in sight where the snippet failed."""

    def __init__(self, job: Job, e: BaseException, names: Dict[str, Any], origins: Origins) -> None:
        self.lines, self.origins = job.code.splitlines(), origins
        self.code: Any = None
        self.place = -1
        self.module: Any = None
        self.given: Dict[str, Any] = {}  # arguments of the layer's forward
        scopes: List[Any] = [names]
        tb = e.__traceback__
        while tb is not None:
            frame = tb.tb_frame
            if frame.f_code.co_filename == job.file:
                self.code, self.place = frame.f_code, tb.tb_lasti
                self.module, self.given = None, {}
                scopes.insert(0, dict(frame.f_locals))
            elif issubclass(type(frame.f_locals.get("self")), torch.nn.Module):
                if frame.f_locals["self"] is not self.module:
                    self.module, self.given = frame.f_locals["self"], {}
                if frame.f_code.co_name == "forward":
                    keys = frame.f_code.co_varnames[1 : frame.f_code.co_argcount]
                    self.given = {key: frame.f_locals[key] for key in keys if key in frame.f_locals}
            tb = tb.tb_next
        self.tensors: Dict[int, str] = {}
        self.modules: Dict[int, str] = {}
        self.prefer(scopes[0])
        for scope in scopes:
            self.look(scope)

    def prefer(self, scope: Dict[str, Any]) -> None:
        """Of two names for one tensor, the one that stands in the failing expression."""
        for name in OWN_NAME.findall(self.text(self.code, self.place)):
            if tensors.is_tensor(scope.get(name)):
                self.tensors.setdefault(id(scope[name]), name)

    def look(self, scope: Dict[str, Any]) -> None:
        """Names of a frame; through `self` only where no frame further out knows another."""
        with tensors.Looking():
            for path, t in walk(scope):
                add(self.tensors, id(t), path)
        for name, obj in scope.items():
            if issubclass(type(obj), torch.nn.Module) and not name.startswith("__"):
                for path, m in modules(name, obj):
                    add(self.modules, id(m), path)
                    for key, t in (attributes_of(m) or {}).get("_buffers", {}).items():
                        add(self.tensors, id(t), "{}.{}".format(path, key))

    def name(self, value: Any) -> str:
        """Of a tensor; empty where there is none, and for everything else."""
        if not tensors.is_tensor(value):
            return ""
        if id(value) in self.tensors:
            return self.tensors[id(value)]
        origin = self.origins.of(value)
        if origin is None:
            return ""
        if origin.code is self.code and origin.place == self.place:
            layer = self.modules.get(id(origin.layer())) if origin.layer is not None else None
            return "{}(...)".format(layer) if layer else ""
        return self.text(origin.code, origin.place)

    def layer(self) -> Item | None:
        """The module of torch in which the call was made."""
        if self.module is None:
            return None
        return Item(self.modules.get(id(self.module), ""), describe(self.module))

    def text(self, code: Any, place: int) -> str:
        """The source of an expression; empty where its position is not known, or longer than a name may be."""
        found = expressions.place(code, place)
        if found is None or found.line != found.end_line or found.line > len(self.lines):
            return ""
        raw = self.lines[found.line - 1].encode("utf-8", "replace")[found.column : found.end_column]
        text = raw.decode("utf-8", "replace")
        return text if len(text) <= LONG else ""


def add(names: Dict[int, str], key: int, path: str) -> None:
    """The first name, unless it goes through `self` and the later one does not."""
    if key not in names or (names[key].startswith("self.") and not path.startswith("self.")):
        names[key] = path


def modules(name: str, module: Any) -> Iterator[Tuple[str, Any]]:
    """A module and those inside it, each once, with their paths; no method of the learner runs."""
    seen: Set[int] = set()
    stack = [(name, module)]
    while stack:
        path, m = stack.pop()
        if id(m) in seen or len(seen) > MOST:
            continue
        seen.add(id(m))
        yield path, m
        below = (attributes_of(m) or {}).get("_modules", {}).items()
        stack.extend((path + "." + k, c) for k, c in reversed(list(below)) if c is not None)
