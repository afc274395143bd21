"""Recurrent layers and their states."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.layers import given, name
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom
from tutor.worker.wire import TensorValue


@rule(
    "RuntimeError ValueError",
    r"input\.size\(-1\) must be equal to input_size\. Expected (\d+), got (\d+)|"
    r"input has inconsistent input_size: got (?P<has>\d+),? expected (?P<wants>\d+)",
    (
        "`{layer}` takes input_size={wants} in the last dimension; {x} has {has} there.",
        "`{layer}`要求最后一维是input_size={wants}，而{x}的最后一维是{has}。",
    ),
    (
        "A recurrent layer takes (time, batch, features), with `batch_first=True` (batch, time, features). The features "
        "come last either way.",
        "循环层的输入是（时间，批次，特征），`batch_first=True`时是（批次，时间，特征）。特征总在最后。",
    ),
)
def input_size(case: Case, match: re.Match[str]) -> Found | None:
    """An RNN, LSTM or GRU."""
    wants, has = int(match[1] or match["wants"]), int(match[2] or match["has"])
    x = given(case)
    calls = case.calls("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell")
    fitting = [c for c in calls if case.number(case.argument(c, 0, "input_size")) == wants]
    edits: list[Edit] = []
    if len(fitting) == 1:
        node = case.argument(fitting[0], 0, "input_size")
        edits = case.swap(node, str(has), f"set `input_size` to {has}", f"把`input_size`改为{has}")
    values = {"layer": name(case) or "the layer", "x": f"`{x.name}`" if x else "the input", "wants": wants, "has": has}
    return Found(values, edits, {0: (-1,)} if x is not None and isinstance(x.value, TensorValue) else {})


@rule(
    "RuntimeError",
    r"Expected hidden(?:\[(\d)\])? size \(([\d, ]+)\), got \[([\d, ]+)\]",
    (
        "`{layer}` takes a state of shape ({wants}), (layers, batch, hidden); here it is [{has}].",
        "`{layer}`要求状态的形状是({wants})，即（层数，批次，隐藏单元）；这里是[{has}]。",
    ),
    (
        "The state keeps this order also with `batch_first=True`, and its batch is that of the input.",
        "即使`batch_first=True`，状态也保持这个顺序；它的批次与输入相同。",
    ),
)
def hidden_size(case: Case, match: re.Match[str]) -> Found | None:
    """A state of another shape."""
    wants, has = ([int(n) for n in match[g].split(",")] for g in (2, 3))
    state = next((o for o in case.tensors if isinstance(o.value, TensorValue) and list(o.value.shape) == has), None)
    edits: list[Edit] = []
    misfits: dict[int, tuple[int, ...]] = {}
    if state is not None:
        node = case.part(state.name)
        misfits = {
            case.operands.index(state): tuple(d for d, (m, n) in enumerate(zip(wants, has, strict=False)) if m != n)
        }
        if len(has) == 3 and [has[1], has[0], has[2]] == wants:
            text = f"{atom(state.name, node)}.transpose(0, 1).contiguous()"
            edits += case.swap(node, text, "put the layers before the batch", "把层数放到批次之前")
        edits += made_for(case, state.name, has, wants)
    return Found({"layer": name(case), "wants": match[2], "has": match[3]}, edits, misfits)


def made_for(case: Case, state: str, has: list[int], wants: list[int]) -> list[Edit]:
    """The state made in the shape that is asked for."""
    made = case.assigned(state)
    if made is None or not isinstance(made.value, ast.Call) or [case.number(a) for a in made.value.args] != has:
        return []
    text = f"{case.text(made.value.func)}({', '.join(map(str, wants))})"
    return case.swap(made.value, text, "make it in this shape", "按这个形状建立")


@rule(
    "ValueError RuntimeError",
    r"(RNN|LSTM|GRU)Cell: Expected input to be 1D or 2D, got (\d)D instead",
    (
        "`{layer}` takes one time step, (batch, features); here it gets {n} dimensions, a whole sequence.",
        "`{layer}`每次只处理一个时间步，即（批次，特征）；这里传入了{n}维，是整个序列。",
    ),
    (
        "Go through the steps in a loop and pass the state on, or use `nn.{kind}`, which does.",
        "请用循环逐步处理并传递状态，或改用会自己循环的`nn.{kind}`。",
    ),
)
def cell_for_a_sequence(case: Case, match: re.Match[str]) -> Found | None:
    """A cell given a sequence."""
    made = case.calls(f"{match[1]}Cell")
    edits: list[Edit] = []
    if len(made) == 1:
        text = case.text(made[0].func).replace("Cell", "")
        edits = case.swap(made[0].func, text, f"use `nn.{match[1]}` for sequences", f"对序列改用`nn.{match[1]}`")
    return Found({"layer": name(case) or f"{match[1]}Cell", "n": match[2], "kind": match[1]}, edits)


RULES = (input_size, hidden_size, cell_for_a_sequence)
