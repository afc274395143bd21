"""Models, datasets and saved states that are put together wrongly."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom
from tutor.worker.wire import ModuleValue, TensorValue


@rule(
    "AttributeError",
    r"cannot assign (?:module|parameters?) before Module\.__init__\(\) call",
    (
        "`{target}` is a part of the module, and `nn.Module` has not made room for its parts yet.",
        "`{target}`是模块的组成部分，而`nn.Module`还没有为它准备好位置。",
    ),
    (
        "`super().__init__()` is the first line of the `__init__` of every module.",
        "每个模块的`__init__`的第一行都是`super().__init__()`。",
    ),
)
def super_forgotten(case: Case, match: re.Match[str]) -> Found | None:
    """A module whose `__init__` does not call that of `nn.Module`."""
    inits = [
        n
        for n in ast.walk(case.tree)
        if isinstance(n, ast.FunctionDef) and n.name == "__init__" and n.lineno <= case.line <= (n.end_lineno or 0)
    ]
    target = case.statement.targets[0] if isinstance(case.statement, ast.Assign) else None
    edits: list[Edit] = []
    if inits:
        first = inits[-1].body[0]
        edits = case.before(
            first, "super().__init__()", "call `super().__init__()` first", "先调用`super().__init__()`"
        )
    return Found({"target": case.text(target) if target is not None else ""}, edits)


@rule(
    "NotImplementedError",
    r"Module \[(\w+)\] is missing the required \"forward\" function",
    (
        "`{kind}` defines no `forward`{near}.",
        "`{kind}`没有定义`forward`{zh_near}。",
    ),
    (
        "Calling a module calls its `forward`; it must have exactly this name, and stand inside the class.",
        "调用模块就是调用它的`forward`；名字必须一字不差，并且要写在类的内部。",
    ),
)
def no_forward(case: Case, match: re.Match[str]) -> Found | None:
    """A `forward` under another name."""
    edits: list[Edit] = []
    found = ""
    for cls in (n for n in ast.walk(case.tree) if isinstance(n, ast.ClassDef) and n.name == match[1]):
        methods = [n for n in cls.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("__")]
        if len(methods) == 1:
            found = methods[0].name
            line = case.lines[methods[0].lineno - 1]
            new = re.sub(rf"\bdef\s+{found}\b", "def forward", line).strip()
            edits = case.line_instead(new, "name it `forward`", "改名为`forward`", methods[0].lineno)
    near = f", but `{found}`" if found else ""
    return Found({"kind": match[1], "near": near, "zh_near": f"，只有`{found}`" if found else ""}, edits)


@rule(
    "RuntimeError",
    r"Error\(s\) in loading state_dict for (\w+):",
    (
        "The state does not fit `{kind}`: {first}.",
        "该状态与`{kind}`不符：{zh_first}。",
    ),
    (
        "A state has the names and shapes of the model that it was saved from. A prefix such as `module.` or `0.` comes "
        "from a wrapper around that model.",
        "状态中的名字和形状来自保存它的模型。`module.`或`0.`之类的前缀来自包在外面的一层。",
    ),
)
def state_of_another(case: Case, match: re.Match[str]) -> Found | None:
    """`load_state_dict` of another model's state."""
    said = " ".join(case.error.message.split("\n", 1)[-1].split())
    missing = re.findall(r'"([^"]+)"', said.partition("Missing key")[2].partition("Unexpected")[0])
    surplus = re.findall(r'"([^"]+)"', said.partition("Unexpected key")[2].partition("size mismatch")[0])
    edits: list[Edit] = []
    node = case.node.args[0] if isinstance(case.node, ast.Call) and case.node.args else None
    if node is not None and missing and surplus and len(missing) == len(surplus):
        prefixes = {s.removesuffix(m) for s, m in zip(sorted(surplus), sorted(missing), strict=True) if s.endswith(m)}
        prefix = prefixes.pop() if len(prefixes) == 1 else ""
        if prefix:
            text = f'{{k.removeprefix("{prefix}"): v for k, v in {case.text(node)}.items()}}'
            edits = case.swap(node, text, f"take `{prefix}` off the names", f"去掉名字的前缀`{prefix}`")
    if node is not None:
        for key in (k for k in surplus if k in ("model", "state_dict", "model_state_dict", "net", "weights")):
            says = f"take the model's part, `{key}`", f"取其中模型的部分`{key}`"
            edits += case.swap(node, f'{atom(case.text(node), node)}["{key}"]', *says)
    first, zh_first = misfit(said)
    return Found({"kind": match[1], "first": first, "zh_first": zh_first}, edits)


def misfit(said: str) -> tuple[str, str]:
    """What does not fit, in one phrase: the first of the sizes that differ, or else the names."""
    sizes = re.findall(
        r"size mismatch for ([\w.]+): .*?torch\.Size\((\[[\d, ]*\])\).*?torch\.Size\((\[[\d, ]*\])\)", said
    )
    if sizes:
        name, saved, own = sizes[0]
        more, zh_more = (f", and {len(sizes) - 1} more", f"，另有{len(sizes) - 1}处") if len(sizes) > 1 else ("", "")
        there = f"`{name}` is {saved} in the state and {own} in the model{more}"
        return there, f"`{name}`在状态中是{saved}，在模型中是{own}{zh_more}"
    said = said.rstrip(". ")
    short = said if len(said) <= 160 else said[:160].rsplit(" ", 1)[0].rstrip(",.") + " ..."
    zh = short.replace("Missing key(s) in state_dict: ", "缺少").replace("Unexpected key(s) in state_dict: ", "多出")
    return short, zh.replace('". ', '"；')


