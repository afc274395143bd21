from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tutor.runner import Runner

from .driving import Door, colourful
from .guest import keep
from .window import Window


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with all colours, and pauses for which nobody need wait."""
    colourful(monkeypatch)
    monkeypatch.setattr("tutor.tui.screens.writing.PAUSE", 0.03)
    monkeypatch.setattr("tutor.tui.screens.writing.SAVE", 0.05)
    monkeypatch.setattr("tutor.tui.screens.desk.WATCH", 0.05)


@pytest.fixture
def door(tmp_path: Path, runner: Runner) -> Door:
    """The app with a worker that is warm already."""
    return Door(tmp_path, runner)


@pytest.fixture
def cold(tmp_path: Path) -> Door:
    """The app with a worker of its own."""
    return Door(tmp_path, None)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a reader who has been here before."""
    keep(tmp_path, {"welcomed": True})
    return tmp_path


@pytest.fixture
def window(home: Path) -> Iterator[Window]:
    """The real program, at an entry that has run."""
    with Window(home, "autograd/variable") as opened:
        opened.sees("claims hold")
        yield opened
