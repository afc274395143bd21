"""All that is known of one statement: what a row of the ledger has no room for."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tutor.render import ledger, numbers, page, values
from tutor.render.clean import called, clean, printed
from tutor.render.layout import Sheet, code_lines, wrapped
from tutor.render.words import named, word
from tutor.trace import Step, Trace
from tutor.worker.wire import (
    ArrayValue,
    Change,
    ContainerValue,
    Gradient,
    Item,
    ModuleValue,
    OptimizerValue,
    PlainValue,
    Scalar,
    Series,
    Stats,
    TensorValue,
    Value,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.clinic import Diagnosis, Fix

PRINTED = 400  # lines of output
ROWS = 64  # of a table of parameters


def details(
    step: Step, trace: Trace, source: tuple[str, ...], sheet: Sheet, told: tuple[Diagnosis, Fix | None] | None = None
) -> Iterator[RenderableType]:
    """Paragraphs, the most telling first; the code it is about stands above them. `told` is what the clinic said of
    the error of the run."""
    yield _code(step, source, sheet)
    if step.error is not None and step.state == "raised":
        yield from (
            page.trouble(trace, sheet, told) if trace.error is step.error else [page.error_lines(step.error, sheet)]
        )
    for warned in step.warnings:
        times = f" ×{warned.times}" if warned.times > 1 else ""
        head = Text.assemble(("! ", "bold yellow"), (called(warned.category) + times, "yellow"))
        yield Group(head, wrapped(Text(clean(warned.text.strip())), sheet.width))
    yield from _printed(step, sheet)
    if step.value is not None:
        yield _titled(Text(word("value", sheet.lang), style="bold"), step.value, sheet)
    for gradient in step.gradients:
        yield _gradient(gradient, sheet)
    for change in step.changes:
        if not ledger.uninteresting(change):
            yield _change(change, sheet)
    if step.series:
        yield Text("\n").join(_series(s, sheet) for s in step.series)
    yield _cost(step, sheet)


def step_of(trace: Trace, id: int) -> Step | None:
    """The step of a row."""
    from tutor.trace import walk

    return next((step for step in walk(trace.steps) if step.id == id), None)


def step_at(trace: Trace, line: int) -> Step | None:
    """What a line of code did: of the steps that begin there, or span it, the innermost and latest."""
    from tutor.trace import walk

    found: Step | None = None
    for step in walk(trace.steps):
        if step.kind != "setup" and step.line <= line <= step.end_line and (found is None or step.line >= found.line):
            if step.kind in ("iteration", "call") and found is not None:
                continue
            found = step
    return found


def _code(step: Step, source: tuple[str, ...], sheet: Sheet) -> RenderableType:
    if step.kind == "call":
        return Text(word("calls", sheet.lang, called(step.label)), style="italic cyan")
    if step.kind == "iteration":
        label = f": {called(step.label)}" if step.label else ""
        return Text(word("iteration", sheet.lang, step.index + 1) + label, style="italic cyan")
    lines = source[step.line - 1 : min(step.end_line, step.line + 7)] if step.line > 0 else ()
    return Group(*code_lines(ledger.Row(max(step.line, 1), tuple(map(clean, lines))), sheet.width))


def _printed(step: Step, sheet: Sheet) -> Iterator[RenderableType]:
    for output in step.outputs:
        lines = output.text.rstrip("\n").split("\n")
        if len(lines) > PRINTED:
            gap = word("more lines", sheet.lang, len(lines) - PRINTED)
            lines = [*lines[: PRINTED // 2], gap, *lines[-PRINTED // 2 :]]
        if output.skipped:
            yield Text(word("bytes left out", sheet.lang, f"{output.skipped:,}"), style="dim")
        yield Text(
            "\n".join(printed(line, sheet.lang) for line in lines), style="yellow" if output.stream == "stderr" else ""
        )


def _titled(title: Text, value: Value, sheet: Sheet) -> RenderableType:
    head = title.append("  ").append_text(values.brief(value, sheet.lang))
    return Group(wrapped(head, sheet.width), *_whole(value, sheet))


def _change(change: Change, sheet: Sheet) -> RenderableType:
    name = Text(called(change.name), style="bold")
    if change.value is None:
        return name.append(" " + word("deleted", sheet.lang), "dim")
    if change.how == "mutated":
        name.append(f" ~ {word('mutated', sheet.lang)}", "yellow")
    parts = [_titled(name, change.value, sheet)]
    if change.before is not None and _elements(change.before):
        parts += [Text(f"  {word('before', sheet.lang)}", style="dim"), *_values(change.before, sheet)]
    return Group(*parts)


def _gradient(gradient: Gradient, sheet: Sheet) -> RenderableType:
    style = ledger.HOW.get(gradient.how, "")
    sign, how = ledger.SIGN.get(gradient.how, "?"), clean(named(gradient.how, sheet.lang))
    passing = gradient.how == "reached"
    name = called(gradient.name) + ("" if passing else ".grad")
    head = Text.assemble((f"{sign} ", style), (name, f"bold {style}"), (f" {how}", style))
    parts: list[RenderableType] = []
    if gradient.value is not None:
        parts.append(_titled(head, gradient.value, sheet))
    else:
        parts.append(head)
    if gradient.before is not None and _elements(gradient.before):
        parts += [Text(f"  {word('before', sheet.lang)}", style="dim"), *_values(gradient.before, sheet)]
    return Group(*parts)


def _elements(value: Value) -> bool:
    return isinstance(value, (TensorValue, ArrayValue)) and value.values is not None


def _values(value: Value, sheet: Sheet) -> list[Text]:
    if not isinstance(value, (TensorValue, ArrayValue)):
        return values.full(value, sheet.width - 2, sheet.lang)
    return [Text("  ").append_text(line) for line in values.elements(value, sheet.width - 2)]


def _whole(value: Value, sheet: Sheet) -> Iterator[RenderableType]:
    match value:
        case TensorValue():
            yield from _values(value, sheet)
            yield from _facts(value, sheet)
        case ArrayValue():
            yield from _values(value, sheet)
            yield from [_stats(value.stats, sheet)] if value.stats is not None else []
        case ModuleValue():
            yield from _module(value, sheet)
        case OptimizerValue():
            yield from _optimizer(value, sheet)
        case ContainerValue():
            yield from _container(value, sheet)
        case PlainValue():
            yield from [Text(clean(value.text))] if "\n" in value.text or len(value.text) > 40 else []


def _optimizer(value: OptimizerValue, sheet: Sheet) -> Iterator[RenderableType]:
    for group in value.groups:
        options = "  ".join(f"{key}={text}" for key, text in group.options)
        count = word("parameters", sheet.lang, group.parameters)
        yield wrapped(Text(f"  {count}  {clean(options)}"), sheet.width)
    for item in value.state:
        yield from _member(item, sheet)


def _container(value: ContainerValue, sheet: Sheet) -> Iterator[RenderableType]:
    for item in value.items:
        yield from _member(item, sheet)
    if value.length > len(value.items):
        yield Text("  " + word("more", sheet.lang, value.length - len(value.items)), style="dim")


def _member(item: Item, sheet: Sheet) -> Iterator[RenderableType]:
    head = Text.assemble("  ", (called(item.key), "bold"), " ").append_text(values.brief(item.value, sheet.lang))
    yield head
    if isinstance(item.value, (TensorValue, ArrayValue)) and item.value.numel > 1:
        yield from (Text("  ").append_text(line) for line in _values(item.value, sheet))


def _facts(value: TensorValue, sheet: Sheet) -> Iterator[RenderableType]:
    """Statistics, then where it lives and how its elements lie there."""
    if value.note:
        yield Text(f"  {clean(value.note)}", style="dim")
    if value.stats is not None and value.numel > 1:
        yield _stats(value.stats, sheet)
    lang = sheet.lang
    facts = [word("elements", lang, f"{value.numel:,}"), _bytes(value.bytes), clean(value.device)]
    if value.strides:
        facts.append(word("strides", lang, f"{value.strides}".replace(",)", ")")))
        facts.append(word("contiguous" if value.contiguous else "not contiguous", lang))
    if value.offset:
        facts.append(word("offset", lang, value.offset))
    if value.shares:
        facts.append(word("shares", lang, called(value.shares)))
    if value.requires_grad:
        facts.append(f"{word('leaf', lang)}, requires_grad" if value.is_leaf else called(value.grad_fn))
    yield wrapped(Text("  " + "  ·  ".join(facts), style="dim"), sheet.width)


def _bytes(count: int) -> str:
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("kB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def _stats(stats: Stats, sheet: Sheet) -> Text:
    named = (("min", stats.min), ("max", stats.max), ("mean", stats.mean), ("std", stats.std), ("norm", stats.norm))
    told = [Text.assemble((f"{name} ", "dim"), _figure(value)) for name, value in named if value is not None]
    if stats.nan or stats.inf:
        told.append(Text(values.bad(stats), style="bold red"))
    lines = [Text("  ")]
    for fact in told:
        if lines[-1].cell_len > 2 and lines[-1].cell_len + fact.cell_len > sheet.width:
            lines.append(Text("  "))  # a name and its number stay together
        lines[-1].append_text(fact).append("  ")
    return Text("\n").join(lines)


def _figure(value: Scalar) -> str:
    return numbers.figure(value, 5)


def _module(value: ModuleValue, sheet: Sheet) -> Iterator[RenderableType]:
    lang = sheet.lang
    mode = word("training" if value.training else "eval", lang)
    facts = f"  {word('parameters', lang, value.count)}  ·  {word('elements', lang, f'{value.total:,}')}  ·  {mode}"
    yield Text(facts, style="dim")
    for item in value.children:
        text = clean(item.value.text) if isinstance(item.value, PlainValue) else ""
        yield Text.assemble("  ", (called(item.key), "bold"), f" {called(item.value.type)}({text})")
    table = Table.grid(padding=(0, 2))
    for p in value.parameters[:ROWS]:
        norm = f"|{_figure(p.norm)}|" if p.norm is not None else ""
        table.add_row(
            Text("  " + called(p.name), style="bold"),
            Text(values.shape(p.shape), style=values.SHAPE),
            Text(values.dtype(p.dtype), style="dim"),
            Text(f"{p.numel:,}"),
            Text(norm),
            Text("" if p.requires_grad else "requires_grad=False", style="yellow"),
        )
    if value.parameters:
        yield table
    if value.count > len(value.parameters[:ROWS]):
        yield Text("  " + word("more", lang, value.count - len(value.parameters[:ROWS])), style="dim")


def _series(series: Series, sheet: Sheet) -> Text:
    return ledger.curve(series, sheet.width, not (sheet.plain or sheet.ascii))


def _cost(step: Step, sheet: Sheet) -> Text:
    text = Text(f"{step.ms:.2f} ms" if step.state != "running" else "", style="dim")
    if step.memory:
        text.append("  " + word("peak", sheet.lang, f"+{_bytes(step.memory)}"))
    if step.done:
        text.append("  " + word("iterations", sheet.lang, step.done))
    return text
