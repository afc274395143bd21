"""Every event of a snippet, exactly: `stories/*.txt` hold the snippets, each above what is told of it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support import events, lines, plain, stories, story

from tutor.runner import Runner
from tutor.worker.wire import (
    Change,
    Error,
    Finished,
    Frame,
    Job,
    JobEvent,
    LoopAdvanced,
    PlainValue,
    Printed,
    Question,
    Series,
    Started,
    StepBegan,
    StepEnded,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORIES = Path(__file__).parent / "stories"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param(code, told, id=f"{file}: {name}")
        for file in ("statements", "nesting")
        for name, code, told in stories(STORIES / f"{file}.txt")
    ],
)
async def test_a_snippet_is_told_exactly(runner: Runner, code: str, told: list[str]) -> None:
    assert await story(runner, code) == told


async def test_the_events_themselves(runner: Runner) -> None:
    told = await events(runner, "print('hi')\nx = 2\nx / 0", id="job", seed=7)
    columns = (1, 6) if sys.version_info >= (3, 11) else (0, 0)

    expected: list[JobEvent] = [
        Started("job", 7, "cpu", "print('hi')\nx = 2\nx / 0"),
        StepBegan("job", 0, -1, "statement", 1, 1),
        Printed("job", 0, "stdout", "hi\n"),
        StepEnded("job", 0, "done"),
        StepBegan("job", 1, -1, "statement", 2, 2),
        StepEnded("job", 1, "done", changes=(Change("x", "new", PlainValue("int", "2")),)),
        StepBegan("job", 2, -1, "statement", 3, 3),
        StepEnded(
            "job",
            2,
            "raised",
            error=Error(
                "ZeroDivisionError",
                "division by zero",
                frames=(Frame(3, "", "x / 0", *columns),),
                bases=("ArithmeticError", "Exception"),
            ),
        ),
        Finished("job", "raised", line=3),
    ]
    assert plain(told) == expected


async def test_a_loop_of_a_thousand(runner: Runner) -> None:
    told = plain(await events(runner, "for i in range(1000):\n    loss = i * i"))

    began = [event for event in told if isinstance(event, StepBegan)]
    assert [(step.kind, step.index, step.label) for step in began] == [
        ("statement", 0, ""),
        ("iteration", 0, "i = 0"),
        ("statement", 0, ""),
        ("iteration", 999, "i = 999"),
        ("statement", 0, ""),
    ]
    loop = told[-2]
    assert isinstance(loop, StepEnded)
    assert loop.done == 1000
    (loss,) = loop.series
    assert loss.name == "loss"
    assert loss.points[0] == (0, 0)
    assert loss.points[-1] == (999, 999 * 999)
    assert all(value == n * n for n, value in loss.points)
    assert 100 <= len(loss.points) <= 410
    gaps = {b - a for (a, _), (b, _) in zip(loss.points[:-2], loss.points[1:-1], strict=True)}
    assert len(gaps) == 1


async def test_the_loss_comes_first_and_counters_are_left_out(runner: Runner) -> None:
    code = "n = 0\nfor i in range(3):\n    n += 1\n    acc = i * i\n    loss = 1.0 / (i + 1)\n    name = 'x'"

    told = plain(await events(runner, code))

    loop = told[-2]
    assert isinstance(loop, StepEnded)
    assert loop.series == (
        Series("loss", ((0, 1.0), (1, 0.5), (2, 1 / 3))),
        Series("acc", ((0, 0), (1, 1), (2, 4))),
    )


async def test_progress_arrives_while_a_loop_runs(runner: Runner) -> None:
    advanced: list[LoopAdvanced] = []
    async for event in runner.run(Job("progress", "n = 0\nwhile True:\n    n += 2", timeout=60.0)):
        if isinstance(event, LoopAdvanced):
            advanced.append(event)
            if len(advanced) == 3:
                await runner.cancel("progress")

    assert len(advanced) >= 3
    assert [event.done for event in advanced] == sorted(event.done for event in advanced)
    assert {(event.step, event.total) for event in advanced} == {(1, -1)}
    points = [point for event in advanced for series in event.series for point in series.points]
    assert all(value == 2 * (n + 1) for n, value in points)
    assert points == sorted(set(points))


async def test_a_claim_holds_or_says_what_is_there_instead(runner: Runner) -> None:
    claims = (
        Question("expr", "y == 3"),
        Question("expr", "x.sum() == 2"),
        Question("expr", "z = y\nz == 3"),
        Question("raises", "1 / 0", "ZeroDivisionError"),
        Question("warns", "import warnings\nwarnings.warn('w')", "UserWarning: w"),
        Question("expr", "y == 4"),
        Question("expr", "torch.equal(x, x * 2)"),
        Question("expr", "y > 5 and a == 1"),
        Question("expr", "x.shape == (3,)"),
        Question("expr", "not y"),
        Question("expr", "y"),
        Question("expr", "x == 1"),
        Question("expr", "undefined"),
        Question("expr", "y ="),
        Question("expr", "exit()"),
        Question("raises", "1 / 0", "ValueError"),
        Question("raises", "1", "x"),
        Question("warns", "1", "w"),
        Question("warns", "import warnings\nwarnings.warn('w')", "other"),
    )

    told = await story(runner, "x = torch.ones(2)\ny = 3", setup="import torch\na = 1\nprint('s')", claims=claims)

    assert told == lines(r"""
        > setup 0
          stdout 's\n'
        < done; torch new module 'torch'; a new int 1
        > statement 1
        < done; x new float32 [2] (1.0, 1.0)
        > statement 2
        < done; y new int 3
        claim 0 holds
        claim 1 holds
        claim 2 holds
        claim 3 holds
        claim 4 holds
        claim 5 is False; y is int 3
        claim 6 is False; x is float32 [2] (1.0, 1.0); x * 2 is float32 [2] (2.0, 2.0)
        claim 7 is False; y > 5 is bool False; a == 1 is bool True
        claim 8 is False; x.shape is torch.Size torch.Size([2])
        claim 9 is False
        claim 10 is 3, not a truth value
        claim 11 is tensor([True, True]), not a truth value; x is float32 [2] (1.0, 1.0)
        claim 12 raises NameError: name 'undefined' is not defined
        claim 13 raises SyntaxError: invalid syntax
        claim 14 raises SystemExit: None
        claim 15 raises ZeroDivisionError: division by zero
        claim 16 raises nothing
        claim 17 warns of nothing
        claim 18 warns UserWarning: w
        finished
    """)


async def test_claims_are_not_asked_after_an_exception(runner: Runner) -> None:
    told = await story(runner, "1 / 0", claims=(Question("expr", "True"),))

    assert told == lines("""
        > statement 1
        < raised; ZeroDivisionError 'division by zero' at 1
        raised; line 1
    """)


@pytest.mark.parametrize(
    ("setup", "error"),
    [
        ("x = 1\n1 / 0", "ZeroDivisionError 'division by zero' at 2"),
        ("for", "SyntaxError 'invalid syntax' at 1"),
        ("raise SystemExit(0)", "SystemExit '0' at 1"),
    ],
)
async def test_a_setup_that_fails_ends_the_job(runner: Runner, setup: str, error: str) -> None:
    told = await story(runner, "y = 1", setup=setup)

    assert told[0] == "> setup 0"
    assert told[1].startswith("< raised; ")
    assert told[1].endswith(error)
    assert len(told) == 3
    assert told[2].startswith("raised")


async def test_a_name_of_the_setup_changed_by_the_code(runner: Runner) -> None:
    told = await story(runner, "x.add_(1)\nx = None", setup="import torch\nx = torch.ones(1)")

    assert told[2:] == lines("""
        > statement 1
        < done; value float32 [1] (2.0,); x mutated float32 [1] (2.0,) before float32 [1] (1.0,)
        > statement 2
        < done; x rebound NoneType None
        finished
    """)


async def test_without_trace_nothing_opens(runner: Runner) -> None:
    told = await story(runner, "def f(x):\n    return x\nfor i in range(2):\n    y = f(i)\nf(3)", trace=False)

    assert told == lines("""
        > statement 1-2
        < done; f new function <function f>
        > statement 3-4
        < done; i new int 1; y new int 1
        > statement 5
        < done; value int 3
        finished
    """)


async def test_seeds_and_the_name_of_the_file(runner: Runner) -> None:
    code = "import torch, random\n(torch.rand(1).item(), random.random(), __file__)\n1 / 0"

    first = plain(await events(runner, code, seed=3, file="entry.py"))
    again = plain(await events(runner, code, seed=3, file="entry.py"))
    other = plain(await events(runner, code, seed=4, file="entry.py"))

    assert first == again
    assert first != other
    assert "entry.py" in str(first)


async def test_the_meta_device(runner: Runner) -> None:
    told = await story(runner, "import torch\nx = torch.ones(2, 3)\nx @ x.T", device="meta")

    assert told[2:] == lines("""
        > statement 2
        < done; x new float32 [2, 3] None (meta: no elements)
        > statement 3
        < done; value float32 [2, 2] None (meta: no elements)
        finished
    """)


async def test_a_warning_of_the_parser(runner: Runner) -> None:
    told = await events(runner, 'x = 1\ndef f():\n    return "\\d"')

    defined = told[-2]
    assert isinstance(defined, StepEnded)
    (warned,) = defined.warnings
    assert warned.line == 3
    assert warned.category in ("DeprecationWarning", "SyntaxWarning")
    assert "escape sequence" in warned.text


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="locals() is a copy there")
async def test_a_function_that_takes_hold_of_its_names_stays_closed(runner: Runner) -> None:
    told = await story(runner, "def f():\n    a = 1\n    d = locals()\n    return sorted(d)\nf()")

    assert told[2:] == ["> statement 5", "< done; value list(1) {[0]: str 'a'}", "finished"]
