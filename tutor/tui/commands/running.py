"""Commands about running."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from rich.text import Text

from tutor.trust import question
from tutor.tui.screens.dialog import Ask, Choice, Menu
from tutor.tui.screens.permission import Permission
from tutor.tui.words import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.tui.screens.desk import Desk
    from tutor.worker.wire import Ready

QUICK = 0.15  # seconds that a run takes unseen
KINDS = ("cpu", "cuda", "mps", "meta")


def run(desk: Desk) -> None:
    """Again, whatever is there already."""
    desk.session.asked.clear()
    desk.run_forms(again=True)


async def ask_permission(desk: Desk) -> None:
    """Ask whether the open sheet may run, and run what is shown if so."""
    session = desk.session
    shelf = session.shelf
    asked = await asyncio.to_thread(lambda: question(shelf.catalogue, shelf.digest, session.trust))
    if asked is None:
        desk.run_forms()
        return
    answer = await desk.app.push_screen_wait(Permission(session.lang, asked, session.ascii))
    if answer not in ("yes", "follow"):
        return
    session.follows = answer == "follow"
    if not session.trust.remember(asked.digest, asked.path):
        desk.tell("trust kept")
    desk.run_forms()
    if desk.lab_open:
        desk.show_lab(True)


def cancel(desk: Desk) -> None:
    """What Esc is for, the nearest first: a run that is seen to be under way, then what is open, then back to the
    contents. Who leaves the editor right after typing means to leave, not to stop the run of what was typed; and
    where the worker is only starting, nothing runs."""
    if desk.runs.ready is not None and desk.runs.longest > QUICK and desk.runs.stop():
        return
    desk.close_something()


def live(desk: Desk) -> None:
    """Run while one types, or not."""
    desk.live_on = not desk.live_on
    desk.session.store.keep("live", desk.live_on)
    desk.tell("live on" if desk.live_on else "live off")
    if desk.live_on:
        desk.run_forms()


def seed(desk: Desk) -> None:
    """The next seed."""
    where = replace(desk.runs.where, seed=desk.runs.where.seed + 1)
    desk.move_runs(where)
    desk.tell("new seed", where.seed)


def then(desk: Desk) -> None:
    """The 0.3.0 form beside today's, or away with it."""
    entry = desk.session.entry()
    if entry is None or (entry.then is None and not desk.comparing):
        desk.tell("no then")
        return
    desk.compare(not desk.comparing)


def device(desk: Desk) -> None:
    """Where to run."""
    session, lang = desk.session, desk.session.lang
    choices = _devices(desk)

    def chosen(id: str | None) -> None:
        if id == "python":
            desk.app.push_screen(
                Ask(lang, say("ask python", lang), say("ask keys", lang), ascii=session.ascii),
                lambda path: use_python(desk, path) if path else None,
            )
        elif id is not None and id.startswith("python "):
            use_python(desk, id.partition(" ")[2])
        elif id is not None:
            desk.move_runs(replace(desk.runs.where, device=id))

    title, hint = say("device title", lang), say("menu keys", lang)
    menu = Menu(lang, title, hint, choices, desk.runs.where.device, session.ascii)
    menu.id = "devices"
    desk.app.push_screen(menu, chosen)


def renew_devices(desk: Desk) -> None:
    """Where the menu of devices is open: show what the worker has told of itself by now."""
    menu = desk.app.screen
    if isinstance(menu, Menu) and menu.id == "devices" and menu.is_mounted:
        menu.offer(_devices(desk))


def use_python(desk: Desk, path: str) -> None:
    """Run in another interpreter, or with an empty path in this one. It has devices of its own."""
    if path:
        store = desk.session.store
        store.keep("pythons", list(dict.fromkeys([path, *store.texts("pythons")]))[:8])
    desk.move_runs(replace(desk.runs.where, python=path, device="cpu"))


def _devices(desk: Desk) -> list[Choice]:
    lang, ready = desk.session.lang, desk.runs.ready
    choices: list[Choice] = []
    if ready is None:
        choices.append(Choice("", Text(desk.runs.trouble or say("device starting", lang)), enabled=False))
    else:
        for found in ready.devices:
            choices.append(_choice(desk, found.name, found.detail))
        there = {found.name.partition(":")[0] for found in ready.devices}
        for kind in KINDS:
            if kind not in there:
                choices.append(
                    Choice(kind, Text(f"{kind}  {say('device absent', lang, _why(kind, ready, desk))}"), None, False)
                )
    here = desk.runs.where.python
    pythons = [path for path in desk.session.store.texts("pythons") if path != here]
    if here:
        choices.append(Choice("python ", Text(say("this python", lang))))
    choices += [Choice(f"python {path}", Text(path)) for path in pythons]
    choices.append(Choice("python", Text(say("other python", lang))))
    return choices


def _choice(desk: Desk, name: str, detail: str) -> Choice:
    lang = desk.session.lang
    text = Text(name, "bold")
    if name == "meta":
        detail = say("meta detail", lang)
    if detail:
        text.append(f"  {detail}", "not bold dim")
    if name == desk.runs.where.device:
        text.append(f"  {'*' if desk.session.ascii else '●'} {say('device here', lang)}", "not bold green")
    return Choice(name, text)


def _why(kind: str, ready: Ready, desk: Desk) -> str:
    lang = desk.session.lang
    if kind == "mps":
        return say("mac only", lang)
    return say("cpu build", lang) if "+cpu" in ready.torch else say("no gpu", lang)
