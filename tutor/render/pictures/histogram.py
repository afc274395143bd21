"""How the elements of a tensor are spread; of one that was filled anew, before and after on the same axis."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers, values
from tutor.render.clean import clean
from tutor.render.pictures import chart
from tutor.render.pictures.canvas import Canvas, Kind, say
from tutor.render.pictures.chart import Axes
from tutor.render.pictures.drawing import DIM, WRONG, finished, note
from tutor.render.pictures.matrix import finite
from tutor.worker.wire import ArrayValue, TensorValue

ROWS = 7
BLOCKS = " ▁▂▃▄▅▆▇█"
WIDEST = 64  # cells of a plot
WHOLE = 32  # whole numbers: up to so many have a bin each
ALIKE = 20  # times the range of one is that of the other at most, where they share an axis
STYLE, EARLIER = "cyan", "magenta"


@dataclass(frozen=True)
class Spread:
    """Counts of elements in bins of one width."""

    low: float
    high: float
    counts: tuple[float, ...]

    def onto(self, low: float, high: float) -> tuple[float, ...]:
        """The counts in as many bins of another range; each is spread evenly over its own bin."""
        out = [0.0] * len(self.counts)
        step, size = (self.high - self.low) / len(self.counts), (high - low) / len(out)
        for n, count in enumerate(self.counts):
            start = (self.low + n * step - low) / size
            end = start + step / size
            for i in range(max(0, int(start)), min(len(out), math.ceil(end + 1e-9))):
                share = min(end, i + 1) - max(start, i)
                if share > 0:
                    out[i] += count * share / (end - start)
        return tuple(out)


def spread(value: TensorValue | ArrayValue) -> Spread | None:
    """From all elements where they are known, else as the worker counted them; None where neither is."""
    stats = value.stats
    if stats is None or not isinstance(stats.min, (int, float)) or not isinstance(stats.max, (int, float)):
        return None
    low, high = float(stats.min), float(stats.max)
    if high <= low:
        return None
    known = [] if stats.bins else finite(value.values)
    if not stats.bins and len(known) + stats.nan + stats.inf != value.numel:
        return None
    if value.dtype.startswith(("int", "uint")) and high - low < WHOLE:
        return _whole(low, high, known, stats.bins)
    if stats.bins:
        return Spread(low, high, stats.bins)
    bins = 8 if len(known) < 100 else 16 if len(known) < 400 else 32
    counts = [0] * bins
    for x in known:
        counts[min(bins - 1, int((x - low) / (high - low) * bins))] += 1
    return Spread(low, high, tuple(counts))


def _whole(low: float, high: float, known: list[float], bins: tuple[int, ...]) -> Spread:
    """A bin for each whole number: others would hold one of them here and two there. The bins of the worker are so
    narrow that none holds two."""
    counts = [0.0] * (int(high - low) + 1)
    for x in known:
        counts[int(x - low)] += 1
    for n in range(len(counts) if bins else 0):
        counts[n] += bins[min(len(bins) - 1, int(n / (high - low) * len(bins)))]
    return Spread(low - 0.5, high + 0.5, tuple(counts))


@dataclass(frozen=True)
class Histogram:
    """A tensor, and what it was before."""

    kind: ClassVar[Kind] = "histogram"
    pages: ClassVar[int] = 1
    name: str
    value: TensorValue | ArrayValue
    before: TensorValue | ArrayValue | None = None

    def title(self, lang: Lang) -> str:
        """`spread of x 100x50 f32`."""
        told = f"{clean(self.name)} {values.shape(self.value.shape)} {values.dtype(self.value.dtype)}"
        return say(lang, "spread of {}", "{}的分布").format(told)

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """How many elements lie in each bin; before above after, on one axis where their ranges are alike."""
        now, was = spread(self.value), spread(self.before) if self.before is not None else None
        if now is None:
            return []
        out: list[Text] = []
        if was is None:
            out += _plot(now.counts, now.low, now.high, canvas, ROWS, STYLE)
        else:
            alike = 1 / ALIKE < (now.high - now.low) / (was.high - was.low) < ALIKE
            low, high = min(now.low, was.low), max(now.high, was.high)
            rows = ROWS // 2 + 1
            left = max(chart.margin(Axes((low, high), (0.0, max(told.counts))), rows) for told in (was, now))
            for told, style in ((was, EARLIER), (now, STYLE)):
                out.append(Text("  " + self._when(told is was, canvas.lang), style="bold"))
                ends = (low, high) if alike else (told.low, told.high)
                plot = _plot(told.onto(*ends), *ends, canvas, rows, style, left)
                out += plot[:-1] if alike and told is was else plot
        for words, style in self._words(canvas.lang):
            out += note(words, canvas, style)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """Mean and standard deviation, now and before."""
        return [self.title(lang), *(words for words, _ in self._words(lang))]

    def _when(self, earlier: bool, lang: Lang) -> str:
        return say(lang, "before", "之前") if earlier else say(lang, "after", "之后")

    def _words(self, lang: Lang) -> list[tuple[str, str]]:
        out = []
        colon = say(lang, ": ", "：")
        told = [(self.before, self._when(True, lang) + colon)] if self.before is not None else []
        for value, lead in [*told, (self.value, self._when(False, lang) + colon if told else "")]:
            stats = value.stats
            if stats is None:
                continue
            text = say(
                lang,
                "{} elements: mean {}, std {}, from {} to {}",
                "{}个元素：均值{}，标准差{}，从{}到{}",
            )
            whole = value.dtype.startswith(("int", "uint"))
            ends = [
                chart.figure(float(x)) if whole and x is not None else _figure(x, 5) for x in (stats.min, stats.max)
            ]
            told_of = (f"{value.numel:,}", _figure(stats.mean), _figure(stats.std), *ends)
            out.append((lead + text.format(*told_of), DIM))
            if stats.nan or stats.inf:
                out.append((lead + values.bad(stats), WRONG))
        return out


def _figure(x: object, places: int = 4) -> str:
    return numbers.figure(float(x), places) if isinstance(x, (int, float)) else str(x)


def _plot(
    counts: tuple[float, ...], low: float, high: float, canvas: Canvas, rows: int, style: str, left: int = 0
) -> list[Text]:
    """Blocks of eighths over the axis."""
    axes = Axes((low, high), (0.0, max(counts) or 1.0))
    rows = min(rows, chart.height(canvas))
    room = chart.room(axes, canvas, rows, WIDEST, left)
    while len(counts) > room:
        counts = tuple(sum(counts[i : i + 2]) for i in range(0, len(counts), 2))
    each = room // len(counts)
    top = max(counts) or 1.0
    cells = []
    for row in range(rows):
        line = ""
        for count in counts:
            line += _glyph(count / top * rows - (rows - 1 - row), count > 0 and row == rows - 1, canvas) * each
        cells.append(Text(line, style=style))
    return chart.framed(cells, len(counts) * each, Axes((low, high), (0.0, top)), canvas, None, left, floor=True)


def _glyph(filled: float, lowest: bool, canvas: Canvas) -> str:
    """Of a cell that is filled from below so far; what is there at all can be seen."""
    if canvas.ascii:
        return "#" if filled >= 0.5 else "." if lowest else " "
    eighths = max(1 if lowest else 0, min(8, round(filled * 8)))
    return BLOCKS[eighths]
