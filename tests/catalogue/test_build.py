from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from tutor.catalogue import load, place
from tutor.catalogue.index import read
from tutor.errors import SheetError

from .sheets import SHEET, spoilt

ROOT = Path(__file__).parents[2]

pytest.importorskip("hatchling")


@pytest.fixture(autouse=True)
def path_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook makes the project importable, for good."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def build(root: Path, target: str, version: str = "standard") -> tuple[Any, dict[str, str]]:
    """The build hook after it has run, and the files that it puts into what is built."""
    spec = importlib.util.spec_from_file_location("build_index", ROOT / "build_index.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hook = module.IndexHook(str(root), {}, None, None, str(root / "dist"), target)
    build_data: dict[str, Any] = {"force_include": {}}
    hook.initialize(version, build_data)
    return hook, build_data["force_include"]


def test_a_wheel_carries_the_sheet_with_its_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = tmp_path / "cheatsheet.yaml"
    sheet.write_text(SHEET, encoding="utf-8")
    expected = load.load(str(sheet))

    hook, included = build(tmp_path, "wheel")

    assert list(included.values()) == ["tutor/cheatsheet.yaml", "tutor/cheatsheet.index.json"]
    shipped, index = included
    assert shipped == str(sheet)
    Path(index).rename(tmp_path / "cheatsheet.index.json")
    monkeypatch.setattr(place, "shipped", lambda: str(sheet))
    monkeypatch.delattr(load, "parse")
    assert read(str(sheet)) == expected
    hook.finalize("standard", {}, "")
    assert not Path(index).parent.exists()


@pytest.mark.parametrize(("target", "version"), [("wheel", "editable"), ("sdist", "standard")])
def test_other_builds_get_neither(target: str, version: str, tmp_path: Path) -> None:
    (tmp_path / "cheatsheet.yaml").write_text(SHEET, encoding="utf-8")

    hook, included = build(tmp_path, target, version)

    assert included == {}
    hook.finalize(version, {}, "")


@pytest.mark.parametrize("target", ["wheel", "sdist"])
def test_a_sheet_with_faults_builds_nothing(target: str, tmp_path: Path) -> None:
    (tmp_path / "cheatsheet.yaml").write_text(spoilt(("timeout: 30", "timeout: 0")), encoding="utf-8")

    with pytest.raises(SheetError, match=r"^cheatsheet\.yaml:51:22: autograd/backward: `timeout` is the number 0"):
        build(tmp_path, target)
