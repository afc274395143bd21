"""Numbers -> colours and glyphs that stand for them.

Of one sign: dark blue to yellow, lightness rising. Of both signs: at zero like the ground, lighter with distance on a
dark ground and darker on a light one, blue below and orange above. With 256 colours there are few levels, all of the
palette itself, since rounding mixes up more. Without colours a glyph stands for a level: shades, or ASCII, and for
values below zero dashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rich.color import Color
from rich.style import Style

from tutor.render.pictures.canvas import Canvas

Rgb = tuple[int, int, int]
RISING: tuple[Rgb, ...] = (
    (0, 32, 77),
    (24, 57, 108),
    (61, 80, 109),
    (92, 105, 113),
    (123, 130, 121),
    (158, 156, 114),
    (197, 185, 92),
    (254, 232, 70),
)
BELOW: tuple[Rgb, ...] = ((24, 22, 24), (24, 52, 80), (40, 94, 140), (78, 142, 200), (150, 196, 250))
ABOVE: tuple[Rgb, ...] = ((24, 22, 24), (84, 40, 12), (146, 74, 20), (214, 122, 52), (255, 190, 140))
BELOW_LIGHT: tuple[Rgb, ...] = ((247, 247, 247), (196, 220, 240), (127, 178, 220), (52, 122, 184), (8, 56, 116))
ABOVE_LIGHT: tuple[Rgb, ...] = ((247, 247, 247), (253, 219, 180), (246, 169, 93), (204, 104, 20), (116, 48, 4))
RISING_256 = (17, 18, 24, 60, 66, 108, 179, 227)
BELOW_256 = (233, 17, 24, 67, 110, 153)
ABOVE_256 = (233, 52, 94, 136, 179, 223)
BELOW_LIGHT_256 = (255, 153, 110, 67, 25, 18)
ABOVE_LIGHT_256 = (255, 223, 179, 172, 130, 94)
SHADES, SHADES_ASCII = " ░▒▓█", " .:-=+*#%@"
MINUS, PLUS = "·-=≡", "·░▒▓█"
MINUS_ASCII, PLUS_ASCII = ".-=%", ".+*#"
LEVELS = 32  # of a colour scale with 24-bit colours
BAD = Style(color=Color.from_ansi(231), bgcolor=Color.from_ansi(125), bold=True)
BAD_PLAIN = Style(bold=True, reverse=True)


@dataclass(frozen=True)
class Scale:
    """The range of values that colours are spread over."""

    low: float
    high: float

    @property
    def signed(self) -> bool:
        """Whether zero lies inside."""
        return self.low < 0 < self.high

    def position(self, x: float) -> float:
        """0 to 1 along the range; for a range with both signs -1 to 1, zero at 0."""
        if self.signed:
            far = max(-self.low, self.high)
            return max(-1.0, min(1.0, x / far))
        if self.high <= self.low:
            return 0.5
        return max(0.0, min(1.0, (x - self.low) / (self.high - self.low)))


def scale_of(values: list[float]) -> Scale:
    """From the least to the greatest finite value. `values` has one at least."""
    return Scale(min(values), max(values))


# ------------------------------------------------------------------------------------------------ colours


def colour(position: float, signed: bool, canvas: Canvas) -> Color:
    """Of a place on a scale."""
    light = signed and canvas.light
    if not canvas.truecolour:
        below, above = (BELOW_LIGHT_256, ABOVE_LIGHT_256) if light else (BELOW_256, ABOVE_256)
        table = (below if position < 0 else above) if signed else RISING_256
        return Color.from_ansi(table[round(abs(position) * (len(table) - 1))])
    return _mixed(round(position * LEVELS), signed, light)


@lru_cache(maxsize=256)
def _mixed(level: int, signed: bool, light: bool) -> Color:
    below, above = (BELOW_LIGHT, ABOVE_LIGHT) if light else (BELOW, ABOVE)
    table = (below if level < 0 else above) if signed else RISING
    at = abs(level) / LEVELS * (len(table) - 1)
    i = min(int(at), len(table) - 2)
    red, green, blue = (round(a + (b - a) * (at - i)) for a, b in zip(table[i], table[i + 1], strict=True))
    return Color.from_rgb(red, green, blue)


@lru_cache(maxsize=4096)
def two(upper: Color, lower: Color | None) -> Style:
    """Of a half block: its upper half and its lower half."""
    return Style(color=upper, bgcolor=lower)


@lru_cache(maxsize=256)
def ground(back: Color) -> Style:
    """A cell with text on it that can be read."""
    return Style(color=Color.from_ansi(16) if lightness(back) > 0.42 else Color.from_ansi(231), bgcolor=back)


def lightness(of: Color) -> float:
    """0 for black to 1 for white, as the eye has it."""
    red, green, blue = of.get_truecolor()
    linear = [(c / 255) ** 2.2 for c in (red, green, blue)]
    return float((0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]) ** (1 / 2.2))


# ------------------------------------------------------------------------------------------------- glyphs


def glyph(position: float, signed: bool, ascii: bool) -> str:
    """The character that stands for a place on a scale where there are no colours."""
    if not signed:
        table = SHADES_ASCII if ascii else SHADES
        return table[min(int(position * len(table)), len(table) - 1)]
    minus, plus = (MINUS_ASCII, PLUS_ASCII) if ascii else (MINUS, PLUS)
    table = minus if position < 0 else plus
    return table[round(abs(position) * (len(table) - 1))]


def glyphs(signed: bool, ascii: bool) -> str:
    """All of them, from the lowest to the highest."""
    if not signed:
        return SHADES_ASCII if ascii else SHADES
    return (MINUS_ASCII[::-1] + PLUS_ASCII[1:]) if ascii else (MINUS[::-1] + PLUS[1:])
