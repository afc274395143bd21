"""Which torch call raised, and what it was given: a second run of the same snippet with a recorder on.

The recorder costs up to twice the time, which is why the ordinary run goes without and only a failure pays.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Deque, Dict, List, Tuple

import torch

from . import describe, tensors
from .errors import CAUSES, cause_of
from .execute import last_value, prepare
from .wire import Item, Job, Operands

CALLS = 8  # that failed are remembered: the snippet may have handled some

Call = Tuple[Any, Tuple[Any, ...], Dict[str, Any]]


def replay(job: Job) -> Operands | None:
    """Run a job once more; None where no torch call raised or this torch has no recorder."""
    overrides = getattr(torch, "overrides", None)
    if overrides is None or not hasattr(overrides, "TorchFunctionMode"):
        return None
    failed: Deque[Tuple[BaseException, Call]] = deque(maxlen=CALLS)

    class Recorder(overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(self, func: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            try:
                return func(*args, **(kwargs or {}))
            except Exception as e:
                failed.append((e, (func, args, kwargs or {})))
                raise

    names = prepare(job)
    try:
        last_value(job.setup, names)
        with Recorder():
            exec(compile(job.code, job.file, "exec", dont_inherit=True), names)
    except BaseException as e:
        for told in chain(e):
            for error, call in failed:
                if error is told:
                    return operands(job, call, scopes(e, names))
    return None


def chain(e: BaseException | None) -> List[BaseException]:
    """An exception and those behind it."""
    found: List[BaseException] = []
    while e is not None and len(found) <= CAUSES:
        found.append(e)
        e = cause_of(e)
    return found


def scopes(e: BaseException, names: Dict[str, Any]) -> List[Dict[str, Any]]:
    """The namespaces on the way to the failure, innermost first."""
    found = [names]
    tb = e.__traceback__
    while tb is not None:
        found.insert(0, dict(tb.tb_frame.f_locals))
        tb = tb.tb_next
    return found


def operands(job: Job, call: Call, namespaces: List[Dict[str, Any]]) -> Operands:
    """The arguments of a call, under the names the snippet has for them."""
    func, args, kwargs = call
    names: Dict[int, str] = {}
    for namespace in reversed(namespaces):
        for name, obj in namespace.items():
            if tensors.is_tensor(obj):
                names[id(obj)] = name
            elif issubclass(type(obj), torch.nn.Module):
                for path, p in describe.parameters(obj, name + "."):
                    names.setdefault(id(p), path)
    items: List[Item] = []
    for position, value in enumerate(args):
        items.append(Item(names.get(id(value), "argument {}".format(position + 1)), describe.describe(value)))
    for key, value in kwargs.items():
        items.append(Item("{}={}".format(key, names.get(id(value), "")).rstrip("="), describe.describe(value)))
    return Operands(job.id, name_of(func), tuple(items))


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
