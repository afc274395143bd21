"""A run of odd events, and everything that can be shown of it: hostile, but of the types that the wire lets through."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mistakes
import recorded
from rich.console import RenderableType
from rich.text import Text

from tutor.catalogue.model import Claim, Entry, Lang
from tutor.catalogue.model import Text as Words
from tutor.clinic import diagnose
from tutor.notices import notices
from tutor.render import endings, layout, page
from tutor.render.details import details
from tutor.render.frames import Frames, Which
from tutor.render.layout import Sheet, sheet_for, source_lines
from tutor.render.notices import notice_lines
from tutor.render.pictures import Canvas
from tutor.trace import Trace, walk
from tutor.tui.composer import Composer
from tutor.tui.scene import Scene
from tutor.worker import wire
from tutor.worker.wire import decode, encode

from . import odd

RECORDED = sorted({**recorded.JOBS, **mistakes.JOBS})
CODES = (
    "x = torch.ones(2)\ny = x @ x.T\nfor i in range(3):\n    loss = x.sum()\n    loss.backward()\nelse:\n    z = 1\n",
    "y = x.view(3, 2)\nz = torch.cat([x, y], dim=1)\nw = x[:, 1]\nmodel = nn.Linear(2, 3)\nmodel(x)\nx.grad\n",
    "",
    "a = (\n  1\n",
    "def f(x):\n    return x\x0c\n\nf(1); f(2)\n",
)


def trace(dice: random.Random) -> Trace:
    """A run: a real one with odd values here and there, or one made of nothing but odd events."""
    return changed(dice) if dice.random() < 0.5 else odd_trace(dice)


def changed(dice: random.Random) -> Trace:
    """A recording in which fields of some events have another value of their type."""
    told = Trace()
    for event in recorded.events(dice.choice(RECORDED)):
        if dice.random() < 0.3:
            event = _changed(event, dice)
        told = told.apply(decode(encode(event)))
    return told


def _changed(event: Any, dice: random.Random) -> Any:
    """With another value in one of its fields, or in one of the objects in it."""
    name = dice.choice(dataclasses.fields(event)).name
    held = getattr(event, name)
    if isinstance(held, tuple) and held and dataclasses.is_dataclass(held[0]):
        at = dice.randrange(len(held))
        return replace(event, **{name: (*held[:at], _changed(held[at], dice), *held[at + 1 :])})
    if dataclasses.is_dataclass(held) and dice.random() < 0.8:
        return replace(event, **{name: _changed(held, dice)})
    return replace(event, **{name: odd.value(odd.HINTS[type(event).__name__][name], name, dice)})


def odd_trace(dice: random.Random) -> Trace:
    """Steps that nest as they may, or that belong nowhere, with anything in their fields."""
    told = Trace()
    code = dice.choice(CODES)
    open_steps = [-1]
    for event in events(dice, code, open_steps):
        told = told.apply(decode(encode(event)))
    return told


def events(dice: random.Random, code: str, open_steps: list[int]) -> Iterator[Any]:
    """Its events."""
    yield replace(odd.instance(wire.Started, dice), code=code)
    for step in range(dice.randrange(1, 9)):
        lines = len(code.split("\n"))
        line = dice.choice((step + 1, step + 1, dice.randrange(lines + 3), dice.choice(odd.INTS)))
        end = line + dice.choice((0, 0, 0, 1, 3, -2))
        began = odd.instance(wire.StepBegan, dice)
        parent = dice.choice((-1, -1, open_steps[-1], dice.choice(odd.INTS)))
        yield replace(began, step=step, parent=parent, line=line, end_line=end)
        open_steps.append(step)
        for kind in dice.choices((wire.Printed, wire.LoopAdvanced, wire.StepEnded), k=dice.randrange(4)):
            yield replace(odd.instance(kind, dice), step=dice.choice((step, step, step, open_steps[-2], 77)))
        if dice.random() < 0.6:
            yield replace(odd.instance(wire.StepEnded, dice, 4), step=step)
            open_steps.pop()
    for told in dice.choices((wire.ClaimChecked, wire.Operands, wire.Studied), k=dice.randrange(5)):
        yield odd.instance(told, dice, 4)
    yield odd.instance(wire.Finished, dice)


def parts(told: Trace, width: int, lang: Lang, dice: random.Random) -> Iterator[RenderableType]:
    """What `torch-tutor run` prints of it."""
    plain = dice.random() < 0.3
    sheet = sheet_for(told.code, width, lang, plain)
    which: Which = dice.choice(("auto", "all"))
    canvas = Canvas(width, lang=lang, ascii=plain, colour=not plain, truecolour=dice.random() < 0.5)
    frames = Frames(canvas, which, words=plain and dice.random() < 0.5)
    if not sheet.stacked:
        yield layout.heading(sheet)
    for step in told.steps:
        yield from page.step_lines(step, told.code, sheet, frames, told)
    yield from notice_lines(notices(told, told.code), told.code, sheet)
    found = diagnose(told.code, told)
    yield from page.trouble(told, sheet, (found, None) if found is not None else None)
    for result in told.claims:
        claim = Claim(dice.choice(("expr", "raises")), "x == 1", "", Words("So it is.", "如此。"))
        yield page.claim_line(claim, result, sheet)
    if told.finished is not None:
        yield page.ending(told.finished, told.error, lang)
    yield from map(Text, endings.advice(told, lang))


def close(told: Trace, width: int, lang: Lang) -> Iterator[RenderableType]:
    """The details of every step."""
    for step in walk(told.steps):
        yield from details(step, told, source_lines(told.code), Sheet(width, lang))


def scene(told: Trace, width: int, lang: Lang) -> Iterator[RenderableType]:
    """The page of the app."""
    nothing = Words("", "")
    entry = Entry("own/x", "", nothing, nothing, told.code, (Claim("expr", "x == 1"),))
    shown = Scene(entry, told.code, trace=told, lang=lang, phase="done")
    yield from (block.part for block in Composer().blocks(shown, width))
