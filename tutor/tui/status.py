"""What the title and the status line say. Functions of the desk's state: they change nothing."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render.clean import clean
from tutor.tui.words import say
from tutor.worker.permissions import USUAL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.trace import Trace
    from tutor.tui.screens.desk import Desk

NEXT = {
    "timed_out": "next time out",
    "flooded": "next flooded",
    "out_of_memory": "next memory",
    "died": "next died",
    "cancelled": "next cancelled",
    "raised": "next raised",
}
LONG = 0.25  # seconds from which a run is told of


def title(desk: Desk) -> tuple[Text, Text]:
    """Where one is; on what it runs."""
    session, lang = desk.session, desk.session.lang
    left = Text("torch-tutor", "bold")
    line = session.shelf.line(session.current)
    if line is not None:
        arrow = " > " if session.ascii else " › "
        path = [*_path(desk, line.section, line.group), clean(session.current.rpartition("/")[2])]
        left.append("  ").append_text(Text(arrow, "dim").join(Text(part) for part in path))
    torch = f"torch {desk.runs.ready.torch}" if desk.runs.ready is not None else "torch …"
    states = desk.contents.states.values() if desk.is_mounted else ()
    proven = sum(state == "proven" for state in states)
    where = desk.runs.where
    parts = [where.device, torch, say("seed", lang, where.seed), say("proven", lang, proven, len(session.shelf))]
    room = desk.size.width - left.cell_len - 8
    safety, style = _safety(desk)
    warned = (
        Text(safety, style) if style != "dim" else Text()
    )  # what is unusual has its place, what is usual if there is room
    room -= warned.cell_len + 2 if warned else 0
    while len(parts) > 1 and cell_len("  ".join(parts)) > room:
        parts.pop()
    if style == "dim" and len(parts) > 2 and cell_len("  ".join([*parts, safety])) <= room:
        parts.append(safety)
    right = Text("  ".join(parts), "dim")
    if warned:
        right.append("  ").append_text(warned)
    right.append(f"  {say('language', lang)}", "bold not dim")
    return left, right


def _safety(desk: Desk) -> tuple[str, str]:
    """What is to be known of the limits in force, with a style; nothing before anything has run."""
    lang, where, outcome = desk.session.lang, desk.runs.where, desk.session.outcome(desk.session.current)
    more = [name for name in where.allow if name not in USUAL]
    if more:
        return say("allowed more", lang, ", ".join(more)), "yellow"
    if outcome is None or not outcome.trace.steps:
        return "", ""
    return (
        (say("protected", lang), "dim") if "files" in outcome.trace.kept_from else (say("unprotected", lang), "yellow")
    )


def _path(desk: Desk, section: str, group: str) -> list[str]:
    lang = desk.session.lang
    if section == "own":
        return [say("own files", lang)]
    for told in desk.session.shelf.sections:
        if told["id"] == section:
            names = [clean(told["title"][lang])]
            names += [clean(g["title"][lang]) for g in told["groups"] if group and g["id"] == group]
            return names
    return []


def status(desk: Desk, said: str) -> tuple[Text, Text]:
    """How the run is doing; and the latest message."""
    return _run(desk, desk.session.lang), Text(clean(said), "bold")


def _run(desk: Desk, lang: Lang) -> Text:
    session = desk.session
    mark = _Marks(session.ascii)
    if desk.runs.trouble:
        first = clean(desk.runs.trouble).split("\n")[0].rstrip(":：")
        colon = "：" if lang == "zh" else ": "
        return Text.assemble((f"{mark.bad} ", "bold red"), f"{first}{colon}{say('restart', lang)}")
    phase = session.phases.get((session.current, "now"), "idle")
    running = desk.runs.seconds()
    outcome = session.outcome(session.current)
    if running and desk.runs.ready is None:
        who = desk.runs.where.python or "Python"
        key = "waiting" if running < 1 else "waiting long"
        return Text.assemble((f"{mark.wait} ", "cyan"), say(key, lang, who))
    if running > LONG or (running and outcome is None):
        return _under_way(running, outcome.trace if outcome is not None else None, lang, mark)
    if desk.runs.syntax is not None and desk.runs.syntax.error is not None:
        error = desk.runs.syntax.error
        line = error.frames[-1].line if error.frames else 0
        text = Text.assemble((f"{mark.edit} ", "yellow"), (clean(error.type), "yellow"), f": {clean(error.message)}")
        return text.append(f"  {_at(line, lang)}" if line else "", "dim")
    if phase == "unable":
        return Text.assemble((f"{mark.idle} ", "yellow"), _why_not(desk, lang))
    if outcome is None or outcome.trace.finished is None:
        return Text.assemble((f"{mark.idle} ", "dim"), say("not live", lang))
    return _over(desk, outcome.trace, lang, mark)


class _Marks:
    def __init__(self, ascii: bool) -> None:
        marks = "v x > ~ . *" if ascii else "✓ ✗ ▸ ◌ · ●"
        self.good, self.bad, self.run, self.wait, self.idle, self.edit = marks.split()


def _at(line: int, lang: Lang) -> str:
    from tutor.render.words import word

    return word("at line", lang, line)


def _under_way(seconds: float, trace: Trace | None, lang: Lang, mark: _Marks) -> Text:
    text = Text.assemble((f"{mark.run} ", "bold cyan"), f"{say('running', lang)} {seconds:.1f} s")
    if trace is None or trace.finished is not None:
        return text
    from tutor.trace import walk

    steps = [step for step in walk(trace.steps) if step.state == "running"]
    if steps:
        text.append(f"  {_at(steps[-1].line, lang)}", "dim")
    loop = next((step for step in steps if step.done), None)
    if loop is not None:
        text.append(f"  {loop.done}/{loop.total}" if loop.total >= 0 else f"  {loop.done}")
        for series in loop.series[:3]:
            value = series.points[-1][1] if series.points else None
            if isinstance(value, (int, float)):
                text.append(f"  {clean(series.name)} {value:.4g}")
    return text.append("  Esc", "bold").append(f" {'停止' if lang == 'zh' else 'stops'}")


def _why_not(desk: Desk, lang: Lang) -> str:
    from tutor.render.words import label, word

    entry = desk.session.entry()
    if not desk.session.may_run(desk.session.current):
        return say("not trusted", lang)
    from tutor.tui.orders import MOST, UNASKED, lines

    length = lines(desk.session.code(entry.id)) if entry is not None else 0
    if length > UNASKED:
        return say("too long" if length > MOST else "long", lang, length)
    if entry is not None and desk.session.shelf.is_own(entry.id):
        return say("own not live", lang)
    from tutor.jobs import lacks

    missing = lacks(entry, desk.runs.where.allow) if entry is not None else ()
    if missing:
        return f"{label('not run', lang)}{word('needs permission', lang, ','.join(missing))}  P"
    needs = word("needs device", lang, ", ".join(entry.devices) if entry is not None else "")
    return f"{label('not run', lang)}{needs}"


def _over(desk: Desk, trace: Trace, lang: Lang, mark: _Marks) -> Text:
    from tutor.render.page import ending

    assert trace.finished is not None
    session = desk.session
    outcome = trace.finished.outcome
    good = outcome == "finished"
    holding = sum(claim.holds for claim in trace.claims)
    edited = session.edit_of(session.current) is not None
    if good and holding == len(trace.claims):
        text = Text.assemble((f"{mark.good} ", "bold green"))
    elif good and edited:  # a claim is about the sheet's own code: that it fails for another one is no failure
        text = Text.assemble((f"{mark.edit} ", "bold yellow"))
    else:
        text = Text.assemble((f"{mark.bad} ", "bold red"))
    text.append_text(ending(trace.finished, trace.error, lang))
    if trace.claims:
        counted = f"  {holding}/{len(trace.claims)}{'条论断成立' if lang == 'zh' else ' claims hold'}"
        text.append(counted, "" if holding == len(trace.claims) else "yellow" if edited else "bold red")
    told = session.outcome(session.current)
    if told is not None and told.code != session.code(session.current):
        text.append(f"  {mark.edit} {say('stale', lang)}", "yellow")
    elif told is not None and told.notices:
        text.append(f"  ! {say('noticed', lang, len(told.notices))}", "bold yellow")
    elif told is not None and told.advice is not None and told.advice.fix is not None:
        text.append(f"  {say('next fix', lang)}", "bold")
    elif outcome in NEXT and not (outcome == "raised" and desk.editing is not None):  # the details are open there
        text.append(f"  {say(NEXT[outcome], lang)}", "dim")
    return text
