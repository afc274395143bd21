"""Products of matrices and vectors, and sums over named dimensions."""

from __future__ import annotations

import ast
import re
from math import prod

from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule
from tutor.clinic.shapes import misfits, shape, turned, two
from tutor.clinic.trees import atom, called


@rule(
    "RuntimeError",
    r"mat1 and mat2 shapes cannot be multiplied|size mismatch, got input|Expected size for first two dimensions"
    r"|mat1 dim 1 must match mat2 dim 0",
    (
        "The last size of `{a}` and the {place} size of `{b}` are multiplied with each other and must be equal: "
        "{m} and {n}.",
        "`{a}`的最后一维与`{b}`的{zh_place}维逐一相乘求和，大小必须相同，这里是{m}和{n}。",
    ),
    (
        "In `(n, k) @ (k, m)` the two k meet. Often one of the two only lies the other way round.",
        "在`(n, k) @ (k, m)`中，两个k要相同。常见原因是其中一个张量的行列放反了。",
    ),
)
def inner_sizes(case: Case, match: re.Match[str]) -> Found | None:
    """A product of matrices."""
    pair = two(case)
    if pair is None or case.layer is not None:
        return None
    a, b = pair
    if not shape(a) or not shape(b):
        return None
    vector = len(shape(b)) == 1
    if shape(a)[-1] == shape(b)[-1 if vector else -2]:  # something else does not fit
        return None
    edits: list[Edit] = []
    if shape(b)[-1:] == shape(a)[-1:]:
        edits += turned(case, b)
    if len(shape(a)) > 1 and shape(a)[-2] == shape(b)[-1 if vector else -2]:
        edits += turned(case, a)
    if shape(a) == shape(b) and isinstance(case.node, ast.BinOp):
        both = f"{case.text(case.node.left)} * {case.text(case.node.right)}"
        edits += case.swap(case.node, both, "multiply element by element", "改为逐元素相乘")
    values = {
        "a": a.name,
        "b": b.name,
        "m": shape(a)[-1],
        "n": shape(b)[-1 if vector else -2],
        "place": "only" if vector else "second to last",
        "zh_place": "唯一一" if vector else "倒数第二",
    }
    return Found(values, edits, {0: (-1,), 1: (-1 if vector else -2,)})


@rule(
    "RuntimeError",
    r"(self|mat2) must be a matrix|batch([12]) must be a 3D tensor|1D tensors expected|vector \+ matrix|"
    r"expected (a )?(matrix|vector)|must be a (matrix|vector)",
    (
        "`{call}` takes {wants}; here are {shapes}.",
        "`{call}`要求{zh_wants}，而这里是{shapes}。",
    ),
    (
        "`mm`, `mv`, `bmm` and `dot` each take one number of dimensions. `matmul`, written `@`, takes all of them and "
        "broadcasts over the leading ones.",
        "`mm`、`mv`、`bmm`和`dot`各自只接受固定的维数；`matmul`（即`@`）都接受，并对前面的维度做广播。",
    ),
)
def matrices(case: Case, match: re.Match[str]) -> Found | None:
    """A product that takes another number of dimensions."""
    pair = two(case)
    if pair is None or not isinstance(case.node, ast.Call) or case.trace.operands is None:
        return None
    name = case.trace.operands.call.rpartition(".")[2]
    wants = {
        "mm": ("two matrices", "两个矩阵"),
        "bmm": ("two batches of matrices (3 dimensions)", "两批矩阵（3维）"),
        "mv": ("a matrix and a vector", "一个矩阵和一个向量"),
        "dot": ("two vectors", "两个向量"),
    }.get(name)
    if wants is None:
        return None
    nodes = [case.part(o.name) for o in pair]
    text = " @ ".join(atom(o.name, n) for o, n in zip(pair, nodes, strict=True))
    edits = case.swap(case.node, text, "use `@`, which takes any number of dimensions", "改用`@`，它对维数没有限制")
    right = {"mm": (2, 2), "bmm": (3, 3), "mv": (2, 1), "dot": (1, 1)}[name]
    misfits: dict[int, tuple[int, ...]] = {i: () for i, o in enumerate(pair) if len(shape(o)) != right[i]}
    values = {
        "call": name,
        "wants": wants[0],
        "zh_wants": wants[1],
        "shapes": ", ".join(f"{o.name} {list(shape(o))}" for o in pair),
    }
    return Found(values, edits, misfits)


@rule(
    "RuntimeError",
    r"inconsistent tensor size, expected tensor \[(\d+)\] and src \[(\d+)\]",
    (
        "`{a}` has {m} elements and `{b}` {n}; a dot product goes through both side by side.",
        "`{a}`有{m}个元素，`{b}`有{n}个；点积要求两者逐个对应。",
    ),
    (
        "One of the two has lost or gained an element on its way, often in a slice.",
        "其中一个在途中多了或少了元素，常见于切片。",
    ),
)
def lengths(case: Case, match: re.Match[str]) -> Found | None:
    """A dot product."""
    pair = two(case)
    if pair is None:
        return None
    sizes = [prod(shape(o)) for o in pair]
    values = {"a": pair[0].name, "b": pair[1].name, "m": sizes[0], "n": sizes[1]}
    return Found(values, (), {0: (0,), 1: (0,)})


