from __future__ import annotations

from pathlib import Path

import pytest

from tutor.runner import Runner

from .driving import Door, colourful


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
