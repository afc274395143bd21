"""Pages of runs that go on: what has changed is drawn again, and nothing else."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from support import events

from tutor.own import own
from tutor.runner import Runner
from tutor.trace import Trace
from tutor.tui.composer import Composer
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
@pytest.mark.parametrize("width", [60, 80, 100])
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
    console = Console(file=io.StringIO(), width=width)
    blocks = Composer().blocks(scene, width)
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
