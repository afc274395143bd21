"""Pages of runs that go on: what has changed is drawn again, and nothing else."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from support import events

from tutor.own import own
from tutor.render import ledger
from tutor.render.fitting import height
from tutor.render.layout import Sheet, row_lines, source_lines
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.tui.composer import SIDE_BY_SIDE, Composer
from tutor.tui.paint import strips
from tutor.tui.scene import Block, RowTarget, Scene

CODE = """\
import torch
# a comment of its own
w = torch.zeros(2, requires_grad=True)
def square(x):
    return x ** 2
for step in range(12):
    loss = square(w - 1).sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        w.grad = None
net = torch.nn.Linear(2, 1)
net(w).backward()
print("done")
w + torch.ones(3)
never = 1
"""


async def pages(runner: Runner) -> list[Scene]:
    """The page after each event of a run."""
    entry, trace, out = own("run.py", CODE, "."), Trace(), []
    for event in await events(runner, CODE):
        trace = trace.apply(event)
        out.append(Scene(entry, CODE, trace=trace, phase="running"))
    return out


def drawn(blocks: list[Block], width: int) -> list[object]:
    """What is seen, and what can be stood on."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor")
    return [(block.target, [list(strip) for strip in strips(block.part, width, console)]) for block in blocks]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("width", [60, 80, 140])
async def test_a_page_that_was_kept_is_the_page_that_would_be_made_anew(runner: Runner, width: int) -> None:
    composer = Composer()
    for scene in await pages(runner):
        assert drawn(composer.blocks(scene, width), width) == drawn(Composer().blocks(scene, width), width)


@pytest.mark.asyncio(loop_scope="session")
async def test_an_event_in_a_loop_makes_few_rows_anew(runner: Runner) -> None:
    composer, before, anew = Composer(), list[Block](), list[int]()
    for scene in await pages(runner):
        blocks = composer.blocks(scene, 60)
        known = set(map(id, before))
        rows = [block for block in blocks if isinstance(block.target, RowTarget)]
        assert scene.trace is not None
        if scene.trace.steps and scene.trace.steps[-1].line == 6 and scene.trace.steps[-1].state == "running":
            anew.append(sum(id(block) not in known for block in rows))
        before = blocks
    assert len(anew) > 30
    assert max(anew) <= 3
    assert len([block for block in before if isinstance(block.target, RowTarget)]) > 20


LONG = """\
import torch
x = torch.arange(12.0).view(2, 6)
big = torch.zeros(100, 100)
huge = torch.zeros(100, 100, dtype=torch.float64, layout=torch.strided)
"""


async def lines(runner: Runner, code: str, width: int) -> list[str]:
    """The page of a run that is over."""
    trace = Trace()
    for event in await events(runner, code):
        trace = trace.apply(event)
    scene = Scene(own("run.py", code, "."), code, trace=trace, phase="done")
    return painted(Composer().blocks(scene, width), width)


def painted(blocks: list[Block], width: int) -> list[str]:
    """What is seen, without colours."""
    console = Console(file=io.StringIO(), width=width)
    return [strip.text.rstrip() for block in blocks for strip in strips(block.part, width, console)]


def cells(line: str) -> list[str]:
    """What stands in its columns."""
    return [" ".join(cell.split()) for cell in line.split("│")]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("width", [76, 79, 89])
async def test_on_a_narrow_page_code_is_not_folded_and_its_values_stand_under_it(runner: Runner, width: int) -> None:
    page = await lines(runner, LONG, width)
    assert max(map(len, page)) <= width
    top = next(y for y, line in enumerate(page) if line.startswith("code"))
    assert [cells(line) for line in page[top : page.index("", top)]] == [
        ["code / output", "shapes"],
        ["1 import torch"],
        ["2 x = torch.arange(12.0).view(2, 6)"],
        ["x = [[ 0.0, 1.0, 2.0, 3.0, 4.0, 5.0],", "x 2x6 f32"],
        ["[ 6.0, 7.0, 8.0, 9.0, 10.0, 11.0]]", ""],
        ["3 big = torch.zeros(100, 100)", "big 100x100 f32"],
        ["4 huge = torch.zeros(100, 100, dtype=torch.float64, layout=torch.strided)"],
        ["", "huge 100x100 f64"],
    ]
    assert len({line.index("│") for line in page if "│" in line}) == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_a_narrow_page_of_short_lines_has_its_columns_beside_the_code(runner: Runner) -> None:
    page = await lines(runner, "import torch\nx = torch.ones(2)\nx.requires_grad_()\n", 79)
    assert [cells(line) for line in page if "│" in line] == [
        ["code", "output", "shapes", "gradients"],
        ["1 import torch", "", "", ""],
        ["2 x = torch.ones(2)", "x = [1.0, 1.0]", "x 2 f32", ""],
        ["3 x.requires_grad_()", "[1.0, 1.0]", "2 f32 leaf", ""],
    ]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("width", [80, 95, 120])
async def test_code_that_stands_above_what_it_did_stays_there_while_a_run_goes_on(runner: Runner, width: int) -> None:
    composer, seen = Composer(), list[bool]()
    for scene in await pages(runner):
        page = "\n".join(painted(composer.blocks(scene, width), width))
        seen.append("code / output" in page)
    assert seen[-1]
    assert seen == sorted(seen)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("code", [LONG, CODE])
async def test_what_takes_fewer_lines_is_told_beforehand(runner: Runner, code: str) -> None:
    trace = Trace()
    for event in await events(runner, code):
        trace = trace.apply(event)
    source, console = source_lines(code), Console(file=io.StringIO(), width=95)
    for columns in ((29, 20, 20, 17), (38, 16, 18, 14), (36, 24, 16, 10)):
        for under in (False, True):
            sheet = Sheet(95, code=95 if under else columns[0], wide=SIDE_BY_SIDE, others=columns[1:], under=under)
            rows = [row for step in trace.steps for row in ledger.rows(step, ledger.Page(source, "en", *columns[1::2]))]
            lines = sum(len(strips(row_lines(row, sheet), 95, console)) for row in rows)
            assert lines * 0.85 <= height(rows, sheet) <= lines
