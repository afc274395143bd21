"""One line beside each line of the editor: as much of it as fits, and the values first."""

from __future__ import annotations

import pytest
from rich.text import Text
from support import events

from tutor.runner import Runner
from tutor.trace import Trace
from tutor.tui.beside import beside

CODE = """\
import torch
weights = torch.tensor([1.0, 4.0], requires_grad=True)
y = (weights ** 2).sum()
y.backward()
a = b = 2
big = torch.zeros(
    3,
    3,
)
weights
"""


async def drawn(runner: Runner, width: int, code: str = CODE) -> dict[int, Text]:
    """The lines as they stand there."""
    trace = Trace()
    for event in await events(runner, code):
        trace = trace.apply(event)
    lines = beside(trace, tuple(code.split("\n")), width, "en", False)
    assert all(line.cell_len <= width for line in lines.values())
    return lines


async def texts(runner: Runner, width: int) -> dict[int, list[str]]:
    """The cells of each line."""
    lines = await drawn(runner, width)
    return {n: [cell.strip() for cell in line.plain.split("│")] for n, line in lines.items() if line.plain.strip(" │")}


@pytest.mark.asyncio(loop_scope="session")
async def test_where_there_is_room_names_stand_with_what_they_name(runner: Runner) -> None:
    told = await texts(runner, 100)
    assert told[2] == ["weights = [1.0, 4.0]", "weights  2 f32 leaf", ""]
    assert told[3] == ["y = 17.0", "y  () f32 SumBackward0", ""]
    assert told[4] == ["", "", "+ weights.grad filled 2 |8.2462| …"]
    assert told[10] == ["[1.0, 4.0]", "2 f32 leaf", ""]


@pytest.mark.asyncio(loop_scope="session")
async def test_where_there_is_none_the_name_that_the_code_begins_with_is_left_out(runner: Runner) -> None:
    told = await texts(runner, 36)
    assert told[2] == ["[1.0, 4.0]", "2 f32 leaf", ""]
    assert told[3] == ["17.0", "() f32 Su…", ""]
    assert told[4] == ["", "", "+ weights…"]
    assert told[5] == ["", "2 …", ""]
    assert told[6] == ["[[0.0, 0.…", "3x3 f32", ""]
    assert told[10] == ["[1.0, 4.0]", "2 f32 leaf", ""]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_rows_of_a_matrix_stand_under_one_another_without_their_name(runner: Runner) -> None:
    told = await drawn(runner, 28, "import torch\nm = torch.ones(\n    2, 2\n)\n")
    assert told[2].plain.startswith("[[1.0, 1.0],")
    assert told[3].plain.startswith(" [1.0, 1.0]]")


@pytest.mark.asyncio(loop_scope="session")
async def test_names_stay_where_all_fits_exactly(runner: Runner) -> None:
    code = "import torch\nw = torch.ones(2)\n"  # nothing of it has gradients
    told = (await drawn(runner, 100, code))[2]
    assert told.plain.startswith("w = ")
    assert (await drawn(runner, told.cell_len, code))[2].plain == told.plain
    assert (await drawn(runner, told.cell_len - 1, code))[2].plain.startswith("[1.0")
