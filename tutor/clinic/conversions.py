"""Between tensors and Python: numbers, text, truth, lists."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import shape
from tutor.clinic.trees import atom
from tutor.worker.wire import ArrayValue, ContainerValue, TensorValue

DTYPES = {"float": "float32", "double": "float64", "long": "int64", "int": "int64", "half": "float16"}


@rule(
    "RuntimeError ValueError TypeError",
    r"a Tensor with (\d+) elements cannot be converted to Scalar|only one element tensors can be converted to Python scalars"
    r"|only (?:integer|one element) tensors.*can be converted",
    (
        "`{x}` has {n} elements, shape {shape}; a Python number is made of one.",
        "`{x}`有{n}个元素（形状{shape}）；只有单元素张量才能变成Python数。",
    ),
    (
        "Reduce it first, pick one element, or take them all with `.tolist()`.",
        "请先归约，或取其中一个元素，或用`.tolist()`取出全部。",
    ),
)
def several_to_one(case: Case, match: re.Match[str]) -> Found | None:
    """`float(x)`, `x.item()` of more than one element."""
    if not case.tensors or not isinstance(case.node, ast.Call):
        return None
    call, x = case.node, case.tensors[0]
    if isinstance(x.value, TensorValue) and x.value.numel == 1:
        return None
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    edits: list[Edit] = []
    if name == "tensor" and call.args:
        text = f"torch.stack({case.text(call.args[0])})"
        edits = case.swap(call, text, "stack the tensors", "把这些张量叠起来")
    elif name == "item" and isinstance(call.func, ast.Attribute):
        of = atom(case.text(call.func.value), call.func.value)
        edits = case.swap(call, f"{of}.tolist()", "take them all", "取出全部")
        fractions = isinstance(x.value, TensorValue) and x.value.dtype.startswith(("float", "bfloat"))
        reduced, says = ("mean", ("take their mean", "求平均")) if fractions else ("sum", ("add them up", "求和"))
        edits += case.swap(call, f"{of}.{reduced}().item()", *says)
    elif name in ("float", "int") and len(call.args) == 1:
        of = atom(case.text(call.args[0]), call.args[0])
        edits = case.swap(
            call.args[0], f"{of}.mean()" if name == "float" else f"{of}.sum()", "reduce it first", "先归约"
        )
    size = x.value.numel if isinstance(x.value, TensorValue) else 0
    return Found({"x": x.name, "n": size, "shape": shape(x)}, edits, {case.operands.index(x): ()})


@rule(
    "TypeError",
    r"only integer tensors of a single element can be converted to an index",
    (
        "`{x}` is {dtype}; `{call}` counts, and takes a whole number.",
        "`{x}`的类型是{dtype}；`{call}`用于计数，需要整数。",
    ),
    (
        "`int(x)` gives the whole number of a tensor of one element.",
        "`int(x)`把单元素张量变成整数。",
    ),
)
def no_count(case: Case, match: re.Match[str]) -> Found | None:
    """`range(n)` of a float."""
    x = case.tensors[0] if case.tensors else None
    if x is None or not isinstance(case.node, ast.Call) or not isinstance(x.value, TensorValue) or x.value.numel != 1:
        return None
    node = case.part(x.name)
    edits = case.swap(node, f"int({x.name})", "take its whole number", "取整数")
    return Found({"x": x.name, "dtype": x.value.dtype, "call": case.text(case.node.func)}, edits, {0: ()})


@rule(
    "TypeError",
    r"unsupported format string passed to Tensor\.__format__",
    (
        "`{x}` of shape {shape} has more than one element or none, and `{spec}` formats one number.",
        "`{x}`的形状是{shape}，不是单个数，而`{spec}`只能格式化一个数。",
    ),
    (
        "Reduce it to one number first, or print it without a format.",
        "请先归约为一个数，或不带格式直接打印。",
    ),
)
def formatted(case: Case, match: re.Match[str]) -> Found | None:
    """`f"{loss:.4f}"` of a vector."""
    if not case.tensors:
        return None
    x = case.tensors[0]
    spec, edits = "", list[Edit]()
    for node in ast.walk(case.statement) if case.statement is not None else ():
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            inner, spec = ast.unparse(node.value), "".join(getattr(v, "value", "") for v in node.format_spec.values)
            line, old = case.lines[case.line - 1], f"{{{inner}:{spec}}}"
            if inner == x.name and line.count(old) == 1:
                new = line.replace(old, f"{{{atom(inner, node.value)}.mean():{spec}}}").strip()
                edits = case.line_instead(new, "format its mean", "格式化其平均值")
                break
    match case.node:
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(words)), attr="format")):
            spec = (re.findall(r"\{[^{}]*:([^{}]+)\}", words) or [spec])[0]
    spec = spec or (case.text(case.node) if case.node is not None else "")
    return Found({"x": x.name, "shape": shape(x), "spec": spec}, edits, {0: ()}) if spec else None


@rule(
    "TypeError",
    r"can only concatenate str \(not \"(?:Tensor|float|int)\"\) to str|unsupported operand type\(s\) for \+: '(?:Tensor|int|float)' and 'str'",
    (
        "`{text}` puts text and a number together with `+`.",
        "`{text}`用`+`把文字和数相连。",
    ),
    (
        "`print` takes several things, with commas between them; an f-string takes them inside.",
        "`print`可以接收多个参数，用逗号分开；也可以用f字符串。",
    ),
)
def text_and_tensor(case: Case, match: re.Match[str]) -> Found | None:
    """`"loss: " + loss`."""
    if not isinstance(case.node, ast.BinOp):
        return None
    left, right = case.node.left, case.node.right
    edits: list[Edit] = []
    words, value = (left, right) if match[0].startswith("can only") else (right, left)
    text = f"str({case.text(value)})"
    both = f"{case.text(words)} + {text}" if words is left else f"{text} + {case.text(words)}"
    edits = case.swap(case.node, both, "make it text first", "先转换为文字")
    return Found({"text": case.text(case.node)}, edits)


@rule(
    "RuntimeError",
    r"Boolean value of Tensor with (?:more than one value|no values) is ambiguous",
    (
        "`{x}` of shape {shape} is one truth value for each element; `if`, `and`, `or`, `not` need a single one.",
        "`{x}`的形状是{shape}，每个元素各有真假；而`if`、`and`、`or`、`not`只要一个真值。",
    ),
    (
        "Say whether all of them must hold or any: `.all()`, `.any()`. Between masks, `&` and `|` work element by element.",
        "请说明是全部成立还是任一成立：`.all()`或`.any()`。掩码之间用`&`和`|`逐元素运算。",
    ),
)
def ambiguous(case: Case, match: re.Match[str]) -> Found | None:
    """`if x > 1` of several elements."""
    node = case.node
    if not case.tensors or case.statement is None:
        return None
    x = case.tensors[0]
    edits: list[Edit] = []
    test = getattr(case.statement, "test", None)
    for both in (n for n in ast.walk(case.statement) if isinstance(n, ast.BoolOp)):
        sign = "&" if isinstance(both.op, ast.And) else "|"
        text = f" {sign} ".join(case.text(v) if isinstance(v, ast.Name) else f"({case.text(v)})" for v in both.values)
        if both is test:
            text = f"({text}).all()"
        edits += case.swap(both, text, f"element by element: `{sign}`", f"逐元素运算：`{sign}`")
    told = x.name
    if isinstance(node, ast.expr) and not edits and (instead := element_wise(case, node)) is not None:
        told, edits = instead
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and not edits:
        text = atom(case.text(test.operand), test.operand)
        edits += case.swap(test.operand, f"{text}.any()", "ask whether any holds", "看是否有任一成立")
        edits += case.swap(test.operand, f"{text}.all()", "ask whether all hold", "看是否全部成立")
    elif isinstance(node, ast.expr) and not edits:
        text = atom(case.text(node), node) if not isinstance(node, ast.Call) else case.text(node)
        edits += case.swap(node, f"{text}.all()", "ask whether all hold", "要求全部成立")
        edits += case.swap(node, f"{text}.any()", "ask whether any holds", "要求任一成立")
    return Found({"x": told, "shape": shape(x)}, edits, {0: ()})


def element_wise(case: Case, node: ast.expr) -> tuple[str, list[Edit]] | None:
    """What Python asks for a truth value in `0 < x < 1`, `max(a, b)` and `a in list`, and how it is written instead."""
    match node:
        case ast.Compare(left=left, ops=[first, second], comparators=[middle, right]):
            signs = [SIGNS.get(type(op), "") for op in (first, second)]
            if not all(signs):
                return None
            a, b, c = (case.text(n) for n in (left, middle, right))
            text = f"({a} {signs[0]} {b}) & ({b} {signs[1]} {c})"
            return f"{a} {signs[0]} {b}", case.swap(node, text, "compare twice: `&`", "分成两次比较，用`&`连接")
        case ast.Compare(left=left, ops=[ast.In()], comparators=[right]):
            text = f"any(torch.equal({case.text(left)}, t) for t in {case.text(right)})"
            told = f"{case.text(left)} == {case.text(right)}[0]"
            return told, case.swap(node, text, "compare whole tensors", "逐个比较整个张量")
        case ast.Call(func=ast.Name(id="max" | "min" as name), args=[one, other]):
            larger = "maximum" if name == "max" else "minimum"
            a, b = case.text(one), case.text(other)
            says = "element by element", "逐元素取值"
            return f"{b} {'>' if name == 'max' else '<'} {a}", case.swap(node, f"torch.{larger}({a}, {b})", *says)
    return None


SIGNS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}


@rule(
    "ValueError TypeError",
    r"expected sequence of length (\d+) at dim (\d+) \(got (\d+)\)",
    (
        "The lists inside differ in length, {m} and {n}; a tensor is a block without holes.",
        "内层列表的长度不同，有{m}也有{n}；张量必须是完整的块。",
    ),
    (
        "Pad the short ones, or keep a list of tensors.",
        "请补齐较短的，或保留为张量的列表。",
    ),
)
def ragged(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.tensor([[1, 2], [3]])`."""
    edits: list[Edit] = []
    if isinstance(case.node, ast.Call) and len(case.node.args) == 1 and isinstance(case.node.args[0], ast.List):
        rows = case.node.args[0].elts
        lists = [r for r in rows if isinstance(r, ast.List)]
        if len(lists) == len(rows) and not any(isinstance(e, (ast.List, ast.Starred)) for r in lists for e in r.elts):
            longest = max(len(r.elts) for r in lists)
            filled = (", ".join([*map(case.text, r.elts), *["0"] * (longest - len(r.elts))]) for r in lists)
            text = "[" + ", ".join(f"[{row}]" for row in filled) + "]"
            edits = case.swap(case.node.args[0], text, "pad with zeros", "用0补齐")
    return Found({"m": match[1], "n": match[3]}, edits)


