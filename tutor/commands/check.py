"""`torch-tutor check`: the gate. Progress on a terminal, a summary that names each failure, reports on request.

The summary is in the reader's language; reports are for machines, and in English whoever asks for them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from xml.etree import ElementTree

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from tutor.catalogue.model import Entry, Lang
from tutor.check import Verdict, check
from tutor.commands import surroundings
from tutor.commands.paper import console
from tutor.commands.trusted import allow, opened
from tutor.errors import UsageError, reason
from tutor.jobs import Manner, device_here
from tutor.launch import here, interpreter
from tutor.render.clean import clean
from tutor.render.words import colon, label, word
from tutor.runner import Runner
from tutor.worker.wire import Ready


@dataclass(frozen=True)
class Outcome:
    """A whole check."""

    verdicts: tuple[Verdict, ...]
    ready: Ready
    device: str
    seconds: float
    sheet: str
    """Its path."""


def main(args: argparse.Namespace) -> int:
    """0 if every promise is kept, 1 if one is not, 2 if all are and the report that was asked for was not written."""
    book = opened(args)
    sheet = book.catalogue
    entries = surroundings.entries(sheet, args.selectors) if args.selectors else tuple(sheet)
    writable(args.junit)
    allow(book, args)
    out = console(args)
    outcome = asyncio.run(_check(args, entries, out, sheet.path))
    lost = args.junit and not junit(outcome, args.junit, surroundings.language(args))
    try:
        if args.json:
            for verdict in outcome.verdicts:
                print(json.dumps(as_json(verdict)))
        else:
            summary(outcome, out, surroundings.language(args))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads the output or not, the verdict stands
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return 1 if any(v.failures for v in outcome.verdicts) else 2 if lost else 0


def writable(path: str | None) -> None:
    """Say at once, not after minutes, that a report cannot be written."""
    if path is None:
        return
    try:
        with open(path, "a", encoding="utf-8"):
            pass
    except OSError as e:
        raise UsageError(
            f"--junit {path}: {reason(e, 'en')}: name a file that can be written",
            f"--junit {path}：{reason(e, 'zh')}：请指定可以写入的文件",
        ) from None


async def _check(args: argparse.Namespace, entries: tuple[Entry, ...], out: Console, sheet: str) -> Outcome:
    begun = time.monotonic()
    async with Runner(interpreter(args.python) if args.python else here(), memory=args.memory) as runner:
        assert runner.ready is not None
        device = device_here(args.device, runner.ready)
        at_once = args.jobs or (1 if device.startswith("cuda") else os.cpu_count() or 2)
        manner = Manner(0, device, args.timeout, max(1, (os.cpu_count() or 2) // at_once), surroundings.allowed(args))
        order = {e.id: i for i, e in enumerate(entries)}
        verdicts: list[Verdict] = []
        bar = _bar(out) if out.is_terminal and not args.json and not args.plain else None
        with bar or nullcontext():
            task = bar.add_task("", total=len(entries)) if bar else None
            async for verdict in check(runner, entries, manner, at_once):
                verdicts.append(verdict)
                if bar is not None and task is not None:
                    bar.update(task, advance=1, description=verdict.entry.id)
        verdicts.sort(key=lambda v: order[v.entry.id])
        return Outcome(tuple(verdicts), runner.ready, device, time.monotonic() - begun, sheet)


def _bar(out: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=out, transient=True)


def summary(outcome: Outcome, out: Console, lang: Lang) -> None:
    """Each failure with what was expected and what was seen, then the count."""
    failures = [f for v in outcome.verdicts for f in v.failures]
    for f in failures:
        out.print(Text.assemble((f"{clean(f.entry)}", "bold red"), f"  {clean(f.what.in_(lang))}"))
        out.print(Text(f"    {clean(outcome.sheet)}:{f.line}", style="dim"))
        names = [label(key, lang) for key in ("expected", "seen")]
        for name, told in zip(names, (f.expected, f.seen), strict=True):
            out.print(Text(f"    {name.ljust(max(map(len, names)))}{clean(told.in_(lang))}"))
    for v in outcome.verdicts:
        if v.skipped:
            why = word("skipped", lang, clean(v.skipped.in_(lang)))
            out.print(Text(f"{v.entry.id}  {why}", style="yellow"))
    broken = sum(1 for v in outcome.verdicts if v.failures)
    skipped = sum(1 for v in outcome.verdicts if v.skipped)
    ran = len(outcome.verdicts) - skipped
    claims = sum(v.claims for v in outcome.verdicts)
    pitfalls = sum(v.pitfalls for v in outcome.verdicts)
    forms = sum(1 for v in outcome.verdicts if v.entry.then is not None and not v.skipped)
    counts = (
        word(f"count of {what}", lang, n) for what, n in (("claims", claims), ("forms", forms), ("pitfalls", pitfalls))
    )
    ready, seconds = outcome.ready, f"{outcome.seconds:.1f}"
    out.print(
        Text.assemble(
            (word("passed", lang, ran - broken, broken), "bold red" if broken else "bold green"),
            word("passed over", lang, skipped) if skipped else "",
            word("checked", lang, *counts, outcome.device, ready.torch, ready.python, seconds),
        ),
        soft_wrap=True,
    )


def as_json(verdict: Verdict) -> dict[str, object]:
    """One line of `--json`."""
    return {
        "entry": verdict.entry.id,
        "ok": not verdict.failures,
        "skipped": verdict.skipped.en if verdict.skipped else "",
        "claims": verdict.claims,
        "pitfalls": verdict.pitfalls,
        "ms": verdict.ms,
        "failures": [
            {"what": f.what.en, "expected": f.expected.en, "seen": f.seen.en, "line": f.line} for f in verdict.failures
        ],
    }


def junit(outcome: Outcome, path: str, lang: Lang) -> bool:
    """Write a report that CI systems read: a test case per entry. Where it cannot be written the reader is told so."""
    suite = ElementTree.Element(
        "testsuite",
        name="torch-tutor",
        tests=str(len(outcome.verdicts)),
        failures=str(sum(1 for v in outcome.verdicts if v.failures)),
        skipped=str(sum(1 for v in outcome.verdicts if v.skipped)),
        time=f"{outcome.seconds:.3f}",
    )
    for v in outcome.verdicts:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=f"torch-tutor.{v.entry.section}",
            name=v.entry.name,
            file=clean(outcome.sheet),
            line=str(v.entry.line),
            time=f"{v.ms / 1000:.3f}",
        )
        if v.skipped:
            ElementTree.SubElement(case, "skipped", message=v.skipped.en)
        for f in v.failures:
            text = clean(f"{f.what.en}\nexpected: {f.expected.en}\nseen: {f.seen.en}\n{outcome.sheet}:{f.line}")
            ElementTree.SubElement(case, "failure", message=text.split("\n")[0]).text = text
    try:
        ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as e:
        print(f"torch-tutor: --junit {clean(path)}{colon(lang)}{reason(e, lang)}", file=sys.stderr)
        return False
    return True
