"""Renderables as lines of text, and a recording as the page that `torch-tutor run` makes of it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

from recorded import JOBS, trace
from rich.cells import cell_len
from rich.console import Console, RenderableType

from tutor.catalogue.model import Claim, Lang
from tutor.catalogue.model import Text as Words
from tutor.render import layout, page
from tutor.render.layout import Sheet, sheet_for
from tutor.trace import Trace


def shown(parts: Iterable[RenderableType], width: int, colour: bool = False) -> str:
    """What a console that prints text as it is makes of them."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        markup=False,
        emoji=False,
        highlight=False,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        _environ={},
    )
    for part in parts:
        console.print(part)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().split("\n")[:-1])


def recorded_page(name: str, width: int, lang: Lang = "en", plain: bool = False) -> str:
    """A recording from its heading to its end."""
    sheet = sheet_for(JOBS[name].code, width, lang, plain)
    return shown(parts(name, trace(name), sheet), width)


def parts(name: str, run: Trace, sheet: Sheet) -> Iterator[RenderableType]:
    """The renderables of a page in order."""
    job = JOBS[name]
    if not sheet.stacked:
        yield layout.heading(sheet)
    for step in run.steps:
        yield from page.step_lines(step, job.code, sheet)
    yield from page.trouble(run, sheet)
    for result in run.claims:
        asked = job.claims[result.index]
        claim = Claim(asked.kind, asked.code, asked.match, Words("What is claimed.", "所论断的。"))  # type: ignore[arg-type]
        yield page.claim_line(claim, result, sheet)
    assert run.finished is not None
    yield page.ending(run.finished, run.error, sheet.lang)


def widest(text: str) -> int:
    """Cells of its longest line."""
    return max(map(cell_len, text.splitlines()))
