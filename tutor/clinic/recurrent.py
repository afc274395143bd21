"""Recurrent layers and their states."""

from __future__ import annotations

import ast
import re

from tutor.catalogue.model import Text
from tutor.clinic.case import Case
from tutor.clinic.layers import given, kind, name
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom
from tutor.worker.wire import ModuleValue, TensorValue, Value


@rule(
    "RuntimeError ValueError",
    r"input\.size\(-1\) must be equal to input_size\. Expected (\d+), got (\d+)|"
    r"input has inconsistent input_size: got (?P<has>\d+),? expected (?P<wants>\d+)",
    (
        "`{layer}` takes input_size={wants} in the last dimension; {x} has {has} there.",
        "`{layer}`要求最后一维是input_size={wants}，而{zh_x}的最后一维是{has}。",
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
    own = x.value.shape if x is not None and isinstance(x.value, TensorValue) else ()
    if x is not None and len(own) == 3 and own[1] == wants:
        part = case.part(x.name)
        edits = case.swap(part, f"{atom(x.name, part)}.transpose(1, 2)", "put the features last", "把特征移到最后一维")
    if len(fitting) == 1:
        node = case.argument(fitting[0], 0, "input_size")
        edits += case.swap(node, str(has), f"set `input_size` to {has}", f"把`input_size`改为{has}")
    told, zh_told = (f"`{x.name}`", f"`{x.name}`") if x else ("the input", "输入")
    values = {"layer": name(case), "x": told, "zh_x": zh_told, "wants": wants, "has": has}
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
    edits = case.swap(made.value, text, "make it in this shape", "按这个形状建立")
    line = made.lineno + 1
    below = next((n for n in ast.walk(case.tree) if isinstance(n, ast.Assign) and n.lineno == line), None)
    if edits and below is not None and case.text(below.value) == case.text(made.value):  # the other state of an LSTM
        more = case.swap(below.value, text, "", "")[0].text
        says = Text("make both in this shape", "两者都按这个形状建立")
        edits.append(Edit(made.lineno, line, f"{edits[0].text}\n{more}", says))
    return edits


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


@rule(
    "TypeError",
    r"(\w+)\(\): argument '(\w+)' \(position \d+\) must be Tensor, not tuple",
    (
        "{who} returns {pair}, and `{taker}` is given all of it.",
        "{zh_who}返回{zh_pair}，而传给`{taker}`的是整个元组。",
    ),
    (
        "Take the output alone: `output, ... = layer(x)`, or `[0]`. A Sequential passes on the whole.",
        "请只取其中的输出：`output, ... = layer(x)`，或用`[0]`。Sequential会把整个元组传下去。",
    ),
)
def whole_pair(case: Case, match: re.Match[str]) -> Found | None:
    """What an LSTM returns, given to a layer."""
    if not isinstance(case.node, ast.Call) or case.layer is None:
        return None
    called, value = case.text(case.node.func), case.known(case.node.func)
    if isinstance(value, ModuleValue) and value.type == "Sequential":
        before = [c for c in value.children if f"{called}.{c.key}" < name(case)][-1:]
        pair, zh_pair = pair_of(before[0].value if before else None)
        who = f"`{called}.{before[0].key}`" if before else "The layer before"
        return Found(
            {"who": who, "zh_who": who if before else "前一层", "pair": pair, "zh_pair": zh_pair, "taker": name(case)}
        )
    node = case.argument(case.node, 0, "input")
    made = case.assigned(case.text(node)) if node is not None else None
    source = made.value if made is not None else node
    if not isinstance(source, ast.Call):
        return None
    pair, zh_pair = pair_of(case.known(source.func))
    edits: list[Edit] = []
    if node is not None and pair.startswith("a pair"):  # of another tuple it is not known which is meant
        edits = case.swap(node, f"{atom(case.text(node), node)}[0]", "take the output of it", "取其中的输出")
    who = f"`{case.text(source.func)}`"
    return Found({"who": who, "zh_who": who, "pair": pair, "zh_pair": zh_pair, "taker": called}, edits)


def pair_of(value: Value | None) -> tuple[str, str]:
    """What a layer returns: its output and something else."""
    kind = value.type if value is not None else ""  # inside a module of the snippet no more than the class is told
    if kind in ("RNN", "GRU", "LSTM"):
        return "a pair, `(output, state)`", "一对结果`(output, state)`"
    if kind == "MultiheadAttention":
        return "a pair, `(output, weights)`", "一对结果`(output, weights)`"
    return "a tuple", "元组"


@rule(
    "RuntimeError ValueError",
    r"For (?:un)?batched \d-D input, hx and cx should also be \d-D but got|"
    r"LSTM(?:Cell)?: Expected hx(?:\[\d\])? .*(?:tuple|got)|not enough values to unpack|too many values to unpack",
    (
        "The state of an LSTM is a pair, `(h_0, c_0)`; `{layer}` is given one tensor, `{h}`.",
        "LSTM的状态是一对张量`(h_0, c_0)`；而传给`{layer}`的只有一个张量`{h}`。",
    ),
    (
        "An RNN and a GRU have one state, an LSTM two: what it shows, and its memory.",
        "RNN和GRU只有一个状态，LSTM有两个：输出状态和记忆单元。",
    ),
)
def one_of_two_states(case: Case, match: re.Match[str]) -> Found | None:
    """`lstm(x, h0)`."""
    if case.layer is None or not isinstance(case.node, ast.Call) or "LSTM" not in kind(case):
        return None
    node = case.argument(case.node, 1, "hx")
    if node is None or isinstance(node, ast.Tuple) or not isinstance(case.known(node), TensorValue):
        return None
    h = case.text(node)
    edits = case.swap(node, f"({h}, torch.zeros_like({h}))", "give it both states", "两个状态都给出")
    marks: dict[int, tuple[int, ...]] = {i: () for i, o in enumerate(case.operands) if o.name == h}
    return Found({"layer": name(case), "h": h}, edits, marks)


RULES = (input_size, hidden_size, cell_for_a_sequence, whole_pair, one_of_two_states)
