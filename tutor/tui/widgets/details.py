"""The details of one statement, or of one claim."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import RenderableType
from rich.text import Text
from textual import events

from tutor.catalogue.model import Lang
from tutor.render.clean import clean
from tutor.render.layout import Sheet, source_lines
from tutor.render.tokens import highlight
from tutor.tui.paint import strips
from tutor.tui.parts import told
from tutor.tui.scene import INKS, Inks
from tutor.tui.widgets.lines import Group, Lines
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.model import Claim
    from tutor.notices import Notice
    from tutor.remedy import Advice
    from tutor.render.pictures import Picture
    from tutor.trace import Step, Trace
    from tutor.worker.wire import ClaimChecked


@dataclass(frozen=True, eq=False)
class Detail:
    """A statement or a claim, and the run it belongs to."""

    step: Step | None
    trace: Trace | None
    code: str
    lang: Lang = "en"
    ascii: bool = False
    picture: int = 0
    """Which of its pictures is shown, from 1; 0 for the facts."""
    page: int = 0
    """Of that picture."""
    inks: Inks = INKS
    claim: Claim | None = None
    checked: ClaimChecked | None = None
    """What became of the claim, once it was asked."""
    advice: Advice | None = None
    """What to do about the error of the run."""
    notices: tuple[Notice, ...] = ()
    """Mistakes in the run that raised nothing."""


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
        if before is None or _told(before) != _told(detail):
            self._draw(top=before is None or _line(before) != _line(detail))

    def _draw(self, top: bool = False) -> None:
        detail = self._detail
        if detail is None or not self.size.width or not self.display:
            return
        width = self.room
        console = self.app.console
        self.show([Group(strips(part, width, console)) for part in self._parts(detail, width)], top=top)

    def _parts(self, detail: Detail, width: int) -> list[RenderableType]:
        if detail.claim is not None:
            return _claim(detail.claim, detail.checked, Sheet(width, detail.lang, ascii=detail.ascii))
        if detail.trace is None:
            return [Text(say("not yet", detail.lang), style="dim")]
        if detail.step is None:
            return [Text(say("pick row", detail.lang), style="dim")]
        from tutor.render.details import details
        from tutor.render.notices import notice_lines

        if detail.picture:
            return _picture(detail, width, max(6, self.size.height - 3))
        sheet = Sheet(width, detail.lang, ascii=detail.ascii)
        parts: list[RenderableType] = []
        source = source_lines(detail.code)
        for part in details(detail.step, detail.trace, source, sheet, told(detail.advice)):
            parts += [part, Text()]
        told_of = [notice for notice in detail.notices if notice.line == detail.step.line]
        parts[2:2] = [part for notice in told_of for part in (*notice_lines((notice,), detail.code, sheet), Text())]
        offered = shown_pictures(detail.step, detail.trace)
        if offered:
            parts.append(Text(say("pictures offered", detail.lang, len(offered)), style="dim"))
        return parts

    def on_resize(self, event: events.Resize) -> None:
        """Other widths make other lines."""
        self._draw()

    def on_show(self, event: events.Show) -> None:
        """It is only drawn while it is seen."""
        self._draw()


def shown_pictures(step: Step | None, trace: Trace | None) -> tuple[Picture, ...]:
    """The pictures of a statement, best first."""
    if step is None or trace is None:
        return ()
    from tutor.render.pictures import offered

    return offered(step, trace)


def _picture(detail: Detail, width: int, height: int) -> list[RenderableType]:
    from tutor.render.pictures import Canvas, lines, title

    offered = shown_pictures(detail.step, detail.trace)
    if not offered:
        return [Text(say("no pictures", detail.lang), style="dim")]
    number = min(detail.picture, len(offered))
    picture = offered[number - 1]
    page = detail.page % max(1, picture.pages)
    inks = detail.inks
    canvas = Canvas(width, height, detail.lang, detail.ascii, inks.colour, inks.truecolour, inks.light)
    head = Text(title(picture, canvas), style="bold cyan")
    if len(offered) > 1:
        head.append("   " + say("picture of", detail.lang, number, len(offered)), "not bold dim")
    if picture.pages > 1:
        head.append("   " + say("page of", detail.lang, page + 1, picture.pages), "not bold dim")
    return [head, *lines(picture, canvas, page)]


def _claim(claim: Claim, checked: ClaimChecked | None, sheet: Sheet) -> list[RenderableType]:
    """What is claimed, as the worker is asked for it, and the answer."""
    from tutor.render import page

    code = [Text("  ").append_text(line) for line in highlight(clean(claim.code))]
    asked: list[RenderableType] = [Text(say("claim asked", sheet.lang), style="dim"), *code, Text()]
    if checked is None:
        return [*asked, Text(say("not yet", sheet.lang), style="dim")]
    return [*asked, page.claim_line(claim, checked, sheet), *_sides(checked, sheet)]


def _sides(checked: ClaimChecked, sheet: Sheet) -> list[RenderableType]:
    """Both sides of a comparison that holds; where it does not, the line itself has them."""
    from tutor.render import values

    out: list[RenderableType] = []
    for side in checked.sides if checked.holds else ():
        out += [Text(), Text(f"{clean(side.code)} =", style="dim"), *values.full(side.value, sheet.width, sheet.lang)]
    return out


def _line(detail: Detail) -> object:
    return detail.claim if detail.step is None else detail.step.line


def _told(detail: Detail) -> tuple[object, ...]:
    about = (detail.step, detail.trace, detail.claim, detail.checked, detail.advice, detail.notices)
    return *about, detail.lang, detail.ascii, detail.picture, detail.page, detail.inks
