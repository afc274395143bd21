"""What a loop computed over its iterations: a loss, an accuracy, a learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers
from tutor.render.clean import clean
from tutor.render.pictures import chart
from tutor.render.pictures.canvas import Canvas, Kind, Picture, say
from tutor.render.pictures.chart import Line, Point
from tutor.render.pictures.drawing import DIM, WRONG, finished, note
from tutor.render.pictures.matrix import finite, number
from tutor.trace import Step, Trace
from tutor.worker.wire import Series

FEW = 5  # points: a line of the ledger tells them as well
SOME = 3.0  # times the least: a log scale tells something
WIDE = 100.0  # times the least: a linear scale would show the first few points only
TOGETHER = 4  # lines in one picture


@dataclass(frozen=True)
class Training:
    """Series of one loop that are measured alike."""

    kind: ClassVar[Kind] = "series"
    series: tuple[Series, ...]

    @property
    def pages(self) -> int:
        """Both scales, where a log scale is possible and tells something."""
        return 2 if self.spread > SOME else 1

    @cached_property
    def spread(self) -> float:
        """The greatest over the least; 0 where one is not positive."""
        known = finite([y for s in self.series for _, y in s.points])
        return max(known) / min(known) if known and min(known) > 0 else 0.0

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Iterations counted from 1."""
        return tuple(Line(s.name, _points(s)) for s in self.series)

    def title(self, lang: Lang) -> str:
        """`loss over 500 iterations`."""
        names = ", ".join(clean(s.name) for s in self.series)
        count = max(s.points[-1][0] for s in self.series) + 1
        return say(lang, "{} over {} iterations", "{}随{}次迭代的变化").format(names, count)

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """The lines over the iterations; a loss that falls far on a log scale first."""
        lines = self.lines
        spread = self.spread
        log = (spread >= WIDE) != (page == 1) and spread > SOME
        axes = chart.around(lines, log)
        out = [] if len(lines) < 2 else [chart.legend(lines, canvas)]
        if axes is not None:
            out += chart.chart(lines, axes, canvas)
        scale = say(canvas.lang, "log scale", "对数坐标") if log else ""
        for line in lines:
            for words, style in _words(line, canvas.lang, scale):
                out += note(words, canvas, style)
            scale = ""
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """From where to where, the least, and whether it became nan."""
        return [self.title(lang), *(words for line in self.lines for words, _ in _words(line, lang))]


def _points(series: Series) -> tuple[Point, ...]:
    return tuple((float(i + 1), number(y)) for i, y in series.points)


def _words(line: Line, lang: Lang, scale: str = "") -> Iterator[tuple[str, str]]:
    known = [(y, x) for x, y in line.points if math.isfinite(y)]
    if known:
        first, last = numbers.figure(known[0][0]), numbers.figure(known[-1][0])
        (low, where) = min(known)
        text = say(lang, "{} from {} to {}; least {} at iteration {}", "{}从{}到{}；最小{}，在第{}次迭代")
        told = text.format(clean(line.name), first, last, numbers.figure(low), int(where))
        yield told + (say(lang, "; ", "；") + scale if scale else ""), DIM
    bad = next((x for x, y in line.points if not math.isfinite(y)), None)
    if bad is not None:
        text = say(lang, "{}: no number from iteration {} on", "{}：自第{}次迭代起不再是数")
        yield text.format(clean(line.name), int(bad)), WRONG


# -------------------------------------------------------------------------------------------------- which


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The losses of a loop in one picture, each other series in its own."""
    losses: list[Series] = []
    others: list[Series] = []
    for series in step.series:
        if len(series.points) >= 2 and all(isinstance(y, (int, float, str)) for _, y in series.points):
            (losses if "loss" in series.name.lower() else others).append(series)
    groups = [tuple(losses[i : i + TOGETHER]) for i in range(0, len(losses), TOGETHER)]
    return tuple(Training(group) for group in [*groups, *((s,) for s in others)])


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The first, where it has more points than can be told."""
    return tuple(p for p in find(step, trace)[:1] if isinstance(p, Training) and len(p.series[0].points) >= FEW)
