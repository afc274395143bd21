"""What takes long to import lets nobody wait: the worker has its turns between two modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tutor.worker import warm


class Left(BaseException):
    """The client went away."""


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of some modules, one of which swallows what goes wrong in others."""
    package = tmp_path / "slow_package"
    package.mkdir()
    (package / "__init__.py").write_text(
        "try:\n    from . import a\nexcept BaseException:\n    pass\nfrom . import b\n"
    )
    (package / "a.py").write_text("from . import c\n")
    (package / "b.py").write_text("")
    (package / "c.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(warm, "LOOK", 0.0)
    for name in [name for name in sys.modules if name.startswith("slow_package")]:
        monkeypatch.delitem(sys.modules, name)
    return "slow_package"


def test_there_is_a_turn_before_every_module_and_none_afterwards(slow: str) -> None:
    finders = list(sys.meta_path)
    seen: list[set[str]] = []
    warm.bring(slow, lambda: seen.append({name for name in sys.modules if name.startswith(slow)}))
    package, a, c = slow, f"{slow}.a", f"{slow}.c"
    assert seen == [set(), {package}, {package, a}, {package, a, c}]
    assert f"{slow}.b" in sys.modules
    assert sys.meta_path == finders


def test_what_ends_a_turn_ends_the_import_also_if_a_module_swallows_it(slow: str) -> None:
    finders, turns = list(sys.meta_path), []

    def turn() -> None:
        turns.append(1)
        if len(turns) == 3:
            raise Left

    with pytest.raises(Left):
        warm.bring(slow, turn)
    assert len(turns) == 3
    assert sys.meta_path == finders


def test_a_module_that_cannot_be_imported_is_no_failure_of_the_worker(tmp_path: Path, slow: str) -> None:
    (tmp_path / slow / "b.py").write_text("1 / 0")
    warm.bring(slow, lambda: None)
    warm.bring("no_module_of_this_name", lambda: None)
    assert slow not in sys.modules
