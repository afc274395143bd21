"""What a run shows to be a mistake though it raised nothing, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from tutor.notices import Notice
from tutor.render.clean import clean
from tutor.render.layout import MEASURE, Sheet, hanging, prose, source_lines, wrapped
from tutor.render.words import word

INDENT = 2


def notice_lines(told: tuple[Notice, ...], code: str, sheet: Sheet) -> Iterator[RenderableType]:
    """A heading with the line of source, then what happens there and why it is a mistake."""
    lines = source_lines(code)
    room = max(10, min(sheet.width, MEASURE) - INDENT)
    for notice in told:
        source = lines[notice.line - 1].strip() if 0 < notice.line <= len(lines) else ""
        text = Text.assemble(("! ", "bold yellow"), (word("at line", sheet.lang, notice.line), "bold"))
        yield wrapped(text.append(f"  {clean(source)}", "dim"), sheet.width)
        for said in (notice.what, notice.why):
            yield hanging(Text(), prose(clean(said.in_(sheet.lang))), INDENT, room)
