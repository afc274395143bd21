"""What is put off until the reader rests, so that no key waits for it: the search for garbage, imports.

A full collection takes as long as drawing a page, and comes when the reader does something, for then objects are made.
Here it comes when nothing was done for a while, and what is there for good is taken out of its way. Only where the
process is the app's own; knows no widget.
"""

from __future__ import annotations

import gc
from importlib import import_module

YOUNG, MIDDLE, OLD = 30_000, 5, 20
"""Objects made, and collections of each kind, before the next one comes by itself: under a key that is held."""
AFTER = 1.0  # seconds without a key that are a rest
WORTH = 2_000  # objects made since the last collection, from which there is something to look for
SOON = (
    "tutor.tui.commands.moving",
    "tutor.tui.commands.running",
    "tutor.tui.commands.changing",
    "tutor.tui.commands.looks",
    "tutor.render.frames",
    "tutor.tui.widgets.details",
    "tutor.tui.widgets.editing",
    "tutor.tui.widgets.lab",
    "tutor.tui.beside",
    "tutor.tui.screens.finder",
    "tutor.remedy",
)
"""What the first key of most readers would have to wait for."""


class Rest:
    """Asked now and then, with how long nothing has been done."""

    def __init__(self) -> None:
        self._soon = list(reversed(SOON))
        gc.enable()
        gc.set_threshold(YOUNG, MIDDLE, OLD)

    def use(self, idle: float) -> None:
        """So many seconds of nothing: time for one thing."""
        if idle < AFTER:
            return
        if self._soon:
            import_module(self._soon.pop())
            if not self._soon:
                gc.collect()  # what is garbage by now would stay for good too
                gc.freeze()
        elif gc.get_count()[0] > WORTH or any(gc.get_count()[1:]):
            gc.collect()
