"""How a run ended, in words: which limit, how much was used, where it was, and what to do about it.

A function of the trace. The figures come from the worker; an ending that tells none, as an older worker's, is told as
the worker worded it.
"""

from __future__ import annotations

import re

from tutor.render.clean import clean
from tutor.render.words import label, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutor.catalogue.model import Lang
    from tutor.trace import Trace
    from tutor.worker.wire import Error, Finished

CAUSES = {
    "time": ("still running after {limit}", "运行了{limit}仍未结束"),
    "forks": ("still running after {limit}, in processes that it forked", "运行了{limit}，它fork出的进程仍未结束"),
    "asked": ("stopped on request", "应要求停止"),
    "output": (
        "printed {used}, and {limit} is the limit; the beginning and the end are kept",
        "打印了{used}，超过上限{limit}；保留了开头和结尾",
    ),
    "events": ("had {used} of values to report, and {limit} is the limit", "要报告的值有{used}，超过上限{limit}"),
    "broken": ("the code broke the functions that report on it", "代码破坏了用来报告结果的函数"),
    "memory": ("used {used} of memory, and {limit} is the limit", "用了{used}内存，超过上限{limit}"),
    "machine": (
        "used {used} of memory, and left the machine less than {limit}",
        "用了{used}内存，整机只剩不到{limit}",
    ),
    "processes": ("had {used} processes, and {limit} is the limit", "同时有{used}个进程，超过上限{limit}"),
    "disk": ("wrote {used}, and left less than {limit} of the disk free", "写了{used}，磁盘只剩不到{limit}"),
    "signal": ("the process was ended by {signal}", "进程被信号{signal}终止"),
    "exit": ("the process ended itself with status {exit}", "进程以状态{exit}自行退出"),
    "descriptors": (
        "the snippet closed the descriptors through which its results are reported",
        "代码关闭了用来报告结果的文件描述符",
    ),
    "unstarted": (
        "no process could be started for it: the system has no room for one more",
        "没能为它启动进程：系统容不下更多进程",
    ),
    "worker": (
        "the worker process ended; the next run starts a new one",
        "工作进程已终止；下次运行会启动新的",
    ),
    "silence": (
        "the worker did not answer any more and was ended; the next run starts a new one",
        "工作进程不再响应，已被结束；下次运行会启动新的",
    ),
}
SIGNALS = {
    "SIGSEGV": (
        "Compiled code touched memory that it may not; so there is no Python error, and the line is the last one that"
        " began. Suspects are ctypes, extension modules, and recursion without end.",
        "编译好的代码访问了不该访问的内存，所以没有Python异常；所示行是最后开始执行的一行。"
        "常见原因：ctypes、扩展模块、无尽的递归。",
    ),
    "SIGBUS": (
        "The file behind a piece of memory is gone or full: a mapped file that was cut, or no room for shared memory.",
        "某块内存背后的文件已不存在或已满：映射的文件被截断，或共享内存空间不足。",
    ),
    "SIGABRT": (
        "Compiled code gave up, on a failed check of its own; what it printed to stderr says which.",
        "编译好的代码内部检查失败而中止；它打印到stderr的内容会说明原因。",
    ),
    "SIGFPE": ("Compiled code divided integers by zero.", "编译好的代码中整数除以零。"),
    "SIGILL": (
        "An instruction that this processor has not: torch or an extension module was built for another one.",
        "处理器不支持的指令：torch或扩展模块是为其他处理器编译的。",
    ),
    "SIGKILL": (
        "It was ended from outside. Where the code does not do that itself, the machine most likely ran out of memory.",
        "它是被外界杀死的。如果不是代码自己所为，多半是整机内存耗尽。",
    ),
    "SIGXCPU": (
        "It had used up the processor time that goes with its limit of time.",
        "它用尽了与时限相应的处理器时间。",
    ),
}
ADVICE = {
    "time": (
        "It may never end: look at the loop or the call on that line. If it only needs longer: --timeout {more}",
        "它可能永远不会结束：检查该行的循环或调用。如果只是需要更久：--timeout {more}",
    ),
    "forks": (
        "A forked process has none of the threads that torch computed with before, and may wait for them for ever."
        ' Start processes before the first computation, or with get_context("spawn"), or call torch.set_num_threads(1)'
        " in each.",
        "fork出的进程没有torch此前计算所用的线程，可能会永远等下去。请在第一次计算之前启动进程，"
        '或用get_context("spawn")启动，或在每个进程里先调用torch.set_num_threads(1)。',
    ),
    "output": (
        "Print less: every hundredth iteration, or a shape or a mean instead of all elements.",
        "少打印一些：每一百次迭代打印一次，或只打印形状、均值，而不是所有元素。",
    ),
    "memory": (
        "Smaller tensors or batches, and no list that keeps graphs alive: append loss.item(), not loss. If it only"
        " needs more: --memory {more}",
        "减小张量或批次；不要用列表留住计算图：追加loss.item()，而不是loss。如果只是需要更多：--memory {more}",
    ),
    "events": (
        "Change fewer values, or smaller ones, in one run.",
        "在一次运行中少改一些值，或改小一些的值。",
    ),
    "broken": (
        "It replaced or removed builtins, modules or functions of the library; what came of it is in the error output.",
        "它替换或删除了内置函数、模块或标准库函数。错误输出里有具体情况。",
    ),
    "machine": (
        "Smaller tensors or batches, or end other programs first.",
        "减小张量或批次，或先结束其他程序。",
    ),
    "processes": (
        "Ask for fewer workers (num_workers), or look for a loop that starts processes without end.",
        "减少工作进程数（num_workers），或检查是否有不断启动进程的循环。",
    ),
    "disk": (
        "Write less, or make room where temporary files are (TMPDIR).",
        "少写一些，或为临时文件所在的磁盘（TMPDIR）腾出空间。",
    ),
    "exit": (
        "os._exit() ends a process on the spot. To stop a script, use sys.exit() or raise.",
        "os._exit()会立刻结束进程。要结束脚本，请用sys.exit()或raise。",
    ),
    "unstarted": (
        "End programs that you do not need, and run it again; ulimit -u tells how many processes you may have.",
        "请结束不需要的程序，然后再运行一次；ulimit -u显示你最多能有多少进程。",
    ),
    "descriptors": (
        "Close only what you opened: 0, 1, 2 and what came along belong to others.",
        "只关闭自己打开的：0、1、2以及原有的描述符不归代码所有。",
    ),
}
REFUSED = {
    "write": (
        "A snippet writes only in the directory of its run. To let it write elsewhere: --allow write",
        "代码只能在本次运行的目录里写文件。要允许它写到别处：--allow write",
    ),
    "read": (
        "With --strict only Python and torch can be read. To let it read your files: --allow read",
        "使用--strict时只能读取Python和torch。要允许它读取你的文件：--allow read",
    ),
    "network": (
        "A snippet has no network. To let it connect: --allow network",
        "代码不能访问网络。要允许它连接：--allow network",
    ),
    "signals": (
        "A snippet cannot signal other processes or look into them. To let it: --allow signals",
        "代码不能向其他进程发信号，也不能查看它们。要允许：--allow signals",
    ),
    "subprocess": (
        "With --strict there are no processes but the snippet's own. To let it start some: --allow subprocess",
        "使用--strict时不能启动其他进程。要允许它启动：--allow subprocess",
    ),
    "memory": (
        "It asked for more memory than a run may use: smaller tensors or batches, or --memory SIZE",
        "它申请的内存超过了一次运行的上限：请减小张量或批次，或用--memory放宽",
    ),
    "file": ("A file of a snippet may grow to 1 GB.", "代码写的单个文件最大为1 GB。"),
}
TOO_MUCH = re.compile(r"you tried to allocate \d+ bytes|Cannot allocate memory|bad_alloc|not enough memory")
NETWORK = re.compile(
    r"^PermissionError: \[Errno 13\] Permission denied$|name resolution|Network.*ermission denied|urlopen", re.DOTALL
)
OF_BYTES = ("output", "events", "memory", "machine", "disk")


