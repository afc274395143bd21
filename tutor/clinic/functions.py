"""Functions, methods and modules of Python that are written or called wrongly."""

from __future__ import annotations

import ast
import builtins
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.worker.wire import ModuleValue, TensorValue


@rule(
    "TypeError",
    r"(?:(\w+)\.)?(\w+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given",
    (
        "`{name}` takes {m} argument{s} and gets {n}{lack}.",
        "`{name}`接受{m}个参数，却得到{n}个{zh_lack}。",
    ),
    (
        "A method's own object counts as its first argument, `self`, and Python puts it in by itself.",
        "方法所属的对象是第一个参数`self`，由Python自动传入，也计算在内。",
    ),
)
def one_argument_more(case: Case, match: re.Match[str]) -> Found | None:
    """A method without `self`, or more arguments than there are parameters."""
    edits: list[Edit] = []
    lacks = False
    for cls in (n for n in ast.walk(case.tree) if isinstance(n, ast.ClassDef) and match[1] in (None, n.name)):
        for f in (n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == match[2]):
            names = [a.arg for a in f.args.args]
            if names[:1] not in (["self"], ["cls"]) and not f.decorator_list and f.lineno == f.body[0].lineno - 1:
                lacks = True
                line = case.lines[f.lineno - 1]
                new = line.replace(f"{f.name}(", f"{f.name}(self{', ' if names else ''}", 1).strip()
                edits = case.line_instead(new, "add `self`", "加上`self`", f.lineno)
    classes = [c.name for c in ast.walk(case.tree) if isinstance(c, ast.ClassDef)]
    call = case.node if isinstance(case.node, ast.Call) else None
    if match[2] == "__init__" and match[3] == "1" and call is not None and case.text(call.func) in classes:
        edits += case.swap(call.func, f"{case.text(call.func)}()", "make one, and call that", "先建立实例，再调用")
    values = {
        "name": f"{match[1]}.{match[2]}" if match[1] else match[2],
        "m": match[3],
        "s": "" if match[3] == "1" else "s",
        "n": match[4],
        "lack": ": `self` is missing" if lacks else "",
        "zh_lack": "：少写了`self`" if lacks else "",
    }
    return Found(values, edits)


@rule(
    "RecursionError",
    r"maximum recursion depth exceeded",
    (
        "`{name}` calls itself without end.",
        "`{name}`没完没了地调用自己。",
    ),
    (
        "In `forward`, `self(x)` calls `forward` again: call a layer, `self.fc(x)`. An attribute that reads itself does the "
        "same.",
        "在`forward`里，`self(x)`会再次调用`forward`：应调用某一层，如`self.fc(x)`。读取自身的属性也会如此。",
    ),
)
def endless(case: Case, match: re.Match[str]) -> Found | None:
    """`forward` that calls `self(x)`."""
    name = case.frame.function if case.frame is not None else ""
    edits: list[Edit] = []
    inside = [f for f in ast.walk(case.tree) if isinstance(f, ast.FunctionDef) and f.name == name == "forward"]
    for function in inside:
        own = [c for c in ast.walk(function) if isinstance(c, ast.Call) and case.text(c.func) == "self"]
        classes = [c for c in ast.walk(case.tree) if isinstance(c, ast.ClassDef) and function in c.body]
        for layer in layers_of(case, classes[0]) if own and classes else ():
            edits += case.swap(own[0].func, f"self.{layer}", f"call `self.{layer}`", f"调用`self.{layer}`")
    return Found({"name": name}, edits)


def layers_of(case: Case, cls: ast.ClassDef) -> list[str]:
    """The attributes of a class that are made by a call of `nn`."""
    found = []
    for n in ast.walk(cls):
        match n:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=ast.Call() as made):
                if case.text(made.func).startswith(("nn.", "torch.nn.")):
                    found.append(name)
    return found


