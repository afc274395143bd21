"""The command line's own words in Chinese: argparse's, the help, and what is said of wrong usage. English is the key.

They are needed before the arguments are understood, so the language is looked for in what was typed. Imports nothing
that `--help` does not need.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tutor.commands.surroundings import cells, language

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.model import Lang

ARGPARSE = {
    "usage: ": "用法：",
    "%(prog)s: error: %(message)s\n": "%(prog)s：错误：%(message)s\n",
    "positional arguments": "参数",
    "options": "选项",
    "show this help message and exit": "显示本帮助",
    "show program's version number and exit": "显示版本号",
    "argument %(argument_name)s: %(message)s": "参数%(argument_name)s：%(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "没有%(value)r这个选择（可选：%(choices)s）",
    "invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)": (
        "没有%(value)r这个选择，是否想写%(closest)r？（可选：%(choices)s）"
    ),
    "invalid %(type)s value: %(value)r": "%(value)r不是有效的%(type)s",
    "unrecognized arguments: %s": "无法识别的参数：%s",
    "expected one argument": "需要一个值",
    "expected at most one argument": "最多一个值",
    "expected at least one argument": "至少需要一个值",
    "expected %s argument": "需要%s个值",
    "expected %s arguments": "需要%s个值",
    "ignored explicit argument %r": "不接受值%r",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s有歧义，可能是%(matches)s",
    "not allowed with argument %s": "不能与参数%s同用",
    "the following arguments are required: %s": "缺少参数：%s",
    "one of the arguments %s is required": "需要以下参数之一：%s",
}
USAGE = {
    "{}: write it before the options": "{}：请写在选项之前",
    "no option {}": "没有选项{}",
    ". Did you mean {}?": "。是否想写{}？",
    "{0} stands before the command: write the command first, as in `torch-tutor {1} {0} ...`": (
        "{0}写在了命令之前：请先写命令，如`torch-tutor {1} {0} ...`"
    ),
    "{!r} is none of {}, all.": "{!r}不是{}、all之一。",
    " Did you mean {}?": "是否想写{}？",
    "{!r} is no size such as 512M or 4G, and at least 64M": "{!r}不是512M、4G这样的大小，且至少为64M",
    "{!r} is not a whole number of at least 1": "{!r}不是大于等于1的整数",
    "{!r} is not a whole number that torch takes for a seed (below 2^64)": (
        "{!r}不是torch能用的种子（须为小于2^64的整数）"
    ),
    "{!r} is not a number of seconds above 0 and up to 86400": "{!r}不是大于0且不超过86400的秒数",
}
HELP = {
    "A PyTorch cheat sheet that executes every entry live.": "每个条目都能当场运行的PyTorch速查表。",
    """\
SELECTOR is a section (autograd), a group (tensors/create), an entry
(autograd/backward) or a unique short name (backward).
""": """\
SELECTOR可以是一章（autograd）、一个分组（tensors/create）、
一个条目（autograd/backward），或唯一的简称（backward）。
""",
    """\