def ending_lines(trace: Trace, lang: Lang) -> list[str]:
    """How a run ended, a sentence, and below it what to do, a line each. Nothing while it runs, and of a run that ended
    as it should. The text is clean."""
    finished = trace.finished
    if finished is None:
        return []
    said = advice(trace, lang)
    if finished.outcome in ("finished", "raised"):
        return said
    line = f" {word('at line', lang, finished.line)}" if finished.line else ""
    return [f"{clean(label(finished.outcome, lang))}{cause(finished, lang)}{line}", *said]


def cause(finished: Finished, lang: Lang) -> str:
    """Which limit, how much was used, which signal."""
    pair = CAUSES.get(finished.why)
    if pair is None:
        return clean(finished.reason)
    return pair[lang == "zh"].format_map(_figures(finished))


def advice(trace: Trace, lang: Lang) -> list[str]:
    """What to do about it; nothing where the ending says all there is to say."""
    finished = trace.finished
    if finished is None:
        return []
    if finished.outcome == "raised" and trace.error is not None:
        key = _refusal(trace.error, trace.kept_from)
        return [REFUSED[key][lang == "zh"]] if key else []
    pair = SIGNALS.get(finished.signal) if finished.why == "signal" else ADVICE.get(finished.why)
    return [pair[lang == "zh"].format_map(_figures(finished))] if pair else []


def size(count: float) -> str:
    """`4 MB`, `1.5 GB`."""
    mb = count / 2**20
    return f"{mb / 1024:.3g} GB" if mb >= 1000 else f"{mb:.3g} MB"


def _figures(finished: Finished) -> Mapping[str, str]:
    """The figures of an ending in their units, and twice as much of what was allowed."""
    limit, used, more = f"{finished.limit:g}", f"{finished.used:g}", f"{2 * finished.limit:g}"
    if finished.why in ("time", "forks"):
        limit += " s"
    if finished.why in OF_BYTES:
        limit, used, more = size(finished.limit), size(finished.used), f"{2 * finished.limit / 2**20:.0f}M"
    return {"limit": limit, "used": used, "more": more, "signal": clean(finished.signal), "exit": str(finished.exit)}


def _refusal(error: Error, kept_from: tuple[str, ...]) -> str:
    """Which limit of a run an exception comes from; empty for none that is known."""
    message = error.message
    if error.type == "MemoryError" or TOO_MUCH.search(message):
        return "memory"
    if "File too large" in message:
        return "file"
    if "[Errno 1]" in message and "Operation not permitted" in message:
        found = {"processes": "subprocess", "signals": "signals"}
    elif NETWORK.search(f"{error.type}: {message}"):
        found = {"network": "network"}
    elif "ermission denied" in message:
        found = {"reads": "read", "files": "write"}
    else:
        found = {}
    return next((key for what, key in found.items() if what in kept_from), "")
