"""Renderables as lines for panes: Rich's segments at a width, cut to it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip

from tutor.render.layout import Columns
from tutor.tui.scene import Block


def strips(part: RenderableType, width: int, console: Console) -> tuple[Strip, ...]:
    """A renderable as lines of at most this width. Text is text: nothing in it is read as markup."""
    if isinstance(part, Text) and _is_line(part, width):
        return (_line(part, console),)
    if isinstance(part, Columns):
        return tuple(strip for line in part.lines(console) for strip in strips(line, width, console))
    if isinstance(part, Group):
        return tuple(strip for each in part.renderables for strip in strips(each, width, console))
    options = console.options.update(width=width, max_width=width, height=None, highlight=False, markup=False)
    lines = console.render_lines(part, options, pad=False, new_lines=False)
    return tuple(Strip(line).crop(0, width) for line in lines)


def _is_line(text: Text, width: int) -> bool:
    return text.justify is None and text.cell_len <= width and not {"\n", "\t"} & set(text.plain)


def _line(text: Text, console: Console) -> Strip:
    """A text that fits: the same as of any other, but nobody looks for where to break it."""
    if text.style and text.plain and not text.spans:
        return Strip([Segment(text.plain, console.get_style(text.style))])
    return Strip(list(text.render(console)))


class Painter:
    """Blocks as lines. It keeps the lines of blocks it has seen, so that what did not change is not drawn again."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[Block, int, tuple[Strip, ...]]] = {}

    def painted(self, blocks: Iterable[Block], width: int, console: Console) -> list[tuple[Block, tuple[Strip, ...]]]:
        """Each block with its lines."""
        kept: dict[int, tuple[Block, int, tuple[Strip, ...]]] = {}
        out = []
        for block in blocks:
            found = self._kept.get(id(block))
            if found is None or found[0] is not block or found[1] != width:
                found = (block, width, strips(block.part, width, console))
            kept[id(block)] = found
            out.append((block, found[2]))
        self._kept = kept
        return out
