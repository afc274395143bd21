"""The details of one statement."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text
from textual import events

from tutor.catalogue.model import Lang
from tutor.render.layout import Sheet, source_lines
from tutor.tui.paint import strips
from tutor.tui.widgets.lines import Group, Lines
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.trace import Step, Trace


@dataclass(frozen=True, eq=False)
class Detail:
    """A statement and the run it belongs to."""

    step: Step | None
    trace: Trace | None
    code: str
    lang: Lang = "en"
    ascii: bool = False


class Details(Lines[int]):
    """Shows a Detail."""

    DEFAULT_CSS = """
    Details { height: 1fr; background: $surface; border-top: solid $border; }
    Details:focus { border-top: solid $primary; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._detail: Detail | None = None

    @property
    def detail(self) -> Detail | None:
        """What is shown."""
        return self._detail

    @detail.setter
    def detail(self, detail: Detail) -> None:
        before, self._detail = self._detail, detail
        self.ascii = detail.ascii
        if before is None or (before.step, before.trace, before.lang) != (detail.step, detail.trace, detail.lang):
            other = before is None or before.step is None or detail.step is None or before.step.line != detail.step.line
            self._draw(top=other)

    def _draw(self, top: bool = False) -> None:
        detail = self._detail
        if detail is None or not self.size.width or not self.display:
            return
        width = self.room
        console = self.app.console
        self.show([Group(strips(part, width, console)) for part in self._parts(detail, width)], top=top)

    def _parts(self, detail: Detail, width: int) -> list[RenderableType]:
        if detail.trace is None:
            return [Text(say("not yet", detail.lang), style="dim")]
        if detail.step is None:
            return [Text(say("pick row", detail.lang), style="dim")]
        from tutor.render.details import details

        sheet = Sheet(width, detail.lang, ascii=detail.ascii)
        parts: list[RenderableType] = []
        for part in details(detail.step, detail.trace, source_lines(detail.code), sheet):
            parts += [part, Text()]
        return parts[:-1]

    def on_resize(self, event: events.Resize) -> None:
        """Other widths make other lines."""
        self._draw()

    def on_show(self, event: events.Show) -> None:
        """It is only drawn while it is seen."""
        self._draw()
