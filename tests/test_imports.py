"""Who may import whom, and what starting costs: arrows point one way, and only the worker knows torch."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "tutor").rglob("*.py"))
WORKER = [path for path in SOURCES if path.parent.name == "worker"]
HEAVY = ("torch", "numpy", "textual", "yaml", "rich", "asyncio", "dataclasses")
LINES = 400
LONGER = {
    "worker/steps.py": 430,  # the hooks and the open steps are one state
}


def name(path: Path) -> str:
    return path.relative_to(ROOT / "tutor").as_posix()


def loaded(code: str, *flags: str) -> set[str]:
    """The modules of a fresh interpreter after running code in it."""
    end = "\nimport sys as _sys, json as _json\n_sys.stderr.write(_json.dumps(sorted(_sys.modules)))"
    done = subprocess.run(
        [sys.executable, *flags, "-c", code + end],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANG": "en_US.UTF-8"},
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stderr))


def imported(path: Path) -> set[str]:
    """Whole names of the modules a file imports, wherever in it; relative ones with their dots."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


def test_importing_the_package_imports_nothing() -> None:
    assert loaded("import tutor", "-S") - loaded("", "-S") == {"tutor"}


@pytest.mark.parametrize(
    "argv",
    [["--help"], ["run", "--help"], ["--version"], ["list"], ["list", "--lang", "zh", "--plain"]],
    ids=" ".join,
)
def test_what_starts_at_once_imports_nothing_heavy(argv: list[str]) -> None:
    code = f"""
try:
    from tutor.cli import main
    main({argv!r})
except SystemExit as e:
    assert e.code == 0
"""
    loaded(code)  # the first one after a change of the sheet reads its YAML, and keeps an index
    modules = loaded(code)
    assert "tutor.cli" in modules
    assert not modules & set(HEAVY)


def test_a_run_does_not_bring_torch_into_the_front_end() -> None:
    code = (
        "import io, sys\nsys.stdin = io.StringIO('1 + 1')\nfrom tutor.cli import main\nassert main(['run', '-']) == 0\n"
    )
    modules = loaded(code)
    assert "tutor.runner" in modules
    assert not modules & {"torch", "numpy", "textual", "yaml"}


@pytest.mark.parametrize("path", [p for p in SOURCES if p not in WORKER], ids=name)
def test_only_the_worker_imports_torch(path: Path) -> None:
    assert not {m.partition(".")[0] for m in imported(path)} & {"torch", "numpy"}


@pytest.mark.parametrize("path", WORKER, ids=name)
def test_the_worker_imports_the_standard_library_torch_and_itself(path: Path) -> None:
    absolute = {m.partition(".")[0] for m in imported(path) if not m.startswith(".")}
    relative = {m for m in imported(path) if m.startswith(".")}
    assert absolute <= {*sys.stdlib_module_names, "torch", "numpy", "tutor_worker"}
    assert not {m for m in relative if m.startswith("..")}


@pytest.mark.parametrize("path", [p for p in SOURCES if name(p).startswith(("render/", "trace.py"))], ids=name)
def test_rendering_is_a_function_of_its_arguments(path: Path) -> None:
    """No clock, no environment, no files, no randomness."""
    outside = {m.partition(".")[0] for m in imported(path)} - {"tutor"}
    pure = {
        "__future__",
        "ast",
        "collections",
        "dataclasses",
        "functools",
        "itertools",
        "operator",
        "struct",
        "math",
        "pygments",
        "re",
        "rich",
        "typing",
        "unicodedata",
    }
    assert outside <= pure


def test_the_worker_compiles_under_its_oldest_python() -> None:
    old = shutil.which("python3.7")
    if old is None or subprocess.run([old, "--version"], capture_output=True).returncode:
        pytest.skip("there is no python3.7 here")
    code = "import sys\nfor path in sys.argv[1:]:\n    compile(open(path, encoding='utf-8').read(), path, 'exec')\n"
    done = subprocess.run([old, "-c", code, *map(str, WORKER)], capture_output=True, encoding="utf-8", timeout=60)
    assert done.stderr == ""


def test_imports_point_one_way() -> None:
    found = shutil.which("lint-imports", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found is not None, "pip install import-linter"
    done = subprocess.run(
        [found, "--config", "pyproject.toml", "--no-cache"],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_is_not_longer_than_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGER.get(name(path), LINES)
