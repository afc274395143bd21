"""What an entry's page shows, as one value, and the page itself as a list of blocks. No widget, no I/O.

The parts are drawn by the renderers of `torch-tutor run`; here they are only put in order, and told apart by what a
cursor can stand on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from tutor.catalogue.model import Claim, Entry, Lang
from tutor.render import layout, page
from tutor.render.clean import clean
from tutor.render.endings import advice
from tutor.render.layout import Sheet, source_lines
from tutor.render.words import label, word
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.clinic import Diagnosis, Fix
    from tutor.notices import Notice
    from tutor.remedy import Advice
    from tutor.render.frames import Frames
    from tutor.render.ledger import Row
    from tutor.render.told import Told
    from tutor.trace import Step, Trace

Form = Literal["now", "then"]
State = Literal["idle", "running", "ran", "proven", "failed", "edited"]
"""Of an entry, as the contents show it."""
Phase = Literal["idle", "waiting", "running", "done", "unable"]
PICTURE = 12  # lines of a picture under a row
FIRST = 200  # lines of code of which the first frame may show some
SIDE_BY_SIDE = 76
"""Cells from which a page of the app has columns. They are fitted to what stands in them, so less will do than in
`run`, which must choose them before it knows."""


@dataclass(frozen=True)
class RowTarget:
    """A row of the ledger."""

    step: int
    line: int
    nth: int = 0
    """Among the rows of the same step."""


@dataclass(frozen=True)
class ClaimTarget:
    """A claim."""

    index: int


@dataclass(frozen=True)
class LinkTarget:
    """A related entry."""

    entry: str


@dataclass(frozen=True)
class DocTarget:
    """A page of the official documentation."""

    url: str


Target = RowTarget | ClaimTarget | LinkTarget | DocTarget


@dataclass(frozen=True, eq=False)
class Block:
    """Lines that belong together, and what a cursor on them stands on."""

    part: RenderableType
    target: Target | None = None


@dataclass(frozen=True)
class Inks:
    """What pictures can be drawn with."""

    colour: bool = True
    truecolour: bool = True
    light: bool = False
    """On a light ground."""


INKS = Inks()


@dataclass(frozen=True)
class Scene:
    """An entry with its run, as it is to be shown."""

    entry: Entry
    code: str
    """As it is now: the sheet's, the reader's edit, or the 0.3.0 form."""
    form: Form = "now"
    edited: bool = False
    trace: Trace | None = None
    phase: Phase = "idle"
    stale: bool = False
    """The trace is of an earlier code."""
    lang: Lang = "en"
    ascii: bool = False
    plain: bool = False
    """Code without colours: what can be shown soonest."""
    inks: Inks = INKS
    advice: Advice | None = None
    """What to do about the error of the trace."""
    notices: tuple[Notice, ...] = ()
    """What the run shows to be a mistake though it raised nothing."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What is claimed of this form."""
        if self.form == "now":
            return self.entry.claims
        return self.entry.then.claims if self.entry.then else ()


