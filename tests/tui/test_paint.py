"""Texts as lines of a pane."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest
from rich.console import Console, Group, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from tutor.own import own
from tutor.render.layout import Columns, hanging
from tutor.tui.composer import Composer
from tutor.tui.paint import strips
from tutor.tui.scene import Scene

TEXTS = {
    "empty": Text(),
    "plain": Text("x = torch.ones(2, 2)"),
    "styled": Text.assemble(("x", "bold cyan"), " = ", ("求和", "red on blue"), "  "),
    "all of one style": Text("0.3.0", style="dim"),
    "markup": Text("list[int] [/b] [bold]"),
    "as wide as it may be": Text("一" * 15),
    "blanks at the end": Text("x = 1" + " " * 20, style="on red"),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_line_that_fits_is_drawn_as_rich_draws_it(text: str) -> None:
    console = Console(file=io.StringIO(), width=30, force_terminal=True, color_system="truecolor")
    lines = console.render_lines(TEXTS[text], console.options.update(highlight=False, markup=False), pad=False)
    (drawn,) = strips(TEXTS[text], 30, console)
    assert [drawn.simplify()] == [Strip(line).simplify() for line in lines]


PARTS: dict[str, RenderableType] = {
    "columns": Columns([[Text("a"), Text("bc", "red")], [Text("求和" * 9)], []], [4, 9, 3], Text(" │ ", "dim")),
    "paragraph": hanging(Text("why", "dim"), Text("Without dim all elements are added up."), 6, 20, 1),
    "too wide": Columns([[Text("x" * 20)], [Text("y" * 30)]], [20, 30], Text(" ")),
    "group": Group(Text("a" * 40), hanging(Text("b"), Text("c d"), 3, 2), Group(Text(), Text("e", "bold"))),
    "group of nothing": Group(),
}


@pytest.mark.parametrize("part", PARTS)
def test_parts_are_drawn_as_rich_draws_them_cut_to_the_width(part: str) -> None:
    console = Console(file=io.StringIO(), width=30, force_terminal=True, color_system="truecolor")
    lines = console.render_lines(PARTS[part], console.options.update(highlight=False, markup=False), pad=False)
    if part == "too wide":  # its lines are not folded: in a pane they would no longer stand below one another
        assert len(strips(PARTS[part], 30, console)) == 1
    else:
        assert [cells(strip) for strip in strips(PARTS[part], 30, console)] == [cells(line) for line in lines]


def cells(line: Iterable[Segment]) -> list[tuple[str, Style]]:
    """Each character with its looks."""
    return [(char, style or Style()) for text, style, _ in line for char in text]


def test_the_first_frame_of_a_long_script_draws_little_more_than_it_may_show() -> None:
    code = "x = 1\n" * 3300
    first = Scene(own("long.py", code, "."), code, plain=True)
    assert 100 < len(Composer().blocks(first, 80)) < 300
    assert len(Composer().blocks(Scene(first.entry, code), 80)) > 3300
