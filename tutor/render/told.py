"""The rows of a run on pages whose columns are still being fitted, and that is still going on: each made once.

Columns are as wide as what stands in them, and what stands in them depends on how wide they are; so the rows of a step
are asked for at several widths, and again with every step that comes after it. Knows the ledger, no page.
"""

from __future__ import annotations

from tutor.catalogue.model import Lang
from tutor.render.layout import Sheet
from tutor.render.ledger import Page, Row, rows
from tutor.trace import Step


class Told:
    """Rows of steps, kept from one asking to the next."""

    def __init__(self) -> None:
        self._of: tuple[tuple[str, ...], Lang, bool] = ((), "en", True)
        self._made: dict[tuple[int, int, int], tuple[Step, list[Row]]] = {}
        self._used: set[tuple[int, int, int]] = set()

    def begin(self, source: tuple[str, ...], lang: Lang, bars: bool) -> None:
        """For another page, or the same once more. Rows that the last one did without are forgotten."""
        same = self._of == (source, lang, bars)
        self._made = {key: self._made[key] for key in self._used} if same else {}
        self._of, self._used = (source, lang, bars), set()

    def rows(self, step: Step, sheet: Sheet) -> list[Row]:
        """The rows of a step."""
        output, gradients = sheet.output, sheet.width if sheet.stacked else sheet.columns[3]
        key = (step.id, output, gradients)
        found = self._made.get(key)
        if found is None or found[0] is not step:
            source, lang, bars = self._of
            found = self._made[key] = (step, rows(step, Page(source, lang, output, gradients, bars)))
        self._used.add(key)
        return found[1]
