"""What a node of the autograd graph does to the gradient `g` that arrives: one rule for each of its inputs.

The rules are those of torch's own `tools/autograd/derivatives.yaml`, in the names of the tensors that the node keeps.
Those in `RULES` are Python and can be computed; those in `WORDS` say in words what has no short formula.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tutor.catalogue.model import Lang
from tutor.render.clean import called
from tutor.render.numbers import figure
from tutor.worker.wire import Node

RULES: Mapping[str, tuple[str, ...]] = {
    "Add": ("g", "g"),
    "Sub": ("g", "-g"),
    "Neg": ("-g",),
    "Mul": ("g * other", "g * self"),
    "Div": ("g / other", "-g * self / other ** 2"),
    "Exp": ("g * result",),
    "Expm1": ("g * (result + 1)",),
    "Log": ("g / self",),
    "Log1P": ("g / (self + 1)",),
    "Sqrt": ("g / (2 * result)",),
    "Rsqrt": ("-g / 2 * result ** 3",),
    "Reciprocal": ("-g * result ** 2",),
    "Sigmoid": ("g * result * (1 - result)",),
    "Tanh": ("g * (1 - result ** 2)",),
    "Relu": ("g * (result > 0)",),
    "Sin": ("g * self.cos()",),
    "Cos": ("-g * self.sin()",),
    "Abs": ("g * self.sign()",),
    "Pow": ("g * exponent * self ** (exponent - 1)", "g * result * self.log()"),
    "Mm": ("g @ mat2.T", "self.T @ g"),
    "Addmm": ("g.sum(0)", "g @ mat2.T", "mat1.T @ g"),
    "Bmm": ("g @ mat2.mT", "self.mT @ g"),
    "Mv": ("g.outer(vec)", "self.T @ g"),
    "Dot": ("g * tensor", "g * self"),
    "LinalgVectorNorm": ("g * self / result",),
    "Logsumexp": ("g * (self - result).exp()",),
    "Atan": ("g / (self ** 2 + 1)",),
    "Sinh": ("g * self.cosh()",),
    "Cosh": ("g * self.sinh()",),
    "BinaryCrossEntropyWithLogits": ("g * (self.sigmoid() - target) / self.numel()",),
    "T": ("g.T",),
    "Clone": ("g",),
    "Softmax": ("result * (g - (g * result).sum(dim, keepdim=True))",),
    "LogSoftmax": ("g - result.exp() * g.sum(dim, keepdim=True)",),
}
WORDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Sum": (("g for every element", "每个元素都得到g"),),
    "Mean": (("g / count for every element", "每个元素都得到g / 元素个数"),),
    "MseLoss": (
        ("g * 2 * ({self} - {target}) / count", "g * 2 * ({self} - {target}) / 元素个数"),
        ("-g * 2 * ({self} - {target}) / count", "-g * 2 * ({self} - {target}) / 元素个数"),
    ),
    "NllLoss": (("-g / count at each target, else 0", "目标类处为-g / 个数，其余为0"),),
    "View": (("g in the shape of the input", "g变回输入的形状"),),
    "Transpose": (("g transposed back", "g转置回去"),),
    "Permute": (("g permuted back", "g的维度排回原序"),),
    "Expand": (("g summed over what was stretched", "g沿扩展的维度求和"),),
    "Select": (("g where it was taken from, else 0", "取出处为g，其余为0"),),
    "Max": (("g where the greatest is, else 0", "最大值处为g，其余为0"),),
    "Min": (("g where the least is, else 0", "最小值处为g，其余为0"),),
    "Cat": (("its part of g", "g中属于它的一段"),) * 8,
    "Clamp": (("g where nothing was cut off, else 0", "未被截断处为g，其余为0"),),
    "MaxPool2DWithIndices": (("g where the greatest of each window is, else 0", "各窗口最大值处为g，其余为0"),),
    "AvgPool2D": (("g shared out evenly over each window", "g在各窗口内均分"),),
    "Convolution": (
        ("g convolved back with {weight}", "g与{weight}做转置卷积"),
        ("{input} correlated with g", "{input}与g做互相关"),
        ("g summed over samples and places", "g对样本与位置求和"),
    ),
    "Slope": (("g * the slope of its curve there", "g * 曲线在该处的斜率"),),
    "Embedding": (("g added to the rows that were looked up", "g加到查到的各行"),),
    "Repeat": (("g summed over the copies", "g对各份拷贝求和"),),
    "Cumsum": (("g summed up from the end", "g从末尾起累加"),),
    "NativeDropout": (("g where it was kept, scaled alike", "保留处为g，同样放大"),),
    "Where": (("g where it was chosen, else 0", "被选中处为g，其余为0"),) * 2,
}
SAME = {"UnsafeView": "View", "ReshapeAlias": "View", "Unsqueeze": "View", "Squeeze": "View", "Stack": "Cat"}
STRETCHING = ("Add", "Sub", "Mul", "Div", "Pow")
"""What broadcasts: the gradient of an operand that was stretched is summed over its copies."""
CURVED = ("LeakyRelu", "Elu", "Gelu", "Silu", "Mish", "Softplus", "Hardtanh", "Prelu", "Selu")
SAME |= dict.fromkeys(CURVED, "Slope")
SAME |= {"Slice": "Select", "Index": "Select", "Gather": "Select", "Prod": "", "ToCopy": "Clone", "Alias": "Clone"}
KIND = re.compile(r"Backward\d*$")
OPERANDS = ("self", "other", "result", "mat1", "mat2", "vec", "tensor", "target", "exponent", "dim")
"""Names that nodes have for what they keep."""
NAMES = re.compile(r"\b(" + "|".join(OPERANDS) + r")\b(?!\()")


def kind(node: Node) -> str:
    """`Mul` of `MulBackward0`."""
    plain = KIND.sub("", node.name)
    return SAME.get(plain, plain)


def rule(node: Node, position: int, lang: Lang, to: Node | None = None) -> str:
    """What leaves a node for one of its inputs, whose shape may have been stretched; empty where it is not told."""
    which = kind(node)
    numbers = {name: figure(number) for name, number in node.constants}
    names = {**numbers, **{s.name: called(s.tensor) for s in node.saved if s.tensor}}
    if node.result:
        names.setdefault("result", called(node.result))
    known = RULES.get(which, ())
    if position < len(known):
        text = power(node, numbers.get("exponent", "")) if which == "Pow" and position == 0 else known[position]
        text = NAMES.sub(lambda m: names.get(m[0], m[0]), text) + scaled(which, position, numbers.get("alpha", "1"))
        return summed(text, node.shape, to.shape) if which in STRETCHING and to is not None else text
    told = WORDS.get(which, ())
    if position >= len(told):
        return ""
    text = told[position][1 if lang == "zh" else 0]
    return re.sub(r"\{(\w+)\}", lambda m: names.get(m[1], m[1]), text)


def summed(text: str, whole: tuple[int, ...] | None, part: tuple[int, ...] | None) -> str:
    """With what torch adds where an input was stretched."""
    if whole is None or part is None or whole == part:
        return text
    inner = text if text == "g" else f"({text})"
    return f"{inner}.sum_to_size({', '.join(map(str, part))})" if part else f"{inner}.sum()"


def power(node: Node, exponent: str) -> str:
    """The rule of `self ** exponent`, worked out for a whole number; of `3 ** x`, whose only input is the exponent."""
    if node.name == "PowBackward2":
        return "g * result * log(self)"
    if not exponent.isdigit() or exponent == "0":
        return RULES["Pow"][0]
    less = int(exponent) - 1
    return "g" if not less else f"g * {exponent} * self" + (f" ** {less}" if less > 1 else "")


def scaled(kind: str, position: int, alpha: str) -> str:
    """What `alpha` adds to the rule of `torch.add(self, other, alpha=2)`."""
    return f" * {alpha}" if kind in ("Add", "Sub") and position == 1 and alpha != "1" else ""
