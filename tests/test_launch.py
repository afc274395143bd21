from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path

import pytest

from tutor import launch
from tutor.errors import WorkerError
from tutor.launch import Target


def test_this_interpreter() -> None:
    target = launch.here()

    assert target == Target((sys.executable,), sys.executable)
    assert target.command[:3] == (sys.executable, "-u", "-c")
    assert "\n" not in target.command[3]


def test_an_interpreter_by_path_name_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(python.parent))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    for path in (str(python), str(tmp_path), "python", "bin/python", "~/bin/python", "~", "."):
        assert launch.interpreter(path) == Target((str(python),), path)


def test_an_interpreter_that_is_none(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")

    def refusal(path: str) -> str:
        with pytest.raises(WorkerError) as caught:
            launch.interpreter(path)
        return str(caught.value)

    hint = "give the path of a Python interpreter, or of its virtual environment"
    assert refusal("/nowhere/python") == f"/nowhere/python does not exist: {hint}"
    assert refusal("no-such-python") == f"no-such-python does not exist: {hint}"
    assert refusal(str(plain)) == f"{plain} is not executable: {hint}"
    assert refusal(str(tmp_path)) == (
        f"{tmp_path} is a directory without bin/python in it: give the path of a Python interpreter"
    )


def test_any_command() -> None:
    target = launch.command(["docker", "exec", "-i", "box", "python3"])

    assert target.label == "docker exec -i box python3"
    assert target.command[:6] == ("docker", "exec", "-i", "box", "python3", "-u")


def test_the_sources_are_all_there_and_old_enough() -> None:
    found = launch.sources()

    folder = Path(launch.__file__).parent / "worker"
    assert set(found) == {
        "tutor_worker" if path.stem == "__init__" else f"tutor_worker.{path.stem}" for path in folder.glob("*.py")
    }
    for name, source in found.items():
        ast.parse(source, name, feature_version=(3, 7))


def test_the_worker_imports_nothing_but_torch_and_what_python_brings() -> None:
    allowed = {*sys.stdlib_module_names, "torch", "numpy"}
    for name, source in launch.sources().items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, name
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                assert node.module is not None
                assert node.module.split(".")[0] in allowed, name


def test_the_first_bytes_are_two_lines_and_a_body() -> None:
    loader, length, body = launch.bootstrap("spawn", 123).split(b"\n", 2)

    assert "Sent" in ast.literal_eval(loader.decode("ascii"))
    assert int(length) == len(body)
    sent = json.loads(body)
    assert (sent["role"], sent["mode"], sent["memory"]) == ("worker", "spawn", 123)
    assert sent["sources"] == launch.sources()
    assert os.linesep not in loader.decode("ascii")
