"""Which torch call raised, and what it was given: a second run of the same snippet with a recorder on.

The recorder costs up to twice the time, which is why the ordinary run goes without and only a failure pays.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Deque, Dict, List, Tuple

import torch

from . import tensors
from .describe import describe
from .errors import CAUSES, cause_of
from .execute import last_value, prepare
from .naming import Naming, Origins
from .wire import Item, Job, Operands, TensorValue

CALLS = 8  # that failed are remembered: the snippet may have handled some
PIECES = 24  # of a list of tensors that are told one by one

Call = Tuple[Any, Tuple[Any, ...], Dict[str, Any]]


def replay(job: Job) -> Operands | None:
    """Run a job once more; None where no torch call raised or this torch has no recorder."""
    overrides = getattr(torch, "overrides", None)
    if overrides is None or not hasattr(overrides, "TorchFunctionMode"):
        return None
    failed: Deque[Tuple[BaseException, Call]] = deque(maxlen=CALLS)
    origins = Origins(job)

    class Recorder(overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(self, func: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            try:
                result = func(*args, **(kwargs or {}))
            except Exception as e:
                failed.append((e, (func, args, kwargs or {})))
                raise
            origins.note(result)
            return result

    names = prepare(job)
    try:
        last_value(job.setup, names)
        with Recorder():
            exec(compile(job.code, job.file, "exec", dont_inherit=True), names)
    except BaseException as e:
        naming = Naming(job, e, names, origins)
        for told in chain(e):
            for error, call in failed:
                if error is told:
                    return operands(job, call, naming)
        return given(job, naming)
    return None


def given(job: Job, naming: Naming) -> Operands | None:
    """The tensors that a layer of torch was called with, where its own check of them failed and no call of torch."""
    layer = naming.layer()
    if layer is None or not naming.given:
        return None
    items: List[Item] = []
    for key, value in naming.given.items():
        told = [i for i in pieces(value, key, naming) if isinstance(i.value, TensorValue)]
        items += [i for i in told if i.key != "{}(...)".format(layer.key)]  # not what it made itself by default
    return Operands(job.id, "{}.forward".format(type(naming.module).__name__), tuple(items), layer)


def chain(e: BaseException | None) -> List[BaseException]:
    """An exception and those behind it."""
    found: List[BaseException] = []
    while e is not None and len(found) <= CAUSES:
        found.append(e)
        e = cause_of(e)
    return found


def operands(job: Job, call: Call, naming: Naming) -> Operands:
    """The arguments of a call, under the names the snippet has for them."""
    func, args, kwargs = call
    items: List[Item] = []
    for position, value in enumerate(args):
        items += pieces(value, "argument {}".format(position + 1), naming)
    for key, value in kwargs.items():
        name = naming.name(value)
        items.append(Item("{}={}".format(key, name) if name else key, describe(value)))
    return Operands(job.id, name_of(func), tuple(items), naming.layer())


def pieces(value: Any, otherwise: str, naming: Naming) -> List[Item]:
    """An argument; of a list of tensors each by itself."""
    if type(value) in (list, tuple) and 0 < len(value) <= PIECES and all(tensors.is_tensor(v) for v in value):
        return [Item(naming.name(v) or "{}[{}]".format(otherwise, i), describe(v)) for i, v in enumerate(value)]
    return [Item(naming.name(value) or otherwise, describe(value))]


def name_of(func: Any) -> str:
    """`torch.mm`, `Tensor.add`, `linear`."""
    try:
        resolved = torch.overrides.resolve_name(func)
    except Exception:
        resolved = None
    own = getattr(func, "__name__", "")
    if resolved and own and not own.startswith("_") and "." in resolved:  # of a function with two names: the one it has
        resolved = "{}.{}".format(resolved.rpartition(".")[0], own)
    name = resolved or getattr(func, "__qualname__", None) or own or str(func)
    return name.replace("_VariableFunctionsClass", "torch").replace("_TensorBase", "Tensor")
