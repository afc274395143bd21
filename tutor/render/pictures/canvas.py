"""What every picture is, and what it is drawn on. Knows no kind of picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.catalogue.model import PictureKind as Kind

__all__ = ["Canvas", "Kind", "Picture", "say"]


@dataclass(frozen=True)
class Canvas:
    """Where a picture is drawn."""

    width: int
    """Cells; no line is wider."""
    height: int = 16
    """Lines it should not exceed if it can help it."""
    lang: Lang = "en"
    ascii: bool = False
    """No block, braille or box characters."""
    colour: bool = True
    """Where there is none (NO_COLOR, 16 colours), glyphs alone carry the meaning."""
    truecolour: bool = True
    """Else 256 colours: at most 8 levels, whose lightness only rises, or only falls."""
    light: bool = False
    """Whether it is drawn on a light ground."""

    @property
    def gap(self) -> str:
        """What stands for something left out."""
        return "..." if self.ascii else "…"


class Picture(Protocol):
    """Facts of a Trace that can be drawn. Each kind is a frozen dataclass, so pictures compare by what they show."""

    @property
    def kind(self) -> Kind:
        """What sort of picture it is."""

    @property
    def pages(self) -> int:
        """How many there are to leaf through: slices of a tensor, steps of a walk. At least 1."""

    def title(self, lang: Lang) -> str:
        """What it shows, on one line."""

    def draw(self, canvas: Canvas, page: int = 0) -> list[Text]:
        """Its lines, without the title."""

    def describe(self, lang: Lang) -> list[str]:
        """The same in words, for screen readers and logs."""


def say(lang: Lang, en: str, zh: str) -> str:
    """The words in one language."""
    return zh if lang == "zh" else en
