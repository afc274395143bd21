"""The line at the foot: what is said and how the run is doing share it."""

from __future__ import annotations

import pytest
from rich.text import Text

from tutor.tui.widgets.bars import fitted

RUN = Text("✓ finished  18.3 ms  peak 175 MB  5/5 claims hold")


@pytest.mark.parametrize("width", range(12, 130, 7))
@pytest.mark.parametrize("said", ["copied", "/a/long/path/to/a/file/none.py: 没有这样的文件 No such file", ""])
def test_the_line_is_always_as_wide_as_its_room(width: int, said: str) -> None:
    assert fitted(RUN, Text(said), width, urgent=True).cell_len == width
    assert fitted(RUN, Text(said), width).cell_len == width


def test_of_a_long_message_the_reason_at_its_end_stays() -> None:
    line = fitted(RUN, Text("/a/long/path/to/a/file/none.py: No such file"), 60, urgent=True).plain

    assert line.startswith("✓ finished")
    assert "/a/long/" in line
    assert line.endswith(": No such file")


def test_of_a_long_message_the_path_is_cut_before_the_words() -> None:
    line = fitted(RUN, Text("its version is kept: /a/path/" + "x" * 80 + "/to/rows.other.py"), 100, urgent=True).plain

    assert "its version is kept: /a/path/x" in line
    assert line.endswith("x/to/rows.other.py")


def test_what_is_not_urgent_gives_way() -> None:
    assert fitted(RUN, Text("torch 2.13"), RUN.cell_len + 5).plain == RUN.plain + " " * 5
    assert fitted(RUN, Text("torch 2.13"), RUN.cell_len + 12).plain == RUN.plain + "  torch 2.13"
