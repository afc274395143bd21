"""How wide the columns of a page are where all its rows are known.

They are as wide as what stands in them. Where that is too much, code is folded; or it stands above the other columns,
on a narrow page always, else where that takes fewer lines. What stands in a column depends on its width
too, so rows are asked for at one width after another. Knows rows and sheets, no Trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rich.cells import cell_len

from tutor.render.layout import BAR, GUTTER, NARROW, WIDE, Sheet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.text import Text

    from tutor.render.ledger import Row

ABREAST = 90  # columns below which code is never folded to stand beside what it did


def fitted(told: Callable[[Sheet], Sequence[Row]], sheet: Sheet) -> Sheet:
    """The page with its columns. `told` gives the rows at some widths. A page of which the code stands above what it
    did stays one: while a run goes on, code is not to move to and fro."""
    if sheet.under:
        return _above(told, sheet)
    wish = (sheet.width - GUTTER) * 3 // 5
    whole = replace(sheet, others=(wish, wish, wish))
    rows = told(whole)
    shown = _shown(rows, sheet)
    if sum(_needs(rows, [0, *shown])) + BAR * len(shown) <= sheet.width:
        return _shared(told, whole)
    if sheet.width < ABREAST:
        return _above(told, sheet)
    half = (sheet.width - sheet.code - 3 * BAR) // 2
    beside = _shared(told, replace(sheet, others=(half, half, half)))
    above = _above(told, sheet)
    return above if height(told(above), above) < height(told(beside), beside) else beside


def height(rows: Iterable[Row], sheet: Sheet) -> int:
    """About how many lines some rows take: a word that is not to be broken may take one more."""
    lines = 0
    code, output, *widths = sheet.columns
    for row in rows:
        own = sum(-(-cell_len(line) // (code - GUTTER)) or 1 for line in row.code)
        said = _folds(row.output, output)
        did = max(map(_folds, (row.shapes, row.gradients), widths))
        if not sheet.under:
            lines += max(own, said, did)
        elif not said and max(map(cell_len, row.code), default=0) <= output:
            lines += max(own, did)
        else:
            lines += own + max(said, did)
    return lines


def _folds(texts: Sequence[Text], width: int) -> int:
    return sum(-(-text.cell_len // width) or 1 for text in texts)


def _above(told: Callable[[Sheet], Sequence[Row]], sheet: Sheet) -> Sheet:
    wish = (sheet.width - GUTTER) * 3 // 5
    return _shared(told, replace(sheet, others=(wish, wish, wish), under=True))


def _shared(told: Callable[[Sheet], Sequence[Row]], sheet: Sheet) -> Sheet:
    """With the width shared among its columns: the narrow ones are as wide as they need, the others get the rest."""
    for _ in range(2):
        rows = told(sheet)
        shown = _shown(rows, sheet)
        needs = _needs(rows, range(4))
        room = sheet.width - BAR * len(shown)
        if sheet.under:
            code, left = sheet.width, room + BAR - GUTTER
        else:
            code = min(needs[0], max(room * 2 // 5, room - sum(needs[i] for i in shown)))
            left = room - code
        widths = [0, 0, 0, 0]
        for n, i in enumerate(sorted(shown, key=needs.__getitem__)):
            widths[i] = min(needs[i], left // (len(shown) - n))
            left -= widths[i]
        widths[1] += min(left // 3, 8)
        widths[shown[-1]] += left - min(left // 3, 8)
        sheet = replace(sheet, code=code, others=(widths[1], widths[2], widths[3]))
    return sheet


def _shown(rows: Sequence[Row], sheet: Sheet) -> list[int]:
    """The columns beside the code. On a narrow page there is none of gradients where there are none."""
    return [1, 2, 3] if sheet.gradients or sheet.width >= WIDE or any(row.gradients for row in rows) else [1, 2]


def _needs(rows: Sequence[Row], columns: Iterable[int]) -> list[int]:
    """Cells of the longest line of code with its number (0), and of output, shapes and gradients (1 to 3)."""
    needs = [GUTTER + 8, 8, 8, NARROW]
    for row in rows:
        needs[0] = max(needs[0], GUTTER + max(map(cell_len, row.code), default=0))
        for i, column in enumerate((row.output, row.shapes, row.gradients), 1):
            needs[i] = max(needs[i], max((line.cell_len for line in column), default=0))
    return [needs[i] for i in columns]
