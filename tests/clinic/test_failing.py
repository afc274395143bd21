"""Failing snippets, each with what the clinic says of it: `failing.txt` holds the snippet, and under `---` the rule
that knows it, the operands with shape, type and the dimensions that do not fit, and the fix as the lines that go and
come.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import sections

from tutor.catalogue.model import Text
from tutor.clinic import RULES, Operand, Rule
from tutor.remedy import Advice, advise
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.worker.wire import ArrayValue, Job, TensorValue

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the place of an expression is told since 3.11")
SETUP = "import torch\nfrom torch import nn\nimport torch.nn.functional as F"
AT_ONCE = 3


def snippets() -> Iterator[tuple[str, str, list[str]]]:
    """Name, code, and what is expected."""
    for name, text in sections(Path(__file__).with_name("failing.txt")).items():
        code, said = text.split("\n---\n")
        yield name, code.strip("\n"), said.strip("\n").split("\n")


TABLE = {name: (code, said) for name, code, said in snippets()}
FIXED = [name for name, (_, said) in TABLE.items() if any(line.startswith("+ ") for line in said)]


async def told(runner: Runner) -> dict[str, Advice | None]:
    """What is said of each."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Advice | None:
        async with gate:
            job = Job(name, TABLE[name][0], SETUP, file=f"<{name}>", timeout=20.0)
            trace = Trace()
            async for event in runner.run(job):
                trace = trace.apply(event)
            return await advise(runner, job, trace)

    return dict(zip(TABLE, await asyncio.gather(*map(one, TABLE)), strict=True))


def operand(o: Operand) -> str:
    """`x : [2, 3] float32 misfit 1`."""
    kind = f"{list(o.value.shape)} {o.value.dtype}" if isinstance(o.value, TensorValue | ArrayValue) else o.value.type
    marks = " misfit " + " ".join(map(str, o.misfits)) if o.misfits else ""
    return f"{o.name} : {kind}{marks}{' wrong' if o.wrong else ''}"


def summary(code: str, advice: Advice | None) -> list[str]:
    """As it stands in the table."""
    if advice is None:
        return ["nothing"]
    said = [f"rule {advice.diagnosis.rule or 'none'}", *map(operand, advice.diagnosis.operands)]
    if advice.fix is not None:
        edit = advice.fix.edit
        said += [f"- {line}" for line in code.split("\n")[edit.line - 1 : edit.end_line]]
        said += [f"+ {line}" for line in edit.text.split("\n")]
        if not advice.fix.finished:
            said.append(f"then {advice.fix.error} in line {advice.fix.line}")
    return said


def unfinished(code: str, text: Text | None) -> list[str]:
    """What is wrong with words that were filled in: a gap, a piece of code without its end, English in the Chinese, one
    of several."""
    if text is None:
        return ["nothing said"]
    en, zh = (re.sub(r"`[^`]*`", "", words) for words in (text.en, text.zh))
    mixed = re.findall(r"[A-Za-z]+(?: [a-z]+)+", zh) + re.findall(r"\b1 [a-z]{3,}s\b(?<!divides)", en)
    gaps = [g for words in (text.en, text.zh) for g in re.findall(r"\{\w+\}", words) if g not in code]
    return gaps + mixed + [words for words in (text.en, text.zh) if not words.strip() or words.count("`") % 2]


async def test_failing_snippets_are_explained_and_mended(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutor.remedy.SLOW", 60_000.0)  # milliseconds: edits are tried on a busy machine too
    monkeypatch.setattr("tutor.remedy.SECONDS", 60.0)
    found = await told(runner)

    assert {name: summary(TABLE[name][0], advice) for name, advice in found.items()} == {
        name: said for name, (_, said) in TABLE.items()
    }
    known = {name: a.diagnosis for name, a in found.items() if a is not None and a.diagnosis.rule}
    words = {name: (d.what, d.why, *(e.says for e in d.edits)) for name, d in known.items()}
    wrong = {name: [w for text in texts for w in unfinished(TABLE[name][0], text)] for name, texts in words.items()}
    assert {name: w for name, w in wrong.items() if w} == {}


def test_most_snippets_have_a_fix() -> None:
    assert len(TABLE) >= 60
    assert len(FIXED) >= 45


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_speaks_both_languages(rule: Rule) -> None:
    for en, zh in (rule.what, rule.why):
        assert en.isascii()
        assert any("一" <= char <= "鿿" for char in zh) or "{zh_" in zh
        filled = {part.split("}")[0].removeprefix("zh_") for part in en.split("{")[1:]}
        assert {part.split("}")[0].removeprefix("zh_") for part in zh.split("{")[1:]} <= filled | {"place"}


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
