"""What is demanded of an entry, and in which words a broken promise is told."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tutor.catalogue.model import Bite, Claim, Entry, Pitfall, Text, Then, Today
from tutor.check import Verdict, check, judge, seen, short
from tutor.jobs import Manner
from tutor.runner import Runner
from tutor.worker.wire import ClaimChecked, ContainerValue, PlainValue, Side, TensorValue, Value

WORDS = Text("Words.", "话。")
CPU = Manner()


def entry(code: str, *claims: Claim, then: Then | None = None, devices: tuple[str, ...] = ()) -> Entry:
    return Entry(
        "s/e",
        "",
        WORDS,
        WORDS,
        code,
        claims or (Claim("expr", "x is x"),),
        setup="import torch\nx = torch.ones(2)\n",
        then=then,
        devices=devices,
        timeout=5.0,
        line=10,
        code_line=20,
    )


def old(code: str, today: Today, match: str = "", when: str = "", claims: tuple[Claim, ...] = ()) -> Then:
    return Then(code, today, WORDS, match, when=when, claims=claims, line=50)


async def failures(runner: Runner, told: Entry, manner: Manner = CPU) -> list[tuple[str, str, str, int]]:
    verdict = await judge(runner, told, manner)
    assert {f.entry for f in verdict.failures} <= {"s/e"}
    for f in verdict.failures:
        assert is_chinese(f.what.zh), f
        assert is_chinese(f.expected.zh) or f.expected.zh == f.expected.en, f
        assert re.findall("[0-9]+", f.what.zh + f.seen.zh) == re.findall("[0-9]+", f.what.en + f.seen.en), f
    return [(f.what.en, f.expected.en, f.seen.en, f.line) for f in verdict.failures]


def is_chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text) is not None


async def test_an_entry_that_keeps_its_promises(runner: Runner) -> None:
    told = entry(
        "y = x + 1",
        Claim("expr", "y.sum() == 4"),
        Claim("raises", "torch.mm(x, y)", "must be a matrix"),
        Claim("warns", "import warnings\nwarnings.warn('beware')", "UserWarning: beware"),
        then=old("x.nope", "raises", "AttributeError", claims=()),
    )
    verdict = await judge(runner, told, CPU)
    assert verdict == Verdict(told, verdict.ms, 3)
    assert verdict.ms > 0


@pytest.mark.parametrize(
    ("claim", "what", "expected", "was"),
    [
        (
            Claim("expr", "x.sum() == 3", line=31),
            "claim 1: x.sum() == 3",
            "True",
            "is False (x.sum() is 2.0 float32)",
        ),
        (
            Claim("expr", "y = x + 1\ntorch.equal(x, y)", line=32),
            "claim 1: torch.equal(x, y)",
            "True",
            "is False (x is (1.0, 1.0) float32; y is (2.0, 2.0) float32)",
        ),
        (
            Claim("raises", "torch.mm(x, x)", "other words", line=33),
            "claim 1: torch.mm(x, x)",
            "raises other words",
            "raises RuntimeError: self must be a matrix",
        ),
        (
            Claim("raises", "x.sum()", "any", line=34),
            "claim 1: x.sum()",
            "raises any",
            "raises nothing",
        ),
        (
            Claim("warns", "x.sum()", "any", line=35),
            "claim 1: x.sum()",
            "warns any",
            "warns of nothing",
        ),
        (
            Claim("expr", "nowhere == 1", line=36),
            "claim 1: nowhere == 1",
            "True",
            "raises NameError: name 'nowhere' is not defined",
        ),
        (
            Claim("expr", "len('abc')", line=37),
            "claim 1: len('abc')",
            "True",
            "is 3, not a truth value",
        ),
    ],
    ids=["compares", "two tensors", "other error", "no error", "no warning", "raises", "no truth"],
)
async def test_a_claim_that_does_not_hold(runner: Runner, claim: Claim, what: str, expected: str, was: str) -> None:
    assert await failures(runner, entry("y = 1", claim)) == [(what, expected, was, claim.line)]


async def test_every_claim_that_does_not_hold_is_told(runner: Runner) -> None:
    claims = (Claim("expr", "1 > 2"), Claim("expr", "2 > 1"), Claim("expr", "3 > 4"))
    told = await failures(runner, entry("y = 1", *claims))
    assert [what for what, *_ in told] == ["claim 1: 1 > 2", "claim 3: 3 > 4"]


async def test_code_that_raises_is_told_at_its_line_and_its_claims_are_not(runner: Runner) -> None:
    told = await failures(runner, entry("y = 1\n\ntorch.mm(x, x)\n", Claim("expr", "y == 2")))
    assert told == [("code", "runs", "RuntimeError: self must be a matrix", 22)]


async def test_code_that_warns(runner: Runner) -> None:
    told = await failures(runner, entry("import warnings\nwarnings.warn('beware')"))
    assert told == [("code", "runs without a warning", "warns UserWarning: beware", 20)]


async def test_code_that_takes_too_long_or_dies(runner: Runner) -> None:
    late = replace(entry("y = 1\nwhile True: pass"), timeout=0.3)
    assert await failures(runner, late) == [
        ("code", "runs", "timed_out: still running after 0.3 s at line 2", 21),
    ]
    dead = entry("import os\nos._exit(3)")
    assert await failures(runner, dead) == [
        ("code", "runs", "died: the process ended itself with status 3 at line 2", 21),
    ]


@pytest.mark.parametrize(
    ("code", "was"),
    [
        ("os._exit(3) or True", "died: the process ended itself with status 3"),
        ("while True:\n    pass\n1 == 1", "timed_out: still running after 0.5 s"),
    ],
)
async def test_a_claim_that_never_comes_out(runner: Runner, code: str, was: str) -> None:
    claims = (Claim("expr", "1 < 2", line=6), Claim("expr", code, line=7), Claim("expr", "2 < 3", line=8))
    told = await failures(runner, replace(entry("import os", *claims), timeout=0.5))
    assert told == [(f"claim 2: {code.splitlines()[-1]}", "True", was, 7)]


@pytest.mark.parametrize(
    ("then", "expected", "was"),
    [
        (old("x + 1", "raises", "boom"), "raises boom", "works"),
        (old("x + 1", "warns", "old"), "warns old", "works"),
        (old("x.nope", "works"), "works", "raises AttributeError: 'Tensor' object has no attribute 'nope'"),
        (old("1 / 0", "raises", "NameError"), "raises NameError", "raises ZeroDivisionError: division by zero"),
        (
            old("import warnings\nwarnings.warn('one')\nwarnings.warn('two')", "warns", "three"),
            "warns three",
            "warns UserWarning: one | UserWarning: two",
        ),
        (old("import warnings\nwarnings.warn('one')", "works"), "works", "warns UserWarning: one"),
    ],
    ids=["works", "no warning", "raises", "raises otherwise", "warns otherwise", "warns"],
)
async def test_a_form_of_0_3_0_that_does_otherwise_today(runner: Runner, then: Then, expected: str, was: str) -> None:
    assert await failures(runner, entry("y = 1", then=then)) == [("then", expected, was, 50)]


async def test_a_form_of_0_3_0_does_what_is_said(runner: Runner) -> None:
    warns = "import warnings\nwarnings.warn('one')\nwarnings.warn('two')"
    for then in (old("x + 1", "works"), old("1 / 0", "raises", "division"), old(warns, "warns", "two")):
        assert await failures(runner, entry("y = 1", then=then)) == []


async def test_claims_on_the_form_of_0_3_0_are_checked_too(runner: Runner) -> None:
    claims = (Claim("expr", "z == 2", line=61), Claim("expr", "z == 3", line=62))
    told = entry("y = 1", then=old("z = 2", "works", claims=claims))
    assert await failures(runner, told) == [("claim 2: z == 3", "True", "is False (z is 2)", 62)]
    assert (await judge(runner, told, CPU)).claims == 3


async def test_what_is_said_of_another_device_is_not_held_against_this_one(runner: Runner) -> None:
    assert await failures(runner, entry("y = 1", then=old("y = 1", "raises", "boom", when="cuda"))) == []
    assert len(await failures(runner, entry("y = 1", then=old("y = 1", "raises", "boom", when="cpu")))) == 1


async def test_an_entry_for_other_devices_is_skipped(runner: Runner) -> None:
    told = entry("1 / 0", devices=("cuda", "mps"))
    assert await judge(runner, told, CPU) == Verdict(told, 0.0, 0, skipped=Text("needs cuda, mps", "需要cuda, mps"))


async def test_the_manner_limits_the_time(runner: Runner) -> None:
    told = await failures(runner, entry("while True: pass"), Manner(timeout=0.2))
    assert [was for _, _, was, _ in told] == ["timed_out: still running after 0.2 s at line 1"]


async def test_every_entry_gets_its_verdict_and_one_breaks_no_other(runner: Runner) -> None:
    entries = [replace(entry(f"y = {i} / {i % 3}"), id=f"s/{i}") for i in range(7)]
    verdicts = [v async for v in check(runner, entries, CPU, at_once=3)]
    assert {v.entry.id: not v.failures for v in verdicts} == {f"s/{i}": i % 3 != 0 for i in range(7)}


def test_a_claim_that_was_never_reached() -> None:
    assert seen(None).en == "not reached: the process ended before"
    assert is_chinese(seen(None).zh)


@pytest.mark.parametrize(
    ("value", "told", "zh"),
    [
        (TensorValue("Tensor", (2,), "int64", numel=2, values=(1, 2)), "(1, 2) int64", "(1, 2) int64"),
        (
            TensorValue("Tensor", (5, 5), "float32", numel=25, values=()),
            "of shape (5, 5) float32",
            "形状为(5, 5)的float32",
        ),
        (PlainValue("int", "7"), "7", "7"),
        (ContainerValue("list", 3), "a list", "一个list"),
    ],
)
def test_a_value_in_a_message(value: Value, told: str, zh: str) -> None:
    assert short(value) == Text(told, zh)
    assert seen(ClaimChecked("j", 0, False, "is False", (Side("v", value),))) == Text(
        f"is False (v is {told})", f"是False（v是{zh}）"
    )


@pytest.mark.parametrize(
    ("code", "claim", "told"),
    [
        ("y = 1", Claim("expr", "x.sum() == 3"), ("论断1：x.sum() == 3", "True", "是False（x.sum()是2.0 float32）")),
        ("y = 1", Claim("expr", "len('abc')"), ("论断1：len('abc')", "True", "是3，不是真或假")),
        ("y = 1", Claim("raises", "x.sum()", "any"), ("论断1：x.sum()", "报错：any", "没有报错")),
        (
            "raise KeyboardInterrupt",
            Claim("expr", "x is x"),
            ("代码", "能运行", "抛出KeyboardInterrupt：位于第1行"),
        ),
        ("1 / 0", Claim("expr", "x is x"), ("代码", "能运行", "ZeroDivisionError: division by zero")),
        (
            "import os\nos._exit(3)",
            Claim("expr", "x is x"),
            ("代码", "能运行", "进程终止：进程以状态3自行退出，位于第2行"),
        ),
        (
            "y = 1",
            Claim("expr", "__import__('os')._exit(3)"),
            ("论断1：__import__('os')._exit(3)", "True", "进程终止：进程以状态3自行退出"),
        ),
    ],
    ids=["compares", "no truth", "no error", "interrupts", "raises", "dies", "a claim dies"],
)
async def test_it_is_told_in_chinese_too(runner: Runner, code: str, claim: Claim, told: tuple[str, str, str]) -> None:
    (failure,) = (await judge(runner, entry(code, claim), CPU)).failures
    assert (failure.what.zh, failure.expected.zh, failure.seen.zh) == told


async def test_a_pitfall_that_does_not_bite_is_told_in_chinese_too(runner: Runner) -> None:
    pitfalls = (
        mistake("silent", "y = 3", "y = 1", "", "y", "y == 1"),
        mistake("silent", WARNS, "y = 2", "", "y", "y == 1"),
        mistake("silent", "y, z = 1, x", "y, z = 2, x", "", "z", "y == 1"),
    )
    verdict = await judge(runner, replace(entry("y = 1"), pitfalls=pitfalls), CPU)
    assert [(f.what.zh, f.expected.zh, f.seen.zh) for f in verdict.failures] == [
        ("易错点p：错误写法，y == 1", "True", "是False（y是3）"),
        ("易错点p：正确写法，y == 1", "False", "是True"),
        ("易错点p：错误写法", "能运行，不报错也不警告", "警告：UserWarning: beware"),
        ("易错点p：z", "正确写法之后是另一个值", "两种写法之后都是(1.0, 1.0) float32"),
    ]


# ----------------------------------------------------------------------------------------------- pitfalls


def mistake(kind: Bite, wrong: str, right: str, match: str = "", measure: str = "", symptom: str = "") -> Pitfall:
    lines = {"line": 70, "wrong_line": 80, "right_line": 90}
    return Pitfall("p", WORDS, kind, wrong, right, WORDS, WORDS, match, measure, symptom, **lines)  # type: ignore[arg-type]


WARNS = "import warnings\nwarnings.warn('beware')\ny = 1"


@pytest.mark.parametrize(
    "pitfall",
    [
        mistake("raises", "y = 1\nx.nope", "y = 1", "AttributeError: 'Tensor'"),
        mistake("warns", WARNS, "y = 2", "UserWarning: beware", "y", "y == 1"),
        mistake("silent", "y = x\ny += 1", "y = x + 1", "", "x", "x.sum() == 4"),
        mistake("silent", "y = 1", "y = 2", "", "y", "y == 1  # told"),
    ],
    ids=["raises", "warns", "silent", "comment"],
)
async def test_a_pitfall_that_bites(runner: Runner, pitfall: Pitfall) -> None:
    told = replace(entry("y = 1"), pitfalls=(pitfall,))
    verdict = await judge(runner, told, CPU)
    assert (verdict.failures, verdict.pitfalls) == ((), 1)


@pytest.mark.parametrize(
    ("pitfall", "told"),
    [
        (
            mistake("raises", "y = 1", "y = 2", "boom"),
            [("pitfall p: wrong", "raises boom", "works", 70)],
        ),
        (
            mistake("raises", "y = 1\n\nx.nope", "y = 2", "boom"),
            [
                (
                    "pitfall p: wrong",
                    "raises boom",
                    "raises AttributeError: 'Tensor' object has no attribute 'nope'",
                    82,
                )
            ],
        ),
        (
            mistake("silent", WARNS, "y = 2", "", "y", "y == 1"),
            [("pitfall p: wrong", "runs in silence", "warns UserWarning: beware", 70)],
        ),
        (
            mistake("warns", "y = 1", "y = 2", "beware", "y", "y == 1"),
            [("pitfall p: wrong", "warns beware", "works", 70)],
        ),
        (
            mistake("silent", "y = 3", "y = 2", "", "y", "y == 1"),
            [("pitfall p: wrong, y == 1", "True", "is False (y is 3)", 70)],
        ),
        (
            mistake("silent", "y = x + 1", "y = x + 2", "", "y", "y.any()"),
            [("pitfall p: right, y.any()", "False", "is True", 70)],
        ),
        (
            mistake("silent", "y = 1", "y = 2\ny / 0", "", "y", "y == 1"),
            [
                (
                    "pitfall p: right",
                    "runs without a warning",
                    "raises ZeroDivisionError: division by zero",
                    91,
                )
            ],
        ),
        (
            mistake("raises", "x.nope", WARNS, "nope"),
            [("pitfall p: right", "runs without a warning", "warns UserWarning: beware", 70)],
        ),
        (
            mistake("silent", "y, z = 1, x", "y, z = 2, x", "", "z", "y == 1"),
            [("pitfall p: z", "another value after the right code", "(1.0, 1.0) float32 after both", 70)],
        ),
        (
            mistake("silent", "y = 1", "y = 2", "", "print(y)", "y == 1"),
            [("pitfall p: print(y)", "a value to look at", "None", 70)],
        ),
        (
            mistake("silent", "y = 1", "y = 2", "", "nowhere", "y == 1"),
            [
                ("pitfall p: wrong", "runs in silence", "raises NameError: name 'nowhere' is not defined", 70),
                ("pitfall p: right", "runs without a warning", "raises NameError: name 'nowhere' is not defined", 70),
            ],
        ),
    ],
    ids=[
        "runs",
        "raises otherwise",
        "warns",
        "does not warn",
        "without the symptom",
        "right with the symptom",
        "right raises",
        "right warns",
        "measured alike",
        "nothing measured",
        "not to be measured",
    ],
)
async def test_a_pitfall_that_does_not_bite_is_told(
    runner: Runner, pitfall: Pitfall, told: list[tuple[str, str, str, int]]
) -> None:
    assert await failures(runner, replace(entry("y = 1"), pitfalls=(pitfall,))) == told


async def test_a_pitfall_of_other_devices_is_not_tried(runner: Runner) -> None:
    never = replace(mistake("raises", "y = 1", "y = 2", "boom"), devices=("cuda",))
    verdict = await judge(runner, replace(entry("y = 1"), pitfalls=(never,)), CPU)
    assert (verdict.failures, verdict.pitfalls) == ((), 0)
