"""Layers that normalize, or scale channel by channel, given something of another size."""

from __future__ import annotations

import re

from tutor.clinic.case import Case
from tutor.clinic.layers import given, name, other_names, own_constructor, resized
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom
from tutor.worker.wire import ModuleValue


@rule(
    "RuntimeError",
    r"running_mean should contain (\d+) elements not (\d+)",
    (
        "`{layer}` was made for {wants} channels; `{x}` of shape {shape} has {has} in dimension 1.",
        "`{layer}`是为{wants}个通道建立的；`{x}`的形状是{shape}，第1维是{has}。",
    ),
    (
        "The number a BatchNorm is made with is the number of channels (dimension 1) of what comes in.",
        "BatchNorm的参数是输入的通道数（第1维的大小）。",
    ),
)
def batch_norm_channels(case: Case, match: re.Match[str]) -> Found | None:
    """A BatchNorm of another size."""
    x = given(case)
    if x is None:
        return None
    made = case.constructor(num_features=int(match[2]))
    edits = resized(case, made, 0, "num_features", int(match[1]))
    if made is None:
        edits += other_names(case, own_constructor(case), 0, "num_features")
    values = {"layer": name(case), "x": x.name, "shape": shape(x), "wants": match[2], "has": match[1]}
    return Found(values, edits, {0: (1,)})


@rule(
    "ValueError",
    r"Expected more than 1 value per channel when training, got input size torch\.Size\(\[([\d, ]+)\]\)",
    (
        "`{layer}` is in training mode and `{x}` of shape {shape} has one value per channel: its variance is 0 and "
        "nothing can be divided by it.",
        "`{layer}`处于训练模式，而`{x}`的形状是{shape}，每个通道只有一个值：方差为0，无法归一化。",
    ),
    (
        "A batch of one, often the last one of a loader (`drop_last=True` leaves it out), or an evaluation without "
        "`eval()`.",
        "批次中只有一个样本：常见于加载器的最后一批（`drop_last=True`可丢弃它），或评估时忘了`eval()`。",
    ),
)
def batch_of_one(case: Case, match: re.Match[str]) -> Found | None:
    """BatchNorm of a single value."""
    x = given(case)
    if x is None or case.statement is None:
        return None
    edits: list[Edit] = []
    root = name(case).split(".")[0]
    if root in case.names and isinstance(case.names[root], ModuleValue):
        edits = case.before(
            case.statement, f"{root}.eval()", f"put `{root}` into evaluation mode", f"把`{root}`切换到评估模式"
        )
    return Found({"layer": name(case), "x": x.name, "shape": shape(x)}, edits, {0: (0,)})


@rule(
    "RuntimeError",
    r"Given normalized_shape=\[([\d, ]+)\], expected input with shape \[\*, ([\d, ]+)\]",
    (
        "`{layer}` was made for a last dimension of [{wants}]; `{x}` has shape {shape}.",
        "`{layer}`是为最后的维度[{wants}]建立的；`{x}`的形状是{shape}。",
    ),
    (
        "LayerNorm works on the last dimensions, those that it is made with.",
        "LayerNorm作用于最后几维，即建立时给出的那些。",
    ),
)
def layer_norm(case: Case, match: re.Match[str]) -> Found | None:
    """A LayerNorm of another size."""
    x = given(case)
    if x is None or not shape(x):
        return None
    edits: list[Edit] = []
    node, own = case.part(x.name), shape(x)
    if len(own) == 3 and own[1] == int(match[1].split(",")[0]) and node is not None:
        text = f"{atom(x.name, node)}.transpose(1, 2)"
        edits = case.swap(node, text, "put these features last", "把这一维移到最后")
    if "," not in match[1]:
        edits += resized(case, case.constructor(normalized_shape=int(match[1])), 0, "normalized_shape", shape(x)[-1])
    return Found({"layer": name(case), "x": x.name, "shape": shape(x), "wants": match[1]}, edits, {0: (-1,)})


@rule(
    "ValueError",
    r"Expected more than 1 spatial element when training, got input size torch\.Size\(\[([\d, ]+)\]\)",
    (
        "`{layer}` takes mean and variance over each image, and `{x}` of shape {shape} has one element per channel there.",
        "`{layer}`对每张图像求均值和方差，而`{x}`的形状是{shape}，每个通道只有一个元素。",
    ),
    (
        "Normalized by itself, a single element is always 0. Take another normalization where images have shrunk to a point.",
        "单个元素对自身归一化总是0。图像缩成一个点之后，请换用别的归一化。",
    ),
)
def one_pixel(case: Case, match: re.Match[str]) -> Found | None:
    """InstanceNorm of a single pixel."""
    x = given(case)
    return Found({"layer": name(case), "x": x.name, "shape": shape(x)}, (), {0: (-2, -1)}) if x is not None else None


@rule(
    "RuntimeError",
    r"Mismatch of parameter numbers and input channel size\. Found parameter numbers = (\d+) and channel size = (\d+)",
    (
        "`{layer}` has {m} slopes, and `{x}` of shape {shape} has {n} channels in dimension 1.",
        "`{layer}`有{m}个斜率，而`{x}`（形状{shape}）的第1维有{n}个通道。",
    ),
    (
        "PReLU has one slope for all, or one for each channel.",
        "PReLU要么所有通道共用一个斜率，要么每个通道一个。",
    ),
)
def slopes(case: Case, match: re.Match[str]) -> Found | None:
    """A PReLU of another number of channels."""
    x = given(case)
    if x is None:
        return None
    made = case.constructor(num_parameters=int(match[1]))
    edits = resized(case, made, 0, "num_parameters", int(match[2]))
    values = {"layer": name(case), "x": x.name, "shape": shape(x), "m": match[1], "n": match[2]}
    return Found(values, edits, {0: (1,), 1: (0,)})


RULES = (one_pixel, slopes, batch_norm_channels, batch_of_one, layer_norm)