@rule(
    "TypeError",
    r"argument 'dtype'.* must be torch\.dtype, not str|dtype must be torch\.dtype",
    (
        "{d} is text; a dtype of torch is an object, `torch.float32`.",
        "{d}是字符串；torch的dtype是对象，如`torch.float32`。",
    ),
    (
        "numpy takes its types by name, torch does not.",
        "numpy可以用名字指定类型，torch不行。",
    ),
)
def dtype_by_name(case: Case, match: re.Match[str]) -> Found | None:
    """`dtype="float32"`."""
    nodes = [k.value for k in case.node.keywords if k.arg == "dtype"] if isinstance(case.node, ast.Call) else []
    if not nodes or not isinstance(nodes[0], ast.Constant) or not isinstance(nodes[0].value, str):
        return None
    name = nodes[0].value.removeprefix("torch.")
    name = DTYPES.get(name, name)
    edits = case.swap(nodes[0], f"torch.{name}", "name the dtype of torch", "写成torch的dtype")
    return Found({"d": f"`{case.text(nodes[0])}`"}, edits)


@rule(
    "TypeError",
    r"(\w+)\(\): argument '(\w+)' \(position (\d+)\) must be (?:a )?Tensor, not (list|tuple|numpy\.ndarray|ndarray|float|int)"
    r"|(?P<f>\w+)\(\) received an invalid combination of arguments - got \((?:list|tuple|numpy\.ndarray)",
    (
        "`{x}` is a {kind}, and `{call}` takes a tensor.",
        "`{x}`的类型是{kind}，而`{call}`需要张量。",
    ),
    (
        "`torch.tensor` makes a tensor of numbers and lists, `torch.from_numpy` of an array.",
        "`torch.tensor`把数和列表变成张量，`torch.from_numpy`把数组变成张量。",
    ),
)
def no_tensor(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.argmax([1.0, 3.0])`."""
    if not isinstance(case.node, ast.Call):
        return None
    if match["f"] in MAKERS:
        return None
    place = int(match[3]) - 1 if match[3] else 0
    layer = case.known(case.node.func) is not None  # a layer's `input` is the argument of its call
    node = case.argument(case.node, 0 if layer else place, match[2] or "input")
    if node is None:
        return None
    kind = (match[4] or "list").removeprefix("numpy.")
    text = case.text(node)
    array = kind == "ndarray" or isinstance(case.known(node), ArrayValue)
    held = case.known(node)
    tensors = isinstance(held, ContainerValue) and all(isinstance(i.value, TensorValue) for i in held.items)
    made = f"torch.from_numpy({text})" if array else f"torch.stack({text})" if tensors else f"torch.tensor({text})"
    edits = case.swap(node, made, "make it a tensor", "先变成张量")
    if array:
        edits += case.swap(node, f"{made}.float()", "make it a float32 tensor", "变成float32张量")
    return Found({"x": text, "kind": kind, "call": case.text(case.node.func)}, edits)


MAKERS = {
    "rand",
    "randn",
    "zeros",
    "ones",
    "empty",
    "full",
    "randint",
    "arange",
    "linspace",
    "eye",
    "normal",
    "randperm",
}
"""Functions that take sizes and numbers, and no tensor."""


@rule(
    "TypeError ValueError",
    r"expected np\.ndarray \(got (\w+)\)|At least one stride in the given numpy array is negative",
    (
        "`torch.from_numpy` takes an array of numpy and its memory as it is; `{x}` is {what}.",
        "`torch.from_numpy`直接使用numpy数组的内存；而`{x}`是{zh_what}。",
    ),
    (
        "`torch.tensor` copies: lists and numbers too. An array that is walked backwards is copied first, `a.copy()`.",
        "`torch.tensor`会复制，列表和数都可以。反向的数组请先用`a.copy()`复制。",
    ),
)
def no_memory_of_numpy(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.from_numpy([1, 2])`, or of `a[::-1]`."""
    if not isinstance(case.node, ast.Call) or not case.node.args:
        return None
    node = case.node.args[0]
    x = case.text(node)
    if match[1]:
        edits = case.swap(case.node.func, "torch.tensor", "let it be copied", "改为复制")
        return Found({"x": x, "what": f"a {match[1]}", "zh_what": match[1]}, edits)
    edits = case.swap(node, f"{atom(x, node)}.copy()", "copy it in order", "按顺序复制")
    return Found({"x": x, "what": "walked backwards", "zh_what": "反向遍历的"}, edits)


RULES = (
    no_count,
    no_memory_of_numpy,
    several_to_one,
    formatted,
    text_and_tensor,
    ambiguous,
    ragged,
    dtype_by_name,
    no_tensor,
)
