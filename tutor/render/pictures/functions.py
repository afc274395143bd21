"""Functions of one number that a statement applies to a tensor, with their derivatives as autograd has them; and the
learning rate that a scheduler sets, step by step."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers
from tutor.render.clean import clean
from tutor.render.pictures import chart
from tutor.render.pictures.canvas import Canvas, Kind, Picture, say
from tutor.render.pictures.chart import Axes, Line, Point
from tutor.render.pictures.drawing import finished, note
from tutor.render.pictures.matrix import number
from tutor.statements import found
from tutor.trace import Step, Trace
from tutor.worker.wire import Curve, Layers, Scalar, Schedule

HIGH = 6.0  # a curve is cut off there, above and below: as far as it goes to either side
WIDE = 52  # cells of a plot
PLAIN = {"abs", "ceil", "clamp", "cos", "cosh", "exp", "expm1", "floor", "frac", "log", "log1p", "reciprocal", "round"}
PLAIN |= {"rsqrt", "sign", "sin", "sinh", "sqrt", "square", "tan", "asinh", "atan", "erf"}
"""Functions that everyone knows, and that are no activations."""


@dataclass(frozen=True)
class Function:
    """A function and its derivative."""

    kind: ClassVar[Kind] = "curve"
    pages: ClassVar[int] = 1
    curve: Curve

    def title(self, lang: Lang) -> str:
        """`leaky_relu(negative_slope=0.2) and its derivative`."""
        options = f"({clean(self.curve.options)})" if self.curve.options else ""
        return say(lang, "{} and its derivative", "{}及其导数").format(clean(self.curve.name) + options)

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Both over the same axis, on which the inputs of this call are marked."""
        curve, lang = self.curve, canvas.lang
        lines = (Line(clean(curve.name), self.points(curve.y)), Line(say(lang, "derivative", "导数"), self.slopes))
        span = (curve.low, curve.high) if curve.low is not None and curve.high is not None else None
        out = [chart.legend(lines, canvas)]
        out += chart.chart(lines, self.axes, canvas, widest=WIDE, span=span)
        for words in self.words(lang):
            out += note(words, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """What it is at zero, how steep it is, and where its inputs lie."""
        return [self.title(lang), *self.words(lang)]

    def words(self, lang: Lang) -> Iterator[str]:
        """`at 0: 0.5, slope 0.25; slope from 0.0025 to 0.25 here`."""
        curve = self.curve
        parts = []
        at = next((i for i, x in enumerate(curve.x) if x == 0), None)
        if at is not None and _finite(curve.y[at]):
            text = say(lang, "at 0 it is {}, its slope {}", "在0处为{}，斜率{}")
            parts.append(text.format(_figure(number(curve.y[at])), _figure(number(curve.slope[at]))))
        slopes = [number(s) for s in curve.slope if _finite(s)]
        if slopes:
            low, high = _figure(min(slopes)), _figure(max(slopes))
            text = say(lang, "slopes from {} to {}", "斜率从{}到{}") if low != high else say(lang, "slope {}", "斜率{}")
            parts.append(text.format(low, high))
        if parts:
            yield say(lang, "; ", "；").join(parts)
        if curve.low is not None and curve.high is not None:
            seen = curve.low <= curve.x[-1] and curve.high >= curve.x[0]
            text = (
                say(lang, "on the axis: the inputs of this call, {} to {}", "横轴上标出这次调用的输入：{}到{}")
                if seen
                else say(lang, "the inputs of this call lie outside, {} to {}", "这次调用的输入在图外：{}到{}")
            )
            yield text.format(_figure(curve.low), _figure(curve.high))

    @property
    def axes(self) -> Axes:
        """All of it, as far as it is not cut off."""
        known = [number(y) for y in (*self.curve.y, *self.curve.slope) if _finite(y)]
        low, high = max(-HIGH, min(known, default=0.0)), min(HIGH, max(known, default=1.0))
        low, high = min(low, 0.0), max(high, 0.0)
        if 0.95 < high < 1 or high == low:  # it comes close to 1
            high = 1.0
        return Axes((self.curve.x[0], self.curve.x[-1]), (-1.0 if -1 < low < -0.95 else low, high), zero=True)

    @property
    def slopes(self) -> tuple[Point, ...]:
        """The derivative."""
        return self.points(self.curve.slope)

    def points(self, values: tuple[Scalar, ...]) -> tuple[Point, ...]:
        """With a gap where it leaves at one edge and comes back at the other, or at a kink jumps."""
        out: list[Point] = []
        for x, y in zip(self.curve.x, map(number, values), strict=True):
            if out and abs(out[-1][1]) > HIGH and abs(y) > HIGH and out[-1][1] * y < 0:
                out.append((x, math.nan))
            out.append((x, y))
        return tuple(out)


def _figure(x: float) -> str:
    """To four digits; zero without a sign."""
    return numbers.figure(float(x) + 0.0)


def _finite(x: Scalar) -> bool:
    return math.isfinite(number(x))


@dataclass(frozen=True)
class Rates:
    """A learning rate over the steps of its scheduler."""

    kind: ClassVar[Kind] = "lr"
    pages: ClassVar[int] = 1
    schedule: Schedule

    def title(self, lang: Lang) -> str:
        """`learning rate: StepLR(step_size=30, gamma=0.1)`."""
        name = f"{clean(self.schedule.name)}({clean(self.schedule.options)})"
        return say(lang, "learning rate: {}", "学习率：{}").format(name)

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Each step holds its rate."""
        lines = [Line(_group(n, canvas.lang), tuple(_stairs(rates))) for n, rates in enumerate(self.groups)]
        axes = chart.around(lines)
        out = [chart.legend(lines, canvas)] if len(lines) > 1 else []
        if axes is not None:
            out += chart.chart(lines, Axes(axes.x, (0.0, axes.y[1])), canvas, widest=WIDE)
        for words in self.words(canvas.lang):
            out += note(words, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """The rates where they change their course."""
        told = ", ".join(f"{n}: {numbers.figure(rate)}" for n, rate in _turns(self.schedule.rates))
        return [self.title(lang), *self.words(lang), say(lang, "by step: {}", "按步：{}").format(told)]

    @property
    def groups(self) -> tuple[tuple[float, ...], ...]:
        """The rates of each parameter group, where they have not all the same."""
        return (self.schedule.rates, *self.schedule.others)

    def words(self, lang: Lang) -> Iterator[str]:
        """`from 0.1 to 0.0001 in 120 steps, at most 0.1`, of each group."""
        text = say(
            lang,
            "from {} to {} in {} calls of step(); at most {}, at least {}",
            "{2}次step()从{0}到{1}；最大{3}，最小{4}",
        )
        for n, rates in enumerate(self.groups):
            lead = _group(n, lang) + say(lang, ": ", "：") if len(self.groups) > 1 else ""
            figures = [numbers.figure(r) for r in (rates[0], rates[-1])]
            most, least = numbers.figure(max(rates)), numbers.figure(min(rates))
            yield lead + text.format(*figures, len(rates) - 1, most, least)


def _group(n: int, lang: Lang) -> str:
    return say(lang, "group {}", "参数组{}").format(n)


def _stairs(rates: tuple[float, ...]) -> Iterator[Point]:
    """Straight on to the next step, where the rates stay for a while; else from one to the next."""
    held = sum(a == b for a, b in itertools.pairwise(rates)) * 2 >= len(rates) - 1
    for n, rate in enumerate(rates):
        if held and n and rates[n - 1] != rate:
            yield float(n), rates[n - 1]
        yield float(n), rate


def _turns(rates: tuple[float, ...]) -> list[tuple[int, float]]:
    """The first, the last, and where they begin or cease to rise or fall; a few at most."""
    places = [0]
    for n in range(1, len(rates) - 1):
        before, after = rates[n] - rates[n - 1], rates[n + 1] - rates[n]
        if (before > 0) != (after > 0) or (before < 0) != (after < 0):
            places.append(n)
    places.append(len(rates) - 1)
    return [(n, rates[n]) for n in dict.fromkeys(places[:7] + places[-1:])]


# -------------------------------------------------------------------------------------------------- which


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The functions and schedules of a step."""
    told = found(step, trace)
    curves: list[Picture] = [Function(f) for f in told if isinstance(f, Curve) and len(f.x) > 1]
    return tuple([*curves, *(Rates(f) for f in told if isinstance(f, Schedule) and len(f.rates) > 1)])


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """A schedule; an activation where it comes for the first time, and not among the layers of a model."""
    told = found(step, trace)
    if any(isinstance(f, Layers) and len(f.rows) > 1 for f in told):
        return ()
    first: dict[tuple[str, str], Curve] = {}
    for study in trace.studies:
        if isinstance(study.finding, Curve):
            first.setdefault((study.finding.name, study.finding.options), study.finding)
    news = [c for c in first.values() if c.name not in PLAIN]
    return tuple(p for p in find(step, trace) if not isinstance(p, Function) or any(p.curve is c for c in news))
