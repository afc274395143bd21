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
from tutor.catalogue.place import shipped
from tutor.commands.paper import console
from tutor.commands.surroundings import language, width
from tutor.errors import SheetError, WorkerError
from tutor.jobs import OLDEST_TORCH, is_old
from tutor.launch import here, interpreter
from tutor.render.clean import clean
from tutor.runner import Runner
from tutor.worker.wire import Finished, Job, Ready, Started, StepEnded, TensorValue

State = Literal["ok", "note", "bad"]
MARKS = {"ok": ("✓", "ok  ", "green"), "note": ("!", "note", "yellow"), "bad": ("✗", "BAD ", "red")}


UNTRIED = "torch-tutor has not been tried on this system. Each run gets a fresh interpreter, started ahead; "
HELD = {
    "win32": "it is in a Job Object, which limits its memory and processes, and ends them all with it",
    "darwin": "psutil watches its memory and processes; what leaves its group and empties its environment may stay",
}


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: State
    subject: str
    text: str
    advice: str = ""


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
        text = Text(clean(f.text))
        if f.advice:
            text.append(f"\n-> {clean(f.advice)}", "bold")
        table.add_row(Text(plain if args.plain else glyph, style=style), Text(f.subject, style="bold"), text)
    out.print(table)
    return 1 if any(f.state == "bad" for f in findings) else 0


def of_program() -> Iterator[Finding]:
    """This process: Python and the libraries of the front end."""
    yield Finding("ok", "torch-tutor", f"{__version__} on Python {platform.python_version()} ({sys.executable})")
    for name in ("textual", "rich", "PyYAML"):
        try:
            yield Finding("ok", name, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding("bad", name, "is not installed", f"{sys.executable} -m pip install {name}")
    from yaml import __with_libyaml__

    if not __with_libyaml__:
        yield Finding("note", "PyYAML", "was built without libyaml: sheets of your own are read slowly")
    yield from of_platform(sys.platform)


def of_platform(system: str) -> Iterator[Finding]:
    """What is otherwise than on Linux."""
    if system != "linux":
        yield Finding("note", "platform", UNTRIED + HELD.get(system, HELD["darwin"]))
        if importlib.util.find_spec("psutil") is None:
            text = "is not installed: memory and processes of a run are not watched"
            yield Finding("bad", "psutil", text, f"{sys.executable} -m pip install psutil")


def of_terminal(lang: Lang) -> Iterator[Finding]:
    """Where output goes."""
    encoding = (sys.stdout.encoding or "").lower()
    if "utf" not in encoding:
        yield Finding(
            "note", "encoding", f"{encoding}: boxes and Chinese cannot be shown", "set LANG to a UTF-8 locale"
        )
    size = f"{width()} columns" if sys.stdout.isatty() else "not a terminal"
    colour = "NO_COLOR is set" if os.environ.get("NO_COLOR") else f"TERM={os.environ.get('TERM', '')}"
    yield Finding("ok", "terminal", f"{size}, {colour}, language {lang}")


def of_sheet(path: str | None) -> Iterator[Finding]:
    """The catalogue."""
    try:
        sheet = read(path or shipped())
    except SheetError as e:
        first = e.faults[0].in_("en")
        yield Finding("bad", "sheet", f"{len(e.faults)} faults, the first: {first}", "correct the sheet")
        return
    yield Finding("ok", "sheet", f"{len(sheet)} entries in {len(sheet.sections)} sections ({sheet.path})")


async def of_worker(python: str | None) -> list[Finding]:
    """The interpreter that runs snippets, and each of its devices, tried."""
    try:
        target = interpreter(python) if python else here()
        async with Runner(target) as runner:
            assert runner.ready is not None
            found = [*of_ready(runner.ready), *of_protection(await kept_from(runner))]
            return [*found, *[await of_device(runner, d.name) for d in runner.ready.devices]]
    except WorkerError as e:
        first, _, rest = str(e).partition("\n")
        return [Finding("bad", "worker", first, " ".join(rest.split()))]


def of_ready(ready: Ready) -> Iterator[Finding]:
    """What it says of itself."""
    yield Finding("ok", "worker", f"Python {ready.python} ({ready.executable}), starts runs by {ready.mode}")
    if is_old(ready):
        text = f"{ready.torch}: older than the {'.'.join(map(str, OLDEST_TORCH))} that today's code is written for"
        yield Finding("note", "torch", text, "use it with `run --then-only`, or install a newer torch")
    else:
        yield Finding("ok", "torch", ready.torch)
    if ready.numpy:
        yield Finding("ok", "numpy", ready.numpy)
    else:
        yield Finding(
            "note", "numpy", "is not there: entries about it will fail", f"{ready.executable} -m pip install numpy"
        )
    if not any(d.name.startswith(("cuda", "mps")) for d in ready.devices):
        yield Finding("note", "accelerator", accelerator_text(ready))


def accelerator_text(ready: Ready) -> str:
    """Why there is none, as far as the build tells."""
    if "+cpu" in ready.torch:
        return "none: this torch is a CPU build; everything but the CUDA entries works"
    return "none: torch sees no GPU; everything but the CUDA entries works"


KEPT = {
    "files": "writing outside of their own directory",
    "network": "the network",
    "signals": "signals to other processes",
    "memory": "the memory of other processes",
    "terminals": "terminals",
}
KERNEL = "Linux 5.13 or newer has most of this, 6.12 all; a container may withhold it"


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
    if closed:
        yield Finding("ok", "protection", f"the system keeps snippets from {', '.join(closed)}")
    if still:
        yield Finding("note", "protection", f"nothing keeps snippets from {', '.join(still)}", KERNEL)


async def of_device(runner: Runner, name: str) -> Finding:
    """A small product computed there."""
    code = "x = torch.ones(2, 2)\nx @ x"
    outcome, value = "", None
    async for event in runner.run(Job(f"doctor-{name}", code, "import torch", device=name, timeout=60.0)):
        if isinstance(event, StepEnded) and event.value is not None:
            value = event.value
        if isinstance(event, Finished):
            outcome = event.outcome
    if outcome == "finished" and isinstance(value, TensorValue) and value.device == name:
        return Finding("ok", f"device {name}", f"computes ({value.device})")
    return Finding("bad", f"device {name}", f"a 2x2 product {outcome}", "check the driver against the build of torch")
