"""The layers of a model as it was called: what goes in and out, parameters, and FLOPs as torch counts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import values
from tutor.render.clean import called, clean
from tutor.render.pictures.canvas import Canvas, Kind, Picture, say
from tutor.render.pictures.drawing import DIM, NAME, Cell, finished, note, padded
from tutor.render.pictures.unrolled import Unrolled
from tutor.statements import found
from tutor.trace import Step, Trace
from tutor.worker.wire import Layer, Layers

ROWS = 40
SHAPE = "cyan"
NARROWEST = 18  # cells of the names of layers
DROPPED = ("inputs", "flops", "parameters")
"""Columns that give way where it is narrow, the first one first."""


@dataclass(frozen=True)
class Table:
    """A call of a model."""

    kind: ClassVar[Kind] = "module"
    pages: ClassVar[int] = 1
    layers: Layers

    def title(self, lang: Lang) -> str:
        """`layers of model, Sequential`."""
        name = called(self.layers.name) or say(lang, "a model", "模型")
        return say(lang, "layers of {}: {}", "{}的各层：{}").format(name, clean(self.layers.rows[0].type))

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """A row for each layer, in the order in which they were called, and the sum."""
        names = [_name(row) for row in self.layers.rows[:ROWS]]
        told = _columns(self.layers, canvas)
        kept = [key for key in told if key not in DROPPED]
        for key in (key for key in reversed(DROPPED) if key in told):  # the most telling ones back, as far as they fit
            if _width(told, [*kept, key]) + NARROWEST + 2 > canvas.width:
                break
            kept.append(key)
        order = [key for key in told if key in kept]
        room = max(4, canvas.width - _width(told, order) - 2)
        width = min(room, max(cell_len(t.plain) for t in names))
        out = [_row(Text(""), width, [(_head(key, canvas.lang), DIM) for key in order], told, order)]
        for n, name in enumerate(names):
            out.append(_row(name, width, [told[key][n] for key in order], told, order))
        left = self.layers.total - len(names)
        if left > 0:
            out.append(Text("  " + say(canvas.lang, "{} more", "还有{}层").format(left), style=DIM))
        return finished([*out, *note(self.words(canvas.lang), canvas)], canvas)

    def describe(self, lang: Lang) -> list[str]:
        """The sum, and each layer in words."""
        out = [f"{self.title(lang)}; {self.words(lang)}"]
        for row in self.layers.rows[:ROWS]:
            flops = say(lang, ", {} FLOPs", "，{} FLOPs").format(_figure(row.flops)) if row.flops > 0 else ""
            text = say(lang, "{}: {} to {}, {} parameters{}", "{}：{}到{}，{}个参数{}")
            shapes = (_shapes(row.inputs) or "-", _shapes(row.outputs) or "-")
            out.append(text.format(_name(row).plain.strip(), *shapes, f"{row.parameters:,}", flops))
        return out

    def words(self, lang: Lang) -> str:
        """`193 parameters, 93 of them trained; 768 FLOPs in this call`."""
        whole = self.layers.rows[0]
        text = say(lang, "{} parameters", "共{}个参数").format(f"{whole.parameters:,}")
        if whole.trainable != whole.parameters:
            text += say(lang, ", {} of them trainable", "，其中{}个可训练").format(f"{whole.trainable:,}")
        if whole.flops > 0:
            counted = say(
                lang,
                "; {} FLOPs in this call, of matrix products and convolutions",
                "；这次调用{} FLOPs（只计矩阵乘法与卷积）",
            )
            text += counted.format(f"{whole.flops:,}")
        return text


def _name(row: Layer) -> Text:
    """`  0.weight  Linear(...)`, indented by its depth."""
    last = clean(row.name).rpartition(".")[2]
    out = Text("  " * row.depth)
    if last:
        out.append(last, NAME).append("  ")
    out.append(clean(row.type), "magenta" if row.depth else "bold magenta")
    return out.append(f" ×{row.calls}" if row.calls > 1 else "", DIM)


def _columns(layers: Layers, canvas: Canvas) -> dict[str, list[Cell]]:
    """Each column that has something to tell."""
    rows = layers.rows[:ROWS]
    told: dict[str, list[Cell]] = {
        "inputs": [(_shapes(r.inputs), DIM) for r in rows],
        "outputs": [(_shapes(r.outputs), SHAPE) for r in rows],
        "parameters": [(f"{r.parameters:,}" if r.parameters else "", "") for r in rows],
        "flops": [(_figure(r.flops) if r.flops > 0 else "", "") for r in rows],
    }
    return {key: cells for key, cells in told.items() if any(text for text, _ in cells)}


def _head(key: str, lang: Lang) -> str:
    return {
        "inputs": say(lang, "in", "输入"),
        "outputs": say(lang, "out", "输出"),
        "parameters": say(lang, "parameters", "参数"),
        "flops": "FLOPs",
    }[key]


def _width(told: dict[str, list[Cell]], keys: Sequence[str]) -> int:
    return sum(_cells(told, key) + 2 for key in keys)


def _cells(told: dict[str, list[Cell]], key: str) -> int:
    return max(cell_len(_head(key, "en")), cell_len(_head(key, "zh")), *(cell_len(text) for text, _ in told[key]))


def _row(name: Text, width: int, cells: list[Cell], told: dict[str, list[Cell]], order: list[str]) -> Text:
    name = name.copy()
    name.truncate(width, overflow="ellipsis", pad=True)
    line = Text("  ").append_text(name)
    for (text, style), key in zip(cells, order, strict=True):
        room = _cells(told, key)
        line.append("  ").append(padded(text, room) if "puts" in key else " " * (room - cell_len(text)) + text, style)
    return line


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    """The first two."""
    return ", ".join(map(values.shape, shapes[:2])) + (" …" if len(shapes) > 2 else "")


def _figure(count: int) -> str:
    """`5,120`, `1.234 G`."""
    for unit, size, least in (("T", 10**12, 10**12), ("G", 10**9, 10**9), ("M", 10**6, 10**7)):
        if count >= least:
            return f"{count / size:.4g} {unit}"
    return f"{count:,}"


# -------------------------------------------------------------------------------------------------- which


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The models that a step calls, and recurrent layers step by step."""
    return tuple(_each(step, trace))


def _each(step: Step, trace: Trace) -> Iterator[Picture]:
    for told in found(step, trace):
        if isinstance(told, Layers) and told.rows:
            yield from (Unrolled(row) for row in told.rows if row.options and row.outputs)
            yield Table(told)


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """A model of several layers, and a recurrent layer that is called by itself."""
    told = find(step, trace)
    tables = tuple(p for p in told if isinstance(p, Table) and len(p.layers.rows) > 2 and _is_new(p.layers, trace))
    return tables + tuple(p for p in told if _alone(p, told))


def _is_new(layers: Layers, trace: Trace) -> bool:
    """Whether no call before was the same."""
    return next((s.finding for s in trace.studies if s.finding == layers), layers) is layers


def _alone(picture: Picture, told: tuple[Picture, ...]) -> bool:
    return isinstance(picture, Unrolled) and all(len(t.layers.rows) == 1 for t in told if isinstance(t, Table))
