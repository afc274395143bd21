"""Layers that were given something of another shape than they were made for."""

from __future__ import annotations

import ast
import re
from math import prod

from tutor.clinic.case import Case
from tutor.clinic.model import Edit, Operand
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import assigns, atom
from tutor.worker.wire import ModuleValue


def weight(case: Case) -> tuple[int, ...]:
    """The shape of the layer's weight; empty where it has none."""
    found = case.layer.value if case.layer is not None else None
    rows = found.parameters if isinstance(found, ModuleValue) else ()
    return next((p.shape for p in rows if p.name == "weight"), ())


def kind(case: Case) -> str:
    """The class of the layer."""
    found = case.layer.value if case.layer is not None else None
    return found.type if isinstance(found, ModuleValue) else ""


def name(case: Case) -> str:
    """What the layer is called."""
    return (case.layer.key if case.layer is not None else "") or kind(case)


def given(case: Case) -> Operand | None:
    """The input of the layer."""
    return case.tensors[0] if case.tensors else None


def resized(case: Case, call: ast.Call | None, place: int, key: str, size: int) -> list[Edit]:
    """The layer made for another size."""
    node = case.argument(call, place, key) if call is not None else None
    return case.swap(
        node, str(size), f"set `{key}` of `{name(case)}` to {size}", f"把`{name(case)}`的`{key}`改为{size}"
    )


@rule(
    "RuntimeError",
    r"mat1 and mat2 shapes cannot be multiplied",
    (
        "`{layer}` takes in_features={wants} in the last dimension; `{x}` has {has} there.",
        "`{layer}`要求最后一维是in_features={wants}，而`{x}`的最后一维是{has}。",
    ),
    (
        "A Linear layer works on the last dimension alone. Before it, images are flattened; between two layers, the "
        "out_features of the first are the in_features of the second.",
        "Linear层只作用于最后一维。图像进入之前要展平；前一层的out_features就是后一层的in_features。",
    ),
)
def features(case: Case, match: re.Match[str]) -> Found | None:
    """`nn.Linear`, whose message shows the weight transposed."""
    x, w = given(case), weight(case)
    if x is None or kind(case) != "Linear" or len(w) != 2 or not shape(x):
        return None
    edits: list[Edit] = []
    node = case.part(x.name)
    own = shape(x)
    if node is not None and len(own) > 2 and prod(own[1:]) == w[1]:
        edits += case.swap(
            node, f"{atom(x.name, node)}.flatten(1)", f"flatten `{x.name}` behind the batch", "展平批次之后的各维"
        )
    if node is not None and len(own) == 1 and w[1] == 1:
        says = f"one feature for each of the {own[0]}", f"{own[0]}个样本各一个特征"
        edits += case.swap(node, f"{atom(x.name, node)}.unsqueeze(1)", *says)
    if node is not None and len(own) == 2 and own[0] == w[1]:
        edits += case.swap(node, f"{atom(x.name, node)}.T", f"transpose `{x.name}`", f"转置`{x.name}`")
    size = own[-1]
    made = case.constructor(in_features=w[1], out_features=w[0])
    if made is not None and size == w[0] and len(made.args) >= 2:
        turned = [case.text(a) for a in (made.args[1], made.args[0], *made.args[2:], *made.keywords)]
        text = f"{case.text(made.func)}({', '.join(turned)})"
        edits += case.swap(made, text, "features that come in stand first", "输入特征数写在前面")
    edits += resized(case, made, 0, "in_features", size)
    named = case.argument(assigned, 0, "in_features") if (assigned := own_constructor(case)) is not None else None
    both = "bidirectional=True" in case.source
    if both and made is None and size == 2 * w[1] and isinstance(named, ast.Name | ast.Attribute):
        says = "twice as many: both directions", "加倍：两个方向的特征拼在一起"
        edits += case.swap(named, f"2 * {case.text(named)}", *says)
    return Found({"layer": name(case), "x": x.name, "wants": w[1], "has": size}, edits, {0: (-1,), 1: (-1,)})


def own_constructor(case: Case) -> ast.Call | None:
    """Where the layer that failed is made, by its name: the only `self.fc = nn.Linear(...)`."""
    found = [
        c
        for c in case.calls(kind(case))
        if any(assigns(n, name(case).rpartition(".")[2], c) for n in ast.walk(case.tree))
    ]
    return found[0] if len(found) == 1 else None


def other_names(case: Case, call: ast.Call | None, place: int, key: str) -> list[Edit]:
    """A size by the name of another parameter of the function in which a layer is made."""
    node = case.argument(call, place, key) if call is not None else None
    around = [f for f in ast.walk(case.tree) if isinstance(f, ast.FunctionDef) and any(n is call for n in ast.walk(f))]
    if call is None or not isinstance(node, ast.Name) or not around:
        return []
    names = [a.arg for a in around[-1].args.args if a.arg not in ("self", node.id)]
    return [e for n in names for e in case.swap(node, n, f"make it for `{n}` of them", f"改为`{n}`个")]


