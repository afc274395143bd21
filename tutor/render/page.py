"""An entry with its run: heading, text, ledger, claims, what 0.3.0 had, and how it ended."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from tutor.catalogue.model import Claim, Entry, Lang, Then
from tutor.render.clean import called, clean
from tutor.render.endings import cause
from tutor.render.layout import (
    MEASURE,
    Sheet,
    hanging,
    labelled_prose,
    prose,
    row_lines,
    source_lines,
    wrapped,
)
from tutor.render.tokens import highlight
from tutor.render.words import colon, label, named, word

TYPE_CHECKING = False
if TYPE_CHECKING:  # an entry is shown before anything of a run is known: what runs are made of is imported then
    from tutor.clinic import Diagnosis, Fix
    from tutor.render.frames import Frames
    from tutor.trace import Step, Trace
    from tutor.worker.wire import ClaimChecked, Error, Finished, Operands

LINK = re.compile(r"https?://[!-~]+")
"""What a terminal is told to lead to: nothing in it can end the order that does so."""
DOCS = "https://docs.pytorch.org/docs/stable/generated/{}.html"


def title(entry: Entry, sheet: Sheet, aside: str = "") -> RenderableType:
    """`autograd/backward  Backpropagate ...` with facts of the run at the right, or below where it is narrow."""
    name = Text.assemble((clean(entry.id), "bold green"), "  ", (clean(entry.title.in_(sheet.lang)), "bold"))
    name.rstrip()
    room = sheet.width - name.cell_len - cell_len(aside)
    if room < 2:
        return Group(wrapped(name, sheet.width), *([Text(aside, style="dim")] if aside else []))
    return name.append(" " * room).append(aside, "dim") if aside else name


def introduction(entry: Entry, sheet: Sheet) -> Iterator[RenderableType]:
    """What it is about, the line it stands for, and where that line is wrong."""
    yield wrapped(prose(clean(entry.text.in_(sheet.lang))), min(sheet.width, MEASURE))
    if entry.sheet:
        yield labelled_prose(word("sheet", sheet.lang), Text(clean(entry.sheet.rstrip()), style="italic"), sheet)
    if entry.erratum:
        yield labelled_prose(word("erratum", sheet.lang), clean(entry.erratum.in_(sheet.lang)), sheet, "yellow")


def code_block(code: str) -> RenderableType:
    """Numbered source."""
    lines = highlight(clean("\n".join(source_lines(code.rstrip("\n")))))
    return Text("\n").join(Text.assemble((f"{i:>3} ", "dim")).append_text(line) for i, line in enumerate(lines, 1))


def step_lines(
    step: Step, code: str, sheet: Sheet, frames: Frames | None = None, trace: Trace | None = None
) -> Iterator[RenderableType]:
    """A top-level step as it is printed when it has ended, with pictures of the trace under its rows."""
    from tutor.render.ledger import Page, rows
    from tutor.trace import walk

    width = sheet.output if sheet.stacked else sheet.columns[3]
    page = Page(source_lines(code), sheet.lang, sheet.output, width, not (sheet.plain or sheet.ascii))
    inner = {s.id: s for s in walk((step,))}
    told = rows(step, page)
    for i, row in enumerate(told):
        yield row_lines(row, sheet)
        last = all(later.step != row.step for later in told[i + 1 :])  # a loop has a row above its body and one below
        if frames is not None and trace is not None and row.step in inner and last:
            yield from frames.under(inner[row.step], trace, row.step != step.id)


def claim_line(claim: Claim, result: ClaimChecked, sheet: Sheet) -> RenderableType:
    """A claim with its tick; what was seen, where it does not hold."""
    from tutor.render import values

    holds, fails = ("ok  ", "FAIL") if sheet.plain or sheet.ascii else ("✓", "✗")
    tick = Text(holds, style="bold green") if result.holds else Text(fails, style="bold red")
    code = clean(last_statement(claim.code))
    if claim.kind != "expr":
        code = label(f"claim {claim.kind}", sheet.lang) + code
    says = clean(claim.says.in_(sheet.lang)) if claim.says else ""
    beside = cell_len(says) + cell_len(code) + 4 + tick.cell_len <= sheet.width
    text = Text.assemble(says, ("   " if beside else "\n") if says else "", (code, "dim" if says else ""))
    if not result.holds:
        text.append(f"\n{label('seen', sheet.lang)}{seen(result.seen, sheet.lang)}", "red")
        for side in result.sides:
            text.append(f"\n{clean(side.code)} = ", "red")
            text.append_text(Text("\n").join(values.full(side.value, sheet.width - 10, sheet.lang)))
    return hanging(tick, text, tick.cell_len, sheet.width - tick.cell_len - 1, 1)


SEEN = (
    (re.compile(r"raises nothing"), "没有报错"),
    (re.compile(r"warns of nothing"), "没有警告"),
    (re.compile(r"is (.*), not a truth value", re.DOTALL), "是{}，不是真或假"),
    (re.compile(r"is (False|True)"), "是{}"),
    (re.compile(r"raises (.*)", re.DOTALL), "报错：{}"),
    (re.compile(r"warns (.*)", re.DOTALL), "警告：{}"),
)
"""What became of a claim, in the worker's words, and in Chinese."""


def seen(text: str, lang: Lang) -> str:
    """What happened in place of what was claimed."""
    if lang == "zh":
        for pattern, chinese in SEEN:
            found = pattern.fullmatch(text)
            if found is not None:
                return clean(chinese.format(*found.groups()))
    return clean(text)


