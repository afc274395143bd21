"""`torch-tutor doctor`: what is here, what is missing and what to do about it."""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import importlib.util
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rich.table import Table
from rich.text import Text

from tutor import __version__
from tutor.catalogue.index import read
from tutor.catalogue.model import Lang
from tutor.catalogue.model import Text as Words
from tutor.catalogue.place import shipped
from tutor.commands.paper import console
from tutor.commands.surroundings import language, width
from tutor.errors import SheetError, WorkerError
from tutor.jobs import OLDEST_TORCH, is_old
from tutor.launch import here, interpreter
from tutor.render.clean import clean
from tutor.render.words import word
from tutor.runner import Runner
from tutor.worker.wire import Finished, Job, Ready, Started, StepEnded, TensorValue

State = Literal["ok", "note", "bad"]
MARKS = {"ok": ("✓", "ok  ", "green"), "note": ("!", "note", "yellow"), "bad": ("✗", "BAD ", "red")}


UNTRIED = Words(
    "torch-tutor has not been tried on this system. Each run gets a fresh interpreter, started ahead; ",
    "torch-tutor没有在这个系统上试过。每次运行都用一个提前启动的新解释器；",
)
HELD = {
    "win32": Words(
        "it is in a Job Object, which limits its memory and processes, and ends them all with it",
        "它在一个Job Object里，内存和进程受其限制，并随它一起结束",
    ),
    "darwin": Words(
        "psutil watches its memory and processes; what leaves its group and empties its environment may stay",
        "psutil监视它的内存和进程；离开进程组又清空环境变量的进程可能留下",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: State
    subject: Words
    text: Words
    advice: Words | None = None


_WORKER = Words("worker", "运行进程")


def same(text: str) -> Words:
    """What is the same in both languages: names, versions, commands."""
    return Words(text, text)


def main(args: argparse.Namespace) -> int:
    """Report; 1 if something needed is missing."""
    out = console(args)
    lang = language(args)
    findings = [*of_program(), *of_terminal(lang), *of_sheet(args.sheet), *asyncio.run(of_worker(args.python))]
    table = Table.grid(padding=(0, 1))
    table.add_column()
    table.add_column()
    table.add_column(overflow="fold")
    for f in findings:
        glyph, plain, style = MARKS[f.state]
        text = Text(clean(f.text.in_(lang)))
        if f.advice:
            text.append(f"\n-> {clean(f.advice.in_(lang))}", "bold")
        table.add_row(Text(plain if args.plain else glyph, style=style), Text(f.subject.in_(lang), style="bold"), text)
    out.print(table)
    return 1 if any(f.state == "bad" for f in findings) else 0


def of_program() -> Iterator[Finding]:
    """This process: Python and the libraries of the front end."""
    python = platform.python_version()
    text = Words(
        f"{__version__} on Python {python} ({sys.executable})", f"{__version__}，Python {python}（{sys.executable}）"
    )
    yield Finding("ok", same("torch-tutor"), text)
    for name in ("textual", "rich", "PyYAML"):
        try:
            yield Finding("ok", same(name), same(importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            install = same(f"{sys.executable} -m pip install {name}")
            yield Finding("bad", same(name), Words("is not installed", "没有安装"), install)
    from yaml import __with_libyaml__

    if not __with_libyaml__:
        slow = Words(
            "was built without libyaml: sheets of your own are read slowly", "构建时没有libyaml：读自己的表会比较慢"
        )
        yield Finding("note", same("PyYAML"), slow)
    yield from of_platform(sys.platform)


def of_platform(system: str) -> Iterator[Finding]:
    """What is otherwise than on Linux."""
    if system != "linux":
        held = HELD.get(system, HELD["darwin"])
        text = Words(UNTRIED.en + held.en, UNTRIED.zh + held.zh)
        yield Finding("note", Words("platform", "平台"), text)
        if importlib.util.find_spec("psutil") is None:
            text = Words(
                "is not installed: memory and processes of a run are not watched", "没有安装：运行的内存和进程无人监视"
            )
            yield Finding("bad", same("psutil"), text, same(f"{sys.executable} -m pip install psutil"))


def of_terminal(lang: Lang) -> Iterator[Finding]:
    """Where output goes."""
    encoding = (sys.stdout.encoding or "").lower()
    if "utf" not in encoding:
        yield Finding(
            "note",
            Words("encoding", "编码"),
            Words(f"{encoding}: boxes and Chinese cannot be shown", f"{encoding}：无法显示框线和中文"),
            Words("set LANG to a UTF-8 locale", "把LANG设为UTF-8的locale"),
        )
    size = Words("not a terminal", "不是终端")
    if sys.stdout.isatty():
        size = Words(f"{width()} columns", f"{width()}列")
    colour = same(f"TERM={os.environ.get('TERM', '')}")
    if os.environ.get("NO_COLOR"):
        colour = Words("NO_COLOR is set", "设有NO_COLOR")
    text = Words(f"{size.en}, {colour.en}, language {lang}", f"{size.zh}，{colour.zh}，语言{lang}")
    yield Finding("ok", Words("terminal", "终端"), text)


def of_sheet(path: str | None) -> Iterator[Finding]:
    """The catalogue."""
    subject = Words("sheet", "表")
    try:
        sheet = read(path or shipped())
    except SheetError as e:
        count, first = len(e.faults), e.faults[0]
        text = Words(f"{count} faults, the first: {first.in_('en')}", f"有{count}处错误，第一处：{first.in_('zh')}")
        yield Finding("bad", subject, text, Words("correct the sheet", "请改正这张表"))
        return
    entries, sections = len(sheet), len(sheet.sections)
    text = Words(
        f"{entries} entries in {sections} sections ({sheet.path})", f"{sections}章，{entries}个条目（{sheet.path}）"
    )
    yield Finding("ok", subject, text)


async def of_worker(python: str | None) -> list[Finding]:
    """The interpreter that runs snippets, and each of its devices, tried."""
    try:
        target = interpreter(python) if python else here()
        async with Runner(target) as runner:
            assert runner.ready is not None
            found = [*of_ready(runner.ready), *of_protection(await kept_from(runner))]
            return [*found, *[await of_device(runner, d.name) for d in runner.ready.devices]]
    except WorkerError as e:
        (first, *rest), (first_zh, *rest_zh) = str(e).split("\n"), e.zh.split("\n")
        advice = Words(*(" ".join(" ".join(lines).split()) for lines in (rest, rest_zh)))
        return [Finding("bad", _WORKER, Words(first, first_zh), advice if advice.en else None)]


def of_ready(ready: Ready) -> Iterator[Finding]:
    """What it says of itself."""
    text = Words(
        f"Python {ready.python} ({ready.executable}), starts runs by {ready.mode}",
        f"Python {ready.python}（{ready.executable}），以{ready.mode}方式启动运行",
    )
    yield Finding("ok", _WORKER, text)
    if is_old(ready):
        oldest = ".".join(map(str, OLDEST_TORCH))
        text = Words(
            f"{ready.torch}: older than the {oldest} that today's code is written for",
            f"{ready.torch}：早于如今代码所需的{oldest}",
        )
        advice = Words(
            "use it with `run --then-only`, or install a newer torch", "请配合`run --then-only`使用，或安装更新的torch"
        )
        yield Finding("note", same("torch"), text, advice)
    else:
        yield Finding("ok", same("torch"), same(ready.torch))
    if ready.numpy:
        yield Finding("ok", same("numpy"), same(ready.numpy))
    else:
        text = Words("is not there: entries about it will fail", "没有安装：用到它的条目会失败")
        yield Finding("note", same("numpy"), text, same(f"{ready.executable} -m pip install numpy"))
    if not any(d.name.startswith(("cuda", "mps")) for d in ready.devices):
        yield Finding("note", Words("accelerator", "加速器"), accelerator_text(ready))


def accelerator_text(ready: Ready) -> Words:
    """Why there is none, as far as the build tells."""
    if "+cpu" in ready.torch:
        return Words(
            "none: this torch is a CPU build; everything but the CUDA entries works",
            "没有：这个torch是CPU版；除CUDA条目外都能运行",
        )
    return Words(
        "none: torch sees no GPU; everything but the CUDA entries works", "没有：torch没有找到GPU；除CUDA条目外都能运行"
    )


KEPT = {
    "files": Words("writing outside of their own directory", "在自己的目录之外写文件"),
    "network": Words("the network", "访问网络"),
    "signals": Words("signals to other processes", "向其他进程发信号"),
    "memory": Words("the memory of other processes", "查看其他进程的内存"),
    "terminals": Words("terminals", "使用终端"),
}
KERNEL = Words(
    "Linux 5.13 or newer has most of this, 6.12 all; a container may withhold it",
    "Linux 5.13及以上能阻止其中大部分，6.12能阻止全部；容器可能不提供",
)


async def kept_from(runner: Runner) -> tuple[str, ...]:
    """What a snippet is kept from here, as one found it."""
    async for event in runner.run(Job("doctor", "1", timeout=60.0)):
        if isinstance(event, Started):
            return event.kept_from
    return ()


def of_protection(kept: tuple[str, ...]) -> Iterator[Finding]:
    """What snippets cannot do, and what is open."""
    closed = [KEPT[what] for what in KEPT if what in kept]
    still = [KEPT[what] for what in KEPT if what not in kept]
    subject = Words("protection", "保护")
    if closed:
        en, zh = ", ".join(what.en for what in closed), "、".join(what.zh for what in closed)
        yield Finding("ok", subject, Words(f"the system keeps snippets from {en}", f"系统不让代码：{zh}"))
    if still:
        en, zh = ", ".join(what.en for what in still), "、".join(what.zh for what in still)
        yield Finding("note", subject, Words(f"nothing keeps snippets from {en}", f"没有机制阻止代码：{zh}"), KERNEL)


async def of_device(runner: Runner, name: str) -> Finding:
    """A small product computed there."""
    subject = Words(f"device {name}", f"设备{name}")
    code = "x = torch.ones(2, 2)\nx @ x"
    outcome, value = "", None
    async for event in runner.run(Job(f"doctor-{name}", code, "import torch", device=name, timeout=60.0)):
        if isinstance(event, StepEnded) and event.value is not None:
            value = event.value
        if isinstance(event, Finished):
            outcome = event.outcome
    if outcome == "finished" and isinstance(value, TensorValue) and value.device == name:
        return Finding("ok", subject, Words(f"computes ({value.device})", f"能够计算（{value.device}）"))
    ended = word(outcome, "zh", "异常") if outcome else ""
    text = Words(f"a 2x2 product {outcome}", f"2x2的矩阵乘法：{ended}")
    return Finding(
        "bad", subject, text, Words("check the driver against the build of torch", "请检查驱动与torch的构建是否匹配")
    )
