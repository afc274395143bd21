"""A sheet from elsewhere runs nothing until its reader has said so; after that, the same content is not asked about."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tutor.catalogue import shipped
from tutor.catalogue.index import Book
from tutor.cli import main
from tutor.trust import Trust, question

ROOT = Path(__file__).parent.parent
SHEET = """\
format: 1
title: {{en: A sheet, zh: 一张表}}
sections:
  - id: marks
    title: {{en: Marks, zh: 记号}}
    setup: import pathlib
    entries:
      - id: leave
        title: {{en: Leave one, zh: 留下一个}}
        text: {{en: Leaves a mark., zh: 留下记号。}}
        code: |
          pathlib.Path({0!r}).write_text("ran")
        claims: [pathlib.Path({0!r}).exists()]
        then: {{code: pass, today: works, changed: {{en: Nothing., zh: 无。}}}}
"""


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """What is there once anything of the sheet has run."""
    return tmp_path / "mark"


@pytest.fixture
def sheet(tmp_path: Path, mark: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TORCH_TUTOR_STATE", str(tmp_path / "state"))
    path = tmp_path / "marks.yaml"
    path.write_text(SHEET.format(str(mark)), encoding="utf-8")
    return str(path)


def told(*argv: str) -> subprocess.CompletedProcess[str]:
    """`torch-tutor ...` without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tutor", *argv],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANG": "en_US.UTF-8", "PYTHONUTF8": "1"},
        timeout=60,
    )


def answered(answer: bytes, *argv: str, lang: str = "en_US.UTF-8") -> tuple[int, str]:
    """The same in a terminal, where the question gets an answer: exit code, and all that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tutor", *argv],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LANG": lang, "LC_ALL": lang, "PYTHONUTF8": "1", "COLUMNS": "200"},
    )
    os.close(theirs)
    shown, asked = b"", False
    try:
        while data := os.read(ours, 65536):
            shown += data
            if not asked and b"[y/N]" in shown:
                asked = True
                os.write(ours, answer)
    except OSError:  # Linux says so when the other side has closed
        pass
    os.close(ours)
    return process.wait(timeout=60), shown.decode()


@pytest.mark.parametrize("command", [["run", "leave"], ["check"], ["check", "leave", "--json"]], ids=" ".join)
def test_without_a_terminal_an_unknown_sheet_runs_nothing_and_says_what_to_do(
    sheet: str, mark: Path, command: list[str]
) -> None:
    done = told(*command, "--sheet", sheet)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"torch-tutor: {sheet}: not run: ")
    assert "--trust" in done.stderr
    assert "Traceback" not in done.stderr
    assert not mark.exists()


@pytest.mark.parametrize("command", [["list"], ["show", "leave"], ["search", "mark"]], ids=" ".join)
def test_reading_a_sheet_needs_no_trust(sheet: str, mark: Path, command: list[str]) -> None:
    assert main([*command, "--sheet", sheet]) == 0
    assert not mark.exists()


def test_trust_given_on_the_command_line_holds_for_that_command_only(sheet: str, mark: Path) -> None:
    assert told("run", "leave", "--sheet", sheet, "--trust", "--allow", "write").returncode == 0
    assert mark.read_text() == "ran"
    assert told("run", "leave", "--sheet", sheet).returncode == 2


def test_in_a_terminal_it_is_asked_once_and_yes_is_remembered(sheet: str, mark: Path) -> None:
    code, shown = answered(b"y\n", "run", "leave", "--sheet", sheet, "--allow", "write")

    assert code == 0
    assert sheet in shown
    assert f"sha256 {sha256(Path(sheet).read_bytes()).hexdigest()[:16]}" in shown
    assert "1 entry, 4 pieces of code" in shown
    assert mark.read_text() == "ran"
    assert told("check", "--sheet", sheet, "--allow", "write").returncode == 0


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04"])
def test_anything_but_yes_runs_nothing_and_is_not_remembered(sheet: str, mark: Path, answer: bytes) -> None:
    code, shown = answered(answer, "run", "leave", "--sheet", sheet)

    assert code == 2
    assert "torch-tutor show" in shown
    assert not mark.exists()
    assert told("run", "leave", "--sheet", sheet).returncode == 2


def test_the_question_is_asked_in_chinese_too(sheet: str) -> None:
    code, shown = answered(b"n\n", "run", "leave", "--sheet", sheet, lang="zh_CN.UTF-8")

    assert code == 2
    assert "1个条目，4段代码" in shown
    assert "以你的身份运行" in shown


def test_code_of_the_readers_own_is_not_asked_about(sheet: str, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text("print('mine')\n")

    done = told("run", str(own), "--sheet", sheet)

    assert (done.returncode, done.stderr) == (0, "")
    assert "mine" in done.stdout


def test_a_sheet_that_changes_is_asked_about_again_and_a_copy_is_not(sheet: str, tmp_path: Path) -> None:
    trust = Trust(str(tmp_path / "state"))
    book = Book(sheet)
    trust.remember(book.digest, sheet)
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(Path(sheet).read_bytes())
    with open(sheet, "a", encoding="utf-8") as file:
        file.write("# changed\n")
    changed, same = Book(sheet), Book(str(copy))

    assert question(same.catalogue, same.digest, Trust(str(tmp_path / "state"))) is None
    asked = question(changed.catalogue, changed.digest, Trust(str(tmp_path / "state")))
    assert asked is not None
    assert (asked.path, asked.digest) == (sheet, changed.digest)


def test_the_shipped_sheet_is_never_asked_about(tmp_path: Path) -> None:
    book = Book(shipped())

    assert question(book.catalogue, book.digest, Trust(str(tmp_path))) is None


def test_where_nothing_can_be_written_an_answer_holds_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in ("", str(tmp_path / "file")):
        trust = Trust(folder)

        assert not trust.known("0" * 64)
        assert not trust.remember("0" * 64, "sheet.yaml")
        assert trust.known("0" * 64)
        assert not Trust(folder).known("0" * 64)


def test_a_hostile_file_name_is_only_shown(sheet: str, tmp_path: Path) -> None:
    hostile = tmp_path / "a\x1b]0;title\x07\x1b[2J\u202e.yaml"
    os.rename(sheet, hostile)

    _, shown = answered(b"n\n", "run", "leave", "--sheet", str(hostile))

    assert "not the one that comes with torch-tutor" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
