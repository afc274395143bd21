"""Element types that an operation does not take."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case, bounds
from tutor.clinic.model import Edit, Operand
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom, called
from tutor.worker.wire import TensorValue

METHODS = {
    "float32": "float()",
    "float64": "double()",
    "int64": "long()",
    "int32": "int()",
    "bool": "bool()",
    "float16": "half()",
    "bfloat16": "bfloat16()",
}


def dtype(operand: Operand) -> str:
    """Of a tensor."""
    return operand.value.dtype if isinstance(operand.value, TensorValue) else ""


def cast(case: Case, operand: Operand, to: str) -> list[Edit]:
    """An operand in another type, where it stands in the failing expression."""
    node = case.part(operand.name)
    if node is None or to not in METHODS:
        return []
    text = f"{atom(operand.name, node)}.{METHODS[to]}"
    return case.swap(node, text, f"make `{operand.name}` {to}", f"把`{operand.name}`转换为{to}")


def is_float(name: str) -> bool:
    """Whether a type has fractions."""
    return name.startswith(("float", "bfloat"))


@rule(
    "RuntimeError",
    r"(?:mean|std|var|std_mean|var_mean|norm|logsumexp|softmax|\w+)\(\): (?:could not infer output dtype|"
    r"input tensor should be either floating point).*|"
    r"(?:std and var only support|mean\(\)) .*|\"(?P<kernel>\w+)\" not implemented for '(?P<type>Long|Int|Bool|Byte|Short|Char)'"
    r"|Expected a floating point or complex tensor as input",
    (
        "`{a}` is {dtype}: there are no fractions in it, and the result would need them.",
        "`{a}`的类型是{dtype}，不能表示小数，而结果需要小数。",
    ),
    (
        "`torch.tensor([1, 2])` makes int64. Write a point, `1.`, or convert with `.float()`.",
        "`torch.tensor([1, 2])`得到int64。请写成`1.`，或用`.float()`转换。",
    ),
)
def whole_numbers(case: Case, match: re.Match[str]) -> Found | None:
    """A mean of integers."""
    whole = [o for o in case.tensors if not is_float(dtype(o)) and not dtype(o).startswith("complex")]
    if not whole:
        return None
    a = whole[0]
    return Found({"a": a.name, "dtype": dtype(a)}, cast(case, a, "float32"), {case.operands.index(a): ()})


@rule(
    "RuntimeError",
    r"expected target dtype to be Long or Byte, but got (\w+)|expected scalar type Long but found (\w+)"
    r"|\"nll_loss_\w+\" not implemented for '(\w+)'",
    (
        "The target `{t}` is {dtype}; class numbers must be int64.",
        "目标`{t}`的类型是{dtype}；类别编号必须是int64。",
    ),
    (
        "Classes are counted, not measured. Targets read from a table are often float. (Probabilities as a target have the "
        "shape of the logits.)",
        "类别是编号，不是数值。从表格读入的目标常是浮点数。（若目标是概率，它的形状应与logits相同。）",
    ),
)
def class_numbers(case: Case, match: re.Match[str]) -> Found | None:
    """A loss of classes with a float target."""
    found = [o for o in case.tensors if dtype(o) not in ("int64", "uint8")]
    if len(case.tensors) < 2 or case.tensors[1] not in found:
        return None
    t = case.tensors[1]
    return Found({"t": t.name, "dtype": dtype(t)}, cast(case, t, "int64"), {case.operands.index(t): ()})


@rule(
    "RuntimeError",
    r"must have the same dtype|expected m1 and m2 to have the same dtype|expected scalar type (\w+) but found (\w+)"
    r"|Found dtype (\w+) but expected (\w+)|expected both (?:vectors|tensors|inputs) to have same dtype"
    r"|Input type \(.*\) and (?:weight|bias) type \(.*\) should be the same|input and parameter tensors are not the same dtype"
    r"|expected .* to have the same dtype",
    (
        "{types}. A product and a layer take one type only.",
        "{types}。乘积和层只接受同一种类型。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def two_types(case: Case, match: re.Match[str]) -> Found | None:
    """double against float, int against float."""
    told = case.tensors
    kinds = list(dict.fromkeys(dtype(o) for o in told))
    if len(kinds) < 2:
        return None
    layer = case.layer is not None
    if layer:
        wanted = dtype(told[1]) if len(told) > 1 else "float32"
    else:
        wanted = "float32" if "float32" in kinds else next((k for k in kinds if is_float(k)), kinds[0])
    edits = [e for o in told if dtype(o) != wanted for e in cast(case, o, wanted)]
    shown = list(dict.fromkeys(f"`{o.name}` {dtype(o)}" for o in told))[:3]
    misfits: dict[int, tuple[int, ...]] = {case.operands.index(o): () for o in told if dtype(o) != wanted}
    odd = next((dtype(o) for o in told if dtype(o) != wanted), "")
    cause, zh_cause = ORIGINS.get(odd, ORIGINS[""])
    return Found({"types": ", ".join(shown), "cause": cause, "zh_cause": zh_cause}, edits, misfits)


ORIGINS = {
    "uint8": (
        "Images are read as uint8, 0 to 255; layers compute in float32, and want small numbers: `.float() / 255`.",
        "读入的图像是uint8，取值0到255；层用float32计算，而且希望数值较小：`.float() / 255`。",
    ),
    "float16": (
        "Half precision has to be chosen for the data and for the model, or for neither: `model.half()`, or better "
        "`torch.autocast`.",
        "半精度要么数据和模型都用，要么都不用：`model.half()`，或更好的`torch.autocast`。",
    ),
    "": (
        "numpy computes in float64, layers in float32; a list of whole numbers is int64.",
        "numpy默认用float64计算，层的参数是float32；整数列表得到的是int64。",
    ),
}
"""Where a type comes from that a layer does not take."""


@rule(
    "RuntimeError",
    r"[Oo]nly Tensors of floating point and complex dtype can require gradients|"
    r"only Tensors of floating point dtype can require gradients",
    (
        "The tensor is int64, and a whole number has no derivative.",
        "该张量的类型是int64，整数没有导数。",
    ),
    (
        "`torch.tensor([1, 2])` takes its type from the numbers: write `1.` or name the type.",
        "`torch.tensor([1, 2])`的类型取自其中的数：请写`1.`，或指明类型。",
    ),
)
def whole_gradient(case: Case, match: re.Match[str]) -> Found | None:
    """`requires_grad` of integers."""
    edits: list[Edit] = []
    node = case.node
    if isinstance(node, ast.Call) and any(k.arg == "requires_grad" for k in node.keywords):
        numbers = [
            n for a in node.args[:1] for n in ast.walk(a) if isinstance(n, ast.Constant) and type(n.value) is int
        ]
        if (
            numbers
            and isinstance(node.args[0], ast.List)
            and all(isinstance(n, ast.Constant) for n in node.args[0].elts)
        ):
            floats = (
                "[" + ", ".join(f"{case.text(n)}." if n in numbers else case.text(n) for n in node.args[0].elts) + "]"
            )
            edits += case.swap(node.args[0], floats, "write fractions", "写成小数")
        if not any(k.arg == "dtype" for k in node.keywords):
            text = case.text(node)
            edits += case.swap(node, f"{text[:-1]}, dtype=torch.float32)", "name the type", "指明类型")
    else:
        target = case.statement.targets[0] if isinstance(case.statement, ast.Assign) else None
        written = target if isinstance(target, ast.Attribute) else getattr(node, "func", None)
        of = case.text(written.value) if isinstance(written, ast.Attribute) else ""
        if (
            of.isidentifier()
            and isinstance(case.statement, ast.Expr | ast.Assign)
            and (target is written or not target)
        ):
            says = f"make `{of}` float32 first", f"先把`{of}`转换为float32"
            edits += case.before(case.statement, f"{of} = {of}.float()", *says)
        elif case.tensors:
            edits += cast(case, case.tensors[0], "float32")
    return Found({}, edits)


@rule(
    "RuntimeError",
    r"result type (\w+) can't be cast to the desired output type (\w+)",
    (
        "The result is {result}, and `{a}` of type {dtype} cannot hold it: an operation in place keeps the type of its "
        "target.",
        "结果是{result}，而`{a}`的类型是{dtype}，装不下它：原地操作不会改变目标的类型。",
    ),
    (
        "`x += 0.5` writes into `x`; `x = x + 0.5` makes a new tensor, whose type follows from both.",
        "`x += 0.5`写回`x`本身；`x = x + 0.5`得到一个新张量，类型由两者共同决定。",
    ),
)
def cast_in_place(case: Case, match: re.Match[str]) -> Found | None:
    """`x += 0.5` where x is int."""
    in_place = isinstance(case.node, ast.Call) and called(case.node).endswith("_")
    if not case.tensors or not (in_place or isinstance(case.node, ast.AugAssign)):
        return None
    a = case.tensors[0]
    edits: list[Edit] = []
    if isinstance(case.node, ast.AugAssign):
        target, value = case.text(case.node.target), case.text(case.node.value)
        sign = case.text(case.node)[len(target) :].lstrip().partition("=")[0]
        right = value if isinstance(case.node.value, (ast.Name, ast.Constant, ast.Call)) else f"({value})"
        edits = case.swap(case.node, f"{target} = {target} {sign} {right}", "make a new tensor", "改为得到一个新张量")
    return Found({"a": a.name, "dtype": dtype(a), "result": match[1].lower()}, edits, {case.operands.index(a): ()})


@rule(
    "RuntimeError IndexError TypeError",
    r"only supports boolean masks|expected BoolTensor for mask|mask.* (?:must be|to be) (?:a )?bool",
    (
        "The mask `{m}` is {dtype}, and must be bool.",
        "掩码`{m}`的类型是{dtype}，必须是bool。",
    ),
    (
        "A comparison gives a mask; zeros and ones are numbers until `.bool()`.",
        "比较运算得到掩码；0和1在`.bool()`之前只是数字。",
    ),
)
def mask(case: Case, match: re.Match[str]) -> Found | None:
    """`masked_fill` by zeros and ones."""
    found = [o for o in case.tensors[1:] if dtype(o) != "bool"]
    if not found:
        return None
    m = found[0]
    return Found({"m": m.name, "dtype": dtype(m)}, cast(case, m, "bool"), {case.operands.index(m): ()})


@rule(
    "RuntimeError",
    r"(Negation|Subtraction), the `-` operator, (?:on a|with (?:two|a)) bool tensors?",
    (
        "`{a}` is bool, and truth values are not subtracted.",
        "`{a}`的类型是bool，布尔值不能相减。",
    ),
    (
        "`~mask` turns a mask round, `a ^ b` is where two differ, `a & ~b` takes one from the other. `1 - mask` needs "
        "numbers.",
        "`~mask`取反，`a ^ b`表示两者不同之处，`a & ~b`表示从一个中去掉另一个。`1 - mask`需要先转换为数字。",
    ),
)
def minus_of_truth(case: Case, match: re.Match[str]) -> Found | None:
    """`-mask`, `a - b` and `1 - mask` of bools."""
    told = [o for o in case.tensors if dtype(o) == "bool"]
    if not told:
        return None
    edits: list[Edit] = []
    match case.node:
        case ast.UnaryOp(operand=operand):
            edits = case.swap(
                case.node, f"~{atom(case.text(operand), operand)}", "turn the mask round with `~`", "用`~`取反"
            )
        case ast.BinOp(left=ast.Constant(value=1), right=right):
            edits = case.swap(
                case.node, f"~{atom(case.text(right), right)}", "turn the mask round with `~`", "用`~`取反"
            )
        case ast.BinOp(left=left, right=right):
            text = f"{atom(case.text(left), left)} ^ {atom(case.text(right), right)}"
            edits = case.swap(case.node, text, "where the two differ: `^`", "两者不同之处：`^`")
    return Found({"a": told[0].name}, edits, {case.operands.index(o): () for o in told})


@rule(
    "RuntimeError",
    r"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int",
    (
        "`{x}` is {dtype}; an embedding is looked up by number, int64.",
        "`{x}`的类型是{dtype}；嵌入层按编号查表，编号必须是int64。",
    ),
    (
        "Token numbers became float on their way, often by a default type or by numpy.",
        "编号在途中变成了浮点数，常见原因是默认类型或numpy。",
    ),
)
def embedded_fractions(case: Case, match: re.Match[str]) -> Found | None:
    """An embedding of floats."""
    if not case.tensors:
        return None
    x, table = case.tensors[0], case.tensors[-1]
    edits, node = cast(case, x, "int64"), case.part(x.name)
    shapes = [o.value.shape for o in (x, table) if isinstance(o.value, TensorValue)]
    if len(shapes) == 2 and shapes[0][-1:] == shapes[1][:1] and bounds(x.value) == (0, 1):  # one-hot rows
        text = f"{atom(x.name, node)}.argmax(-1)"
        edits = case.swap(node, text, "class numbers in place of one-hot rows", "把one-hot变回编号")
    return Found({"x": x.name, "dtype": dtype(x)}, edits, {0: ()})


@rule(
    "RuntimeError IndexError TypeError",
    r"(?:scatter|gather|index_select|take|index_\w+|one_hot).*(?:Expected dtype int(?:32/)?(?:64|\(64\))?|Expected dtype int64 for index)"
    r"|tensors used as indices must be long|one_hot is only applicable to index tensor|expects? (?:an? )?(?:int64|LongTensor) index",
    (
        "The index `{i}` is {dtype}; places are counted in int64.",
        "索引`{i}`的类型是{dtype}；位置必须是int64。",
    ),
    (
        "What counts places is whole. `.long()` cuts off what stands behind the point.",
        "位置是整数。`.long()`会去掉小数部分。",
    ),
)
def index_type(case: Case, match: re.Match[str]) -> Found | None:
    """An index that is float."""
    found = [o for o in case.tensors if dtype(o) not in ("int64", "bool", "uint8")]
    if not found:
        return None
    i = found[-1]
    return Found({"i": i.name, "dtype": dtype(i)}, cast(case, i, "int64"), {case.operands.index(i): ()})


@rule(
    "RuntimeError",
    r"Integers to negative integer powers are not allowed",
    (
        "`{x}` is {dtype}, and one over a whole number is none.",
        "`{x}`的类型是{dtype}，而整数的倒数不是整数。",
    ),
    (
        "Make it float first, or divide: `1 / {x}` is float by itself.",
        "请先转换为浮点类型，或用除法：`1 / {x}`的结果本来就是浮点数。",
    ),
)
def negative_power(case: Case, match: re.Match[str]) -> Found | None:
    """`x ** -1` of integers."""
    if not case.tensors:
        return None
    x = case.tensors[0]
    return Found({"x": x.name, "dtype": dtype(x)}, cast(case, x, "float32"), {case.operands.index(x): ()})


RULES = (
    negative_power,
    class_numbers,
    mask,
    index_type,
    embedded_fractions,
    two_types,
    whole_numbers,
    whole_gradient,
    cast_in_place,
    minus_of_truth,
)
