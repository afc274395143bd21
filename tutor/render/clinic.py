"""An error explained: what the failing call was given, with what does not fit marked; what and why; and a fix that was
tried, as the lines it takes away and those it puts there.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.clinic import Diagnosis, Edit, Fix, Operand
from tutor.render import values
from tutor.render.clean import called, clean, written
from tutor.render.layout import MEASURE, Sheet, folded, hanging, prose, source_lines
from tutor.render.words import word
from tutor.trace import Step
from tutor.worker.wire import TensorValue

INDENT = 2
LABEL = 6  # cells for `what`, `why`, `fix`


def diagnosis_lines(diagnosis: Diagnosis, fix: Fix | None, code: str, sheet: Sheet) -> Iterator[RenderableType]:
    """A diagnosis of a run of `code`, under the error it is of."""
    if diagnosis.operands:
        yield operand_lines(diagnosis, sheet)
    if diagnosis.what is not None:
        yield _paragraph("what", _prose(diagnosis.what.in_(sheet.lang)), sheet)
    if diagnosis.why is not None:
        yield _paragraph("why", _prose(diagnosis.why.in_(sheet.lang)), sheet)
    if fix is not None:
        yield _paragraph("fix", fix_words(fix, sheet.lang), sheet)
        yield difference(code, fix.edit, sheet)


def _prose(text: str) -> Text:
    """Running text, in which the parts of models stand as code has them."""
    return prose("`".join(written(part) if i % 2 else part for i, part in enumerate(clean(text).split("`"))))


def operand_lines(diagnosis: Diagnosis, sheet: Sheet) -> RenderableType:
    """`x  2x3 f32  <- dim 1: 3`, one under the other."""
    lines = [Text(word("operands", sheet.lang, clean(diagnosis.call) or "?"), style="bold")]
    wide = max(len(called(o.name)) for o in diagnosis.operands)
    for operand in diagnosis.operands:
        line = Text.assemble("  ", (called(operand.name).ljust(wide), "bold"), "  ")
        lines.append(line.append_text(values.brief(operand.value, sheet.lang)).append_text(mark(operand, sheet)))
    return Text("\n").join(piece for line in lines for piece in folded(line, sheet.width))


def mark(operand: Operand, sheet: Sheet) -> Text:
    """What does not fit of an operand, in words and not in colour alone."""
    arrow = "  <- " if sheet.plain or sheet.ascii else "  ← "
    if operand.misfits and isinstance(operand.value, TensorValue):
        shape = operand.value.shape
        told = ", ".join(word("size in dim", sheet.lang, d, shape[d]) for d in operand.misfits)
        return Text(arrow + told, style="bold red")
    return Text(arrow + word("does not fit", sheet.lang), style="bold red") if operand.wrong else Text()


def fix_words(fix: Fix, lang: Lang) -> Text:
    """`transpose w. Tried: it runs to its end.`"""
    text = _prose(fix.edit.says.in_(lang))
    text.append(word("stop", lang))
    if fix.finished:
        text.append(word("tried to the end", lang), "green")
    else:
        text.append(word("tried so far", lang, fix.line, clean(fix.error)), "yellow")
    made = result(fix.step, lang)
    return text.append(word("result", lang)).append_text(made) if made is not None else text


def result(step: Step | None, lang: Lang) -> Text | None:
    """`y 2x5 f32`: what a mended statement made, where it is a tensor."""
    if step is None:
        return None
    for change in step.changes:
        if isinstance(change.value, TensorValue) and change.how in ("new", "rebound"):
            return Text.assemble((called(change.name), "bold"), " ").append_text(values.brief(change.value, lang))
    return values.brief(step.value, lang) if isinstance(step.value, TensorValue) else None


def difference(code: str, edit: Edit, sheet: Sheet) -> RenderableType:
    """The lines that go and those that come, with their numbers."""
    old = source_lines(code)[edit.line - 1 : edit.end_line]
    new = source_lines(edit.text)
    if len(old) == len(new):
        differ = [i for i, line in enumerate(old) if line != new[i]]
        gone, come = [(i, old[i]) for i in differ], [(i, new[i]) for i in differ]
    else:
        gone, come = list(enumerate(old)), list(enumerate(new))
    lines = [_line(edit.line + i, "-", line, "red", sheet) for i, line in gone]
    return Group(*lines, *(_line(edit.line + i, "+", line, "green", sheet) for i, line in come))


def _line(number: int, sign: str, source: str, style: str, sheet: Sheet) -> Text:
    lead = Text.assemble((f"{number:>{INDENT + LABEL}} ", "dim"), (f"{sign} ", f"bold {style}"))
    room = max(8, sheet.width - lead.cell_len)
    first, *rest = folded(Text(clean(source), style=style), room)
    more = [Text(" " * lead.cell_len).append_text(piece) for piece in rest]
    return Text("\n").join([lead.append_text(first), *more])


def _paragraph(key: str, text: Text, sheet: Sheet) -> RenderableType:
    room = max(10, min(sheet.width, MEASURE) - INDENT - LABEL)
    return hanging(Text(" " * INDENT + word(key, sheet.lang), style="dim"), text, INDENT + LABEL, room)