class Composer:
    """Scenes as blocks. It keeps the blocks of steps that have not changed, so that only new ones are drawn."""

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}
        self._told: Told | None = None
        self._idle = _Idle("", ())

    def blocks(self, scene: Scene, width: int) -> list[Block]:
        """The whole page."""
        sheet = Sheet(width, scene.lang, wide=SIDE_BY_SIDE, ascii=scene.ascii, code=width * 2 // 5)
        head = list(_then_head(scene, sheet) if scene.form == "then" else _head(scene, sheet))
        if scene.trace is None:
            return [*head, *_bare(scene, sheet), *_claims(scene, sheet), *_links(scene, sheet)]
        return [
            *head,
            *self._ledger(scene, scene.trace, sheet),
            *_after(scene, scene.trace, sheet),
            *_claims(scene, sheet),
            *_foot(scene, scene.trace, sheet),
            *_links(scene, sheet),
        ]

    # ---------------------------------------------------------------------------------------------- the ledger

    def _ledger(self, scene: Scene, trace: Trace, sheet: Sheet) -> Iterator[Block]:
        from tutor.render.told import Told

        source = source_lines(scene.code)
        bars = not sheet.ascii
        if self._idle.code != scene.code:
            self._idle = _Idle(scene.code, _unreached(scene.code))
        idle = self._idle
        told = self._told = self._told or Told()
        told.begin(source, sheet.lang, bars)
        if not sheet.stacked:
            left = [max(idle.rows, key=lambda row: cell_len(row.code[0]))] if idle.rows else []
            half = (sheet.width - sheet.code - 9) // 2
            sheet = replace(sheet, others=(half, half, half))  # what each would like to have
            for _ in range(2):  # what stands in a column depends on its width too
                rows = [row for step in trace.steps for row in told.rows(step, sheet)]
                sheet = layout.fitted(rows + left, sheet)
            yield Block(layout.heading(sheet))
        below = 1
        kept: dict[int, _Kept] = {}
        frames = _frames(scene, sheet)
        for step in trace.steps:
            if step.kind != "setup":
                yield from (_row(row, sheet) for row in _between(source, below, step.line))
                below = max(below, step.end_line + 1)
            found = self._kept.get(step.id)
            if found is None or not found.fits(step, sheet, scene):
                found = _Kept(step, sheet, scene, tuple(_step(step, told.rows(step, sheet), sheet, frames, trace)))
            kept[step.id] = found
            yield from found.blocks
        yield from (idle.block(row, sheet) for row in idle.rows[below - 1 :])
        self._kept = kept


class _Idle:
    """The lines of a code that were not reached, and their blocks, made once for a page."""

    def __init__(self, code: str, rows: tuple[Row, ...]) -> None:
        self.code, self.rows = code, rows
        self._sheet: Sheet | None = None
        self._blocks: dict[int, Block] = {}

    def block(self, row: Row, sheet: Sheet) -> Block:
        """One line."""
        if sheet != self._sheet:
            self._sheet, self._blocks = sheet, {}
        found = self._blocks.get(row.line)
        if found is None:
            found = self._blocks[row.line] = _row(row, sheet)
        return found


@dataclass(frozen=True, eq=False)
class _Kept:
    """The blocks of a step, and what they were made from."""

    step: Step
    sheet: Sheet
    scene: Scene
    blocks: tuple[Block, ...]

    def fits(self, step: Step, sheet: Sheet, scene: Scene) -> bool:
        """Whether they are what would be made again."""
        told, now = self.scene, scene
        same = self.step is step and self.sheet == sheet and told.code == now.code and told.inks == now.inks
        return same and told.trace is not None and now.trace is not None and told.trace.studies == now.trace.studies


def _frames(scene: Scene, sheet: Sheet) -> Frames:
    from tutor.render.frames import Frames
    from tutor.render.pictures import Canvas

    inks = scene.inks
    canvas = Canvas(sheet.width, PICTURE, scene.lang, scene.ascii, inks.colour, inks.truecolour, inks.light)
    return Frames(canvas, wanted=scene.entry.pictures)


def _step(step: Step, told: list[Row], sheet: Sheet, frames: Frames, trace: Trace) -> Iterator[Block]:
    """The rows of a step, and under them the pictures that help."""
    from tutor.trace import walk

    inner = {each.id: each for each in walk((step,))}
    seen: dict[int, int] = {}
    for i, row in enumerate(told):
        nth = seen[row.step] = seen.get(row.step, -1) + 1
        yield _row(row, sheet, nth)
        last = all(later.step != row.step for later in told[i + 1 :])  # a loop has a row above its body and one below
        about = inner.get(row.step)
        if last and about is not None and (about.state != "running" or about.series):  # a loss is drawn as it falls
            yield from (Block(line) for line in frames.under(about, trace, about is not step))


def _row(row: Row, sheet: Sheet, nth: int = 0) -> Block:
    target = RowTarget(row.step, row.line, nth) if row.step >= 0 or row.line else None
    return Block(layout.row_lines(row, sheet), target)


def _between(source: tuple[str, ...], below: int, line: int) -> list[Row]:
    """Comments and blank lines between two statements."""
    from tutor.render.ledger import Row

    told = source[below - 1 : line - 1]
    if not any(text.strip() for text in told):
        return []
    return [Row(below + i, (clean(text),)) for i, text in enumerate(told) if text.strip()]


def _unreached(code: str) -> tuple[Row, ...]:
    """Each line of the code, as it is where it was not yet or never reached."""
    from tutor.render.ledger import Row

    source = source_lines(code.rstrip("\n"))
    return tuple(Row(n, (clean(text),), state="idle") for n, text in enumerate(source, 1))


# ---------------------------------------------------------------------------------------------- the other parts


def _head(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    entry, lang = scene.entry, scene.lang
    name = Text(clean(entry.title.in_(lang)) or clean(entry.id), style="bold")
    badge = Text()
    if scene.edited:
        badge.append(f"{'*' if scene.ascii else '●'} {say('edited', lang)}  ", "yellow")
    if entry.then is not None:
        style = {"works": "green", "warns": "yellow", "raises": "red"}[entry.then.today]
        badge.append(say("then today", lang, word(entry.then.today, lang)), style)
    badge.rstrip()
    room = sheet.width - name.cell_len - badge.cell_len
    if badge and room < 2:
        yield Block(layout.wrapped(name, sheet.width))
        yield Block(badge)
    else:
        yield Block(name.append(" " * room).append_text(badge) if badge else name)
    if entry.text.en or entry.text.zh:
        yield from (Block(part) for part in page.introduction(entry, sheet))
    yield Block(Text())


def _then_head(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    then = scene.entry.then
    if then is not None:
        yield Block(page.then_heading(then, sheet))
        yield Block(page.then_changed(then, sheet))
        yield Block(Text())


def _bare(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """The code alone, where there is no run to show."""
    code = clean(scene.code.rstrip("\n"))
    lines = [Text(line) for line in code.split("\n")[:FIRST]] if scene.plain else layout.highlight(code)
    if not sheet.stacked:  # where the columns will have their headings
        yield Block(Text(word("code", scene.lang), style="dim"))
    for n, line in enumerate(lines, 1):
        first, *rest = layout.folded(line, sheet.width - layout.GUTTER)
        text = Text.assemble((f" {n:>3} ", "dim")).append_text(first)
        for more in rest:
            text.append("\n" + " " * layout.GUTTER).append_text(more)
        yield Block(text, RowTarget(-1, n))


def _after(scene: Scene, trace: Trace, sheet: Sheet) -> Iterator[Block]:
    """Output that belongs to no statement, and what is to be known of an error."""
    from tutor.render.ledger import output_lines

    for output in trace.outputs:
        yield from (Block(line) for line in output_lines(output, scene.lang))
    yield from _noticed(scene, sheet)
    parts = list(page.trouble(trace, sheet, told(scene.advice)))
    if parts:
        yield Block(Text())
    error = trace.error
    line = error.frames[-1].line if error is not None and error.frames else 0
    for part in parts:
        yield Block(part, RowTarget(-2, line))


def _noticed(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """Mistakes that raised nothing."""
    if not scene.notices:
        return
    from tutor.render.notices import notice_lines

    for notice in scene.notices:
        yield Block(Text())
        yield Block(Group(*notice_lines((notice,), scene.code, sheet)), RowTarget(-2, notice.line))


def told(advice: Advice | None) -> tuple[Diagnosis, Fix | None] | None:
    """Advice as the page of `run` takes it."""
    return (advice.diagnosis, advice.fix) if advice is not None else None


def _claims(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    claims = scene.claims
    results = {c.index: c for c in scene.trace.claims} if scene.trace is not None else {}
    if not claims:
        return
    yield Block(Text())
    yield Block(Text(word("claims", scene.lang), style="dim"))
    for i, claim in enumerate(claims):
        result = results.get(i)
        if result is not None:
            yield Block(page.claim_line(claim, result, sheet), ClaimTarget(i))
        else:
            yield Block(_open_claim(claim, sheet), ClaimTarget(i))


def _open_claim(claim: Claim, sheet: Sheet) -> RenderableType:
    """A claim that has not been asked."""
    code = clean(page.last_statement(claim.code))
    code = code if claim.kind == "expr" else label(f"claim {claim.kind}", sheet.lang) + code
    says = clean(claim.says.in_(sheet.lang)) if claim.says else ""
    return layout.wrapped(
        Text(f"{'.' if sheet.ascii else '·'} {says}{'   ' if says else ''}{code}", "dim"), sheet.width
    )


def _foot(scene: Scene, trace: Trace, sheet: Sheet) -> Iterator[Block]:
    if trace.finished is not None and not scene.stale:
        yield Block(Text())
        yield Block(layout.wrapped(page.ending(trace.finished, trace.error, scene.lang), sheet.width))
        for line in advice(trace, scene.lang):
            yield Block(layout.wrapped(Text(line, "yellow"), sheet.width))


def _links(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    if scene.form == "then":
        return
    entry = scene.entry
    if entry.see or entry.docs:
        yield Block(Text())
    arrow = "->" if sheet.ascii else "→"
    for see in entry.see:
        yield Block(Text.assemble((f"{arrow} ", "cyan"), (clean(see), "cyan")), LinkTarget(see))
    for name in entry.docs:
        url = name if "://" in name else page.DOCS.format(name)
        text = Text(f"{label('docs', scene.lang)}{clean(url)}", style="dim")
        yield Block(layout.wrapped(text, sheet.width), DocTarget(url))
