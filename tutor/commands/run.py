"""`torch-tutor run`: entries, files or standard input, statement by statement, as it happens."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from dataclasses import replace

from rich.console import Console, Group, RenderableType
from rich.status import Status
from rich.text import Text

from tutor.catalogue.index import Book
from tutor.catalogue.model import Entry, Lang
from tutor.commands import pitfalls
from tutor.commands.paper import console
from tutor.commands.progress import aside, doing, top_step_ended
from tutor.commands.surroundings import allowed, entries, language, light
from tutor.commands.told import explained, noticed
from tutor.commands.trusted import allow, opened
from tutor.errors import UsageError
from tutor.jobs import WRONG, Manner, device_here, is_old, lacks, now_job, runs_on, then_job
from tutor.launch import here, interpreter
from tutor.notices import Notice, notices
from tutor.own import LARGEST, bounded, is_harmless, is_source, own, read_source
from tutor.remedy import Advice, advise
from tutor.render import endings, layout, page
from tutor.render.clean import clean
from tutor.render.frames import Frames
from tutor.render.layout import Sheet, sheet_for
from tutor.render.ledger import output_lines
from tutor.render.notices import notice_lines
from tutor.render.pictures import Canvas
from tutor.render.words import label, word
from tutor.runner import Runner
from tutor.studies import SECONDS, UNASKED, findings, studied, wanted
from tutor.trace import Trace
from tutor.worker.wire import Finished, Job, JobEvent, Ready, Started, encode

BESIDE = 150  # columns from which then and now stand side by side
SLOW = 1.0  # seconds without a line before progress is shown
HELD = SLOW  # seconds that rows wait for the pictures that only a second run can give


def main(args: argparse.Namespace) -> int:
    """Run what was selected; 1 if a snippet raised or a claim does not hold."""
    entries = entries_for(args)
    missing = [e.id for e in entries if e.then is None]
    if args.then_only and missing:
        names = ", ".join(missing)
        raise UsageError(
            f"{names}: there is no 0.3.0 form to run; leave out --then-only",
            f"{names}：没有可运行的0.3.0写法，请去掉--then-only",
        )
    return asyncio.run(_main(args, entries))


async def _main(args: argparse.Namespace, entries: tuple[Entry, ...]) -> int:
    async with Runner(interpreter(args.python) if args.python else here(), memory=args.memory) as runner:
        assert runner.ready is not None
        args.device = device_here(args.device, runner.ready)
        if args.json:
            return await as_json(runner, entries, args)
        out = console(args)
        good = True
        for entry in entries:
            good &= await Show(entry, args, out, runner).run()
        return 0 if good else 1


# ------------------------------------------------------------------------------------------------ selection


def entries_for(args: argparse.Namespace) -> tuple[Entry, ...]:
    """The entries of the sheet, and files and standard input as entries of their own."""
    book: Book | None = None
    found: list[Entry] = []
    for selector in args.selectors:
        if selector == "-":
            if sys.stdin.isatty():
                print(f"torch-tutor: {word('type code', language(args))}", file=sys.stderr)
            found.append(own("stdin", bounded(sys.stdin.read(LARGEST + 1), "stdin"), os.getcwd()))
        elif is_source(selector):
            found.append(own(selector, read_source(selector), os.path.dirname(os.path.abspath(selector))))
        else:
            book = book or opened(args)
            found += entries(book.catalogue, [selector])
    if book is not None:
        allow(book, args)
    return tuple(dict.fromkeys(found))


def jobs_for(entry: Entry, args: argparse.Namespace, ready: Ready) -> list[Job]:
    """Today's form, the 0.3.0 form, or both. What the sheet claims of a 0.3.0 form is said of a torch of today, so
    an older one is not asked."""
    jobs = []
    manner = manner_of(args)
    if not args.then_only:
        job = now_job(entry, manner)
        jobs.append(job if entry.text.en else replace(job, replays=is_harmless(entry.code)))
    if entry.then is not None and (args.then or args.then_only):
        job = then_job(entry, manner)
        jobs.append(replace(job, claims=()) if is_old(ready) else job)
    return jobs + (pitfalls.jobs(entry, manner) if args.pitfalls and args.json else [])


def manner_of(args: argparse.Namespace) -> Manner:
    """As asked for."""
    return Manner(args.seed, args.device, args.timeout, allow=allowed(args))


def hindrance(entry: Entry, args: argparse.Namespace, lang: Lang) -> str:
    """What an entry needs and has not; empty where it can run."""
    if not runs_on(entry, args.device):
        return word("needs device", lang, ", ".join(entry.devices))
    missing = lacks(entry, allowed(args))
    return word("needs permission", lang, ",".join(missing)) if missing else ""


def went_well(entry: Entry, job: Job, trace: Trace) -> bool:
    """Whether a run is no failure: code that is said to raise may do so."""
    if trace.ok:
        return True
    pitfall = pitfalls.of_job(entry, job)
    if pitfall is not None:
        expected = pitfall.kind == "raises" and job.id.endswith(WRONG)
    else:
        expected = entry.then is not None and job.id != entry.id and entry.then.today == "raises"
    return expected and trace.finished is not None and trace.finished.outcome == "raised"


# --------------------------------------------------------------------------------------------------- output


async def as_json(runner: Runner, entries: tuple[Entry, ...], args: argparse.Namespace) -> int:
    """The events as they come."""
    good = True
    assert runner.ready is not None
    print(encode(runner.ready).decode("ascii"), end="", flush=True)
    for entry in entries:
        if hindrance(entry, args, "en"):
            continue
        for job in jobs_for(entry, args, runner.ready):
            trace = Trace()
            async for event in runner.run(job):
                trace = trace.apply(event)
                if isinstance(event, Finished) and args.pictures == "all":
                    async for found in findings(runner, job):
                        print(encode(found).decode("ascii"), end="", flush=True)
                if isinstance(event, Finished) and job.id == entry.id:
                    for said in (*noticed(job, trace), *await explained(runner, job, trace)):
                        print(encode(said).decode("ascii"), end="", flush=True)
                print(encode(event).decode("ascii"), end="", flush=True)
            good &= went_well(entry, job, trace)
    return 0 if good else 1


class Show:
    """One entry on the console."""

    def __init__(self, entry: Entry, args: argparse.Namespace, out: Console, runner: Runner) -> None:
        self.entry, self.args, self.out, self.runner = entry, args, out, runner
        self.lang = language(args)
        self.frames = replace(frames_for(out, args, self.lang), wanted=entry.pictures)
        self.status: Status | None = None

    async def run(self) -> bool:
        """Print it as it runs; whether it went well."""
        entry, args = self.entry, self.args
        assert self.runner.ready is not None
        jobs = jobs_for(entry, args, self.runner.ready)
        plainly = Sheet(self.out.width, self.lang, args.plain)
        self.out.print(page.title(entry, plainly, aside(self.runner.ready, args)))
        for part in page.introduction(entry, plainly) if entry.text.en else ():
            self.out.print(part)
        needs = hindrance(entry, args, self.lang)
        if needs:
            self.out.print(Text(f"{label('not run', self.lang)}{needs}", style="yellow"))
            self.out.print()
            return True
        self.out.print()
        if len(jobs) == 2 and self.out.width >= BESIDE and not args.plain:
            good = await self.beside(jobs)
        else:
            good = all([await self.one(job) for job in jobs])
        if args.pitfalls and entry.text.en:
            good &= await pitfalls.show(entry, manner_of(args), self.out, self.runner, plainly)
        self.out.print()
        return good

    async def one(self, job: Job) -> bool:
        """A job, its rows printed as its steps end."""
        entry, out = self.entry, self.out
        sheet = sheet_for(job.code, out.width, self.lang, self.args.plain)
        then = entry.then if job.id != entry.id else None
        if then is not None:
            if not self.args.then_only:
                out.print()
            out.print(page.then_heading(then, sheet))
        if not sheet.stacked:
            out.print(layout.heading(sheet))
        live = Live(self, job, sheet)
        beat = asyncio.create_task(self.progress(lambda: live.trace))
        try:
            async for event in self.runner.run(job):
                live.add(event)
            live.over()
            trace, cost = await self.studied(job, live.trace)
        except asyncio.CancelledError:  # interrupted: as far as it came
            live.show(final=True)
            raise
        finally:
            beat.cancel()
            self.rest()
        live.end(trace)
        for part in self.after(trace, job, sheet, cost, await self.advice(job, trace)):
            out.print(part)
        if then is not None:
            out.print(page.then_changed(then, sheet))
        return went_well(entry, job, trace)

    async def studied(self, job: Job, trace: Trace) -> tuple[Trace, float]:
        """The trace with what pictures need beyond it, and the milliseconds that took."""
        if not self.studies(job):
            return trace, 0.0
        clock = asyncio.get_running_loop()
        begun = clock.time()
        trace = await studied(self.runner, job, trace, self.seconds)
        return trace, (clock.time() - begun) * 1000

    def studies(self, job: Job) -> bool:
        """Whether a second run can find something that is drawn."""
        return self.args.pictures != "off" and wanted(job) is not None

    @property
    def seconds(self) -> float:
        """What a second run may take."""
        return SECONDS if self.args.pictures == "all" else UNASKED

    async def advice(self, job: Job, trace: Trace) -> Advice | None:
        """What the clinic says of an error; nothing of one that the sheet expects, which it explains itself."""
        if trace.error is None or went_well(self.entry, job, trace):
            return None
        return await advise(self.runner, job, trace)

    def noticed(self, job: Job, trace: Trace) -> tuple[Notice, ...]:
        """Mistakes that raised nothing; not those of a 0.3.0 form, of which the sheet tells itself."""
        return notices(trace, job.code) if job.id == self.entry.id else ()

    def after(self, trace: Trace, job: Job, sheet: Sheet, cost: float, advice: Advice | None) -> list[RenderableType]:
        """Below the ledger: stray output, the error, claims, the end."""
        parts: list[RenderableType] = [line for o in trace.outputs for line in output_lines(o, self.lang)]
        parts += notice_lines(self.noticed(job, trace), job.code, sheet)
        parts += page.trouble(trace, sheet, (advice.diagnosis, advice.fix) if advice is not None else None)
        claims = self.entry.claims
        if job.id != self.entry.id:
            claims = self.entry.then.claims if self.entry.then else ()
        if trace.claims:
            parts.append(Text(word("claims", self.lang), style="dim"))
        parts += [page.claim_line(claims[c.index], c, sheet) for c in trace.claims if 0 <= c.index < len(claims)]
        if trace.finished is not None:
            end = page.ending(trace.finished, trace.error, self.lang)
            if trace.studies:
                end.append("  " + word("looked again", self.lang, f"{cost:.0f} ms"), "dim")
            parts.append(end)
        for line in endings.advice(trace, self.lang):
            parts.append(layout.wrapped(Text(line, style="yellow"), sheet.width))
        return parts

    async def beside(self, jobs: list[Job]) -> bool:
        """Today's form and the 0.3.0 form in two columns, once both have run."""
        half = (self.out.width - 3) // 2
        columns, good = [], True
        for job in jobs:
            trace = Trace()
            beat = asyncio.create_task(self.progress(lambda t=trace: t))
            try:
                async for event in self.runner.run(job):
                    trace = trace.apply(event)
            finally:
                beat.cancel()
                self.rest()
            good &= went_well(self.entry, job, trace)
            trace, cost = await self.studied(job, trace)
            narrow = Sheet(min(half, layout.WIDE - 1), self.lang)
            columns.append(self.column(job, trace, narrow, cost, await self.advice(job, trace)))
        self.out.print(layout.two_columns(columns, half, narrow))
        return good

    def column(self, job: Job, trace: Trace, sheet: Sheet, cost: float, advice: Advice | None) -> Group:
        """One of the two."""
        then = self.entry.then if job.id != self.entry.id else None
        parts: list[RenderableType] = [
            page.then_heading(then, sheet) if then else Text(word("now", self.lang), style="bold green")
        ]
        frames = replace(self.frames, canvas=replace(self.frames.canvas, width=sheet.width))
        parts += [part for step in trace.steps for part in page.step_lines(step, job.code, sheet, frames, trace)]
        parts += self.after(trace, job, sheet, cost, advice)
        if then is not None:
            parts.append(page.then_changed(then, sheet))
        return Group(*parts)

    # --------------------------------------------------------------------------------------------- progress

    async def progress(self, trace: object) -> None:
        """After a second without a line, tell on a terminal what is running."""
        if not self.out.is_terminal or self.args.plain:
            return
        clock = asyncio.get_running_loop()
        begun = clock.time()
        await asyncio.sleep(SLOW)
        while True:
            now: Trace = trace()  # type: ignore[operator]
            text = Text(clean(doing(now, clock.time() - begun, self.lang)))
            if self.status is None:
                self.status = self.out.status(text)
                self.status.start()
            else:
                self.status.update(text)
            await asyncio.sleep(0.1)

    def rest(self) -> None:
        """Take the progress line away before a row is printed."""
        if self.status is not None:
            self.status.stop()
            self.status = None


