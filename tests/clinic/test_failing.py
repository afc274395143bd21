"""Failing snippets, each with what the clinic says of it: `failing.txt` holds the snippet, and under `---` the rule
that knows it, the operands with shape, type and the dimensions that do not fit, and the fix as the lines that go and
come.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from support import sections

from tutor.clinic import RULES, Operand, Rule, apply
from tutor.remedy import Advice, advise
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import ArrayValue, Job, TensorValue

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the place of an expression is told since 3.11")
SETUP = "import torch\nfrom torch import nn\nimport torch.nn.functional as F"
AT_ONCE = 3


class Told(NamedTuple):
    """A snippet, what was said of it, and the job it was."""

    job: Job
    trace: Trace
    advice: Advice | None


def snippets() -> Iterator[tuple[str, str, list[str]]]:
    """Name, code, and what is expected."""
    for name, text in sections(Path(__file__).with_name("failing.txt")).items():
        code, said = text.split("\n---\n")
        yield name, code.strip("\n"), said.strip("\n").split("\n")


TABLE = {name: (code, said) for name, code, said in snippets()}
FIXED = [name for name, (_, said) in TABLE.items() if any(line.startswith("+ ") for line in said)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(runner: Runner) -> dict[str, Told]:
    """All of them, run once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Told:
        async with gate:
            job = Job(name, TABLE[name][0], SETUP, file=f"<{name}>", timeout=20.0)
            trace = Trace()
            async for event in runner.run(job):
                trace = trace.apply(event)
            return Told(job, trace, await advise(runner, job, trace))

    return dict(zip(TABLE, await asyncio.gather(*map(one, TABLE)), strict=True))


def operand(o: Operand) -> str:
    """`x : [2, 3] float32 misfit 1`."""
    kind = f"{list(o.value.shape)} {o.value.dtype}" if isinstance(o.value, TensorValue | ArrayValue) else o.value.type
    marks = " misfit " + " ".join(map(str, o.misfits)) if o.misfits else ""
    return f"{o.name} : {kind}{marks}{' wrong' if o.wrong else ''}"


@pytest.mark.parametrize("name", TABLE)
async def test_a_failing_snippet_is_explained(told: dict[str, Told], name: str) -> None:
    advice = told[name].advice
    assert advice is not None
    said = [f"rule {advice.diagnosis.rule}", *map(operand, advice.diagnosis.operands)]
    if advice.fix is not None:
        edit = advice.fix.edit
        said += [f"- {line}" for line in TABLE[name][0].split("\n")[edit.line - 1 : edit.end_line]]
        said += [f"+ {line}" for line in edit.text.split("\n")]
        if not advice.fix.finished:
            said.append(f"then {advice.fix.error} in line {advice.fix.line}")

    assert said == TABLE[name][1]


@pytest.mark.parametrize("name", FIXED[::6])
async def test_the_fix_of_a_snippet_runs_past_the_statement_that_failed(
    told: dict[str, Told], runner: Runner, name: str
) -> None:
    job, before, advice = told[name]
    assert advice is not None
    assert advice.fix is not None
    trace = Trace()
    async for event in runner.run(Job("again", apply(job.code, advice.fix.edit), SETUP, timeout=20.0)):
        trace = trace.apply(event)

    assert trace.finished is not None
    done = [step.line for step in trace.steps if step.state == "done"]
    if advice.fix.finished:
        assert trace.finished.outcome == "finished"
    else:
        failed = next(step for step in before.steps if step.state == "raised")
        assert failed.line in done


def test_most_snippets_have_a_fix() -> None:
    assert len(TABLE) >= 60
    assert len(FIXED) >= 45


async def test_what_is_said_names_the_operands_and_leaves_nothing_open(told: dict[str, Told]) -> None:
    for name, (_, _, advice) in told.items():
        assert advice is not None
        for text in (advice.diagnosis.what, advice.diagnosis.why):
            assert text is not None, name
            for words in (text.en, text.zh):
                assert words.strip(), name
                assert "{" not in words.replace("{k", ""), name
                assert words.count("`") % 2 == 0, name
        for edit in advice.diagnosis.edits:
            assert edit.says.en.strip(), name
            assert edit.says.zh.strip(), name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    for en, zh in (rule.what, rule.why):
        assert en.isascii()
        assert any("一" <= char <= "鿿" for char in zh) or "{zh_" in zh
        filled = {part.split("}")[0].removeprefix("zh_") for part in en.split("{")[1:]}
        assert {part.split("}")[0].removeprefix("zh_") for part in zh.split("{")[1:]} <= filled | {"place"}


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
