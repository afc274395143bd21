"""Optimizers on one surface, side by side: a valley, its contours, and the way that each takes down from one start."""

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
from tutor.render.layout import wrapped
from tutor.render.pictures.canvas import Canvas, Kind, Picture, say
from tutor.render.pictures.chart import Axes, Point, Raster, figure
from tutor.render.pictures.drawing import DIM, NAME, beside, finished, note, padded
from tutor.statements import found
from tutor.trace import Step, Trace
from tutor.worker.wire import Path, Paths

NARROWEST, WIDEST = 17, 34  # cells of a panel
ROWS = 9
GAP = 2
CONTOURS = 7
OPTIONS = 3  # lines
NEAR = 0.01  # of the value at the start


@dataclass(frozen=True)
class Valley:
    """What several optimizers do on one surface."""

    kind: ClassVar[Kind] = "paths"
    pages: ClassVar[int] = 1
    paths: Paths

    def title(self, lang: Lang) -> str:
        """`SGD and others on one surface`."""
        return say(lang, "{} and others on one surface", "{}与其他优化器在同一曲面上").format(
            clean(self.paths.paths[0].name)
        )

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """A panel for each, as many beside one another as fit."""
        count = len(self.paths.paths)
        across = max(1, min(count, (canvas.width - 2) // (NARROWEST + GAP)))
        across = count if across >= count else -(-count // -(-count // across))  # rows of the same length
        width = max(8, min(WIDEST, (canvas.width - 2) // across - GAP))
        axes, ground = self.axes, Raster(width, ROWS, canvas.ascii)
        _contours(self, ground, axes)
        out: list[Text] = []
        for start in range(0, count, across):
            shown = self.paths.paths[start : start + across]
            told = [wrapped(Text(clean(path.options), style=DIM), width).split("\n") for path in shown]
            most = min(OPTIONS, max(map(len, told)))
            panels = [
                self._panel(path, [*options, *[Text()] * most][:most], axes, ground, canvas)
                for path, options in zip(shown, told, strict=True)
            ]
            out += [Text("  ").append_text(line) for line in beside(panels, GAP)]
        marks = say(canvas.lang, "o start, x end, + minimum", "o起点，x终点，+最小点")
        for words in (marks, *self.words(canvas.lang)):
            out += note(words, canvas)
        return finished(out, canvas)

    def describe(self, lang: Lang) -> list[str]:
        """How far each comes."""
        told = [f"{clean(path.name)}({clean(path.options)}): {self.reached(path, lang)}" for path in self.paths.paths]
        return [self.title(lang), *told, *self.words(lang)]

    @property
    def axes(self) -> Axes:
        """The part of the surface where the paths are, the minimum in it."""
        points = [p for path in self.paths.paths for p in path.points if all(map(math.isfinite, p))] or [(0.0, 0.0)]
        begin = self.paths.paths[0].points[0]
        far_x, far_y = abs(begin[0]) * 1.1 or 1.0, abs(begin[1]) * 1.2 or 1.0
        left, right = min(-far_x, 0.0), max(p[0] for p in points)
        return Axes((left, max(far_x * 0.3, min(right * 1.1, far_x))), (-far_y, far_y))

    def height(self, p: Point) -> float:
        """Of the surface at a place."""
        return (self.paths.a * p[0] * p[0] + self.paths.b * p[1] * p[1]) / 2

    def near(self, path: Path) -> int | None:
        """After how many steps it is as good as down; None where it is not."""
        bound = NEAR * self.height(path.points[0])
        below = [n for n, p in enumerate(path.points) if self.height(p) <= bound]
        return below[0] if below else None

    def reached(self, path: Path, lang: Lang) -> str:
        """`1% at step 12`, or where it ends."""
        steps = self.near(path)
        if steps is not None:
            return say(lang, "1% at step {}", "第{}步到1%").format(steps)
        share = self.height(path.points[-1]) / self.height(path.points[0])
        return say(lang, "still at {}%", "仍有{}%").format(numbers.figure(100 * share, 2))

    def words(self, lang: Lang) -> Iterator[str]:
        """What surface it is."""
        a, b = figure(self.paths.a), figure(self.paths.b)
        steep = figure(float(f"{self.paths.b / self.paths.a:.2g}"))
        text = say(
            lang,
            "f = ({} x**2 + {} y**2) / 2, {} times as steep along y as along x; {} steps each from the same start, "
            "whose f is 100%",
            "f = ({} x**2 + {} y**2) / 2，y方向的陡度是x方向的{}倍；各走{}步，起点相同，起点处的f为100%",
        )
        yield text.format(a, b, steep, max(len(path.points) for path in self.paths.paths) - 1)

    def _panel(self, path: Path, options: list[Text], axes: Axes, ground: Raster, canvas: Canvas) -> list[Text]:
        """The contours, the path over them, and under them what it is."""
        width = ground.width
        way = Raster(width, ROWS, canvas.ascii)
        places = [_place(p, axes, way) for p in path.points if all(map(math.isfinite, p))]
        for a, b in itertools.pairwise(places):
            if max(map(abs, (*a, *b))) < 10 * way.wide:  # one that leaves for good is not followed
                way.stroke(a, b, 0)
        marks = {_cell(_place((0.0, 0.0), axes, way), way): "+"}
        marks |= {_cell(p, way): mark for p, mark in ((places[-1], "x"), (places[0], "o"))}
        lines = [_merged(ground, way, row, marks, canvas) for row in range(ROWS)]
        lines.append(Text(padded(clean(path.name), width), style=NAME))
        return [*lines, *options, Text(padded(self.reached(path, canvas.lang), width))]


def _place(p: Point, axes: Axes, raster: Raster) -> Point:
    """In dots."""
    return axes.along(p[0]) * (raster.wide - 1), (1 - axes.up(p[1])) * (raster.high - 1)


def _cell(p: Point, raster: Raster) -> tuple[int, int]:
    return int(p[1] + 0.5) // raster.down, int(p[0] + 0.5) // raster.across


def _contours(valley: Valley, raster: Raster, axes: Axes) -> None:
    """Dots where the surface passes one of a few heights, each four times the one before."""
    top = valley.height((axes.x[0], axes.y[1]))

    def level(x: int, y: int) -> int:
        place = (
            axes.x[0] + (axes.x[1] - axes.x[0]) * x / (raster.wide - 1),
            axes.y[1] - (axes.y[1] - axes.y[0]) * y / (raster.high - 1),
        )
        share = 0.999 * valley.height(place) / top  # no dot for the corners, which are as high as the highest contour
        return max(-CONTOURS, math.floor(math.log(share, 4))) if share > 0 else -CONTOURS

    levels = [[level(x, y) for x in range(raster.wide)] for y in range(raster.high)]
    for y, row in enumerate(levels):
        for x, own in enumerate(row):
            right = row[x + 1] if x + 1 < raster.wide else own
            below = levels[y + 1][x] if y + 1 < raster.high else own
            if own not in (right, below) or (own != right) != (own != below):
                raster.dot(x, y, 0)


def _merged(ground: Raster, way: Raster, row: int, marks: dict[tuple[int, int], str], canvas: Canvas) -> Text:
    """A line of the path, with the contours where it leaves room. Without colours these are dots of another kind."""
    over, under = way.line(row), ground.line(row)
    out = Text()
    for column in range(way.width):
        mark = marks.get((row, column))
        if mark:
            out.append(mark, "bold")
        elif way.dots[row][column]:
            out.append_text(over[column])
        elif ground.dots[row][column]:
            out.append("." if canvas.ascii else under.plain[column] if canvas.colour else "·", DIM)
        else:
            out.append(" ")
    return out


# -------------------------------------------------------------------------------------------------- which


def find(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """The optimizers that a step makes."""
    return tuple(Valley(f) for f in found(step, trace) if isinstance(f, Paths) and f.paths and f.paths[0].points)


def helpful(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """None: it is a picture of the method, not of what the code did."""
    return ()