@rule(
    "TypeError",
    r"Expected state_dict to be dict-like, got <class '([\w.]+)'>",
    (
        "`{call}` takes a state, names with their tensors; `{x}` is {kind}.",
        "`{call}`需要的是状态（名字及其张量）；而`{x}`是{zh_kind}。",
    ),
    (
        "`model.state_dict()` gives the state of a model; `torch.load` reads it from a file.",
        "`model.state_dict()`给出模型的状态；`torch.load`从文件读取状态。",
    ),
)
def no_state(case: Case, match: re.Match[str]) -> Found | None:
    """`load_state_dict(model)`, `load_state_dict("model.pt")`."""
    if not isinstance(case.node, ast.Call) or not case.node.args:
        return None
    node, edits = case.node.args[0], list[Edit]()
    kind = match[1].rpartition(".")[2]
    told, zh_told = f"a {kind}", f"一个{kind}"
    if kind == "str":
        told, zh_told = "a path", "路径"
        edits = case.swap(node, f"torch.load({case.text(node)})", "read it first", "先读取文件")
    elif isinstance(case.known(node), ModuleValue):
        told, zh_told = "a model", "模型"
        edits = case.swap(node, f"{atom(case.text(node), node)}.state_dict()", "take its state", "取它的状态")
    values = {"call": case.text(case.node.func), "x": case.text(node), "kind": told, "zh_kind": zh_told}
    return Found(values, edits)


@rule(
    "AttributeError TypeError",
    r"'NoneType' object (?:has no attribute '(\w+)'|is not (?:callable|iterable|subscriptable))",
    (
        "`{x}` is None{why_none}.",
        "`{x}`是None{zh_why_none}。",
    ),
    (
        "A function without `return` gives None, and so do methods that only change something, such as `list.append`.",
        "没有`return`的函数返回None；只做修改的方法也是如此，如`list.append`。",
    ),
)
def nothing_returned(case: Case, match: re.Match[str]) -> Found | None:
    """A `forward` without `return`."""
    node = case.node.value if isinstance(case.node, ast.Attribute) else None
    if node is None or (isinstance(node, ast.Attribute) and node.attr == "grad"):
        return None
    edits: list[Edit] = []
    why, zh_why = "", ""
    for function in silent_functions(case, node):
        last = function.body[-1]
        why, zh_why = f": `{function.name}` has no `return`", f"：`{function.name}`没有`return`"
        if isinstance(last, ast.Expr):
            edits += case.swap(last, f"return {case.text(last)}", "return it", "把它返回")
        elif isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
            edits += case.after(
                last, f"return {last.targets[0].id}", f"return `{last.targets[0].id}`", f"返回`{last.targets[0].id}`"
            )
    return Found({"x": case.text(node), "why_none": why, "zh_why_none": zh_why}, edits)


def silent_functions(case: Case, node: ast.expr) -> list[ast.FunctionDef]:
    """The functions of the snippet without `return` that a value may have come from: those named in the expression, or in
    the assignment to its name; of a class its `forward`."""
    made = case.assigned(case.text(node))
    around = made.value if made is not None else node
    names = {n.id for n in ast.walk(around) if isinstance(n, ast.Name)}
    names |= {v.type for n in names if isinstance(v := case.names.get(n), ModuleValue)}
    found: list[ast.FunctionDef] = []
    for n in ast.walk(case.tree):
        if isinstance(n, ast.ClassDef) and n.name in names:
            found += [f for f in n.body if isinstance(f, ast.FunctionDef) and f.name == "forward"]
        elif isinstance(n, ast.FunctionDef) and n.name in names:
            found.append(n)
    return [f for f in found if not any(isinstance(r, ast.Return) and r.value for r in ast.walk(f))]


@rule(
    "AssertionError",
    r"Size mismatch between tensors",
    (
        "The tensors of a dataset must have the same first size, one row per example: {sizes}.",
        "数据集中各张量的第一维必须相同，每个样本一行：{sizes}。",
    ),
    (
        "Inputs and targets were cut or filtered differently.",
        "输入和目标被截取或筛选的方式不同。",
    ),
)
def dataset_sizes(case: Case, match: re.Match[str]) -> Found | None:
    """A TensorDataset of tensors of different lengths."""
    if not isinstance(case.node, ast.Call):
        return None
    known = [(case.text(a), case.known(a)) for a in case.node.args]
    told = [f"`{text}` {list(v.shape)}" for text, v in known if isinstance(v, TensorValue)]
    return Found({"sizes": ", ".join(told) or case.text(case.node)})


RULES = (
    super_forgotten,
    no_forward,
    state_of_another,
    no_state,
    nothing_returned,
    dataset_sizes,
)
