"""The page of an entry: its text, its code with what each statement did, its claims, its links."""

from __future__ import annotations

from textual import events

from tutor.tui.composer import Composer
from tutor.tui.paint import Painter
from tutor.tui.scene import RowTarget, Scene, Target
from tutor.tui.widgets.lines import Group, Lines


class Page(Lines[Target]):
    """Shows a Scene."""

    DEFAULT_CSS = """
    Page { width: 1fr; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._scene: Scene | None = None
        self._composer = Composer()
        self._painter = Painter()
        self._width = 0
        self._drawn: Scene | None = None
        self.guess = 0
        """Cells it will most likely have, before its first layout: so that the first frame shows it."""

    @property
    def scene(self) -> Scene | None:
        """What is shown."""
        return self._scene

    @scene.setter
    def scene(self, scene: Scene) -> None:
        before, self._scene = self._scene, scene
        self.ascii = scene.ascii
        other = before is None or before.entry.id != scene.entry.id or before.form != scene.form
        self._draw(top=other)

    def _draw(self, top: bool = False) -> None:
        if self._scene is None or not (self.size.width or self.guess):
            return
        width = self.room if self.size.width else self.guess - self.MARGIN
        if top is False and width == self._width and self._scene is self._drawn:
            return
        self._width, self._drawn = width, self._scene
        blocks = self._composer.blocks(self._scene, width)
        painted = self._painter.painted(blocks, width, self.app.console)
        self.show([Group(strips, block.target) for block, strips in painted], top=top)

    def on_resize(self, event: events.Resize) -> None:
        """Other widths make other lines."""
        self._draw()

    def nearest(self, target: Target, targets: list[Target]) -> int:
        """The row of the same line of code, where steps have other numbers now, or the nearest above it."""
        if not isinstance(target, RowTarget):
            return -1
        rows = [(t.line, -n) for n, t in enumerate(targets) if isinstance(t, RowTarget) and t.line <= target.line]
        return -max(rows)[1] if rows else -1
