"""The page of an entry as a list of blocks: what a run did beside its code, and the other parts around it.

All is drawn by the renderers of `torch-tutor run`; here it is only put in order, and told apart by what a cursor can
stand on. While a run streams most of a page is as it was: blocks of what has not changed are the same objects again, so
that they are not painted again. No widget, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.cells import cell_len

from tutor.render import layout
from tutor.render.clean import clean
from tutor.render.layout import Sheet, source_lines
from tutor.tui import parts
from tutor.tui.scene import Block, RowTarget, Scene

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.model import Lang
    from tutor.render.frames import Frames
    from tutor.render.ledger import Row
    from tutor.render.told import Told
    from tutor.trace import Step, Trace

PICTURE = 12  # lines of a picture under a row
SIDE_BY_SIDE = 76
"""Cells from which a page of the app has columns. They are fitted to what stands in them, so less will do than in
`run`, which must choose them before it knows."""


class Composer:
    """Scenes as blocks."""

    def __init__(self) -> None:
        self._told: Told | None = None
        self._ledger: Ledger | None = None
        self._unreached: tuple[str, tuple[Row, ...]] = ("", ())
        self._above: tuple[str, int, Lang] | None = None
        """The last page of which the code stood above what it did: its code, width and language."""

    def blocks(self, scene: Scene, width: int) -> list[Block]:
        """The whole page."""
        sheet = Sheet(
            width,
            scene.lang,
            code=width * 2 // 5,
            wide=SIDE_BY_SIDE,
            ascii=scene.ascii,
            gradients=layout.expects_gradients(scene.code),
        )
        head = list(parts.then_head(scene, sheet) if scene.form == "then" else parts.head(scene, sheet))
        if scene.trace is None:
            return [*head, *parts.bare(scene, sheet), *parts.claims(scene, sheet), *parts.links(scene, sheet)]
        return [
            *head,
            *self._run(scene, scene.trace, sheet),
            *parts.after(scene, scene.trace, sheet),
            *parts.claims(scene, sheet),
            *parts.foot(scene, scene.trace, sheet),
            *parts.links(scene, sheet),
        ]

    def _run(self, scene: Scene, trace: Trace, sheet: Sheet) -> Iterator[Block]:
        """The code with what each statement did."""
        from tutor.render.told import Told

        if self._unreached[0] != scene.code:
            self._unreached = (scene.code, unreached(scene.code))
        idle = self._unreached[1]
        told = self._told = self._told or Told()
        told.begin(source_lines(scene.code), sheet.lang, not sheet.ascii)
        if not sheet.stacked:
            sheet = self._fitted(scene, trace, sheet, told)
            yield Block(layout.heading(sheet))
        setting = (sheet, scene.code, scene.inks, scene.entry.pictures, trace.studies)
        if self._ledger is None or self._ledger.setting != setting:
            self._ledger = Ledger(setting, sheet, frames(scene, sheet))
        yield from self._ledger.blocks(scene.code, trace, told, idle)

    def _fitted(self, scene: Scene, trace: Trace, sheet: Sheet, told: Told) -> Sheet:
        """With columns as they are fitted to what stands in them."""
        from tutor.render.fitting import fitted

        idle = self._unreached[1]
        longest = [max(idle, key=lambda row: cell_len(row.code[0]))] if idle else []

        def rows(sheet: Sheet) -> list[Row]:
            return [row for step in trace.steps for row in told.rows(step, sheet)] + longest

        page = (scene.code, sheet.width, sheet.lang)
        sheet = fitted(rows, replace(sheet, under=self._above == page))
        if sheet.under:
            self._above = page
        return sheet


class Ledger:
    """The rows of a run and the pictures under them, on one page."""

    def __init__(self, setting: object, sheet: Sheet, frames: Frames) -> None:
        self.setting = setting
        """What it is made for, besides the run: on another one nothing is as it was."""
        self._sheet, self._frames = sheet, frames
        self._steps: dict[int, tuple[Step, list[Block]]] = {}
        self._known, self._seen = _Inside(), _Inside()

    def blocks(self, code: str, trace: Trace, told: Told, idle: tuple[Row, ...]) -> Iterator[Block]:
        """From the first line to the last."""
        source, below = source_lines(code), 1
        known, self._steps = self._steps, {}
        self._known, self._seen = self._seen, _Inside()
        for step in trace.steps:
            if step.kind != "setup":
                yield from map(self._row, between(source, below, step.line))
                below = max(below, step.end_line + 1)
            found = known.get(step.id)
            if found is None or found[0] is not step:
                found = (step, list(self._step(step, told.rows(step, self._sheet), trace)))
            self._steps[step.id] = found
            yield from found[1]
        yield from map(self._row, idle[below - 1 :])

    def _step(self, step: Step, rows: list[Row], trace: Trace) -> Iterator[Block]:
        """The rows of a step, and under the last one of each step in it the pictures that help."""
        from tutor.trace import walk

        inner = {each.id: each for each in walk((step,))}
        last = {row.step: i for i, row in enumerate(rows)}  # a loop has a row above its body and one below
        seen: dict[int, int] = {}
        for i, row in enumerate(rows):
            nth = seen[row.step] = seen.get(row.step, -1) + 1
            yield self._row(row, nth)
            about = inner.get(row.step)
            if i == last[row.step] and about is not None:
                yield from self._under(about, trace, about is not step)

    def _under(self, step: Step, trace: Trace, inside: bool) -> list[Block]:
        if step.state == "running" and not step.series:  # a loss is drawn as it falls
            return []
        found = self._known.pictures.get(step.id)
        if found is None or found[0] is not step:
            found = (step, [Block(line) for line in self._frames.under(step, trace, inside)])
        self._seen.pictures[step.id] = found
        return found[1]

    def _row(self, row: Row, nth: int = 0) -> Block:
        place = RowTarget(row.step, row.line, nth)
        found = self._known.rows.get(place)
        if found is None or not same(found[0], row):
            target = place if row.step >= 0 or row.line else None
            found = (row, Block(layout.row_lines(row, self._sheet), target))
        self._seen.rows[place] = found
        return found[1]


class _Inside:
    """What a step that goes on was made of when it was last looked at."""

    def __init__(self) -> None:
        self.rows: dict[RowTarget, tuple[Row, Block]] = {}
        self.pictures: dict[int, tuple[Step, list[Block]]] = {}


def same(a: Row, b: Row) -> bool:
    """Whether two rows look the same: Rich compares texts without the style they have as a whole."""
    return a is b or (a == b and looks(a) == looks(b))


def looks(row: Row) -> list[object]:
    """The styles of its texts."""
    return [line.style for column in (row.output, row.shapes, row.gradients) for line in column]


def frames(scene: Scene, sheet: Sheet) -> Frames:
    """How pictures are drawn on its page."""
    from tutor.render.frames import Frames
    from tutor.render.pictures import Canvas

    inks = scene.inks
    canvas = Canvas(sheet.width, PICTURE, scene.lang, scene.ascii, inks.colour, inks.truecolour, inks.light)
    return Frames(canvas, wanted=scene.entry.pictures)


def between(source: tuple[str, ...], below: int, line: int) -> list[Row]:
    """Comments and blank lines between two statements."""
    from tutor.render.ledger import Row

    told = source[below - 1 : line - 1]
    return [Row(below + i, (clean(text),)) for i, text in enumerate(told) if text.strip()]


def unreached(code: str) -> tuple[Row, ...]:
    """Each line of the code, as it is where it was not yet or never reached."""
    from tutor.render.ledger import Row

    source = source_lines(code.rstrip("\n"))
    return tuple(Row(n, (clean(text),), state="idle") for n, text in enumerate(source, 1))
