"""Source that is no Python, or no longer."""

from __future__ import annotations

import keyword
import re

from tutor.catalogue.model import Text
from tutor.clinic.case import Case
from tutor.clinic.model import Edit
from tutor.clinic.rules import Found, rule

NAME = re.compile(r"\b[^\W\d]\w*\b")
PRINT = re.compile(r"^(?P<lead>\s*(?:.*?[:;]\s*)?)print\s+(?P<rest>[^(=\s].*|\(.*\).*)$")
ASSIGNED = re.compile(r"^\s*(?P<name>\w+)\s*(?:=[^=]|[-+*/]=|,)|\bfor\s+(?P<loop>\w+)\s+in\b")

PARAMETERS = re.compile(r"^\s*def\s+\w+\((.*)\)")
NO_NAMES = ("None", "True", "False", "return", "import", "for", "if")
LATEX = re.compile(r"\b(\w+)_\{(\w+)\}")


def text(case: Case) -> str:
    """The line."""
    return case.lines[case.line - 1] if 0 < case.line <= len(case.lines) else ""


@rule(
    "SyntaxError",
    r"Missing parentheses in call to '(print|exec)'",
    (
        "In Python 3 `{what}` is a function and takes brackets.",
        "在Python 3中`{what}`是函数，需要加括号。",
    ),
    (
        "The line was written for Python 2.",
        "这一行是为Python 2写的。",
    ),
)
def python_2(case: Case, match: re.Match[str]) -> Found | None:
    """`print x`."""
    lines = list(case.lines)
    changed = [i for i, line in enumerate(lines) if PRINT.match(line)]
    edits: list[Edit] = []
    if case.line - 1 in changed:
        last = changed[-1]
        first = case.line - 1
        new = [called(lines[i]) if i in changed else lines[i] for i in range(first, last + 1)]
        says = "call it" if last == first else "call it, here and below"
        zh_says = "加上括号" if last == first else "加上括号，下面也一样"
        edits = edit(first + 1, last + 1, "\n".join(new), says, zh_says)
    return Found({"what": match[1]}, edits)


def called(line: str) -> str:
    """`print(x)`."""
    match = PRINT.match(line)
    if match is None:
        return line
    code, _, comment = match["rest"].partition("  #")
    body = code.rstrip()
    open_ended = body.endswith(",")
    inner = body.rstrip(",") + (', end=" "' if open_ended else "")
    return f"{match['lead']}print({inner})" + (f"  #{comment}" if comment else "")


def edit(line: int, end: int, new: str, en: str, zh: str) -> list[Edit]:
    """Lines in the place of others, as they are."""
    return [Edit(line, end, new, Text(en, zh))]


@rule(
    "SyntaxError",
    r"invalid syntax|cannot assign to|expected|illegal|invalid",
    (
        "`{name}` is a word of the language and cannot be a name.",
        "`{name}`是Python的关键字，不能作名字。",
    ),
    (
        "Add a letter: `{name}_`. Papers call tensors `in` and `lambda`; Python cannot.",
        "请加一个字符，如`{name}_`。论文里的`in`和`lambda`在Python中不能作名字。",
    ),
)
def reserved(case: Case, match: re.Match[str]) -> Found | None:
    """`in = x`."""
    found = ASSIGNED.search(text(case))
    names = [found["name"] or found["loop"] or ""] if found is not None else []
    parameters = PARAMETERS.match(text(case))
    if parameters is not None:
        names += [part.partition("=")[0].partition(":")[0].strip() for part in parameters[1].split(",")]
    name = next((n for n in names if keyword.iskeyword(n) and n not in NO_NAMES), "")
    if not name:
        return None
    new = [renamed(line, name) for line in case.lines]
    changed = [i for i, line in enumerate(case.lines) if line != new[i] and i >= case.line - 1]
    first, last = changed[0], changed[-1]
    says = f"call it `{name}_`", f"改名为`{name}_`"
    return Found({"name": name}, edit(first + 1, last + 1, "\n".join(new[first : last + 1]), *says))


def renamed(line: str, name: str) -> str:
    """A line in which a word of the language that serves as a name has another one. `for x in y` stays."""
    if name == "in":
        line = re.sub(r"^(\s*)in(\s*(?:=[^=]|[-+*/]=))", r"\1in_\2", line)
        return re.sub(r"(?<=[(,=+*/@-])(\s*)in(?=\s*(?:[),.+*/@-]|$))", r"\1in_", line)
    if name == "lambda":
        return re.sub(r"\blambda\b(?!\s*(?:\w[\w, ]*)?:)", "lambda_", line)
    return re.sub(rf"\b{name}\b", f"{name}_", line)