class Live:
    """The rows of a job on the console, printed as its steps end. While a job is quick its rows wait, so that the
    pictures of a second run stand under them; else such pictures come when all is over."""

    def __init__(self, show: Show, job: Job, sheet: Sheet) -> None:
        self.onto, self.job, self.sheet = show, job, sheet
        self.trace = Trace()
        self.printed = 0
        self.held = show.studies(job)
        self.release: asyncio.TimerHandle | None = None

    def add(self, event: JobEvent) -> None:
        """One more event."""
        self.trace = self.trace.apply(event)
        if isinstance(event, Started) and self.held:
            self.release = asyncio.get_running_loop().call_later(HELD, self.go)
        if top_step_ended(event, self.trace) and not self.held:
            self.show()

    def go(self) -> None:
        """It takes its time: print what waits."""
        self.held = False
        self.show()

    def show(self, final: bool = False) -> None:
        """Print the steps that have ended since."""
        self.onto.rest()
        fresh = self.trace.steps[self.printed :]
        if not final and fresh and fresh[-1].state == "running":
            fresh = fresh[:-1]
        for step in fresh:
            for part in page.step_lines(step, self.job.code, self.sheet, self.onto.frames, self.trace):
                self.onto.out.print(part)
        self.printed += len(fresh)

    def over(self) -> None:
        """The job has ended: what waits now waits for a second run only."""
        if self.release is not None:
            self.release.cancel()

    def end(self, trace: Trace) -> None:
        """The trace is as rich as it gets."""
        before, self.trace = self.trace, trace
        done = trace.steps[: self.printed]
        self.show(final=True)
        for part in self.onto.frames.since(done, before, trace):
            self.onto.out.print(part)


def frames_for(out: Console, args: argparse.Namespace, lang: Lang) -> Frames:
    """How pictures are shown on a console. 16 colours are too few to tell values by; where the encoding knows no blocks
    they are drawn in ASCII, and with `--plain` told in words."""
    known = out.color_system in ("256", "truecolor")
    true = out.color_system == "truecolor"
    canvas = Canvas(out.width, lang=lang, ascii=out.safe_box, colour=known, truecolour=true, light=light())
    return Frames(canvas, args.pictures, words=args.plain and not out.safe_box)
