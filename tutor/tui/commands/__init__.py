"""What each command of the table does, as functions of the desk. A command decides; the desk carries out.

`DO` names every command of `tutor.tui.keys` that is not a list's own. A module is imported when one of its commands is
first asked for: none is needed for the first screen.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from tutor.tui.screens.desk import Desk

DO: dict[str, str] = {
    "next": "moving.next_entry",
    "previous": "moving.previous_entry",
    "back": "moving.back",
    "forward": "moving.forward",
    "pane": "moving.pane",
    "pane_back": "moving.pane_back",
    "contents": "moving.contents",
    "entry": "moving.entry",
    "details": "moving.details",
    "find": "moving.find",
    "palette": "moving.palette",
    "run": "running.run",
    "cancel": "running.cancel",
    "live": "running.live",
    "seed": "running.seed",
    "then": "running.then",
    "device": "running.device",
    "allow": "allowing.allow",
    "picture": "looks.picture",
    "curve": "looks.curve",
    "slice_next": "looks.slice_next",
    "slice_previous": "looks.slice_previous",
    "fix": "changing.fix",
    "edit": "changing.edit",
    "reset": "changing.reset",
    "reset_all": "changing.reset_all",
    "external": "changing.external",
    "copy": "changing.copy",
    "copy_result": "changing.copy_result",
    "save": "changing.save",
    "open": "changing.open_file",
    "pitfalls": "moving.pitfalls",
    "language": "looks.language",
    "theme": "looks.theme",
    "ascii": "looks.ascii",
    "zoom": "looks.zoom",
    "help": "looks.help",
    "suspend": "looks.suspend",
    "quit": "looks.quit",
}


def command(id: str) -> Callable[[Desk], None]:
    """What a command does."""
    module, _, name = DO[id].partition(".")
    does: Callable[[Desk], None] = getattr(import_module(f"{__name__}.{module}"), name)
    return does
