"""What snippets may do, and what the system keeps them from: shown, and changed for as long as the app is open."""

from __future__ import annotations

from dataclasses import replace

from rich.text import Text

from tutor.tui.screens.dialog import Choice, Menu
from tutor.tui.words import say
from tutor.worker.permissions import PERMISSIONS, USUAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.tui.screens.desk import Desk

KEEPS = {"read": "reads", "write": "files", "network": "network", "subprocess": "processes", "signals": "signals"}
"""What a run is kept from where something is not allowed, in the worker's words."""


def allow(desk: Desk, at: str = "") -> None:
    """Choose something to allow or to forbid; the entry is then run again."""
    session, lang = desk.session, desk.session.lang
    outcome = session.outcome(session.current)
    kept = outcome.trace.kept_from if outcome is not None and outcome.trace.steps else None
    choices = [_choice(desk, name, kept) for name in PERMISSIONS]

    def chosen(name: str | None) -> None:
        if name is None:
            return
        given = set(desk.runs.where.allow) ^ {name}
        desk.move_runs(replace(desk.runs.where, allow=tuple(each for each in PERMISSIONS if each in given)))
        allow(desk, name)

    title, hint = say("allow title", lang), say("allow keys", lang)
    desk.app.push_screen(Menu(lang, title, hint, choices, at or _first(desk), session.ascii), chosen)


def _first(desk: Desk) -> str:
    """What the entry needs and may not, else the first that is not usually allowed."""
    entry = desk.session.entry()
    needs = entry.needs if entry is not None else ()
    missing = [name for name in PERMISSIONS if name in needs and name not in desk.runs.where.allow]
    return (missing or [name for name in PERMISSIONS if name not in USUAL])[0]


def _choice(desk: Desk, name: str, kept: tuple[str, ...] | None) -> Choice:
    lang, ascii = desk.session.lang, desk.session.ascii
    given = name in desk.runs.where.allow
    mark = ("[x]" if given else "[ ]") if ascii else ("◉" if given else "○")
    text = Text.assemble(
        (f"{mark} ", "bold green" if given else "dim"), (name, "bold"), f"  {say(f'may {name}', lang)}"
    )
    if given:
        state, style = "allowed", "green"
    elif kept is None:
        state, style = "allow unknown", "dim"
    else:
        state, style = ("enforced", "dim") if KEEPS[name] in kept else ("not enforced", "yellow")
    return Choice(name, text, Text(f"    {say(state, lang)}", style))
