"""Whatever events of the right types say, they make a trace, and it can be shown at every width, and a terminal
obeys nothing of it."""

from __future__ import annotations

import random
import re

import pytest
from render.paper import shown

from tutor.catalogue.model import Lang
from tutor.trace import DEEPEST, Trace, walk
from tutor.worker.wire import PlainValue, Printed, StepBegan, StepEnded

from . import rendering

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff]|\u0301{5}")


@pytest.mark.parametrize("start", range(0, 40, 8))
def test_odd_events_make_a_trace_that_can_be_shown(start: int) -> None:
    for seed in range(start, start + 8):
        dice = random.Random(seed)
        told = rendering.trace(dice)
        for width in (dice.randrange(1, 40), dice.randrange(1, 201)):
            lang: Lang = dice.choice(("en", "zh"))
            for parts in (
                rendering.parts(told, width, lang, dice),
                rendering.close(told, width, lang),
                rendering.scene(told, width, lang),
            ):
                found = OBEYED.search(shown(parts, width))
                assert found is None, (seed, width, found)


@pytest.mark.parametrize("width", [*range(1, 21), 40, 60, 99, 100, 150, 200])
def test_every_width_will_do(width: int) -> None:
    for seed in (7, 8):
        dice = random.Random(seed)
        told = rendering.trace(dice)
        assert shown(rendering.parts(told, width, "en", dice), width)
        assert shown(rendering.scene(told, width, "zh"), width)
        shown(rendering.close(told, width, "en"), width)


def test_steps_within_steps_without_end_are_kept_to_a_depth() -> None:
    told = Trace()
    for step in range(3000):
        told = told.apply(StepBegan("job", step, step - 1, "call", 1, 1, "f"))
        told = told.apply(Printed("job", step, "stdout", "x"))
    told = told.apply(StepEnded("job", 2999, "done", value=PlainValue("int", "1")))

    assert len(walk(told.steps)) == DEEPEST + 1
    assert shown(rendering.scene(told, 80, "en"), 80)


def test_what_belongs_to_no_step_is_passed_over() -> None:
    told = Trace().apply(StepEnded("job", 7, "done")).apply(Printed("job", 7, "stdout", "x"))

    assert told == Trace()
    assert Trace().apply(StepBegan("job", 0, 5, "statement", 1, 1)).steps == ()
