"""A pitfall: the wrong code beside the right one, with what each did and the measured difference.

Both codes come as traces, or not at all where nothing was run. Of a run only what tells the two apart is shown: output,
errors, the shapes of tensors and gradients, statement by statement; not what happens inside loops and calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.console import Group, RenderableType
from rich.text import Text

from tutor.catalogue.model import Lang, Pitfall
from tutor.clinic import diagnose
from tutor.render import page, values
from tutor.render.clean import clean
from tutor.render.clinic import operand_lines
from tutor.render.layout import (
    GUTTER,
    MEASURE,
    WIDE,
    Sheet,
    code_lines,
    folded,
    hanging,
    indented,
    prose,
    source_lines,
    two_columns,
    wrapped,
)
from tutor.render.ledger import Page, rows
from tutor.render.words import label, word
from tutor.trace import Step, Trace
from tutor.worker.wire import ArrayValue, ModuleValue, PlainValue, TensorValue, Value

Side = Literal["wrong", "right"]
SIDES: tuple[Side, ...] = ("wrong", "right")
MARKS = {"wrong": ("✗", "x", "bold red"), "right": ("✓", "ok", "bold green")}
BITES = {"raises": "red", "warns": "yellow", "silent": "magenta"}
INDENT = 2
LABEL = 6  # cells for `why` and `fix`
PIECES = 4  # lines of one message
MANY = 16  # elements of a tensor that is shown by its shape only
LONGEST = 48  # characters of a value in a sentence


@dataclass(frozen=True)
class Difference:
    """What was measured after the wrong code and after the right one."""

    measure: str
    """The expression; empty for a pitfall that raises."""
    wrong: Value | None
    """None where it was not run or did not come so far."""
    right: Value | None
    bit: bool
    """Whether the wrong code went wrong as its pitfall says."""
    cured: bool
    """Whether the right code ran to its end without the symptom."""


def difference(pitfall: Pitfall, wrong: Trace, right: Trace) -> Difference:
    """The two runs compared."""
    if pitfall.kind == "raises":
        error = wrong.error
        bit = error is not None and pitfall.match in f"{error.type}: {error.message}"
    else:
        bit = wrong.ok
    return Difference(pitfall.measure, measured(pitfall, wrong), measured(pitfall, right), bit, right.ok)


def measured(pitfall: Pitfall, trace: Trace) -> Value | None:
    """What the last statement came out as, which is the measurement."""
    ended = trace.finished is not None and trace.finished.outcome == "finished"
    return trace.steps[-1].value if pitfall.measure and ended and trace.steps else None


def summary(told: Difference, lang: Lang) -> Text:
    """`loss.item(): 0.5515 instead of 0.0001`; empty where nothing was measured."""
    if told.wrong is None or told.right is None:
        return Text()
    wrong, right = _short(told.wrong, lang), _short(told.right, lang)
    text = Text(" ".join(clean(told.measure).split()), style="bold cyan")
    return text.append(": " + word("instead of", lang, wrong, right) if wrong != right else "", "default")


def pitfall_lines(pitfall: Pitfall, wrong: Trace | None, right: Trace | None, sheet: Sheet) -> list[RenderableType]:
    """A pitfall from its heading to its fix; codes that were not run (None) are shown as they are written."""
    lines = [heading(pitfall, sheet), *_both(pitfall, wrong, right, sheet)]
    if wrong is not None and right is not None:
        lines += [indented(text, INDENT) for text in _verdict(difference(pitfall, wrong, right), sheet)]
    for key, said in (("why", pitfall.why), ("fix", pitfall.fix)):
        text = prose(clean(said.in_(sheet.lang)))
        lines.append(_paragraph(word(key, sheet.lang), text, sheet))
    return lines


def heading(pitfall: Pitfall, sheet: Sheet) -> RenderableType:
    """`! Softmax before CrossEntropyLoss  silently wrong  double-softmax`."""
    text = Text.assemble(("! ", "bold yellow"), prose(clean(pitfall.title.in_(sheet.lang)), "bold"), "  ")
    text.append(word(f"bites {pitfall.kind}", sheet.lang), BITES[pitfall.kind]).append(f"  {clean(pitfall.id)}", "dim")
    return wrapped(text, sheet.width)


def _paragraph(label: str, text: Text, sheet: Sheet) -> RenderableType:
    room = max(10, min(sheet.width, MEASURE) - INDENT - LABEL)
    return hanging(Text(" " * INDENT + label, style="dim"), text, INDENT + LABEL, room)


def beside(sheet: Sheet) -> bool:
    """Whether the two codes stand side by side."""
    return not sheet.plain and sheet.width >= WIDE


def _both(pitfall: Pitfall, wrong: Trace | None, right: Trace | None, sheet: Sheet) -> list[RenderableType]:
    traces: dict[Side, Trace | None] = {"wrong": wrong, "right": right}
    values_: dict[Side, list[Text]] = {side: [] for side in SIDES}
    width = (sheet.width - INDENT - 3) // 2 if beside(sheet) else sheet.width - INDENT
    if wrong is not None and right is not None:
        told = difference(pitfall, wrong, right)
        values_ = dict(zip(SIDES, _marked(told, width, sheet), strict=True))
    columns = [_side(side, pitfall, traces[side], values_[side], width, sheet) for side in SIDES]
    if not beside(sheet):
        return [indented(column, INDENT) for column in columns]
    return [indented(two_columns(columns, width, sheet), INDENT)]


def _side(
    side: Side, pitfall: Pitfall, trace: Trace | None, value: Sequence[Text], width: int, sheet: Sheet
) -> RenderableType:
    """One of the two codes under its name, with what it did and what was measured after it."""
    glyph, plain, style = MARKS[side]
    parts: list[RenderableType] = [
        Text(f"{plain if sheet.plain or sheet.ascii else glyph} {word(side, sheet.lang)}", style=style)
    ]
    code = pitfall.wrong if side == "wrong" else pitfall.right
    if trace is None:
        return Group(*parts, page.code_block(code))
    within = Sheet(width, sheet.lang, sheet.plain, ascii=sheet.ascii)
    own = code.rstrip().count("\n") + 1
    for step in trace.steps:
        if step.line <= own:
            parts += _step(step, code, within)
    failed = diagnose(code, trace)
    if failed is not None and failed.operands:
        parts.append(indented(operand_lines(failed, replace(within, width=width - GUTTER)), GUTTER))
    if trace.finished is not None and trace.finished.outcome not in ("finished", "raised"):
        parts.append(page.ending(trace.finished, trace.error, sheet.lang))
    return Group(*parts, *value)


def _step(step: Step, code: str, sheet: Sheet) -> list[RenderableType]:
    """A statement, and under it what it did itself."""
    room = sheet.width - GUTTER - 2
    out: list[RenderableType] = []
    for row in rows(
        _essential(step), Page(source_lines(code), sheet.lang, room, room, not (sheet.plain or sheet.ascii))
    ):
        lines = code_lines(row, sheet.width)
        facts = [*row.output, *row.shapes, *row.gradients]
        if len(lines) == len(facts) == 1 and row.shapes and lines[0].cell_len + facts[0].cell_len + 5 <= sheet.width:
            lines = [lines[0].append("   # ", "dim").append_text(facts.pop())]
        out += [*lines, *(indented(piece, GUTTER + 2) for fact in facts for piece in _few(folded(fact, room)))]
    return out


def _few(pieces: list[Text]) -> list[Text]:
    """The beginning of a long message: what follows is advice that the pitfall gives itself."""
    return pieces if len(pieces) <= PIECES else [*pieces[: PIECES - 1], pieces[PIECES - 1].append(" ...", "dim")]


def _essential(step: Step) -> Step:
    """A step without its iterations and calls. Of what it bound, tensors without their values: those worth a look are
    measured. Neither modules nor what calls for nothing, such as the generator that `torch.manual_seed` returns."""
    told = tuple(
        replace(c, value=_bare(c.value)) for c in step.changes if isinstance(c.value, TensorValue | ArrayValue)
    )
    idle = isinstance(step.value, PlainValue) and step.value.text.startswith("<")
    value: Value | None = None if idle or isinstance(step.value, ModuleValue) else step.value
    if isinstance(value, TensorValue) and value.numel > MANY:
        value = _bare(value)
    inner = tuple(_essential(child) for child in step.children if child.kind == "statement")
    return replace(step, value=value, changes=told, children=inner)


def _bare(value: Value | None) -> Value | None:
    return replace(value, values=None) if isinstance(value, TensorValue) else value


def _marked(told: Difference, width: int, sheet: Sheet) -> tuple[list[Text], list[Text]]:
    """The measured values under their expression; the lines in which they differ carry colour and mark."""
    if not told.measure:
        return [], []
    lines = [[] if v is None else values.full(v, width - GUTTER - 4, sheet.lang) for v in (told.wrong, told.right)]
    alike = len(lines[0]) == len(lines[1])
    out: list[list[Text]] = []
    for side, mine, other in zip(SIDES, lines, reversed(lines), strict=True):
        glyph, plain, style = MARKS[side]
        column = [Text(" " * GUTTER).append_text(piece) for piece in _expression(told.measure, width - GUTTER)]
        results = []
        for i, line in enumerate(mine):
            differs = not alike or line.plain != other[i].plain
            mark = (plain if sheet.plain or sheet.ascii else glyph) if differs else " "
            results.append(Text.assemble((f"{mark} ", style), (line.plain, style if differs else "")))
        if len(column) == len(results) == 1 and column[0].cell_len + results[0].cell_len + 3 <= width:
            column = [column[0].append("   ").append_text(results.pop())]
        out.append([*column, *(Text(" " * (GUTTER + 2)).append_text(result) for result in results)])
    return out[0], out[1]


def _expression(code: str, width: int) -> list[Text]:
    return [piece for line in clean(code).split("\n") for piece in folded(Text(line, style="bold cyan"), width)]


def _verdict(told: Difference, sheet: Sheet) -> list[Text]:
    """What did not go as the pitfall says; nothing where all did."""
    lines = []
    if not told.bit:
        lines.append(Text(f"{label('wrong', sheet.lang)}{word('does not bite', sheet.lang)}", style="yellow"))
    if not told.cured:
        lines.append(Text(f"{label('right', sheet.lang)}{word('goes wrong too', sheet.lang)}", style="bold red"))
    return lines


def _short(value: Value, lang: Lang) -> str:
    """A value in a sentence: itself where it is short, else what it is."""
    text = " ".join(line.plain.strip() for line in values.full(value, LONGEST, lang))
    return text if len(text) <= LONGEST else values.brief(value, lang).plain
