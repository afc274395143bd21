"""Claims that cannot be what they should: each is told as false, with what is wrong, and the run goes on."""

from __future__ import annotations

import pytest
from support import events

from tutor.runner import Runner
from tutor.worker.wire import ClaimChecked, Finished, Question

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("clean")]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x == 1\0", "null bytes"),
        ("x == '\ud800'", "surrogates not allowed"),
        ("# nothing", "is None, not a truth value"),
        ("", "is None, not a truth value"),
        ("y = x", "is None, not a truth value"),
        ("if x: pass", "is None, not a truth value"),
        ("(" * 300 + "x" + ")" * 300, "too many nested parentheses"),
        ("-" * 100_000 + "x", "raises "),
        ("x ==", "raises SyntaxError"),
    ],
)
async def test_a_claim_that_is_none_is_false_and_the_next_is_checked(runner: Runner, code: str, told: str) -> None:
    claims = (Question("expr", code), Question("expr", "x == 1"))
    first, second, last = (await events(runner, "x = 1", claims=claims))[-3:]
    assert isinstance(first, ClaimChecked)
    assert isinstance(second, ClaimChecked)
    assert isinstance(last, Finished)
    assert (first.index, first.holds) == (0, False)
    assert told in first.seen
    assert (second.index, second.holds) == (1, True)
    assert last.outcome == "finished"


async def test_what_a_claim_raises_may_be_said_in_any_characters(runner: Runner) -> None:
    claims = (Question("raises", "raise ValueError(chr(0xd800) + chr(0))", "another"),)
    checked, last = (await events(runner, "x = 1", claims=claims))[-2:]
    assert isinstance(checked, ClaimChecked)
    assert isinstance(last, Finished)
    assert (checked.holds, checked.seen) == (False, "raises ValueError: \ud800\x00")
    assert last.outcome == "finished"
