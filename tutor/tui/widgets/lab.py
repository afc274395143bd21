"""The pitfalls of an entry: wrong code beside right code, with what each did."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import events

from tutor.catalogue.model import Entry, Lang
from tutor.render.clean import clean
from tutor.render.layout import Sheet, wrapped
from tutor.render.words import word
from tutor.tui.paint import strips
from tutor.tui.widgets.lines import Group, Lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.trace import Trace

Pair = tuple["Trace | None", "Trace | None"]
"""The runs of the wrong and of the right code, as far as there are any."""


@dataclass(frozen=True, eq=False)
class Mistakes:
    """An entry and the runs of its pitfalls."""

    entry: Entry
    runs: dict[str, Pair]
    lang: Lang = "en"
    ascii: bool = False


class Lab(Lines[str]):
    """Shows Mistakes; the cursor goes from one to the next."""

    DEFAULT_CSS = """
    Lab { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._mistakes: Mistakes | None = None

    @property
    def mistakes(self) -> Mistakes | None:
        """What is shown."""
        return self._mistakes

    @mistakes.setter
    def mistakes(self, mistakes: Mistakes) -> None:
        before, self._mistakes = self._mistakes, mistakes
        self.ascii = mistakes.ascii
        self._draw(top=before is None or before.entry.id != mistakes.entry.id)

    def _draw(self, top: bool = False) -> None:
        told = self._mistakes
        if told is None or not self.size.width:
            return
        from tutor.render.pitfalls import pitfall_lines

        width, console = self.room, self.app.console
        sheet = Sheet(width, told.lang, ascii=told.ascii)
        title = Text.assemble((clean(told.entry.title.in_(told.lang)), "bold"), f"  {word('pitfalls', told.lang)}")
        groups = [Group[str]((*strips(wrapped(title, width), width, console), *strips(Text(), width, console)))]
        for pitfall in told.entry.pitfalls:
            wrong, right = told.runs.get(pitfall.id, (None, None))
            drawn = [
                strip for part in pitfall_lines(pitfall, wrong, right, sheet) for strip in strips(part, width, console)
            ]
            groups += [Group(drawn, pitfall.id), Group(strips(Text(), width, console))]
        self.show(groups, top=top)

    def on_resize(self, event: events.Resize) -> None:
        """Other widths make other lines."""
        self._draw()
