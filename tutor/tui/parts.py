"""The parts of an entry's page around its run: heading and text, the code where there is no run, what is to be known of
an error, claims, how it ended, links. No widget, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from tutor.catalogue.model import Claim
from tutor.render import layout, page
from tutor.render.clean import clean
from tutor.render.endings import advice
from tutor.render.layout import Sheet
from tutor.render.tokens import highlight
from tutor.render.words import label, word
from tutor.tui.scene import Block, ClaimTarget, DocTarget, LinkTarget, RowTarget, Scene
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.clinic import Diagnosis, Fix
    from tutor.remedy import Advice
    from tutor.trace import Trace

FIRST = 200  # lines of code of which the first frame may show some


def head(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """Title, how its 0.3.0 form does today, text, and the printed line."""
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


def then_head(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """What has become of the 0.3.0 form, and since when."""
    then = scene.entry.then
    if then is not None:
        yield Block(page.then_heading(then, sheet))
        yield Block(page.then_changed(then, sheet))
        yield Block(Text())


def bare(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """The code alone, where there is no run to show."""
    code = clean("\n".join(layout.source_lines(scene.code.rstrip("\n"))))
    lines = [Text(line) for line in code.split("\n")[:FIRST]] if scene.plain else highlight(code)
    if not sheet.stacked:  # where the columns will have their headings
        yield Block(Text(word("code", scene.lang), style="dim"))
    for n, line in enumerate(lines, 1):
        first, *rest = layout.folded(line, sheet.width - layout.GUTTER)
        text = Text.assemble((f" {n:>3} ", "dim")).append_text(first)
        for more in rest:
            text.append("\n" + " " * layout.GUTTER).append_text(more)
        yield Block(text, RowTarget(-1, n))


def after(scene: Scene, trace: Trace, sheet: Sheet) -> Iterator[Block]:
    """Output that belongs to no statement, and what is to be known of an error."""
    from tutor.render.ledger import output_lines

    for output in trace.outputs:
        yield from (Block(line) for line in output_lines(output, scene.lang))
    yield from noticed(scene, sheet)
    parts = list(page.trouble(trace, sheet, told(scene.advice)))
    if parts:
        yield Block(Text())
    error = trace.error
    line = error.frames[-1].line if error is not None and error.frames else 0
    for n, part in enumerate(parts):
        yield Block(part, RowTarget(-2, line, n))


def noticed(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """Mistakes that raised nothing."""
    if not scene.notices:
        return
    from tutor.render.notices import notice_lines

    for n, notice in enumerate(scene.notices):
        yield Block(Text())
        yield Block(Group(*notice_lines((notice,), scene.code, sheet)), RowTarget(-3, notice.line, n))


def told(advice: Advice | None) -> tuple[Diagnosis, Fix | None] | None:
    """Advice as the page of `run` takes it."""
    return (advice.diagnosis, advice.fix) if advice is not None else None


def claims(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """What is claimed, with ticks where it has been asked."""
    claimed = scene.claims
    results = {c.index: c for c in scene.trace.claims} if scene.trace is not None else {}
    if not claimed:
        return
    yield Block(Text())
    yield Block(Text(word("claims", scene.lang), style="dim"))
    for i, claim in enumerate(claimed):
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


def foot(scene: Scene, trace: Trace, sheet: Sheet) -> Iterator[Block]:
    """How the run ended."""
    if trace.finished is not None and not scene.stale:
        yield Block(Text())
        yield Block(layout.wrapped(page.ending(trace.finished, trace.error, scene.lang), sheet.width))
        for line in advice(trace, scene.lang):
            yield Block(layout.wrapped(Text(line, "yellow"), sheet.width))


def links(scene: Scene, sheet: Sheet) -> Iterator[Block]:
    """Related entries and the official documentation."""
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
