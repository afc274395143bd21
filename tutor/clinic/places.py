"""Devices and files."""

from __future__ import annotations

import ast
import re

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.trees import atom
from tutor.worker.wire import TensorValue


@rule(
    "RuntimeError NotImplementedError",
    r"Expected all tensors to be on the same device|is not on the expected device|"
    r"Input type \(.*\) and weight type \(.*\) should be the same|tensors to be on the same device",
    (
        "They are on different devices: {devices}.",
        "它们不在同一设备上：{devices}。",
    ),
    (
        "{cause}",
        "{zh_cause}",
    ),
)
def two_devices(case: Case, match: re.Match[str]) -> Found | None:
    """Tensors on different devices."""
    told = {o.name: o.value.device for o in case.tensors if isinstance(o.value, TensorValue)}
    if len(set(told.values())) < 2:
        return None
    edits: list[Edit] = []
    names = list(told)
    for mine, other in ((names[0], names[1]), (names[1], names[0])):
        node, device = case.part(mine), told[other]
        if node is not None and device != told[mine] and device != "meta":
            text = f"{atom(mine, node)}.to({str(device)!r})".replace("'", '"')
            edits += case.swap(node, text, f"move `{mine}` to {device}", f"把`{mine}`移到{device}")
    listed = ", ".join(f"`{name}` {device}" for name, device in told.items())
    odd: dict[int, tuple[int, ...]] = {i: () for i, o in enumerate(case.operands) if told.get(o.name) != told[names[0]]}
    cause, zh_cause = EMPTY if "meta" in told.values() else APART
    return Found({"devices": listed, "cause": cause, "zh_cause": zh_cause}, edits, odd)


APART = (
    "A model is moved by `model.to(device)`, a tensor by `x = x.to(device)`, which gives a new one: without the assignment "
    "nothing has moved.",
    "模型用`model.to(device)`移动；张量用`x = x.to(device)`，它返回新张量，不赋值就等于没移动。",
)
EMPTY = (
    "Tensors on `meta` have a shape and a type, but no values. `model.to_empty(device=...)` gives a model room for them, "
    "which a `state_dict` then fills.",
    "`meta`上的张量只有形状和类型，没有数值。`model.to_empty(device=...)`为模型分配空间，再用`state_dict`填入数值。",
)


@rule(
    "AssertionError RuntimeError",
    r"Torch not compiled with CUDA enabled|Found no NVIDIA driver|No CUDA GPUs are available|CUDA driver|"
    r"Attempting to deserialize object on a CUDA device",
    (
        "There is no CUDA device here that this torch can use.",
        "这里没有此版torch可用的CUDA设备。",
    ),
    (
        'Name the device once, `device = "cuda" if torch.cuda.is_available() else "cpu"`, and say `.to(device)` everywhere. '
        'A file from a GPU is read with `map_location="cpu"`.',
        '请统一指定设备：`device = "cuda" if torch.cuda.is_available() else "cpu"`，处处用`.to(device)`。在GPU上保存的文件'
        '用`map_location="cpu"`读取。',
    ),
)
def no_cuda(case: Case, match: re.Match[str]) -> Found | None:
    """`.cuda()` where there is none."""
    edits: list[Edit] = []
    here = '"cuda" if torch.cuda.is_available() else "cpu"'
    says = "use it where there is one", "有才使用"
    match case.node:
        case ast.Call(func=ast.Attribute(value=of, attr="cuda")):
            edits = case.swap(case.node, f"{case.text(of)}.to({here})", *says)
        case ast.Call(func=ast.Attribute(attr="load")):
            edits = case.swap(
                case.node, f'{case.text(case.node)[:-1]}, map_location="cpu")', "read it onto the CPU", "读到CPU上"
            )
        case ast.Call():
            for n in ast.walk(case.node):
                if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value.startswith("cuda"):
                    edits += case.swap(n, here, *says)
    return Found({}, edits)


@rule(
    "RuntimeError",
    r"Expected one of cpu, cuda, .* device type at start of device string: (\w+)|Invalid device string: '?([^']+)'?",
    (
        "There is no kind of device called `{name}`.",
        "没有名为`{name}`的设备类型。",
    ),
    (
        "A GPU is `cuda` (NVIDIA and AMD), `mps` (Apple) or `xpu` (Intel); a certain one `cuda:0`.",
        "GPU的名字是`cuda`（NVIDIA和AMD）、`mps`（Apple）或`xpu`（Intel）；指定某一块写作`cuda:0`。",
    ),
)
def device_name(case: Case, match: re.Match[str]) -> Found | None:
    """`device="gpu"`."""
    edits: list[Edit] = []
    here = '"cuda" if torch.cuda.is_available() else "cpu"'
    for n in ast.walk(case.node) if case.node is not None else ():
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value.startswith(match[1] or match[2]):
            edits += case.swap(n, here, "the GPU, where there is one", "有GPU就用GPU")
    return Found({"name": match[1] or match[2]}, edits)


@rule(
    "UnpicklingError",
    r"Weights only load failed",
    (
        "The file holds {what}, not only tensors, and since 2.6 `torch.load` reads nothing else unless it is told to.",
        "该文件中有{zh_what}，不只是张量；自2.6起，`torch.load`默认只读张量。",
    ),
    (
        "Unpickling anything else runs code of whoever wrote the file. Save `model.state_dict()`; read a whole object with "
        "`weights_only=False` only if you trust its author.",
        "反序列化其他对象等于运行写文件者的代码。请保存`model.state_dict()`；只有信任其作者时，才用`weights_only=False`读取整个对象。",
    ),
)
def weights_only(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.load` of a whole model."""
    if not isinstance(case.node, ast.Call):
        return None
    named = re.search(r"GLOBAL ([\w.]+)", case.error.message)
    what = f"`{named[1]}`" if named else "other objects"
    edits: list[Edit] = []
    saves = [c for c in case.calls("save") if c.lineno < case.line]
    if saves:  # the snippet wrote the file itself
        text = f"{case.text(case.node)[:-1]}, weights_only=False)"
        edits = case.swap(case.node, text, "trust the file: it is your own", "信任该文件：它是你自己写的")
    return Found({"what": what, "zh_what": what if named else "其他对象"}, edits)


@rule(
    "FileNotFoundError",
    r"No such file or directory: '([^']*)'",
    (
        "There is no file `{path}` where this runs.",
        "运行目录下没有文件`{path}`。",
    ),
    (
        "A path without a leading `/` starts from the directory in which the program was started, not from its own.",
        "不以`/`开头的路径从启动程序的目录算起，而不是程序所在的目录。",
    ),
)
def no_file(case: Case, match: re.Match[str]) -> Found | None:
    """A file that is not there."""
    return Found({"path": match[1]})


RULES = (two_devices, no_cuda, device_name, weights_only, no_file)
