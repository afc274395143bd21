"""What holds on other systems than Linux, as far as it can be seen here."""

from __future__ import annotations

import importlib.util

import pytest

from tutor.commands.doctor import of_platform


def test_doctor_says_what_is_watched_on_a_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    (note,) = of_platform("darwin")
    assert note.state == "note"
    assert "has not been tried on this system" in note.text
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    _, lacking = of_platform("darwin")
    assert (lacking.state, lacking.subject) == ("bad", "psutil")
    assert lacking.advice.endswith("-m pip install psutil")


def test_doctor_has_nothing_to_say_of_linux() -> None:
    assert list(of_platform("linux")) == []