@rule(
    "SyntaxError",
    r"invalid syntax|cannot|illegal|invalid",
    (
        "`{name}` is LaTeX, no name of Python.",
        "`{name}`是LaTeX的写法，不是Python的名字。",
    ),
    (
        "Copied from a formula, an index stands in braces. Names are letters, digits and underscores.",
        "从公式里抄来的下标带着花括号。Python的名字只能由字母、数字和下划线组成。",
    ),
)
def latex(case: Case, match: re.Match[str]) -> Found | None:
    """`D_{in}`."""
    found = LATEX.search(text(case))
    if found is None:
        return None
    new = [LATEX.sub(r"\1_\2", line) for line in case.lines]
    changed = [i for i, line in enumerate(case.lines) if line != new[i]]
    first, last = changed[0], changed[-1]
    says = "take the braces away", "去掉花括号"
    return Found({"name": found[0]}, edit(first + 1, last + 1, "\n".join(new[first : last + 1]), *says))


@rule(
    "SyntaxError",
    r"'([(\[{])' was never closed|unexpected EOF while parsing|invalid syntax\. Perhaps you forgot a comma",
    (
        "A bracket opened in line {line} is not closed.",
        "第{line}行打开的括号没有关闭。",
    ),
    (
        "Python then reads on into the next lines, and may complain about one of them.",
        "Python会因此继续读后面的行，报错的位置可能在后面。",
    ),
)
def never_closed(case: Case, match: re.Match[str]) -> Found | None:
    """An open bracket."""
    line = text(case)
    lacks = open_brackets(line)
    if not lacks:
        return None
    code, mark, comment = line.partition("  #")
    new = code.rstrip() + "".join({"(": ")", "[": "]", "{": "}"}[b] for b in reversed(lacks))
    whole = new + (mark + comment if mark else "")
    return Found({"line": case.line}, edit(case.line, case.line, whole, "close it", "补上右括号"))


def open_brackets(line: str) -> list[str]:
    """The brackets of a line that it does not close."""
    out: list[str] = []
    quote = ""
    for char in line:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "#":
            break
        elif char in "([{":
            out.append(char)
        elif char in ")]}" and out:
            out.pop()
    return out


@rule(
    "SyntaxError",
    r"expected ':'",
    (
        "The line opens a block and lacks its colon.",
        "这一行开启一个代码块，却少了冒号。",
    ),
    (
        "`if`, `for`, `while`, `with`, `def` and `class` end in a colon.",
        "`if`、`for`、`while`、`with`、`def`和`class`这些行都以冒号结尾。",
    ),
)
def colon(case: Case, match: re.Match[str]) -> Found | None:
    """A colon that was forgotten."""
    code, mark, comment = text(case).partition("  #")
    new = code.rstrip() + ":" + (mark + comment if mark else "")
    return Found({}, edit(case.line, case.line, new, "add the colon", "补上冒号"))


@rule(
    "SyntaxError",
    r"Maybe you meant '==' or ':='|cannot assign to .* here",
    (
        "`=` assigns; whether two are equal is asked by `==`.",
        "`=`是赋值；判断相等要用`==`。",
    ),
    (
        "In a condition or an argument nothing can be assigned.",
        "条件和参数中不能赋值。",
    ),
)
def equals(case: Case, match: re.Match[str]) -> Found | None:
    """`if x = 1:`."""
    line = text(case)
    new = re.sub(r"(?<![=!<>:+\-*/])=(?!=)", "==", line, count=1)
    return Found({}, edit(case.line, case.line, new, "compare them", "改为比较"))


@rule(
    "IndentationError TabError",
    r"unexpected indent|expected an indented block|unindent does not match|inconsistent use of tabs",
    (
        "The line does not stand where its block does.",
        "这一行的缩进与它所在的代码块不一致。",
    ),
    (
        "Lines of one block begin in the same column; a block follows a colon, and nothing else is further to the right.",
        "同一代码块的各行缩进相同；只有冒号之后的块才增加缩进。",
    ),
)
def indentation(case: Case, match: re.Match[str]) -> Found | None:
    """Lines too far to the left or right."""
    line, above = text(case), case.lines[case.line - 2] if case.line > 1 else ""
    lead = above[: len(above) - len(above.lstrip())]
    if match[0] == "expected an indented block":
        lead += "    "
    new = lead + line.strip()
    return Found({}, edit(case.line, case.line, new, "move it to its block", "与所在的块对齐") if line.strip() else ())


RULES = (python_2, latex, reserved, colon, equals, never_closed, indentation)
