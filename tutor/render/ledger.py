"""The ledger: one row per statement, with what it printed, what shapes it made and what it did to gradients.

A Trace becomes rows (content only), rows become lines at a width: side by side where there is room, stacked under the
code where there is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import called, clean, printed
from tutor.render.words import colon, named, word
from tutor.trace import Output, Step
from tutor.worker.wire import Change, Error, Gradient, ModuleValue, PlainValue, Series, TensorValue, Value, Warned

SMALL = 12  # elements: an assigned tensor up to this size is shown with its values
GENERATOR = "torch.Generator"
IMPORTED = ("module", "function", "type", "builtin_function_or_method", "__future__._Feature")
MEMBERS = 6  # changes or gradients of one statement that are listed
HOW = {
    "filled": "green",
    "accumulated": "yellow",
    "zeroed": "blue",
    "cleared": "blue",
    "changed": "yellow",
    "reached": "dim",
}
SIGN = {"filled": "+", "accumulated": "+=", "zeroed": "0", "cleared": "x", "changed": "~", "reached": ">"}
BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Row:
    """A line of source and what it did."""

    line: int
    """Of the first line of `code`; 0 for a row that is no code."""
    code: tuple[str, ...]
    output: tuple[Text, ...] = ()
    shapes: tuple[Text, ...] = ()
    gradients: tuple[Text, ...] = ()
    state: str = "done"
    kind: str = "statement"
    depth: int = 0
    """Steps around it."""
    step: int = -1
    """The id of the step it tells of; -1 for a line that is none, as `else:`."""


@dataclass(frozen=True)
class Page:
    """What rows are made for: a source, a language and the widths of two columns."""

    source: tuple[str, ...]
    lang: Lang = "en"
    width: int = 40
    """Cells for an output."""
    gradients: int = 30
    """Cells for a gradient."""
    bars: bool = True
    """Whether block characters may be drawn."""


# -------------------------------------------------------------------------------------------------- rows


def rows(step: Step, page: Page, depth: int = 0) -> list[Row]:
    """A step and the steps inside it."""
    if step.kind == "setup":
        return _setup(step, page)
    if step.kind in ("iteration", "call"):
        return _inner(step, page, depth)
    code, state = _code(step, page), "done" if _left(step) else step.state
    own = Row(
        step.line,
        code,
        tuple(_output(step, page)),
        tuple(_shapes(step, page)),
        tuple(_gradients(step, page)),
        state,
        "statement",
        depth,
        step.id,
    )
    loop = step.children and step.children[0].kind == "iteration"
    if loop:
        return [
            Row(own.line, code, state=state, depth=depth, step=step.id),
            *_iterations(step, page, depth),
            *_closing(own, step, page),
        ]
    out = [own]
    below = step.line + len(code)
    for child in step.children:
        if child.kind == "statement":
            out += _keyword(child, page, below, depth + 1)
            below = child.end_line + 1
        out += rows(child, page, depth + 1)
    return out


def _left(step: Step) -> bool:
    """Whether it ended the script as `sys.exit()` does, which is no failure."""
    return step.error is not None and step.error.type == "SystemExit" and step.error.message in ("", "0")


def _setup(step: Step, page: Page) -> list[Row]:
    """Told only when something came of it."""
    if not (step.outputs or step.warnings or step.error):
        return []
    return [
        Row(0, (word("setup", page.lang),), tuple(_output(step, page)), state=step.state, kind="setup", step=step.id)
    ]


def _inner(step: Step, page: Page, depth: int) -> list[Row]:
    """An iteration or a call: a heading, then its statements. What a call returns stands at its `return`."""
    if step.kind == "call":
        label = word("calls", page.lang, called(step.label))
    else:
        at = f"{colon(page.lang)}{called(step.label)}" if step.label else ""
        label = word("iteration", page.lang, step.index + 1) + at
    told = [c for c in step.changes if c.name != "self" and not isinstance(c.value, PlainValue)]
    shapes = [line for c in told[:MEMBERS] for line in _changed(c, page)[:1]]
    said = [line for part in step.outputs for line in output_lines(part, page.lang)]
    head = Row(0, (label,), tuple(said), tuple(shapes), state=step.state, kind=step.kind, depth=depth, step=step.id)
    return [head, *(row for child in step.children for row in rows(child, page, depth + 1))]


def _iterations(step: Step, page: Page, depth: int) -> list[Row]:
    """The first and the last, with what lies between summed up."""
    out: list[Row] = []
    last = -1
    for child in step.children:
        gap = child.index - last - 1
        if gap > 0:
            out.append(Row(0, (word("iterations between", page.lang, gap),), kind="gap", depth=depth + 1))
        out += rows(child, page, depth + 1)
        last = child.index
    return out


def _closing(own: Row, step: Step, page: Page) -> list[Row]:
    """What a loop came to as a whole, under its iterations."""
    if not (own.output or own.shapes or own.gradients or step.done > 2):
        return []
    label = word("iterations", page.lang, step.done) if step.done else ""
    return [Row(0, (label,), own.output, own.shapes, own.gradients, own.state, "sum", own.depth + 1, step.id)]


def _keyword(child: Step, page: Page, below: int, depth: int) -> list[Row]:
    """`else:`, `except ...:` and the like, which are no statements but stand above one."""
    above = child.line - 1
    text = page.source[above - 1].strip() if 0 < above <= len(page.source) else ""
    if above < below or not text.endswith(":"):
        return []
    return [Row(above, (clean(page.source[above - 1]),), depth=depth)]


def _code(step: Step, page: Page) -> tuple[str, ...]:
    """The lines of a statement; of one that opened, those above its first inner statement."""
    end = step.end_line
    first = next((c for c in step.children if c.kind in ("statement", "iteration")), None)
    if first is not None:
        start = first.line if first.kind == "statement" else min((c.line for c in first.children), default=end + 1)
        end = max(step.line, min(end, start - 1))
        while end > step.line and _is_branch("".join(page.source[end - 1 : end])):
            end -= 1
    return tuple(clean(line) for line in page.source[step.line - 1 : end]) or ("",)


def _is_branch(line: str) -> bool:
    return line.strip().split(" ")[0].rstrip(":") in ("else", "elif", "except", "finally", "case")


# ----------------------------------------------------------------------------------------------- columns


def _output(step: Step, page: Page) -> list[Text]:
    out: list[Text] = []
    for part in step.outputs:
        out += output_lines(part, page.lang)
    for warned in step.warnings:
        out += _warned(warned)
    value = None if _tells_nothing(step.value) else step.value
    if value is not None and not (isinstance(value, TensorValue) and value.values is None and not value.note):
        out += values.full(value, page.width, page.lang)
    elif not step.children:
        for change in step.changes:
            out += _small(change, page)
    for series in step.series[:3]:
        out.append(curve(series, page.width, page.bars))
    if step.error is not None and not _left(step):
        out += _raised(step.error)
    return out


def _tells_nothing(value: Value | None) -> bool:
    """Whether it is what `torch.manual_seed` gives back: the generator it has seeded."""
    return isinstance(value, PlainValue) and value.type == GENERATOR


def _raised(error: Error) -> list[Text]:
    """What was raised; not the interrupt by which a run is stopped, of which its end tells."""
    message = clean(error.message).strip().split("\n")
    if error.type == "KeyboardInterrupt" and message == [""]:
        return []
    first = Text.assemble((called(error.type), "bold red"), f": {message[0]}" if message[0] else "")
    return [first, *(Text(line) for line in message[1:6])]


def output_lines(part: Output, lang: Lang) -> list[Text]:
    """What was printed; of much, the beginning and the end."""
    style = "yellow" if part.stream == "stderr" else ""
    lines = part.text.rstrip("\n").split("\n")
    left = len(lines) - 2 * numbers.LINES
    if left > 0:
        lines = [*lines[: numbers.LINES], *lines[-numbers.LINES :]]
    out = [Text(printed(line, lang), style=style) for line in lines]
    if left > 0:
        out.insert(numbers.LINES, Text(word("more lines", lang, left), style="dim"))
    if part.skipped:
        out.insert(0, Text(word("bytes left out", lang, f"{part.skipped:,}"), style="dim"))
    return out


def _warned(warned: Warned) -> list[Text]:
    text = clean(warned.text).strip().split("\n")[0]
    return [Text.assemble(("! ", "bold yellow"), (called(warned.category), "yellow"), f": {text}")]


def _small(change: Change, page: Page) -> list[Text]:
    """`x = [1.0, 2.0]` of an assigned tensor that is small enough to read."""
    value = change.value
    if not isinstance(value, TensorValue) or value.values is None or value.numel > SMALL or value.numel == 0:
        return []
    if "." in change.name:
        return []
    name = f"{called(change.name)} = "
    lines, under = (numbers.lines(value.values, max(8, page.width - used)) for used in (len(name), 0))
    cut = any(numbers.GAP in line for line in lines) and not any(numbers.GAP in line for line in under)
    if cut or max(map(len, lines)) + len(name) > page.width or len(lines) > len(under):  # there is more room below
        return [Text(line, style="dim") for line in (name.rstrip(), *under)]
    return [Text((name if i == 0 else " " * len(name)) + line, style="dim") for i, line in enumerate(lines)]


def _shapes(step: Step, page: Page) -> list[Text]:
    out: list[Text] = []
    if step.value is not None and not isinstance(step.value, PlainValue):
        out.append(values.brief(step.value, page.lang))
    told = [c for c in step.changes if not uninteresting(c) and not (c.how == "deleted" and step.children)]
    for change in told[:MEMBERS]:
        out += _changed(change, page)
    if len(told) > MEMBERS:
        out.append(Text(word("more", page.lang, len(told) - MEMBERS), style="dim"))
    return out


def uninteresting(change: Change) -> bool:
    """Imports, and what `def` and `class` bind: the code says it."""
    value = change.value
    return isinstance(value, PlainValue) and (value.type in IMPORTED or value.text.startswith("<class "))


def _changed(change: Change, page: Page) -> list[Text]:
    out = Text(called(change.name), style="bold")
    if change.how == "deleted":
        return [out.append(" " + word("deleted", page.lang), "dim")]
    if change.how == "mutated":
        out.append(" ~ ", "bold yellow")
        was, now = _norm(change.before), _norm(change.value)
        if was and now and ("." in change.name or "[" in change.name):
            return [out.append(f"|{was}| -> |{now}|")]
    else:
        out.append("  ")
    if change.value is not None:
        out.append_text(values.brief(change.value, page.lang))
    if isinstance(change.value, ModuleValue) and change.how != "mutated":
        return [out, *_parameters(change.value, page.lang)]
    return [out]


def _parameters(module: ModuleValue, lang: Lang) -> list[Text]:
    out = [_parameter(p.name, p.shape) for p in module.parameters[:MEMBERS]]
    rest = module.count - len(out)
    return [*out, Text("  " + word("more", lang, rest), style="dim")] if rest > 0 else out


def _parameter(name: str, shape: tuple[int, ...]) -> Text:
    return Text.assemble("  ", (called(name), ""), " ", (values.shape(shape), values.SHAPE))


def _norm(value: object) -> str:
    stats = value.stats if isinstance(value, TensorValue) else None
    return numbers.figure(stats.norm, 5) if stats is not None and stats.norm is not None else ""


def _gradients(step: Step, page: Page) -> list[Text]:
    """One by one where they are few; those of a whole module together, by what happened to them."""
    out: list[Text] = []
    kinds: dict[str, list[Gradient]] = {}
    for gradient in sorted(step.gradients, key=lambda g: g.how == "reached"):
        kinds.setdefault(gradient.how, []).append(gradient)
    for how, told in kinds.items():
        if len(told) == 1 or how == "reached":
            out += [line for g in told[:MEMBERS] for line in _gradient(g, page)]
        else:
            out += _together(how, told, page)
    return out


def _together(how: str, told: list[Gradient], page: Page) -> list[Text]:
    """`+ filled: 4 gradients` and a line for each with its size; names alone where nothing is left of them."""
    count = word("count of gradients", page.lang, len(told))
    said = f"{clean(named(how, page.lang))}{colon(page.lang)}{count}"
    out = [Text(f"{SIGN.get(how, '?')} {said}", style=HOW.get(how, ""))]
    if how in ("cleared", "zeroed"):
        names = " ".join(called(g.name) for g in told[:MEMBERS])
        return [*out, Text("  " + names + (" …" if len(told) > MEMBERS else ""), style="dim")]
    for g in told[:MEMBERS]:
        line = Text.assemble("  ", (called(g.name), "bold"))
        if g.value is not None:
            line.append(f" {values.shape(g.value.shape)}", values.SHAPE)
            was = f"|{_norm(g.before)}| -> " if _norm(g.before) else ""
            line.append(f" {was}|{_norm(g.value)}|" if _norm(g.value) else "")
        out.append(line)
    if len(told) > MEMBERS:
        out.append(Text("  " + word("more", page.lang, len(told) - MEMBERS), style="dim"))
    return out


def _gradient(gradient: Gradient, page: Page) -> list[Text]:
    """`+ x.grad filled 2x2 |6.2|`, and the values where they are few."""
    style = HOW.get(gradient.how, "")
    now, was = gradient.value, gradient.before
    passing = gradient.how == "reached"
    name = called(gradient.name) + ("" if passing else ".grad")
    out = Text.assemble((f"{SIGN.get(gradient.how, '?')} ", style), (name, style if passing else "bold"), " ")
    out.append(clean(named(gradient.how, page.lang)), style)
    if gradient.how in ("accumulated", "changed") and _norm(was):
        out.append(f" |{_norm(was)}| -> |{_norm(now)}|")
    elif now is not None and gradient.how != "zeroed" and now.shape:
        out.append(f" {values.shape(now.shape)}", values.SHAPE)
        if _norm(now) and now.numel > 1:
            out.append(f" |{_norm(now)}|", "dim" if passing else "")
    if now is None or now.values is None or gradient.how == "zeroed" or now.numel > (1 if passing else SMALL):
        return [out]
    lines = numbers.lines(now.values, max(8, page.gradients - 2))
    if len(lines) == 1 and out.cell_len + len(lines[0]) + 1 <= page.gradients:
        return [out.append(" " + lines[0], "dim" if passing else "")]
    return [out, *(Text("  " + line) for line in lines)]


def curve(series: Series, width: int, bars: bool = True) -> Text:
    """`loss 628.3 ▇▅▃▂▁ 0.0007`: a series from its first to its last value."""
    points = [float(y) for _, y in series.points if isinstance(y, (int, float))]
    out = Text.assemble((called(series.name), "bold"), " ")
    if not points:
        return out
    first, last = numbers.figure(points[0]), numbers.figure(points[-1])
    room = width - len(series.name) - len(first) - len(last) - 4
    if room < 4 or len(points) < 3 or not bars:
        return out.append(f"{first} -> {last}")
    picked = (
        [points[round(i * (len(points) - 1) / (room - 1))] for i in range(min(room, len(points)))]
        if room > 1
        else points
    )
    picked = points if len(points) <= room else picked
    largest = max(map(abs, picked))
    picked = [y / largest for y in picked] if largest > 1e300 else picked  # no difference of theirs is too large then
    low, high = min(picked), max(picked)
    span = high - low or 1.0
    return (
        out.append(f"{first} ")
        .append("".join(BARS[round((y - low) / span * (len(BARS) - 1))] for y in picked), "cyan")
        .append(f" {last}")
    )
