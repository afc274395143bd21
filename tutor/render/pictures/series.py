"""What a loop computed over its iterations: a loss, an accuracy, a learning rate."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import ClassVar, NamedTuple

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers
from tutor.render.clean import clean
from tutor.render.pictures import chart
from tutor.render.pictures.canvas import Canvas, Kind, Picture, say
from tutor.render.pictures.chart import Line, Point
from tutor.render.pictures.drawing import DIM, WRONG, finished, note
from tutor.render.pictures.matrix import number
from tutor.trace import Step, Trace
from tutor.worker.wire import Series

FEW = 5  # points: a line of the ledger tells them as well
SOME = 3.0  # times the least: a log scale tells something
WIDE = 100.0  # times the least: a linear scale would show the first few points only
TOGETHER = 4  # lines in one picture


class Ends(NamedTuple):
    """What is told of a line in words."""

    name: str
    first: float | None
    last: float | None
    least: Point | None
    bad: float | None
    """From which iteration on it is no number."""


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
        known = [y for line in self.lines for _, y in line.points if math.isfinite(y)]
        return max(known) / min(known) if known and min(known) > 0 else 0.0

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Iterations counted from 1."""
        return tuple(Line(s.name, _points(s)) for s in self.series)

    @cached_property
    def ends(self) -> tuple[Ends, ...]:
        """Of each line."""
        return tuple(map(_ends, self.lines))

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
        for ends in self.ends:
            for words, style in _words(ends, canvas.lang, scale):
                out += note(words, canvas, style)
            scale = ""
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """From where to where, the least, and whether it became nan."""
        return [self.title(lang), *(words for ends in self.ends for words, _ in _words(ends, lang))]


def _points(series: Series) -> tuple[Point, ...]:
    return tuple([(i + 1.0, y if type(y) is float else number(y)) for i, y in series.points])


def _ends(line: Line) -> Ends:
    known = [point for point in line.points if math.isfinite(point[1])]
    bad = next((x for x, y in line.points if not math.isfinite(y)), None) if len(known) < len(line.points) else None
    least = min(known, key=itemgetter(1), default=None)
    return Ends(line.name, known[0][1] if known else None, known[-1][1] if known else None, least, bad)


def _words(ends: Ends, lang: Lang, scale: str = "") -> Iterator[tuple[str, str]]:
    if ends.first is not None and ends.last is not None and ends.least is not None:
        first, last, least = map(numbers.figure, (ends.first, ends.last, ends.least[1]))
        text = say(lang, "{} from {} to {}; least {} at iteration {}", "{}从{}到{}；最小{}，在第{}次迭代")
        told = text.format(clean(ends.name), first, last, least, int(ends.least[0]))
        yield told + (say(lang, "; ", "；") + scale if scale else ""), DIM
    if ends.bad is not None:
        text = say(lang, "{}: no number from iteration {} on", "{}：自第{}次迭代起不再是数")
        yield text.format(clean(ends.name), int(ends.bad)), WRONG


# -------------------------------------------------------------------------------------------------- which


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The losses of a loop in one picture, each other series in its own."""
    return _found(step.series)


@lru_cache(maxsize=4)
def _found(told: tuple[Series, ...]) -> tuple[Training, ...]:
    """Kept while a loop goes on: a frame asks for it more than once, and goes through all points each time."""
    losses: list[Series] = []
    others: list[Series] = []
    for series in told:
        if len(series.points) >= 2 and all(isinstance(y, (int, float, str)) for _, y in series.points):
            (losses if "loss" in series.name.lower() else others).append(series)
    groups = [tuple(losses[i : i + TOGETHER]) for i in range(0, len(losses), TOGETHER)]
    return tuple(Training(group) for group in [*groups, *((s,) for s in others)])


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The first, where it has more points than can be told."""
    return tuple(p for p in find(step, trace)[:1] if isinstance(p, Training) and len(p.series[0].points) >= FEW)
