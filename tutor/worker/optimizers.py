"""What the optimizers and schedulers of a snippet do: tried out on a small surface, and on a dummy, when they are made.

The surface is a long valley, f = (a x^2 + b y^2) / 2. It is cut to the learning rate: its steep side is nearly as steep
as plain gradient descent can take, and the start lies so far out that an optimizer of fixed step size gets there. So
what is seen is the method, whatever the learning rate.
"""

from __future__ import annotations

import copy
import inspect
from typing import Any, Dict, Tuple

import torch

from . import describe
from .sight import Notebook
from .wire import Path, Paths, Schedule

STEPS = 60  # of a path
STEEP, FLAT = 1.7, 0.08  # curvatures, in units of one over the learning rate
FAR = (36.0, 16.0)  # the start, in units of the learning rate
OTHERS: Tuple[Tuple[str, Dict[str, Any]], ...] = (
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("RMSprop", {}),
    ("Adam", {}),
)
MOST = 4  # paths; parameter groups
RATES = 400  # steps of a schedule at most
USUAL = 60  # where nothing tells how many are worth seeing
PERIODS = (
    ("total_steps", 0.999),
    ("T_max", 2.0),
    ("T_0", 3.0),
    ("milestones", 1.3),
    ("step_size", 4.0),
    ("total_iters", 1.5),
)
SETTINGS: Tuple[str, ...] = (
    "step_size",
    "gamma",
    "T_max",
    "eta_min",
    "T_0",
    "T_mult",
    "total_steps",
    "total_iters",
    "power",
    "factor",
)
SETTINGS += ("start_factor", "end_factor")


def install(notes: Notebook) -> None:
    """Try out every optimizer and scheduler from now on."""
    wrap(torch.optim.Optimizer, paths, notes, "optimizer")
    schedulers = torch.optim.lr_scheduler
    wrap(getattr(schedulers, "LRScheduler", None) or schedulers._LRScheduler, schedule, notes, "schedule")


def wrap(base: Any, finding: Any, notes: Notebook, kind: str) -> None:
    """Have the objects of a class tried out when they are made."""
    plain = base.__init__

    def begin(self: Any, *args: Any, **kwargs: Any) -> None:
        plain(self, *args, **kwargs)
        line = notes.line()
        if notes.fresh(kind, line):
            notes.try_out(line, lambda: finding(self))

    base.__init__ = begin


# -------------------------------------------------------------------------------------------------- paths


def paths(optimizer: Any) -> Paths | None:
    """The optimizer of the snippet beside the common ones, all with its learning rate."""
    own = dict(optimizer.defaults, **{k: v for k, v in optimizer.param_groups[0].items() if k in optimizer.defaults})
    rate = float(own.get("lr", 0.0))
    if rate <= 0.0:
        return None
    a, b = FLAT / rate, STEEP / rate
    kind = type(optimizer)
    found = [path(kind, own, a, b, rate)]
    for name, options in OTHERS:
        other = getattr(torch.optim, name)
        same = other is kind and options.get("momentum", 0) == (own.get("momentum") or 0)
        if not same and len(found) < MOST:
            found.append(path(other, dict(options, lr=rate), a, b, rate))
    return Paths(a, b, tuple(found))


def path(kind: Any, options: Dict[str, Any], a: float, b: float, rate: float) -> Path:
    """The points that an optimizer comes by."""
    p = torch.tensor([-FAR[0] * rate, FAR[1] * rate], dtype=torch.float64, device="cpu", requires_grad=True)
    accepted = inspect.signature(kind.__init__).parameters
    optimizer = kind([p], **{k: v for k, v in options.items() if k in accepted and v is not None})
    scale = torch.tensor([a, b], dtype=torch.float64, device="cpu")
    points = [tuple(p.tolist())]

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (scale * p * p).sum() / 2
        loss.backward()
        return loss

    with torch.enable_grad():
        for _ in range(STEPS):
            optimizer.step(closure)
            points.append(tuple(p.tolist()))
    return Path(kind.__name__, told(options), tuple((float(x), float(y)) for x, y in points))


def told(options: Dict[str, Any]) -> str:
    """`lr=0.1, momentum=0.9`: what tells optimizers apart."""
    keys = [k for k in ("lr", "momentum", "nesterov", "betas", "alpha", "weight_decay") if k in options]
    return ", ".join("{}={}".format(k, options[k]) for k in keys if k == "lr" or options[k])


# ---------------------------------------------------------------------------------------------- schedules


def schedule(scheduler: Any) -> Schedule | None:
    """The learning rates that a scheduler would set: a copy of it is stepped with a dummy in its hands."""
    held = dict(describe.attributes_of(scheduler) or {})
    optimizer = held.get("optimizer")
    if optimizer is None:
        return None
    dummy = torch.zeros(1, requires_grad=True)
    stand_in = torch.optim.SGD([dummy], lr=1.0)
    stand_in.param_groups = [
        dict(
            stand_in.defaults, **dict(copy.deepcopy({k: v for k, v in group.items() if k != "params"}), params=[dummy])
        )
        for group in optimizer.param_groups
    ]
    twin = copy.copy(scheduler)
    twin.__dict__ = copy.deepcopy(held, {id(optimizer): stand_in})
    groups = stand_in.param_groups[:MOST]
    rates = [tuple(float(group["lr"]) for group in groups)]
    for _ in range(length(held)):
        stand_in.step()
        twin.step()
        rates.append(tuple(float(group["lr"]) for group in groups))
    first, *others = zip(*rates)
    differ = any(other != first for other in others)
    return Schedule(type(scheduler).__name__, settings(held), first, tuple(others) if differ else ())


def length(held: Dict[str, Any]) -> int:
    """As many steps as show what it does: to its end, or a few of its periods."""
    for key, times in PERIODS:
        period = held.get(key)
        if key == "milestones" and period:
            period = max(period)
        if type(period) is int and period > 0:
            return max(4, min(RATES, int(period * times)))
    return USUAL


def settings(held: Dict[str, Any]) -> str:
    """`step_size=30, gamma=0.1`."""
    found = ["{}={!r}".format(k, held[k]) for k in SETTINGS if type(held.get(k)) in (int, float, str)]
    if held.get("milestones"):
        found.insert(0, "milestones={}".format(sorted(held["milestones"])))
    return ", ".join(found)
