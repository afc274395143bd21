"""Names, keywords and arguments that there are not."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.worker.wire import ModuleValue, TensorValue

IMPORTS = {
    "torch": "import torch",
    "nn": "from torch import nn",
    "F": "import torch.nn.functional as F",
    "optim": "from torch import optim",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "math": "import math",
    "random": "import random",
    "os": "import os",
    "sys": "import sys",
    "time": "import time",
    "copy": "import copy",
    "DataLoader": "from torch.utils.data import DataLoader",
    "Dataset": "from torch.utils.data import Dataset",
    "TensorDataset": "from torch.utils.data import TensorDataset",
    "Variable": "from torch.autograd import Variable",
    "init": "from torch.nn import init",
    "OrderedDict": "from collections import OrderedDict",
    "partial": "from functools import partial",
}
"""How what is often used is imported."""


@rule(
    "NameError",
    r"name '(\w+)' is not defined",
    (
        "There is no `{name}` here{near}.",
        "这里没有`{name}`{zh_near}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def name(case: Case, match: re.Match[str]) -> Found | None:
    """A name that was not bound."""
    missing = match[1]
    edits: list[Edit] = []
    if missing in IMPORTS:
        line = IMPORTS[missing]
        edits += case.before(first_line(case), line, f"import it: `{line}`", f"先导入：`{line}`")
    kept = [n for n in ast.walk(case.tree) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)]
    if case.line and any(case.text(n) == f"self.{missing}" for n in kept):
        edits += case.swap(case.node, f"self.{missing}", "it is a part of the module", "它属于模块本身")
    for call in case.calls("super"):
        if call.args and call.args[0] is case.node:
            edits += case.swap(call, "super()", "leave the class out", "不必写出类名")
    for near in case.error.near:
        if isinstance(case.node, ast.Name):
            edits += case.swap(case.node, near, f"write `{near}`", f"写成`{near}`")
    names = ", ".join(f"`{n}`" for n in case.error.near)
    cause = (
        "It is imported under this name by convention; that line is missing."
        if missing in IMPORTS
        else ("It is written differently, assigned further down, or only inside a function.")
    )
    zh_cause = (
        "按惯例它要先用这个名字导入，而这一行没有写。"
        if missing in IMPORTS
        else "可能拼写不同，可能在后面才赋值，也可能只存在于某个函数内部。"
    )
    values = {
        "name": missing,
        "near": f", but {names}" if names else "",
        "zh_near": f"，但有{names}" if names else "",
        "cause": cause,
        "zh_cause": zh_cause,
    }
    return Found(values, edits)


def first_line(case: Case) -> int:
    """Where an import goes: before the first statement that is no docstring and no import of the future."""
    for node in case.tree.body:
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not future and not docstring:
            return node.lineno - len(getattr(node, "decorator_list", ()))
    return 1


@rule(
    "UnboundLocalError",
    r"(?:cannot access )?local variable '(\w+)' (?:where it is not associated with a value|referenced before assignment)",
    (
        "`{name}` is assigned in this function and so belongs to it, also above that line; there it has no value yet.",
        "`{name}`在该函数内被赋值，因此在整个函数内都是局部变量；读取时它还没有值。",
    ),
    (
        "Pass it as an argument, or set it before.",
        "请作为参数传入，或事先赋值。",
    ),
)
def local_name(case: Case, match: re.Match[str]) -> Found | None:
    """A local name that is read too early."""
    return Found({"name": match[1]})


@rule(
    "TypeError",
    r"got an unexpected keyword argument '(\w+)'|received an invalid combination of arguments",
    (
        "`{call}` has no argument `{key}`.",
        "`{call}`没有参数`{key}`。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def keyword(case: Case, match: re.Match[str]) -> Found | None:
    """A keyword that the function does not have."""
    if not isinstance(case.node, ast.Call):
        return None
    given = {k.arg: k for k in case.node.keywords if k.arg is not None}
    told = [match[1]] if match[1] in given else [k for k in given if k in KEYWORDS]
    if not told:
        return None
    key = told[0]
    edits: list[Edit] = []
    for other in KEYWORDS.get(key, ()):
        if other not in given:
            text = f"{other}={case.text(given[key].value)}"
            edits += case.swap(given[key], text, f"write `{other}`", f"写成`{other}`")
    func = case.text(case.node.func)
    cause, zh_cause = OPTIONS if "optim" in func else WORDS
    return Found({"call": func, "key": key, "cause": cause, "zh_cause": zh_cause}, edits)


OPTIONS = (
    "Every optimizer has options of its own: `momentum` is one of SGD and RMSprop, Adam has `betas`.",
    "每种优化器各有自己的选项：`momentum`属于SGD和RMSprop，Adam则是`betas`。",
)
WORDS = (
    "numpy says `axis` and `keepdims`, torch `dim` and `keepdim`. A Linear has features, a convolution channels.",
    "numpy用`axis`和`keepdims`，torch用`dim`和`keepdim`。Linear层叫features，卷积层叫channels。",
)


KEYWORDS = {
    "axis": ("dim",),
    "axes": ("dim",),
    "dims": ("dim",),
    "dimension": ("dim",),
    "keepdims": ("keepdim",),
    "keep_dim": ("keepdim",),
    "in_channels": ("in_features",),
    "out_channels": ("out_features",),
    "in_features": ("in_channels",),
    "out_features": ("out_channels",),
    "input_size": ("in_features", "in_channels"),
    "output_size": ("out_features", "out_channels"),
    "in_feature": ("in_features",),
    "out_feature": ("out_features",),
    "in_channel": ("in_channels",),
    "out_channel": ("out_channels",),
    "kernel": ("kernel_size",),
    "filter_size": ("kernel_size",),
    "strides": ("stride",),
    "learning_rate": ("lr",),
    "learningrate": ("lr",),
    "decay": ("weight_decay",),
    "require_grad": ("requires_grad",),
    "requires_gradient": ("requires_grad",),
    "type": ("dtype",),
    "size": ("batch_size",),
    "batchsize": ("batch_size",),
    "retain_grad": ("retain_graph",),
    "prob": ("p",),
    "dropout": ("p",),
    "rate": ("p",),
}
"""What is written for what."""


@rule(
    "TypeError",
    r"'(?:torch\.Size|tuple|Tensor|dict|list|torch\.dtype|torch\.device)' object is not callable|"
    r"'(?:builtin_function_or_method|method|function)' object is not subscriptable",
    (
        "`{text}` is {what}.",
        "`{text}`{zh_what}。",
    ),
    (
        "`shape`, `dtype`, `device`, `grad`, `T` and `data` are attributes; `size()`, `dim()`, `numel()` are methods.",
        "`shape`、`dtype`、`device`、`grad`、`T`和`data`是属性；`size()`、`dim()`、`numel()`是方法。",
    ),
)
def brackets(case: Case, match: re.Match[str]) -> Found | None:
    """`x.shape()` and `x.size[0]`."""
    node = case.node
    if isinstance(node, ast.Call):
        func = case.text(node.func)
        edits: list[Edit] = []
        if not node.args:
            edits = case.swap(node, func, "leave out the brackets", "去掉括号")
        elif len(node.args) == 1:
            edits = case.swap(node, f"{func}[{case.text(node.args[0])}]", "index it", "改为索引")
        return Found({"text": func, "what": "no function", "zh_what": "不是函数"}, edits)
    if isinstance(node, ast.Subscript):
        of = case.text(node.value)
        edits = case.swap(node, f"{of}({case.text(node.slice)})", "call it", "改为调用")
        edits += case.swap(node, f"{of}()[{case.text(node.slice)}]", "call it first", "先调用")
        return Found({"text": of, "what": "a method and has to be called", "zh_what": "是方法，需要调用"}, edits)
    return None


@rule(
    "TypeError",
    r"(\w[\w.]*)\(\) missing (\d+) required (?:positional|keyword-only) arguments?: (.+)",
    (
        "`{call}` also needs {lacks}.",
        "`{call}`还需要{zh_lacks}。",
    ),
    (
        "There is no default for what is missing: it has to be given, in this order or by name.",
        "缺少的参数没有默认值：必须按顺序或按名字给出。",
    ),
)
def lacking(case: Case, match: re.Match[str]) -> Found | None:
    """An argument that was left out."""
    if not isinstance(case.node, ast.Call):
        return None
    func, edits = case.text(case.node.func), list[Edit]()
    lacks = re.sub(r"[\"']", "`", match[3])
    if func.endswith((".transpose", ".swapaxes")) and len(case.node.args) == 1:
        of = case.node.func.value if isinstance(case.node.func, ast.Attribute) else None
        value = case.known(of) if of is not None else None
        if isinstance(value, TensorValue) and len(value.shape) == 2:
            other = 1 if case.number(case.node.args[0]) == 0 else 0
            text = f"{case.text(case.node)[:-1]}, {other})"
            edits = case.swap(case.node, text, "name both dimensions", "写出两个维度")
    models = [n for n, v in case.names.items() if isinstance(v, ModuleValue) and v.count and "." not in n]
    if "`params`" in lacks and len(models) == 1:
        rest = case.text(case.node)[len(func) + 1 :]
        text = f"{func}({models[0]}.parameters(){', ' if rest != ')' else ''}{rest}"
        edits += case.swap(case.node, text, f"give it the parameters of `{models[0]}`", f"把`{models[0]}`的参数交给它")
    if "`key` and `value`" in lacks and len(case.node.args) == 1:
        x = case.text(case.node.args[0])
        text = f"{x}, {x}, {x}"
        edits += case.swap(case.node.args[0], text, f"let `{x}` attend to itself", f"让`{x}`对自身做注意力")
    zh_lacks = re.sub(r",? and ", "和", lacks).replace(", ", "、")
    return Found({"call": func, "lacks": lacks, "zh_lacks": zh_lacks}, edits)


@rule(
    "TypeError",
    r"unsupported operand type\(s\) for ([^:]+): '(\w+)' and '(\w+)'|bad operand type",
    (
        "`{text}`: `{name}` is {what}.",
        "`{text}`：`{name}`是{zh_what}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def of_functions(case: Case, match: re.Match[str]) -> Found | None:
    """`input * 2`, where input is Python's own function."""
    if not isinstance(case.node, ast.BinOp) or not match[1]:
        return None
    if {match[2], match[3]} == {"list", "Tensor"}:
        return of_list(case, case.node.left if match[2] == "list" else case.node.right)
    kinds = ("builtin_function_or_method", "function", "method", "type")
    side = case.node.left if match[2] in kinds else case.node.right if match[3] in kinds else None
    if side is None:
        return None
    text = case.text(side)
    edits: list[Edit] = []
    if isinstance(side, ast.Name):
        for known, value in case.names.items():
            near = known.startswith(text) or text.startswith(known) or known.rstrip("s") == text.rstrip("s")
            if near and known != text and isinstance(value, TensorValue):
                edits += case.swap(side, known, f"write `{known}`", f"写成`{known}`")
    else:
        edits = case.swap(side, f"{text}()", "call it", "加上括号调用")
    if isinstance(side, ast.Name) and isinstance(case.known(side), ModuleValue):
        return None
    whole = case.text(case.node)
    values = {
        "text": whole,
        "name": text,
        "what": "a function, not what it returns",
        "zh_what": "函数本身，不是它的返回值",
        "cause": "The name was never given to a tensor, or the call lacks its brackets.",
        "zh_cause": "这个名字没有赋给任何张量，或者调用时少了括号。",
    }
    return Found(values, edits)


def of_list(case: Case, side: ast.expr) -> Found:
    """A list of Python beside a tensor."""
    text = case.text(side)
    values = {
        "text": case.text(case.node) if case.node is not None else "",
        "name": text,
        "what": "a list of Python, with which no sums are done",
        "zh_what": "Python的列表，不能做数值运算",
        "cause": "`torch.tensor` makes a tensor of a list of numbers.",
        "zh_cause": "`torch.tensor`把数的列表变成张量。",
    }
    return Found(values, case.swap(side, f"torch.tensor({text})", "make it a tensor", "先变成张量"))


RULES = (name, local_name, keyword, brackets, lacking, of_functions)
