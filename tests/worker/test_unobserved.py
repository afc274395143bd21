"""What a snippet can see is what it would see without us: the same text, traced, untraced, and in a bare Python.

`stories/unobserved-*.txt` hold snippets that look at everything a tracer could disturb, and print what they see.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support import events, sections

from tutor.runner import Runner
from tutor.worker.wire import Finished, Printed

from .bare import bare_outputs

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLDER = Path(__file__).parent / "stories"
SNIPPETS = {**sections(FOLDER / "unobserved-python.txt"), **sections(FOLDER / "unobserved-torch.txt")}


@pytest.fixture(scope="session")
def bare() -> dict[str, str]:
    return bare_outputs(SNIPPETS)


@pytest.mark.parametrize("trace", [True, False], ids=["traced", "untraced"])
@pytest.mark.parametrize("name", SNIPPETS)
async def test_a_snippet_sees_what_it_sees_alone(runner: Runner, bare: dict[str, str], name: str, trace: bool) -> None:
    told = await events(runner, SNIPPETS[name], trace=trace, timeout=60.0)

    printed = "".join(event.text for event in told if isinstance(event, Printed) and event.stream == "stdout")
    assert printed.splitlines() == bare[name].splitlines()
    assert bare[name]
    finished = told[-1]
    assert isinstance(finished, Finished)
    assert finished.outcome == "finished"
