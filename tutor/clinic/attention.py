"""Attention and transformers, given something of another size."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.layers import given, kind, name, own_constructor
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom


@rule(
    "RuntimeError AssertionError",
    r"mat1 and mat2 shapes cannot be multiplied|was expecting embedding dimension of (\d+), but got (\d+)",
    (
        "`{layer}` was made for {wants} features in the last dimension; `{x}` of shape {shape} has {has}.",
        "`{layer}`是为最后一维{wants}个特征建立的；`{x}`的形状是{shape}，最后一维是{has}。",
    ),
    (
        "Query, key and value have embed_dim features; keys and values of another number take `kdim` and `vdim`. What comes "
        "in is brought to d_model by an embedding or a Linear.",
        "查询、键、值的特征数都是embed_dim；键和值若不同，要用`kdim`和`vdim`。输入先由嵌入层或Linear变成d_model个特征。",
    ),
)
def other_features(case: Case, match: re.Match[str]) -> Found | None:
    """Keys of other features, a transformer of another width."""
    if kind(case) not in (
        "MultiheadAttention",
        "TransformerEncoderLayer",
        "TransformerDecoderLayer",
        "TransformerEncoder",
    ):
        return None
    if kind(case) != "MultiheadAttention" and not match[1]:
        return None
    told = [o for o in case.tensors if shape(o)][:3]
    if not told:
        return None
    wants = int(match[1]) if match[1] else shape(told[0])[-1]
    odd = [o for o in told if shape(o)[-1] != wants]
    if not odd:
        return None
    x, edits = odd[0], list[Edit]()
    made = own_constructor(case)
    if made is not None and kind(case) == "MultiheadAttention" and len(told) == 3 and told[0] not in odd:
        sizes = f"kdim={shape(told[1])[-1]}, vdim={shape(told[2])[-1]}"
        edits = case.swap(made, f"{case.text(made)[:-1]}, {sizes})", "tell it their sizes", "告诉它键和值的大小")
    marks: dict[int, tuple[int, ...]] = {
        i: (-1,) for i, o in enumerate(case.operands) if any(o is other for other in odd)
    }
    values = {"layer": name(case), "wants": wants, "x": x.name, "shape": shape(x), "has": shape(x)[-1]}
    return Found(values, edits, marks)


@rule(
    "AssertionError RuntimeError",
    r"Expected key_padded_mask\.shape\[0\] to be (\d+), but got (\d+)"
    r"|key_padding_mask.* to be (?P<n>\d+)",
    (
        "`key_padding_mask` has one row for each sequence of the batch, (batch, keys); `{m}` has shape {shape}.",
        "`key_padding_mask`的每一行对应批次中的一个序列，即（批次，键）；而`{m}`的形状是{shape}。",
    ),
    (
        "It stands like this with and without `batch_first`. True means: not to be looked at.",
        "无论是否`batch_first`都是这个形状。True表示不看该位置。",
    ),
)
def padding_mask(case: Case, match: re.Match[str]) -> Found | None:
    """A mask with its dimensions exchanged."""
    if not isinstance(case.node, ast.Call):
        return None
    node = next((k.value for k in case.node.keywords if k.arg == "key_padding_mask"), None)
    m = next((o for o in case.tensors if node is not None and o.name == case.text(node)), None)
    if node is None or m is None or given(case) is None:
        return None
    edits = case.swap(node, f"{atom(m.name, node)}.T", "exchange its dimensions", "交换两个维度")
    return Found({"m": m.name, "shape": shape(m)}, edits, {case.operands.index(m): ()})


RULES = (other_features, padding_mask)