@rule(
    "RuntimeError",
    r"expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+) channels instead",
    (
        "`{layer}` takes {wants} channel{s}; `{x}` of shape {shape} has {has} in dimension {dim}, where the channels are.",
        "`{layer}`要求{wants}个通道；`{x}`的形状是{shape}，通道所在的第{dim}维是{has}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def channels(case: Case, match: re.Match[str]) -> Found | None:
    """A convolution."""
    x, w = given(case), weight(case)
    if x is None:
        return None
    own, wants, node = shape(x), int(match[2]), case.part(x.name)
    flat = 2 if "1d" in kind(case) else 3 if "2d" in kind(case) else 4
    batched = len(own) == flat + 1
    dim = 1 if batched else 0
    edits: list[Edit] = []
    if node is not None and own[-1] == wants and own[dim] != wants:
        order = (0, len(own) - 1, *range(1, len(own) - 1)) if batched else (len(own) - 1, *range(len(own) - 1))
        text = f"{atom(x.name, node)}.permute({', '.join(map(str, order))})"
        edits += case.swap(node, text, "put the channels before height and width", "把通道移到高和宽之前")
    if node is not None and not batched and wants == 1:
        text = f"{atom(x.name, node)}.unsqueeze(1)"
        edits += case.swap(node, text, "add the dimension of the channels", "补上通道维")
    cause, zh_cause = IMAGES if edits else LAYERS
    back = (
        "transposed" in case.error.message
    )  # the weight of a transposed convolution has its channels the other way round
    if len(w) > 1 and w[0 if back else 1] == wants:  # one group
        made = case.constructor(in_channels=wants, out_channels=w[1 if back else 0])
        edits += resized(case, made, 0, "in_channels", int(match[3]))
    values = {"layer": name(case), "x": x.name, "wants": wants, "has": match[3], "shape": own, "dim": dim}
    values["s"] = "" if wants == 1 else "s"
    return Found({**values, "cause": cause, "zh_cause": zh_cause}, edits, {0: (dim,), 1: (0 if back else 1,)})


IMAGES = (
    "torch wants images as (batch, channels, height, width). Files and numpy give them with the channels last, and grey "
    "images have no dimension for them at all.",
    "torch要求图像的形状是（批次，通道，高，宽）。从文件或numpy读入的图像通道在最后，灰度图则没有通道维。",
)
LAYERS = (
    "Channels are dimension 1, (batch, channels, height, width): 1 of a grey image, 3 of a coloured one, and between two "
    "convolutions the out_channels of the first are the in_channels of the second.",
    "通道在第1维，即（批次，通道，高，宽）：灰度图是1，彩色图是3；两个卷积之间，前一个的out_channels就是后一个的in_channels。",
)


@rule(
    "RuntimeError ValueError",
    r"[Ee]xpected (\d)D(?: \(unbatched\))?(?: or (\d)D)?(?: \(batched\))? input",
    (
        "`{layer}` takes {wants} dimensions; `{x}` has {has}.",
        "`{layer}`要求{zh_wants}维输入；`{x}`是{has}维。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def dimensions(case: Case, match: re.Match[str]) -> Found | None:
    """An input with too few dimensions."""
    if case.layer is None or not isinstance(case.node, ast.Call):
        return None
    told = re.search(r"got (\d)D|size: \[([\d, ]+)\]", case.error.message)
    has = (int(told[1]) if told[1] else told[2].count(",") + 1) if told is not None else 0
    x = given(case)
    node: ast.AST | None = case.part(x.name) if x is not None else case.argument(case.node, 0, "input")
    low, high = int(match[1]), int(match[2] or match[1])
    lacking, edits = low - has, list[Edit]()
    if node is not None and lacking > 0:
        text = atom(case.text(node), node) + ".unsqueeze(0)" * lacking
        edits = case.swap(node, text, "add the dimensions that are lacking", "补上缺少的维度")
    if "BatchNorm" in kind(case) and (has == 2 or has > high):
        edits = [*for_as_many(case, has), *edits]
    cause, zh_cause = TOO_MANY if has > high else TOO_FEW
    values = {
        "cause": cause,
        "zh_cause": zh_cause,
        "layer": name(case),
        "x": x.name if x is not None else case.text(node) if node is not None else "",
        "has": has,
        "wants": str(low) if low == high else f"{low} or {high}",
        "zh_wants": str(low) if low == high else f"{low}或{high}",
    }
    return Found(values, edits, {0: ()} if x is not None else {})


TOO_FEW = (
    "In front stand the batch and then the channels, also where there is only one of them.",
    "最前面依次是批次和通道，即使只有一个也要写出来。",
)
TOO_MANY = (
    "The number in its name counts the dimensions behind batch and channels: 1d for sequences and rows, 2d for images, 3d "
    "for volumes.",
    "名字里的数字是批次和通道之后的维数：1d用于序列和特征向量，2d用于图像，3d用于体数据。",
)


def for_as_many(case: Case, dims: int) -> list[Edit]:
    """The layer of the same kind for inputs of so many dimensions."""
    other = re.sub(r"\dd", f"{max(dims - 2, 1)}d", kind(case))
    made = case.calls(kind(case))
    if len(made) != 1:
        return []
    says = f"use `{other}` for {dims} dimensions", f"对{dims}维的输入改用`{other}`"
    return case.swap(made[0].func, case.text(made[0].func).replace(kind(case), other), *says)


@rule(
    "RuntimeError",
    r"Calculated padded input size per channel: \(([\d x]+)\)\. Kernel size: \(([\d x]+)\)",
    (
        "The kernel of `{layer}`, {kernel}, is larger than its input, {size} with padding: `{x}` has shape {shape}.",
        "`{layer}`的卷积核（{kernel}）比它的输入（含填充为{size}）还大：`{x}`的形状是{shape}。",
    ),
    (
        "Each pooling and each stride makes images smaller; after a few of them nothing is left for a large kernel.",
        "每次池化、每个大于1的步长都会缩小图像，几层之后就放不下大的卷积核了。",
    ),
)
def kernel(case: Case, match: re.Match[str]) -> Found | None:
    """A window that does not fit."""
    x, w = given(case), weight(case)
    if x is None or len(w) < 3:
        return None
    edits: list[Edit] = []
    if len(set(w[2:])) == 1:
        made = case.constructor(in_channels=w[1], out_channels=w[0], kernel_size=w[2])
        if made is not None and not any(k.arg == "padding" for k in made.keywords) and len(made.args) < 5:
            text = f"{case.text(made)[:-1]}, padding={w[2] // 2})"
            edits += case.swap(made, text, "pad, so that the size stays", "加填充，保持大小不变")
        edits += resized(case, made, 2, "kernel_size", min(shape(x)[2 - len(w) :]))
    values = {"layer": name(case), "x": x.name, "shape": shape(x), "size": match[1], "kernel": match[2]}
    return Found(values, edits, {0: tuple(range(2 - len(w), 0)), 1: tuple(range(2 - len(w), 0))})


@rule(
    "RuntimeError",
    r"Given input size: \(([\dx]+)\)\. Calculated output size: \(([\dx]+)\)\. Output size is too small",
    (
        "`{x}` of shape {shape} is too small for this window: the output would be {out}.",
        "`{x}`的形状是{shape}，对这个窗口来说太小：输出将是{out}。",
    ),
    (
        "Every pooling halves an image, mostly; a few of them leave nothing to pool.",
        "每次池化通常把图像缩小一半，几次之后就没有可池化的了。",
    ),
)
def pooled_away(case: Case, match: re.Match[str]) -> Found | None:
    """A pooling of what is too small."""
    x = given(case)
    if x is None:
        return None
    return Found({"x": x.name, "shape": shape(x), "out": match[2]}, (), {case.operands.index(x): (-2, -1)})


@rule(
    "AssertionError ValueError",
    r"embed_dim must be divisible by num_heads|(in_channels|out_channels) must be divisible by groups"
    r"|num_channels (?:\(\d+\) )?must be divisible by num_groups",
    (
        "`{call}`: {first} is not divisible by {second}.",
        "`{call}`：{first}不能被{second}整除。",
    ),
    (
        "The heads of an attention and the groups of a convolution or GroupNorm each take an equal share.",
        "注意力的各个头、卷积或GroupNorm的各个组，都要平均分配。",
    ),
)
def equal_shares(case: Case, match: re.Match[str]) -> Found | None:
    """Heads and groups that do not divide."""
    if not isinstance(case.node, ast.Call):
        return None
    asked = {"embed": ("embed_dim", 0, "num_heads", 1), "num_c": ("num_channels", 1, "num_groups", 0)}
    first, i, second, j = asked.get(match[0][:5], (match[1] or "in_channels", 0, "groups", 6))
    whole = case.number(case.argument(case.node, i, first))
    node = case.argument(case.node, j, second)
    parts = case.number(node)
    edits: list[Edit] = []
    if whole and parts:
        near = min((d for d in range(1, whole + 1) if whole % d == 0), key=lambda d: (abs(d - parts), d))
        edits = case.swap(node, str(near), f"{second}={near} divides {whole}", f"{second}={near}可以整除{whole}")
    return Found({"call": case.text(case.node), "first": first, "second": second}, edits)


RULES = (
    pooled_away,
    equal_shares,
    features,
    channels,
    dimensions,
    kernel,
)
