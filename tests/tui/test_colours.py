"""What the real program sends to terminals of different kinds."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from rich.style import Style

from tutor.tui.colours import colourless, indexed, nearest
from tutor.tui.themes import LOOKS, Look

from .window import Window

KINDS: dict[str, dict[str, str]] = {
    "true colours": {},
    "256 colours": {"COLORTERM": ""},
    "tmux": {"TERM": "screen-256color", "COLORTERM": ""},
    "a console": {"TERM": "linux", "COLORTERM": ""},
    "no colours": {"NO_COLOR": "1"},
}
_SGR = re.compile(rb"\x1b\[([\d;]*)m")


def colours(raw: bytes) -> set[str]:
    """The kinds of colour that were asked for: of 16, of 256, or red, green and blue."""
    found = set()
    for match in _SGR.finditer(raw):
        numbers = [int(n or 0) for n in match[1].split(b";")]
        while numbers:
            number = numbers.pop(0)
            if number in (38, 48):
                found.add("256" if numbers[0] == 5 else "rgb")
                del numbers[: 2 if numbers[0] == 5 else 4]
            elif 30 <= number <= 47 or 90 <= number <= 107:
                found.add("16")
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("kind", KINDS)
def test_a_terminal_gets_the_colours_that_it_has(tmp_path: Path, kind: str) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "settings.json").write_text(json.dumps({"welcomed": True}))
    with Window(tmp_path, "autograd/backward", env=KINDS[kind], size=(100, 30)) as window:
        window.sees("y.backward()", "claims hold")
        window.press("t")
        window.sees("0.3.0: ", "│")
        window.press("?")
        window.sees("Moving")
        window.press("q")
        window.until(lambda: "Moving" not in window.screen.text, "the end of the help")
        window.press("q")
        assert window.ends() == 0
        told = {"true colours": {"rgb"}, "no colours": set(), "a console": {"16"}}.get(kind, {"256"})
        assert colours(window.raw) == told


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_terminal_that_cannot_move_its_cursor_gets_a_line_of_advice(tmp_path: Path) -> None:
    with Window(tmp_path, env={"TERM": "dumb"}) as window:
        assert window.ends() == 2
        assert "torch-tutor list" in window.screen.text
        assert b"\x1b" not in window.raw


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_plain_characters_are_borders_marks_and_scroll_bars(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "settings.json").write_text(json.dumps({"welcomed": True, "ascii": True}))
    with Window(tmp_path, "autograd/backward", "--lang", "en", size=(100, 30)) as window:
        window.sees("y.backward()", "claims hold")
        for key, text in (("t", "then | now"), ("?", "Moving")):
            window.press(key)
            window.sees(text)
        window.press("q")
        window.until(lambda: "Moving" not in window.screen.text, "the end of the help")
        window.press("q")
        assert window.ends() == 0
        beyond = {char for char in window.raw.decode() if not char.isascii()}
        assert beyond == set("中文"), "the name of the other language"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_panes_of_a_theme_differ_in_256_colours_too(look: object) -> None:
    theme = next(known.theme for known in LOOKS if known is look)
    names = (theme.background, theme.surface, theme.panel, theme.foreground)
    shown = {name: Color.parse(name).get_truecolor() for name in names if name is not None}
    numbers = {name: nearest(*colour) for name, colour in shown.items()}
    assert len(set(numbers.values())) == len(set(shown.values()))


@pytest.mark.parametrize("look", [look for look in LOOKS if "contrast" in look.name], ids=lambda look: look.name)
def test_in_high_contrast_text_can_be_read_under_the_cursor_too_and_borders_are_seen(look: Look) -> None:
    theme = look.theme
    assert theme.background is not None
    assert theme.panel is not None
    sixteen = [look.ansi.ansi_colors[i] for i in range(16)]
    for ground in (theme.background, theme.panel):
        back = Color.parse(ground).get_truecolor()
        assert min(contrast(colour, back) for colour in (look.ansi.foreground_color, *sixteen)) >= 4.5
    edge, behind = (Color.parse(name).get_truecolor() for name in (theme.variables["border"], theme.background))
    assert contrast(edge, behind) >= 3


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """As WCAG 2.2 has it: 1 to 21."""
    parts = [[c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in each] for each in (one, other)]
    low, high = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in parts)
    return (high + 0.05) / (low + 0.05)


def test_an_index_is_sent_as_it_is() -> None:
    style = indexed(Style.parse("bold #2a3443 on #11151c"))
    assert style.bold
    assert style.color is not None
    assert style.color.downgrade(ColorSystem.EIGHT_BIT).number == nearest(0x2A, 0x34, 0x43) == 237
    assert indexed(Style.parse("red")) == Style.parse("red")


def test_without_colours_a_cursor_is_reversed_and_a_pane_is_not() -> None:
    assert colourless(Style.parse("bold #ffffff on #2a3443"), 0.08) == Style.parse("bold")
    assert colourless(Style.parse("#11151c on #d6deeb"), 0.08) == Style.parse("reverse")
    assert colourless(Style.parse("#ffffff on #101010"), 0.97) == Style.parse("reverse")