@rule(
    "TypeError",
    r"builtin_function_or_method|'(?:builtin_function_or_method|function|type)' object",
    (
        "{names}: Python's own functions stand where a value is wanted.",
        "{names}：这里需要的是值，传入的却是Python自带的函数。",
    ),
    (
        "`min`, `max`, `sum`, `input`, `id`, `type` are functions unless you give these names something else.",
        "`min`、`max`、`sum`、`input`、`id`、`type`若没有另外赋值，就是函数。",
    ),
)
def functions_of_python(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.clamp(x, min, max)`."""
    if not isinstance(case.node, ast.Call):
        return None
    given = [
        a for a in case.node.args if isinstance(a, ast.Name) and hasattr(builtins, a.id) and a.id not in case.names
    ]
    if not given:
        return None
    return Found({"names": ", ".join(f"`{a.id}`" for a in given)})


@rule(
    "AttributeError",
    r"'(?:Tensor|int|float|list|dict|Linear|str)' object has no attribute '(\w+)'",
    (
        "`{name}` is {kind} here: line {line} gave the name of the module to something else.",
        "这里的`{name}`是{zh_kind}：第{line}行把模块的名字给了别的东西。",
    ),
    (
        "Use another name there.",
        "请在那里换一个名字。",
    ),
)
def module_hidden(case: Case, match: re.Match[str]) -> Found | None:
    """`torch = torch.ones(2)`, and then `torch.zeros`."""
    node = case.node.value if isinstance(case.node, ast.Attribute) else None
    if not isinstance(node, ast.Name) or node.id not in ("torch", "nn", "F", "np", "optim", "math", "random"):
        return None
    made = case.assigned(node.id)
    if made is None:
        return None
    value = case.known(node)
    kind, zh_kind = "no module", "别的东西"
    if isinstance(value, TensorValue):
        kind, zh_kind = "a tensor", "一个张量"
    elif isinstance(value, ModuleValue):
        kind, zh_kind = "a layer", "一个层"
    edits: list[Edit] = []
    if made.lineno == made.end_lineno and len(made.targets) == 1:
        edits = case.swap(made.targets[0], f"{node.id}_", f"call it `{node.id}_`", f"改名为`{node.id}_`")
    return Found({"name": node.id, "kind": kind, "zh_kind": zh_kind, "line": made.lineno}, edits)


@rule(
    "TypeError",
    r"'DataLoader' object is not (an iterator|subscriptable)",
    (
        "A DataLoader is gone through, from its start, each time: it is neither an iterator nor a list.",
        "DataLoader每次都从头遍历：它既不是迭代器，也不是列表。",
    ),
    (
        "`for batch in loader`, or the first batch with `next(iter(loader))`; single examples are in the dataset.",
        "请用`for batch in loader`，或用`next(iter(loader))`取第一批；单个样本在数据集里。",
    ),
)
def loader(case: Case, match: re.Match[str]) -> Found | None:
    """`next(loader)`, `loader[0]`."""
    edits: list[Edit] = []
    if isinstance(case.node, ast.Call) and case.node.args:
        text = f"iter({case.text(case.node.args[0])})"
        edits = case.swap(case.node.args[0], text, "begin to go through it", "先取得迭代器")
    elif isinstance(case.node, ast.Subscript):
        of = case.text(case.node.value)
        edits = case.swap(case.node.value, f"{of}.dataset", "index the dataset", "改为索引数据集")
    return Found({}, edits)


@rule(
    "ModuleNotFoundError",
    r"No module named '([\w.]+)'",
    (
        "There is no `{name}` in the Python that runs this.",
        "运行这段代码的Python里没有`{name}`。",
    ),
    (
        "It is not installed there, or the name is written differently; `--python` runs another interpreter.",
        "可能没有安装，也可能名字写法不同；`--python`可换用别的解释器。",
    ),
)
def no_module(case: Case, match: re.Match[str]) -> Found | None:
    """A module that is not installed."""
    return Found({"name": match[1]})


@rule(
    "ImportError",
    r"cannot import name '(\w+)' from '([\w.]+)'",
    (
        "`{module}` has no `{name}`.",
        "`{module}`里没有`{name}`。",
    ),
    (
        "It is written differently, or stands elsewhere in this release.",
        "可能写法不同，也可能在这个版本里位于别处。",
    ),
)
def no_such_import(case: Case, match: re.Match[str]) -> Found | None:
    """A name that a module does not have."""
    return Found({"module": match[2], "name": match[1]})


@rule(
    "TypeError NotImplementedError",
    r"(\S+) is not a Module subclass|Module \[(ModuleList)\] is missing the required \"forward\" function",
    (
        "{what}.",
        "{zh_what}。",
    ),
    (
        "`nn.Sequential(a, b, c)` takes layers one by one and calls them in turn. Functions have layers of the same name, "
        "`nn.ReLU()`.",
        "`nn.Sequential(a, b, c)`逐个接收层，并依次调用。函数有同名的层，如`nn.ReLU()`。",
    ),
)
def no_layers(case: Case, match: re.Match[str]) -> Found | None:
    """`nn.Sequential([a, b])`, `nn.Sequential(a, F.relu)`, and a ModuleList that is called."""
    if not isinstance(case.node, ast.Call):
        return None
    if match[2]:
        made = case.assigned(case.text(case.node.func))
        edits = []
        if made is not None and isinstance(made.value, ast.Call) and made.value.args:
            text = f"nn.Sequential(*{case.text(made.value.args[0])})"
            edits = case.swap(made.value, text, "make it a Sequential", "改为Sequential")
        return Found(
            {"what": "A ModuleList keeps layers and does not call them", "zh_what": "ModuleList只保存层，不会调用它们"},
            edits,
        )
    if match[1] == "list" and case.node.args:
        text = f"*{case.text(case.node.args[0])}"
        edits = case.swap(case.node.args[0], text, "hand them on one by one", "逐个传入")
        return Found({"what": "A list is no layer", "zh_what": "列表不是层"}, edits)
    function = match[1].rpartition(".")[2]
    node = next((a for a in case.node.args if case.text(a).rpartition(".")[2] == function), None)
    layer = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "gelu": "GELU", "flatten": "Flatten"}.get(
        function, ""
    )
    edits = case.swap(node, f"nn.{layer}()", "take the layer", "改用层") if layer else []
    return Found({"what": f"`{function}` is a function, no layer", "zh_what": f"`{function}`是函数，不是层"}, edits)


RULES = (
    no_layers,
    one_argument_more,
    endless,
    functions_of_python,
    module_hidden,
    loader,
    no_module,
    no_such_import,
)