@rule(
    "RuntimeError",
    r"The size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)|Expected size for first two dimensions",
    (
        "`{a}` {sa} and `{b}` {sb} are batches of matrices. The sizes before the last two dimensions must go together, and "
        "here they are {m} and {n}.",
        "`{a}`（形状{sa}）和`{b}`（形状{sb}）都是成批的矩阵。最后两维之前的大小必须相容，而这里是{m}和{n}。",
    ),
    (
        "A product multiplies matrix by matrix. Both need as many of them, or one of the two only one.",
        "乘积按批次逐个矩阵相乘。两者的矩阵个数要相同，或其中一个只有一个矩阵。",
    ),
)
def batches_of_matrices(case: Case, match: re.Match[str]) -> Found | None:
    """`a @ b` of 2 and of 3 matrices."""
    pair = two(case)
    product = isinstance(case.node, ast.BinOp) and isinstance(case.node.op, ast.MatMult)
    product |= isinstance(case.node, ast.Call) and called(case.node) in ("matmul", "bmm", "baddbmm")
    if pair is None or not product or min(len(shape(o)) for o in pair) < 3:
        return None
    backs = misfits(shape(pair[0])[:-2], shape(pair[1])[:-2])
    if not backs:
        return None
    m, n = (shape(o)[-2 - backs[0]] for o in pair)
    values = {"a": pair[0].name, "b": pair[1].name, "sa": shape(pair[0]), "sb": shape(pair[1]), "m": m, "n": n}
    there = tuple(-2 - b for b in backs)
    return Found(values, (), {0: there, 1: there})


@rule(
    "RuntimeError",
    r"einsum\(\): subscript (?P<letter>\w) has size (?P<has>\d+) for operand (?P<place>\d+) which does not broadcast with "
    r"previously seen size (?P<seen>\d+)"
    r"|einsum\(\): the number of subscripts in the equation \((?P<given>\d+)\) .* dimensions \((?P<dims>\d+)\) for operand "
    r"(?P<of>\d+)"
    r"|einsum\(\): output subscript (?P<out>\w) does not appear",
    (
        "In `{equation}`, {what}.",
        "在`{equation}`中，{zh_what}。",
    ),
    (
        "Each operand has one letter for each of its dimensions; one letter is one size wherever it stands, and a letter "
        "that is not behind the arrow is summed over.",
        "每个张量的每一维对应一个字母；同一个字母处处大小相同；箭头后面没有的字母会被求和。",
    ),
)
def letters(case: Case, match: re.Match[str]) -> Found | None:
    """`torch.einsum` of letters that do not go with the shapes."""
    if not isinstance(case.node, ast.Call) or not case.node.args or not case.tensors:
        return None
    equation = case.node.args[0]
    if not isinstance(equation, ast.Constant) or not isinstance(equation.value, str):
        return None
    terms = equation.value.replace(" ", "").partition("->")[0].split(",")
    values: dict[str, object] = {"equation": equation.value}
    told = tuple(case.tensors)
    place = int(match["place"] or match["of"] or 0)
    if place >= len(told) or place >= len(terms):
        return None
    mine = told[place]
    if match["out"]:
        values["what"] = f"`{match['out']}` stands behind the arrow and in no operand"
        values["zh_what"] = f"箭头后面的`{match['out']}`在任何张量中都没有"
        return Found(values)
    if match["letter"]:
        letter = match["letter"]
        other = next((o for o, term in zip(told, terms, strict=False) if letter in term and o is not mine), mine)
        values["what"] = f"`{letter}` is {match['seen']} in `{other.name}` and {match['has']} in `{mine.name}`"
        values["zh_what"] = f"`{letter}`在`{other.name}`中是{match['seen']}，在`{mine.name}`中却是{match['has']}"
        marks: dict[int, tuple[int, ...]] = {}
        for o, term in zip(told, terms, strict=False):
            if letter in term and "." not in term and o in (mine, other):
                marks[case.operands.index(o)] = (term.index(letter),)
        return Found(values, letters_turned(case, equation, terms, place), marks)
    values["what"] = f"`{terms[place]}` names {match['given']} dimensions, and `{mine.name}` has {match['dims']}"
    values["zh_what"] = f"`{terms[place]}`写了{match['given']}维，而`{mine.name}`有{match['dims']}维"
    return Found(values, (), {case.operands.index(mine): ()})


def letters_turned(case: Case, equation: ast.Constant, terms: list[str], place: int) -> list[Edit]:
    """The two letters of a matrix exchanged, as for its transpose."""
    term, text = terms[place], case.text(equation)
    if len(term) != 2 or text.count(term) != 1:
        return []
    return case.swap(equation, text.replace(term, term[::-1]), f"read it as `{term[::-1]}`", f"按`{term[::-1]}`来读")


RULES = (inner_sizes, matrices, lengths, batches_of_matrices, letters)