SELECTOR is a section (autograd), a group (tensors/create), an entry
(autograd/backward) or a unique short name (backward),
a .py file, or - for code from standard input.
""": """\
SELECTOR可以是一章（autograd）、一个分组（tensors/create）、
一个条目（autograd/backward）、唯一的简称（backward）、
一个.py文件，或-，即从标准输入读取代码。
""",
    "the app: also without the word, as in `torch-tutor autograd/backward`": (
        "终端应用：不写app也可，如`torch-tutor autograd/backward`"
    ),
    "what to open": "要打开的内容",
    "neither where you left off nor your edits": "不从上次离开处继续，也不用你的修改",
    "of the random number generators (0)": "随机数生成器的种子（0）",
    "the sections and entries of the sheet": "列出表中的各章与条目",
    "only these sections or groups": "只列出这些章或分组",
    "an entry as it is written, without running it": "按原文显示条目，不运行",
    "entries that speak of something, in both languages and in code": "在两种语言和代码中查找条目",
    "at most N entries (20)": "最多N个条目（20）",
    "run entries or your own code, statement by statement": "逐句运行条目或你自己的代码",
    "the 0.3.0 form beside today's": "在如今写法旁并列0.3.0写法",
    "only the 0.3.0 form": "只运行0.3.0写法",
    "also the mistakes that are easily made, wrong beside right": "也运行常犯的错误，错与对并列",
    "the events, one JSON object per line": "输出事件，每行一个JSON对象",
    "those that help, every one that fits, none (auto)": "有帮助的图示、所有合适的图示、不要图示（auto）",
    "prove the sheet: every entry runs, every claim holds": "验证整张表：每个条目都能运行，每条论断都成立",
    "so many entries at once (number of processors)": "同时运行几个条目（处理器个数）",
    "write a JUnit report there": "把JUnit报告写到那里",
    "one JSON object per entry": "每个条目一个JSON对象",
    "what is here, what is missing and what to do about it": "这里有什么、缺什么、该怎么办",
    "look at this interpreter instead of the own one": "检查这个解释器，而不是自己的",
    "another sheet than the one that comes along": "使用自带之外的另一张表",
    "English or Chinese (from the locale)": "英文或中文（默认依系统语言）",
    "no box drawing, no columns: for screen readers and logs": "不画框线，不分列：供屏幕阅读器和日志使用",
    "cpu, cuda, cuda:1, mps, meta (cpu)": "cpu、cuda、cuda:1、mps、meta（cpu）",
    "seconds that each may take (10; own code: 60)": "每次运行最多几秒（10；自己的代码：60）",
    "that each may use: 512M, 4G (half of all)": "每次运行可用的内存：512M、4G（总量的一半）",
    "another interpreter, with the torch it has": "使用另一个解释器及其torch",
    "what is kept from snippets otherwise: write, network, signals; several with commas; all": (
        "允许代码做平时不许做的事：write、network、signals；多项用逗号分隔；all为全部"
    ),
    "also keep your files from them, and any process of their own": "还不许代码读取你的文件、启动进程",
    "run what --sheet names without asking": "运行--sheet指定的表，不再询问",
}
CHINESE = {**ARGPARSE, **USAGE, **HELP}

_lang: Lang = "en"


def said(text: str, *values: object, **named: object) -> str:
    """Words in the language that is spoken, with their values filled in, as `str.format` does."""
    words = CHINESE.get(text, text) if _lang == "zh" else text
    return words.format(*values, **named) if values or named else words


def wanted(argv: Sequence[str]) -> Lang:
    """The language in which to answer a command line that is not yet understood."""
    args = argparse.Namespace(lang=None)
    for n, word in enumerate(argv):
        name, _, value = word.partition("=")
        if name == "--lang":
            args.lang = value or next(iter(argv[n + 1 :]), None)
    if args.lang not in ("en", "zh"):
        args.lang = None
    return language(args)


@contextmanager
def speaking(lang: Lang) -> Iterator[None]:
    """Say what is said of the command line in a language. argparse takes its words from two functions of its module."""
    global _lang
    before = _lang, getattr(argparse, "_"), getattr(argparse, "ngettext")  # noqa: B009
    if lang == "zh":
        setattr(argparse, "_", said)  # noqa: B010
        setattr(argparse, "ngettext", lambda one, many, n: said(one if n == 1 else many))  # noqa: B010
    _lang = lang
    try:
        yield
    finally:
        _lang = before[0]
        setattr(argparse, "_", before[1])  # noqa: B010
        setattr(argparse, "ngettext", before[2])  # noqa: B010


class Formatter(argparse.RawDescriptionHelpFormatter):
    """One that knows that a Chinese character takes two columns, and may end a line."""

    def format_help(self) -> str:
        """The help; its headings end in a Chinese colon too."""
        return re.sub(r"^([\u4e00-\u9fff]+):$", r"\1：", super().format_help(), flags=re.M)

    def _split_lines(self, text: str, width: int) -> list[str]:
        if text.isascii():
            return super()._split_lines(text, width)
        lines = [""]
        for char in text:
            if cells(lines[-1] + char) > width - 1 and char not in "，。、；：）":
                lines.append("")
            lines[-1] += char
        return lines


def translate(parser: argparse.ArgumentParser) -> None:
    """The help of a parser and of its commands, in the language that is spoken."""
    if _lang == "en":
        return
    parser.formatter_class = Formatter
    parser.description, parser.epilog = said(parser.description or ""), said(parser.epilog or "")
    for action in parser._actions:
        action.help = said(action.help or "")
        if isinstance(action, argparse._SubParsersAction):
            for listed, sub in zip(action._choices_actions, action.choices.values(), strict=True):
                translate(sub)
                listed.help = said(listed.help or "")
                sub.description = listed.help + "。"
