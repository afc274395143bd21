"""The words of the front ends in both languages. Words of the sheet are in the sheet."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.model import Lang

WORDS: dict[str, tuple[str, str]] = {
    # columns
    "code": ("code", "代码"),
    "output": ("output", "输出"),
    "shapes": ("shapes", "形状"),
    "gradients": ("gradients", "梯度"),
    "claims": ("claims", "论断"),
    "claim raises": ("raises", "会报错"),
    "claim warns": ("warns", "会警告"),
    # what happened to a gradient
    "filled": ("filled", "填入"),
    "accumulated": ("accumulated", "累加"),
    "zeroed": ("zeroed", "清零"),
    "cleared": ("set to None", "置为None"),
    "changed": ("changed", "被改动"),
    "reached": ("passed through", "经过"),
    # what happened to a name
    "mutated": ("changed in place", "原地改动"),
    "deleted": ("deleted", "已删除"),
    # tensors
    "leaf": ("leaf", "叶子"),
    "shares": ("shares {}", "与{}共享内存"),
    "strides": ("strides {}", "步幅{}"),
    "training": ("training", "训练"),
    "eval": ("eval", "评估"),
    "parameters": ("{} parameter{s}", "{}个参数"),
    "elements": ("{} element{s}", "{}个元素"),
    "members": ("{} item{s}", "{}项"),
    "bytes left out": ("… {} byte{s} left out …", "……省略{}字节……"),
    "characters left out": ("… {} character{s} left out …", "……省略{}个字符……"),
    "count of gradients": ("{} gradient{s}", "{}个梯度"),
    "more lines": ("… {} more line{s}", "……还有{}行"),
    "more": ("… {} more", "……还有{}个"),
    "iterations": ("{} iteration{s}", "{}次迭代"),
    "iteration": ("iteration {}", "第{}次迭代"),
    "iterations between": ("… {} iteration{s} between …", "……中间{}次迭代……"),
    "calls": ("inside {}", "进入{}"),
    "setup": ("setup", "准备"),
    # entries
    "sheet": ("0.3.0 sheet", "原表（0.3.0）"),
    "erratum": ("the sheet errs", "原表有误"),
    "then": ("then: PyTorch 0.3.0", "旧写法：PyTorch 0.3.0"),
    "now": ("today", "如今"),
    "since": ("since {}", "自{}起"),
    "unchanged": ("what changed", "有何变化"),
    "see": ("see also", "另见"),
    "docs": ("documentation", "官方文档"),
    "works": ("works today", "如今仍可运行"),
    "warns": ("warns today", "如今会警告"),
    "raises": ("raises today", "如今会报错"),
    # pitfalls
    "pitfalls": ("pitfalls", "易错点"),
    "no pitfalls": ("no pitfalls told of here", "这一条没有列出易错点"),
    "wrong": ("wrong", "错误写法"),
    "right": ("right", "正确写法"),
    "why": ("why", "原因"),
    "fix": ("fix", "改法"),
    "bites raises": ("raises", "会报错"),
    "bites warns": ("warns and goes on", "有警告，但继续运行"),
    "bites silent": ("silently wrong", "不报错，结果却错了"),
    "instead of": ("{} instead of {}", "得到{}，应为{}"),
    "does not bite": ("does not go wrong here", "在这里并未出错"),
    "goes wrong too": ("goes wrong too", "同样出错"),
    # where a search found something
    "found in tags": ("tags", "标签"),
    "found in sheet": ("0.3.0 sheet", "原表"),
    "found in code": ("code", "代码"),
    "found in docs": ("documentation", "官方文档"),
    "found in then": ("0.3.0 form", "旧写法"),
    "found in text": ("text", "说明"),
    "found in pitfalls": ("pitfalls", "易错点"),
    "nothing found": (
        "nothing found for {!r}. `torch-tutor list` shows all entries.",
        "没有找到{!r}。`torch-tutor list`列出全部条目。",
    ),
    # the clinic
    "what": ("what", "问题"),
    "size in dim": ("{1} in dimension {0}", "第{0}维是{1}"),
    "does not fit": ("does not fit", "不符"),
    "tried to the end": ("Tried: it runs to its end.", "已试运行：可运行到结束。"),
    "tried so far": (
        "Tried: it gets past this statement; line {} then raises {}.",
        "已试运行：可通过这条语句，但随后第{}行抛出{}。",
    ),
    "stop": (". ", "。"),
    "result": (" Result: ", "结果："),
    # details
    "value": ("value", "值"),
    "before": ("before", "之前"),
    "contiguous": ("contiguous", "连续"),
    "not contiguous": ("not contiguous", "不连续"),
    "offset": ("offset {}", "偏移{}"),
    # outcomes
    "finished": ("finished", "完成"),
    "raised": ("raised {}", "抛出{}"),
    "timed_out": ("timed out", "超时"),
    "cancelled": ("cancelled", "已取消"),
    "died": ("died", "进程终止"),
    "flooded": ("stopped: too much output", "已停止：输出过多"),
    "out_of_memory": ("stopped: out of memory", "已停止：内存不足"),
    "overran": ("stopped: a limit was passed", "已停止：超出限制"),
    "at line": ("at line {}", "位于第{}行"),
    "stray processes": ("{} processes it left behind were ended", "已结束它遗留的{}个进程"),
    "operands": ("what {} was given", "{}收到的参数"),
    "expected": ("expected", "应为"),
    "seen": ("seen", "实际"),
    "read input": ("a snippet has no keyboard: input() reads an empty file", "片段没有键盘输入：input()读到的是空文件"),
    "holds": ("holds", "成立"),
    "fails": ("does not hold", "不成立"),
    "peak": ("peak {}", "峰值{}"),
    "looked again": ("a second run for the pictures {}", "为图示再运行一次{}"),
    "seed": ("seed {}", "随机种子{}"),
    "no output": ("", ""),
    "from": ("caused by", "起因"),
    "not run": ("not run", "未运行"),
    "needs permission": ("needs --allow {}", "需要--allow {}"),
    "needs device": ("needs {}", "需要{}"),
    # the summary of a check
    "skipped": ("skipped: {}", "跳过：{}"),
    "passed": ("{} passed, {} failed", "{}个通过，{}个未通过"),
    "passed over": (", {} skipped", "，{}个跳过"),
    "count of claims": ("{} claim{s}", "{}条论断"),
    "count of forms": ("{} form{s} of 0.3.0", "{}个0.3.0写法"),
    "count of pitfalls": ("{} pitfall{s}", "{}个易错点"),
    "checked": (": {}, {} and {} on {}, torch {}, Python {}, {} s", "：{}、{}、{}；{}，torch {}，Python {}，{}秒"),
    # what befalls a command
    "interrupted": ("interrupted", "已中断"),
    "own fault": ("a fault of its own: {}: {}", "自身的错误：{}：{}"),
    "report it": (
        "Please report it, with what TORCH_TUTOR_DEBUG=1 {} prints.",
        "请报告这个错误，并附上TORCH_TUTOR_DEBUG=1 {}的输出。",
    ),
    "type code": ("type or paste code, then Ctrl-D on a line of its own", "请输入或粘贴代码，然后在单独一行按Ctrl-D"),
    # before a sheet runs that is not the shipped one
    "trust title": (
        "This sheet is not the one that comes with torch-tutor, and none of it has run here yet.",
        "这不是torch-tutor自带的表，它的代码还没有在这里运行过。",
    ),
    "trust file": ("file", "文件"),
    "trust content": ("content", "内容"),
    "trust holds": ("holds", "包含"),
    "trust entries": ("{} entr{y}", "{}个条目"),
    "trust snippets": ("{} piece{s} of code", "{}段代码"),
    "trust warning": (
        "Its code is Python and runs as you: it can do what you can, within the limits in force here, which "
        "torch-tutor doctor names. Run it only if you know where it comes from.",
        "其中的代码是Python，以你的身份运行：你能做的它都能做，只受这里生效的限制约束（torch-tutor doctor会列出）。"
        "清楚它的来源，才让它运行。",
    ),
    "trust not kept": ("the answer cannot be kept; the next run asks again", "答复未能保存，下次运行会再问"),
    "trust ask": ("Run it, now and whenever it is the same?", "现在以及今后内容不变时都运行它吗？"),
}


def word(key: str, lang: Lang, *values: object) -> str:
    """A word or phrase, with its values filled in."""
    pair = WORDS[key]
    plural = "" if values and str(values[0]) == "1" else "s"
    return (pair[1] if lang == "zh" else pair[0]).format(*values, s=plural, y="ies" if plural else "y")


def named(key: str, lang: Lang) -> str:
    """What the wire calls something, in words; as it is where a later worker says what is not known here. That may
    hold anything, and has yet to be cleaned."""
    return word(key, lang) if key in WORDS and "{" not in WORDS[key][0] else key


def label(key: str, lang: Lang) -> str:
    """A word that something follows: with a colon."""
    return named(key, lang) + colon(lang)


def colon(lang: Lang) -> str:
    """What stands between a word and what it announces."""
    return "：" if lang == "zh" else ": "
