"""Renderables as lines for panes: Rich's segments at a width, cut to it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, RenderableType
from textual.strip import Strip

from tutor.tui.scene import Block


def strips(part: RenderableType, width: int, console: Console) -> tuple[Strip, ...]:
    """A renderable as lines of at most this width. Text is text: nothing in it is read as markup."""
    options = console.options.update(width=width, max_width=width, height=None, highlight=False, markup=False)
    lines = console.render_lines(part, options, pad=False, new_lines=False)
    return tuple(Strip(line).crop(0, width) for line in lines)


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
