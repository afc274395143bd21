"""Every call that a snippet makes of torch, while it is studied: for the cuts in its graphs, and for the curves of the
functions it applies to single elements. A torch without function modes has no recorder, and these go without."""

from __future__ import annotations

import inspect
import os
from typing import Any, Dict, List, Tuple

import torch

from . import tensors
from .cuts import Cuts
from .sight import Notebook
from .wire import Curve

GRID = 121  # points of a curve
EDGE = 6.0  # it goes from minus this to this
ACTIVATIONS = {"relu", "relu6", "leaky_relu", "rrelu", "prelu", "elu", "selu", "celu", "gelu", "silu", "mish"}
ACTIVATIONS |= {"sigmoid", "hardsigmoid", "logsigmoid", "tanh", "hardtanh", "hardswish", "hardshrink", "softshrink"}
ACTIVATIONS |= {"tanhshrink", "softplus", "softsign", "threshold"}
ELEMENTWISE = ACTIVATIONS | {
    "exp",
    "expm1",
    "log",
    "log1p",
    "sqrt",
    "rsqrt",
    "square",
    "reciprocal",
    "sin",
    "cos",
    "tan",
}
ELEMENTWISE |= {"sinh", "cosh", "asinh", "atan", "erf", "abs", "sign", "clamp", "round", "floor", "ceil", "frac"}
ALIASES = {"absolute": "abs", "arctan": "atan", "arcsinh": "asinh", "clip": "clamp", "log_sigmoid": "logsigmoid"}
POSITIVE = ("log", "sqrt", "rsqrt")
OPTIMIZERS = os.path.join("torch", "optim")  # what they call is none of the snippet's
INSIDE = ("out", "inplace", "input", "_stacklevel")


class Nothing:
    """In place of a recorder."""

    def __init__(self, cuts: Cuts) -> None:
        self.cuts = cuts

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exc: object) -> None:
        pass


def recorder(notes: Notebook) -> Any:
    """A context in which every call is looked at."""
    cuts = Cuts(notes)
    overrides = getattr(torch, "overrides", None)
    if overrides is None or not hasattr(overrides, "TorchFunctionMode"):
        return Nothing(cuts)

    class Recorder(overrides.TorchFunctionMode):  # type: ignore[misc, name-defined]
        def __torch_function__(self, func: Any, kinds: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            name = "" if notes.busy else name_of(func)
            if not name:
                return func(*args, **kwargs)
            draw(notes, name, func, args, kwargs)  # before the call: it may work in place
            result = func(*args, **kwargs)
            given = found_in((*args, *kwargs.values()))
            try:
                cuts.after(name, given, found_in((args[0] if name == "__setitem__" else result,)))
            except Exception:  # the snippet goes on as it would
                pass
            return result

    found: Any = Recorder()
    found.cuts = cuts
    return found


def draw(notes: Notebook, name: str, func: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    """The curve of a call, if it has one and it was not drawn yet."""
    plain = name.strip("_")  # in place, or what a function of the library is called inside
    plain = ALIASES.get(plain, plain)
    if plain in ELEMENTWISE and not notes.within(OPTIMIZERS):
        line = notes.line()
        if notes.fresh("curve of " + plain, line):
            notes.try_out(line, lambda: curve(plain, func, args, kwargs))


def name_of(func: Any) -> str:
    """`relu`; of an attribute that is read, its name; empty for the attributes that are no computation."""
    name = str(getattr(func, "__name__", ""))
    if name in ("__get__", "__set__", "__delete__"):
        name = str(getattr(getattr(func, "__self__", None), "__name__", ""))
        return name if name == "data" else ""
    return name


def found_in(values: Tuple[Any, ...]) -> List[Any]:
    """The tensors among values, and one level down in their lists."""
    found: List[Any] = []
    for value in values:
        if tensors.is_tensor(value):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += [v for v in value if tensors.is_tensor(v)]
    return found


# ------------------------------------------------------------------------------------------------ curves


def curve(name: str, func: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Curve:
    """A function with the options of a call, over a grid, with its derivative by autograd."""
    args, kwargs = tuple(args), dict(kwargs)
    taken = args[0] if args else kwargs["input"]
    rest, named = [single(a) for a in args[1:]], {k: single(v) for k, v in kwargs.items() if k not in INSIDE}
    with torch.enable_grad():
        low = EDGE / GRID if name in POSITIVE else -EDGE
        x = torch.linspace(low, EDGE, GRID, dtype=torch.float64, device="cpu").requires_grad_()
        y = func(x * 1, *rest, **named)  # a copy: it may work in place
        slope = torch.autograd.grad(y.sum(), x, allow_unused=True)[0] if y.requires_grad else None
    with tensors.Looking():
        stats = tensors.stats(taken, int(tensors.Tensor.numel(taken)))
        return Curve(
            name,
            options(func, args, kwargs),
            tuple(round(v, 9) for v in x.tolist()),
            numbers(y.tolist()),
            numbers(slope.tolist()) if slope is not None else (0.0,) * GRID,
            number(stats.min) if stats is not None else None,
            number(stats.max) if stats is not None else None,
        )


def single(value: Any) -> Any:
    """An option; of a tensor of them, the first."""
    if not tensors.is_tensor(value):
        return value
    with tensors.Looking():
        return value.detach().to("cpu", torch.float64).reshape(-1)[:1]


def numbers(values: List[float]) -> Tuple[Any, ...]:
    """As they travel."""
    return tuple(tensors.scalar(round(v, 9)) for v in values)


def number(value: Any) -> float | None:
    """A number among those a tensor may have for its smallest."""
    return float(value) if isinstance(value, (int, float)) else None


def options(func: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> str:
    """`negative_slope=0.2`: what a call says beyond its input, where it is not the default anyhow."""
    names: List[str] = []
    defaults: Dict[str, Any] = {}
    try:
        parameters = list(inspect.signature(func).parameters.values())
        names = [p.name for p in parameters]
        defaults = {p.name: p.default for p in parameters}
    except (TypeError, ValueError):  # a function of C
        pass
    pairs = [(names[i] if i < len(names) else "", a) for i, a in enumerate(args) if i]
    pairs += list(kwargs.items())
    told = []
    for key, value in pairs:
        if key in INSIDE or value is None or (key in defaults and defaults[key] == value):
            continue
        if type(value) in (int, float, bool, str):
            told.append("{}={}".format(key, value) if key else str(value))
    return ", ".join(told)
