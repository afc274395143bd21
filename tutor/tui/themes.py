"""Colours: dark, light, one for colour-blind eyes and one of high contrast, each of a Textual theme and of the sixteen
colours that the renderers name.

The renderers speak of `green` and `red` as any terminal does; what these look like on this background is said here.
In the theme for colour-blind eyes they are a blue and an orange (after Okabe and Ito, 2008), which all eyes tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass

from rich.terminal_theme import TerminalTheme
from textual.theme import Theme

Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """A theme and its sixteen colours."""

    name: str
    en: str
    zh: str
    theme: Theme
    ansi: TerminalTheme


def _rgb(text: str) -> Rgb:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _look(name: str, en: str, zh: str, dark: bool, colours: str, ansi: str) -> Look:
    """From space-separated colours. `colours`: text, background, surface, panel, primary, accent, and that of borders
    where it is not the panel's, on which text stands. `ansi`: black, red, green, yellow, blue, magenta, cyan, white;
    the bright ones are the same."""
    text, background, surface, panel, primary, accent, *lines = colours.split()
    border = lines[0] if lines else panel
    black, red, green, yellow, blue, magenta, cyan, white = ansi.split()
    theme = Theme(
        name=name,
        primary=primary,
        secondary=cyan,
        accent=accent,
        foreground=text,
        background=background,
        surface=surface,
        panel=panel,
        success=green,
        warning=yellow,
        error=red,
        dark=dark,
        variables={"scrollbar": border, "scrollbar-background": background, "border": border},
    )
    sixteen = [_rgb(c) for c in (black, red, green, yellow, blue, magenta, cyan, white)]
    return Look(name, en, zh, theme, TerminalTheme(_rgb(background), _rgb(text), sixteen, sixteen))


LOOKS: tuple[Look, ...] = (
    _look(
        "tutor-dark",
        "dark",
        "深色",
        True,
        "#d6deeb #11151c #171d27 #2a3443 #7aa2f7 #f0b35a",
        "#5c6773 #ff7b72 #7ee787 #e3b341 #79c0ff #d2a8ff #56d4dd #d6deeb",
    ),
    _look(
        "tutor-light",
        "light",
        "浅色",
        False,
        "#1f2328 #fbfbf9 #f1f2ee #d5d9dd #0550ae #9a5b00",
        "#57606a #b3202c #116329 #7d4e00 #0550ae #6f38b8 #0b6a7a #24292f",
    ),
    _look(
        "tutor-colour-blind",
        "colour-blind safe",
        "色盲友好",
        True,
        "#e6e6e6 #12141a #1a1d25 #343a46 #56b4e9 #f0e442",
        "#7a828e #ff9e4a #5ab4f0 #f0e442 #7cc4f5 #e69fc8 #9ad8f5 #e6e6e6",
    ),
    _look(
        "tutor-contrast",
        "high contrast",
        "高对比度",
        True,
        "#ffffff #000000 #000000 #383838 #ffff00 #00ffff #767676",
        "#a8a8a8 #ff8080 #80ff80 #ffff60 #90c8ff #ffa0ff #60ffff #ffffff",
    ),
    _look(
        "tutor-contrast-light",
        "high contrast, light",
        "高对比度（浅色）",
        False,
        "#000000 #ffffff #ffffff #d0d0d0 #0000c0 #800000 #767676",
        "#404040 #a00000 #005000 #5c3c00 #0000a8 #700070 #00505c #000000",
    ),
)
BY_NAME = {look.name: look for look in LOOKS}