def last_statement(code: str) -> str:
    """What a claim comes down to, on one line: its last statement, also if that is written on several."""
    try:
        line = ast.parse(code).body[-1].lineno
    except (SyntaxError, ValueError, IndexError):
        return code.strip().split("\n")[-1]
    said = ""
    for part in (part.strip() for part in code.split("\n")[line - 1 :]):
        said += part if not said or said[-1] in "([{" or part[:1] in ")]}" else f" {part}"
    return said.rstrip()


def trouble(trace: Trace, sheet: Sheet, told: tuple[Diagnosis, Fix | None] | None = None) -> Iterator[RenderableType]:
    """What is to be known of a run that did not end well, and what the clinic said of it."""
    error = trace.error if trace.finished is None or trace.finished.outcome == "raised" else None
    if error is not None:
        yield error_lines(error, sheet)
        if error.type == "EOFError" and "reading a line" in error.message:
            yield Text(word("read input", sheet.lang), style="yellow")
    if told is not None:
        from tutor.render.clinic import diagnosis_lines

        yield from diagnosis_lines(*told, trace.code, sheet)
    elif trace.operands is not None:
        yield operand_lines(trace.operands, sheet)


def error_lines(error: Error, sheet: Sheet) -> RenderableType:
    """Where it was raised: the snippet's own frames, with the part that failed marked."""
    parts: list[RenderableType] = []
    for frame in error.frames[-6:]:
        where = word("at line", sheet.lang, frame.line) + (f" {called(frame.function)}()" if frame.function else "")
        where += colon(sheet.lang)
        source = clean(frame.source)
        lead = len(source) - len(source.lstrip())
        line = Text.assemble((f"  {where}", "dim"))
        shown = Text(source.strip())
        if frame.column:
            start = frame.column - 1 - lead
            stop = frame.end_column - 1 - lead if frame.end_column > frame.column else len(shown)
            shown.stylize("bold red underline", max(0, start), max(start + 1, stop))
        parts.append(line.append_text(shown))
    said = clean(error.message.strip())
    parts.append(Text.assemble((called(error.type), "bold red"), f": {said}" if said else ""))
    parts += [Text(f"  {clean(note)}") for note in error.notes]
    if error.cause is not None:
        cause = error.cause
        first = (cause.message.strip().splitlines() or [""])[0]
        text = f"  {word('from', sheet.lang)} {cause.type}" + (f": {first}" if first else "")
        parts.append(Text(clean(text), style="dim"))
    return Group(*parts)


def operand_lines(operands: Operands, sheet: Sheet) -> RenderableType:
    """`what torch.mm was given` with names, shapes and types."""
    from tutor.render import values

    lines = [Text(word("operands", sheet.lang, called(operands.call)), style="bold")]
    for item in operands.operands:
        lines.append(
            Text.assemble("  ", (called(item.key), "bold"), "  ").append_text(values.brief(item.value, sheet.lang))
        )
    return Text("\n").join(lines)


def ending(finished: Finished, error: Error | None, lang: Lang) -> Text:
    """`finished  4.1 ms`, or why not."""
    good = finished.outcome == "finished"
    if finished.outcome == "raised":
        text = Text(word("raised", lang, called(error.type) if error else ""), style="bold red")
    else:
        text = Text(clean(named(finished.outcome, lang)), style="green" if good else "bold red")
    said = cause(finished, lang)
    if said:
        text.append(("：" if lang == "zh" else ": ") + said, "")
    if finished.line and not good:
        text.append(" " + word("at line", lang, finished.line), "")
    text.append(f"  {finished.ms:.1f} ms", "dim")
    if finished.peak:
        text.append("  " + word("peak", lang, f"{finished.peak / 2**20:.0f} MB"), "dim")
    if finished.strays:
        text.append("  " + word("stray processes", lang, finished.strays), "yellow")
    return text


def then_heading(then: Then, sheet: Sheet) -> RenderableType:
    """Above the run of the 0.3.0 form."""
    text = Text.assemble((word("then", sheet.lang), "bold magenta"), "  ", (word(then.today, sheet.lang), _today(then)))
    if then.match:
        text.append(colon(sheet.lang) + clean(then.match), "dim")
    return wrapped(text, sheet.width)


def then_changed(then: Then, sheet: Sheet) -> RenderableType:
    """What changed, and since when."""
    label = word("since", sheet.lang, then.since) if then.since else word("unchanged", sheet.lang)
    return labelled_prose(label, clean(then.changed.in_(sheet.lang)), sheet, "magenta")


def _today(then: Then) -> str:
    return {"works": "green", "warns": "yellow", "raises": "red"}[then.today]


def links(entry: Entry, sheet: Sheet) -> Iterator[Text]:
    """Related entries and the official documentation. An address is one line, also where it is longer than that: a
    terminal breaks it without an end of line, so that it can be copied."""
    if entry.see:
        see = Text(label("see", sheet.lang), style="dim").append("  ".join(clean(s) for s in entry.see), "")
        yield wrapped(see, sheet.width)
    for name in entry.docs:
        url = name if "://" in name else DOCS.format(name)
        yield Text(label("docs", sheet.lang), style="dim").append(
            clean(url), f"link {url}" if LINK.fullmatch(url) else ""
        )
