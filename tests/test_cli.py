"""The command line as a user meets it: what is printed, what goes wrong, and with which exit code it ends."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pty
import re
import select
import signal
import stat
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import pytest
from recorded import JOBS, events, folded
from rich.cells import cell_len
from rich.console import Console
from support import until

from tutor import own
from tutor.catalogue.index import Book
from tutor.catalogue.search import WEIGHTS
from tutor.cli import main, parser
from tutor.commands import run, surroundings
from tutor.commands.paper import console
from tutor.commands.run import frames_for
from tutor.render.words import word
from tutor.runner import Runner
from tutor.state import user_folder
from tutor.trust import Trust
from tutor.worker.wire import (
    PROTOCOL,
    Explained,
    Finished,
    Job,
    JobEvent,
    Noticed,
    Printed,
    Ready,
    StepEnded,
    decode,
)

ROOT = Path(__file__).parent.parent
HEAD = "format: 1\ntitle: {en: A sheet, zh: 一张表}\nsections:\n"
SMALL = (
    HEAD
    + """\
  - id: first
    title: {en: First section, zh: 第一节}
    setup: import torch
    groups:
      - id: basics
        title: {en: Basics, zh: 基础}
        entries:
          - id: sum
            title: {en: Add up the elements, zh: 元素求和}
            text: {en: "Adds `x` up.", zh: "把`x`加起来。"}
            code: |
              x = torch.ones(2, 3)
              x.sum()
            claims: [{expr: x.sum() == 6, says: {en: six ones, zh: 六个一}}]
            then:
              code: x.sum()
              today: raises
              match: "NameError: name 'x'"
              since: "0.4.0"
              changed: {en: Nothing but x., zh: 只差x。}
          - id: draw
            title: {en: Random numbers, zh: 随机数}
            text: {en: Draws., zh: 抽取。}
            code: torch.randint(1000000, ())
            claims: [torch.ones(1) == 1]
  - id: second
    title: {en: Second, zh: 第二节}
    entries:
      - id: warn
        title: {en: Warn, zh: 警告}
        text: {en: Warns., zh: 发出警告。}
        code: one = 1
        claims: [one == 1]
        then: {code: "import warnings; warnings.warn('old')", today: warns, match: old, changed: {en: A., zh: 甲。}}
      - id: gpu
        title: {en: On a GPU, zh: 在GPU上}
        text: {en: Needs one., zh: 需要它。}
        code: y = 1
        claims: [y == 1]
        devices: [cuda]
"""
)
BROKEN = (
    HEAD
    + """\
  - id: broken
    title: {en: Broken, zh: 坏}
    setup: import torch
    entries:
      - id: kept
        title: {en: Kept, zh: 守}
        text: {en: Fine., zh: 好。}
        code: x = torch.ones(2)
        claims: [x.sum() == 2]
      - id: claims
        title: {en: Claims, zh: 论断}
        text: {en: Wrong., zh: 错。}
        code: x = torch.ones(2)
        claims:
          - x.sum() == 3
      - id: crash
        title: {en: Crash, zh: 崩}
        text: {en: Wrong., zh: 错。}
        code: |
          x = torch.ones(2)
          torch.mm(x, x)
        claims: [x.sum() == 2]
"""
)


@pytest.fixture
def small(tmp_path: Path) -> str:
    return trusted(written(tmp_path / "small.yaml", SMALL))


@pytest.fixture
def broken(tmp_path: Path) -> str:
    return trusted(written(tmp_path / "broken.yaml", BROKEN))


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_TUTOR_STATE", str(tmp_path / "state"))


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def trusted(sheet: str) -> str:
    """A sheet that its reader has said may run."""
    assert Trust(user_folder()).remember(Book(sheet).digest, sheet)
    return sheet


def environment(**more: str) -> dict[str, str]:
    """One that says nothing of colours, widths and languages."""
    said = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "LANG", "LC_ALL", "LC_MESSAGES", "LINES")
    kept = {k: v for k, v in os.environ.items() if k not in said}
    return {**kept, "LANG": "en_US.UTF-8", "PYTHONUTF8": "1", "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **more}


def tutor(*argv: str, typed: str = "", cwd: str = str(ROOT), **env: str) -> subprocess.CompletedProcess[str]:
    """`torch-tutor ...` with its output in pipes."""
    return subprocess.run(
        [sys.executable, "-m", "tutor", *argv],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        env=environment(**env),
        cwd=cwd,
        timeout=60,
    )


def on_terminal(*argv: str, columns: int = 80, **env: str) -> str:
    """The same on a terminal; what it was sent."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tutor", *argv],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(COLUMNS=str(columns), **env),
    )
    os.close(theirs)
    told = b""
    try:
        while data := os.read(ours, 65536):
            told += data
    except OSError:  # Linux says so when the other side has closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return told.decode()


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    for name in ("LC_ALL", "LC_MESSAGES", "COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


# --------------------------------------------------------------------------------------- list, show, search


def test_list(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--sheet", small]) == 0
    assert [re.sub("  +", "  ", line) for line in capsys.readouterr().out.splitlines()] == [
        "first  First section  2",
        "  first/basics  Basics",
        "  first/sum  Add up the elements  0.3.0: raises today",
        "  first/draw  Random numbers",
        "",
        "second  Second  2",
        "  second/warn  Warn  0.3.0: warns today",
        "  second/gpu  On a GPU",
    ]


@pytest.mark.parametrize(
    ("selectors", "ids"),
    [
        (["first"], ["first/sum", "first/draw"]),
        (["first/basics"], ["first/sum", "first/draw"]),
        (["second/gpu", "sum"], ["first/sum", "second/gpu"]),
    ],
)
def test_list_of_some(small: str, capsys: pytest.CaptureFixture[str], selectors: list[str], ids: list[str]) -> None:
    assert main(["list", "--sheet", small, *selectors]) == 0
    assert re.findall(r"^    (\S+)", capsys.readouterr().out, re.M) == ids


@pytest.mark.parametrize("columns", [50, 72, 80, 131])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_list_keeps_to_the_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, lang: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["list", "--lang", lang]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 100
    assert max(map(cell_len, lines)) <= columns


@pytest.mark.parametrize("command", ["list", "show", "run", "check"])
def test_an_unknown_name_is_told_with_the_nearest(small: str, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "frist/sum", "--sheet", small]) == 2
    said = capsys.readouterr()
    assert said.err == (
        "torch-tutor: unknown entry 'frist/sum'. Did you mean first/sum? `torch-tutor list` shows all.\n"
    )
    assert said.out == ""


def test_show(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "sum", "--sheet", small]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "first/sum  Add up the elements",
        "Adds x up.",
        "",
        "setup",
        "    1 import torch",
        "today",
        "    1 x = torch.ones(2, 3)",
        "    2 x.sum()",
        "claims",
        "  - six ones",
        "      x.sum() == 6",
        "then: PyTorch 0.3.0  raises today: NameError: name 'x'",
        "    1 x.sum()",
        "since 0.4.0          Nothing but x.",
        "",
    ]


def test_show_leaves_an_address_in_one_piece(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["show", "optim/zero-grad"]) == 0
    told = capsys.readouterr().out
    assert (
        "documentation: https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html\n" in told
    )


def test_show_keeps_long_code_of_a_claim_under_what_it_says(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["show", "nn/softmax"]) == 0
    told = capsys.readouterr().out
    under = re.findall(r"^  - .+\n((?:    .*\n)+)", told, re.M)
    assert len(under) == 5
    assert all(line.startswith(" " * 6) for block in under for line in block.splitlines())


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["elements"], "first/sum"),
        (["随机数"], "first/draw"),
        (["torch.randint"], "first/draw"),
        (["elemnts"], "first/sum"),
        (["random", "numbers"], "first/draw"),
    ],
    ids=["English", "Chinese", "code", "typo", "two words"],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_search(small: str, capsys: pytest.CaptureFixture[str], words: list[str], found: str, lang: str) -> None:
    assert main(["search", *words, "--sheet", small, "--lang", lang]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(found + "  ")
    assert ("求和" in first or "随机" in first) == (lang == "zh")


def test_search_stops_at_its_limit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "torch", "--limit", "3"]) == 0
    assert len(re.findall(r"^\S", capsys.readouterr().out, re.M)) == 3


@pytest.mark.parametrize("columns", [40, 80, 140])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_search_keeps_to_the_width_around_what_was_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, lang: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main(["search", "梯度" if lang == "zh" else "rate", "--lang", lang]) == 0
    excerpts = [line for line in capsys.readouterr().out.splitlines() if line.startswith(" ")]
    assert len(excerpts) > 3
    assert all(re.search("梯度|rate", line, re.I) for line in excerpts)
    assert max(map(cell_len, excerpts)) <= columns


@pytest.mark.parametrize(
    ("lang", "answer"),
    [
        ("en", "torch-tutor: nothing found for 'qqqqqqqq'. `torch-tutor list` shows all entries.\n"),
        ("zh", "torch-tutor: 没有找到'qqqqqqqq'。`torch-tutor list`列出全部条目。\n"),
    ],
)
def test_search_for_nothing_there(small: str, capsys: pytest.CaptureFixture[str], lang: str, answer: str) -> None:
    assert main(["search", "qqqqqqqq", "--sheet", small, "--lang", lang]) == 1
    assert capsys.readouterr() == ("", answer)


@pytest.mark.parametrize(("lang", "where"), [("en", r"0\.3\.0 form: "), ("zh", "旧写法：")])
def test_search_says_in_the_readers_language_where_it_found_something(
    capsys: pytest.CaptureFixture[str], lang: str, where: str
) -> None:
    assert main(["search", "LongTensor", "--lang", lang]) == 0
    assert re.search(f"^ +{where}.*LongTensor", capsys.readouterr().out, re.M)


@pytest.mark.parametrize(("word", "lang", "said"), [("leaf", "en", "of a leaf"), ("叶子", "zh", "叶子")])
def test_search_shows_code_in_a_text_without_the_marks_around_it(
    capsys: pytest.CaptureFixture[str], word: str, lang: str, said: str
) -> None:
    assert main(["search", word, "--lang", lang, "--limit", "100"]) == 0
    told = capsys.readouterr().out
    assert said in told
    assert "`" not in told


@pytest.mark.parametrize("field", sorted(WEIGHTS))
def test_each_field_that_a_search_reads_has_a_name(field: str) -> None:
    assert field in ("id", "title") or all(word(f"found in {field}", lang) for lang in ("en", "zh"))


# ----------------------------------------------------------------------------------------------------- run


def test_run_takes_entries_sections_names_files_and_code(small: str, tmp_path: Path) -> None:
    written(tmp_path / "script.py", "print('from the file')\n")
    typed = "print('typed in')\nimport sys\nsys.exit(0)\n"
    done = tutor("run", "second", "first/sum", "script.py", "-", "--sheet", small, typed=typed, cwd=str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    titles = [line.split("  ")[0] for line in done.stdout.splitlines() if line.endswith("seed 0")]
    assert titles == ["second/warn", "second/gpu", "first/sum", "script.py", "stdin"]
    assert "not run: needs cuda" in done.stdout
    assert "│ from the file" in done.stdout
    assert "│ typed in" in done.stdout
    assert re.search(r"^   1 x = torch.ones\(2, 3\) +│ x = \[\[1.0, 1.0, 1.0\], +│ x  2x3 f32 +│$", done.stdout, re.M)
    assert "✓ six ones   x.sum() == 6" in done.stdout
    assert "\x1b" not in done.stdout
    assert not re.search(r" $", done.stdout, re.M)
    assert max(map(cell_len, done.stdout.splitlines())) <= 100


def test_run_then_shows_both_forms_one_after_the_other_in_chinese(small: str) -> None:
    done = tutor("run", "sum", "--then", "--sheet", small, COLUMNS="70", LANG="zh_CN.UTF-8")
    assert done.returncode == 0
    told = (
        *("first/sum  元素求和", "随机种子0", "把x加起来。", "输出", "形状", "✓ 六个一", "完成"),
        *(
            f"旧写法：PyTorch 0.3.0  {word('raises', 'zh')}：NameError",
            "位于第1行",
            "抛出NameError",
            "自0.4.0起",
            "只差x。",
        ),
    )
    places = [done.stdout.find(words) for words in told]
    assert -1 not in places
    assert places == sorted(places)
    assert not {"seed", "output", "finished", "claims"} & set(re.findall(r"\w+", done.stdout))
    assert max(map(cell_len, done.stdout.splitlines())) <= 70


def test_run_then_shows_both_forms_beside_one_another_where_there_is_room(small: str) -> None:
    done = tutor("run", "sum", "--then", "--sheet", small, COLUMNS="160")
    assert done.returncode == 0
    heading = "then: PyTorch 0.3.0  raises today: NameError: name 'x'"
    assert re.search(rf"^today +│ {heading}$", done.stdout, re.M)
    assert re.search(r"^   1 x = torch.ones\(2, 3\) +│ x  1 x.sum\(\)$", done.stdout, re.M)
    assert re.search(r"│ since 0.4.0 +Nothing but x\.$", done.stdout, re.M)


def test_run_then_only_plain_in_another_interpreter(small: str) -> None:
    argv = ("--then-only", "--plain", "--python", sys.executable)
    done = tutor("run", "sum", *argv, "--sheet", small, COLUMNS="160")
    assert done.returncode == 0
    assert "raised NameError at line 1" in done.stdout
    assert "torch.ones" not in done.stdout
    assert done.stdout.isascii()
    assert "|" not in done.stdout


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--lang", "en", "list"], "write the command first, as in `torch-tutor list --lang ...`"),
        (["run", "x", "--divice", "cuda"], "torch-tutor run: error: no option --divice. Did you mean --device?"),
        (["run", "x", "--then", "y"], "torch-tutor run: error: y: write it before the options"),
        (["run", "x", "--timeout", "soon"], "--timeout: 'soon' is not a number of seconds above 0 and up to 86400"),
        (["run", "x", "--seed", "18446744073709551616"], "is not a whole number that torch takes for a seed"),
        (["check", "--jobs", "few"], "--jobs: 'few' is not a whole number of at least 1"),
        (["check", "--memory", "4"], "--memory: '4' is no size such as 512M or 4G, and at least 64M"),
        (["run", "x", "--allow", "netwrok"], "'netwrok' is none of read, write, network, subprocess, signals, all."),
        (["run", "x", "--allow", "netwrok"], "Did you mean network?"),
    ],
    ids=" ".join,
)
def test_wrong_usage_says_what_to_write(capsys: pytest.CaptureFixture[str], argv: list[str], said: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "the app needs a terminal; without one: torch-tutor list, show, search, run, check"),
        (["autograd"], "the app needs a terminal; without one: torch-tutor list, show, search, run, check"),
        (["rnu"], "did you mean the command: torch-tutor run"),
        (["backwrad"], "backward"),
        (["nothing.py"], "the app needs a terminal"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_without_a_command_the_app_is_meant(capsys: pytest.CaptureFixture[str], argv: list[str], said: str) -> None:
    assert main(argv) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


@pytest.mark.parametrize(
    ("argv", "code", "told"),
    [(["help"], 0, "usage: torch-tutor [-h]"), (["help", "run"], 0, "--then-only"), (["help", "app"], 0, "--fresh")],
)
def test_help_comes_without_dashes(capsys: pytest.CaptureFixture[str], argv: list[str], code: int, told: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == code
    said = capsys.readouterr()
    assert told in (said.err if code else said.out)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["check", "lessons.yaml"], "lessons.yaml: a sheet goes behind an option: --sheet lessons.yaml"),
        (["run", "lessons.yaml"], "lessons.yaml: a sheet goes behind an option: --sheet lessons.yaml"),
        (["show", "train.py"], "train.py: not in the sheet; a file of your own can be run: torch-tutor run train.py"),
        (
            ["run", "train.ipynb"],
            "train.ipynb: a notebook, not Python: first `jupyter nbconvert --to script train.ipynb`",
        ),
        (["run", "qqqq"], "unknown entry 'qqqq'. `torch-tutor list` shows all."),
    ],
    ids=["check sheet", "run sheet", "show file", "run notebook", "run directory"],
)
def test_a_file_where_it_does_not_belong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, argv: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "qqqq").mkdir()
    for name in ("lessons.yaml", "train.py", "train.ipynb"):
        written(tmp_path / name, "x = 1\n")
    assert main(argv) == 2
    assert capsys.readouterr().err == f"torch-tutor: {said}\n"


def test_own_code_finds_what_python_would_find(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep" / "helper.py", "answer = 42\n")
    written(tmp_path / "deep" / "script.py", "import helper\nhelper.answer\nsys\n")
    written(tmp_path / "beside.py", "word = 'found'\n")
    written(tmp_path / "data.txt", "seen")
    typed = "import beside\nbeside.word\nopen('data.txt').read()\n"
    done = tutor("run", "deep/script.py", "-", cwd=str(tmp_path), typed=typed, COLUMNS="60")
    assert "   2 helper.answer\n     output    42\n" in done.stdout
    assert "NameError: name 'sys' is not defined" in done.stdout
    assert "   2 beside.word\n     output    'found'\n" in done.stdout
    assert "   3 open('data.txt').read()\n     output    'seen'\n" in done.stdout


def test_own_code_may_come_through_a_pipe_with_a_name() -> None:
    command = f"{sys.executable} -m tutor run <(echo 'print(6 * 7)')"
    env = environment(COLUMNS="100")
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60, env=env
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "│ 42" in done.stdout


def test_run_then_only_of_an_entry_without_it(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "draw", "sum", "--then-only", "--sheet", small]) == 2
    assert capsys.readouterr().err == (
        "torch-tutor: first/draw: there is no 0.3.0 form to run; leave out --then-only\n"
    )


def test_run_looks_again_where_a_picture_needs_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HELD", "UNASKED"):
        monkeypatch.setattr(run, name, 60.0)  # seconds: on a busy machine too
    monkeypatch.setenv("COLUMNS", "90")
    assert main(["run", "autograd/backward"]) == 0
    shown = capsys.readouterr().out.splitlines()
    off = tutor("run", "autograd/backward", "--pictures", "off", COLUMNS="90").stdout

    row = next(n for n, line in enumerate(shown) if "3 y.backward()" in line)
    picture = next(n for n, line in enumerate(shown) if "╭ backward from y" in line)
    following = next(n for n, line in enumerate(shown) if "4 x.grad" in line)
    assert row < picture < following
    assert any("x.grad" in line and "[[2.0, 4.0], [6.0, 8.0]]" in line for line in shown[picture:following])
    assert any("a second run for the pictures" in line for line in shown)
    assert "╭" not in off
    assert "second run" not in off


def test_run_json_tells_what_a_study_finds_where_all_pictures_are_asked_for() -> None:
    code = "import torch\nx = torch.ones(2, requires_grad=True)\nx.sum().backward()\nx.tanh()"

    done = tutor("run", "-", "--json", "--pictures", "all", typed=code)
    plain = tutor("run", "-", "--json", typed=code)

    told = [json.loads(line) for line in done.stdout.splitlines()]
    found = [(line["line"], line["finding"]["is"]) for line in told if line["is"] == "Studied"]
    assert found == [(3, "Walk"), (4, "Curve")]
    assert told[-1]["is"] == "Finished"
    assert len({line["job"] for line in told[1:]}) == 1
    assert "Studied" not in plain.stdout


TRAPS = (
    HEAD
    + """\
  - id: traps
    title: {en: Traps, zh: 陷阱}
    setup: import torch
    entries:
      - id: view
        title: {en: Views, zh: 视图}
        text: {en: A slice., zh: 切片。}
        code: x = torch.ones(2)
        claims: [x.sum() == 2]
        pitfalls:
          - id: aliased
            title: {en: Two names, zh: 两个名字}
            kind: silent
            wrong: |
              x = torch.zeros(2)
              y = x[:1]
              y += 1
            right: |
              x = torch.zeros(2)
              y = x[:1] + 1
            measure: x
            symptom: x.any()
            why: {en: One memory., zh: 同一块内存。}
            fix: {en: Add out of place., zh: 不要原地相加。}
          - id: misspelt
            title: {en: A misspelt name, zh: 名字写错}
            kind: raises
            match: NameError
            wrong: tortch.ones(2)
            right: torch.ones(2)
            why: {en: No such name., zh: 没有这个名字。}
            fix: {en: Spell it., zh: 写对。}
      - id: bare
        title: {en: Bare, zh: 无}
        text: {en: Nothing., zh: 没有。}
        code: y = 1
        claims: [y == 1]
"""
)


@pytest.fixture
def traps(tmp_path: Path) -> str:
    return trusted(written(tmp_path / "traps.yaml", TRAPS))


def test_run_pitfalls_shows_wrong_beside_right_and_the_difference(traps: str) -> None:
    done = tutor("run", "view", "--pitfalls", "--sheet", traps, COLUMNS="120")
    assert (done.returncode, done.stderr) == (0, "")
    _, told = done.stdout.split("\npitfalls\n")
    assert re.search(r"^! Two names  silently wrong  aliased$", told, re.M)
    assert re.search(r"^  ✗ wrong +│ ✓ right$", told, re.M)
    assert re.search(r"^ +x   ✗ \[1\.0, 0\.0\] +│.*$", told, re.M)
    assert re.search(r"│ +x   ✓ \[0\.0, 0\.0\]$", told, re.M)
    assert "NameError: name 'tortch' is not defined" in told
    assert told.index("aliased") < told.index("misspelt")


def test_run_pitfalls_in_chinese_and_of_an_entry_without(traps: str) -> None:
    done = tutor("run", "traps", "--pitfalls", "--sheet", traps, "--lang", "zh", COLUMNS="80")
    assert done.returncode == 0
    for words in (
        "易错点",
        "两个名字  不报错，结果却错了",
        "✗ 错误写法",
        "✓ 正确写法",
        "同一块内存。",
        "这一条没有列出易错点",
    ):
        assert words in done.stdout
    assert max(map(cell_len, done.stdout.splitlines())) <= 80


def test_run_pitfalls_fails_where_one_does_not_bite(traps: str) -> None:
    trusted(written(Path(traps), TRAPS.replace("x[:1]\n", "x + 1\n")))
    done = tutor("run", "view", "--pitfalls", "--sheet", traps)
    assert done.returncode == 1
    assert "wrong: does not go wrong here" in done.stdout


def test_run_pitfalls_json_has_both_codes_of_each(traps: str) -> None:
    done = tutor("run", "view", "--pitfalls", "--json", "--sheet", traps)
    told = [decode(line) for line in done.stdout.splitlines()]
    assert [(e.job, e.outcome) for e in told if isinstance(e, Finished)] == [
        ("traps/view", "finished"),
        ("traps/view/aliased#wrong", "finished"),
        ("traps/view/aliased#right", "finished"),
        ("traps/view/misspelt#wrong", "raised"),
        ("traps/view/misspelt#right", "finished"),
    ]
    assert done.returncode == 0


def test_show_and_search_know_pitfalls(traps: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "view", "--sheet", traps, "--plain"]) == 0
    told = capsys.readouterr().out
    assert [line for line in told.splitlines() if line.startswith("! ")] == [
        "! Two names  silently wrong  aliased",
        "! A misspelt name  raises  misspelt",
    ]
    assert "    1 tortch.ones(2)\n" in told
    assert main(["search", "tortch", "--sheet", traps]) == 0
    assert capsys.readouterr().out.startswith("traps/view")


def test_run_json_is_the_wire(small: str) -> None:
    done = tutor("run", "sum", "-", "--json", "--sheet", small, typed="print('hi')")
    told = [decode(line) for line in done.stdout.splitlines()]
    assert isinstance(told[0], Ready)
    assert [e.job for e in told if isinstance(e, Finished)] == ["first/sum", "stdin"]
    assert isinstance(told[-1], Finished)
    assert folded(e for e in told[1:] if e.job == "first/sum").ok
    assert "".join(e.text for e in told if isinstance(e, Printed)) == "hi\n"
    assert done.returncode == 0


NEEDY = (
    HEAD
    + """\
  - id: local
    title: {en: Local, zh: 本地}
    entries:
      - id: talk
        title: {en: Talk, zh: 通信}
        text: {en: Connects., zh: 连接。}
        code: |
          import socket
          listening = socket.create_server(("127.0.0.1", 0))
          talking = socket.create_connection(listening.getsockname())
        claims: [talking.getpeername() == listening.getsockname()]
        needs: [network]
"""
)


def test_an_entry_that_needs_something_runs_where_it_is_allowed(tmp_path: Path) -> None:
    sheet = trusted(written(tmp_path / "needy.yaml", NEEDY))

    refused, allowed = (tutor("run", "talk", "--sheet", sheet, *more) for more in ((), ("--allow", "network")))
    skipped, checked = (tutor("check", "--sheet", sheet, *more) for more in ((), ("--allow", "network,write")))

    assert "not run: needs --allow network" in refused.stdout
    assert "claims" not in refused.stdout
    assert "claims" in allowed.stdout
    assert (refused.returncode, allowed.returncode) == (0, 0)
    assert "local/talk  skipped: needs --allow network" in skipped.stdout
    assert "1 passed, 0 failed: 1 claim," in checked.stdout


def test_own_code_writes_where_it_is_allowed(tmp_path: Path) -> None:
    code = "open('kept.txt', 'w').write('mine')"

    tutor("run", "-", typed=code, cwd=str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    told = tutor("run", "-", "--allow", "write", typed=code, cwd=str(tmp_path))

    assert told.returncode == 0
    assert (tmp_path / "kept.txt").read_text() == "mine"


def test_strictly_own_code_reads_nothing_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("mine")
    code = f"print(open({str(tmp_path / 'secret.txt')!r}).read())"

    told = [
        tutor("run", "-", *more, typed=code).stdout for more in ((), ("--strict",), ("--strict", "--allow", "read"))
    ]

    assert ["PermissionError" in text for text in told] == [False, True, False]


def test_memory_as_asked_for() -> None:
    code = "x = bytearray(200 << 20)"

    told = [tutor("run", "-", "--memory", size, typed=code).returncode for size in ("128M", "1g")]

    assert told == [1, 0]


def test_run_seed_is_shown_and_decides(small: str) -> None:
    drawn = []
    for seed in ("3", "4"):
        typed = "import torch\ntorch.randint(1000000, ())\n"
        told = tutor("run", "draw", "-", "--sheet", small, "--seed", seed, typed=typed).stdout
        assert told.count(f"  seed {seed}\n") == 2
        drawn.append(re.findall(r"\(1000000, \(\)\) +│ (\d+)", told))
    assert [len(numbers) for numbers in drawn] == [2, 2]
    assert drawn[0][0] == drawn[0][1] != drawn[1][0] == drawn[1][1]


def test_run_of_code_that_fails_says_how_and_goes_on_with_the_next(tmp_path: Path, broken: str) -> None:
    codes = {
        "assert x == 2": "raised AssertionError at line 2",
        "import os; os._exit(3)": "died: the process ended itself with status 3 at line 2",
        "import sys; sys.exit('no data')": "SystemExit: no data",
        "y = (": "SyntaxError",
        "while True: pass": "timed out: still running after 1 s at line 2",
    }
    scripts = [written(tmp_path / f"{i}.py", f"x = 1\n{code}\n") for i, code in enumerate(codes)]
    names = [os.path.basename(script) for script in scripts]
    argv = ("run", *names, "broken/claims", "--timeout", "1", "--sheet", broken)
    done = tutor(*argv, cwd=str(tmp_path), COLUMNS="60")
    assert (done.returncode, done.stderr) == (1, "")
    parts = re.split(r"^(?:\d\.py|broken/claims) .*seed 0$", done.stdout, flags=re.M)[1:]
    for part, told in zip(parts, (*codes.values(), "✗ x.sum() == 3\n  seen: is False\n  x.sum() = 2.0\n"), strict=True):
        assert told in part


def test_run_of_one_that_fails() -> None:
    assert tutor("run", "-", typed="1 / 0").returncode == 1


def test_run_of_no_code_and_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "gone.py"]) == 2
    assert main(["run", written(tmp_path / "empty.py", "\n")]) == 2
    assert main(["run", str(tmp_path / "latin.py")]) == 2
    (tmp_path / "latin.py").write_bytes(b"x = '\xff'")
    assert main(["run", str(tmp_path / "latin.py")]) == 2
    assert main(["run", "/dev/zero"]) == 2
    assert capsys.readouterr().err.splitlines() == [
        "torch-tutor: gone.py: there is no such file",
        f"torch-tutor: {tmp_path}/empty.py: there is no code in it",
        f"torch-tutor: {tmp_path}/latin.py: there is no such file",
        f"torch-tutor: {tmp_path}/latin.py: cannot be read as Python source: 'utf-8' codec can't decode byte 0xff"
        " in position 5: invalid start byte",
        "torch-tutor: /dev/zero: more than 1,000,000 characters: too much for a script to be shown",
    ]


def test_run_on_a_device_that_is_not_there_names_those_that_are(small: str) -> None:
    done = tutor("run", "sum", "--sheet", small, "--device", "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"torch-tutor: no device 'nope' here: torch \S+ in \S+ has cpu.*\.\n"
        r"`torch-tutor doctor` says what is missing\.\n",
        done.stderr,
    )


def test_run_with_an_interpreter_that_is_missing_or_has_no_torch(tmp_path: Path) -> None:
    bare = Path(written(tmp_path / "python", f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n'))
    bare.chmod(bare.stat().st_mode | stat.S_IXUSR)
    gone = tutor("run", "-", "--python", "/nowhere/python", typed="1")
    none = tutor("run", "-", "--python", str(bare), typed="1")
    assert (gone.returncode, gone.stdout, gone.stderr) == (
        2,
        "",
        "torch-tutor: /nowhere/python does not exist: "
        "give the path of a Python interpreter, or of its virtual environment\n",
    )
    assert (none.returncode, none.stdout) == (2, "")
    assert "has no torch. Install it there:\n" in none.stderr
    assert none.stderr.endswith("or name an interpreter that has it with --python PATH\n")


# -------------------------------------------------------------------------- language, width, colours, boxes


def test_the_language_is_that_of_the_locale_or_as_asked(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def heading(*argv: str) -> str:
        return tutor("list", "--sheet", small, *argv, **env).stdout.splitlines()[0]

    env = {"LANG": "zh_CN.UTF-8"}
    assert heading() == "first  第一节  2"
    assert heading("--lang", "en") == "first  First section  2"
    env = {"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}
    assert heading() == "first  First section  2"
    env = {"LANG": "de_DE.UTF-8"}
    assert heading() == "first  First section  2"
    assert heading("--lang", "zh") == "first  第一节  2"


@pytest.mark.parametrize("columns", [40, 140])
def test_columns_are_respected(small: str, columns: int) -> None:
    done = tutor("run", "sum", "--sheet", small, COLUMNS=str(columns))
    widths = [cell_len(line) for line in done.stdout.splitlines()]
    assert max(widths) <= columns
    assert ("│" in done.stdout) == (columns >= 100)
    first, second, *_ = done.stdout.splitlines()
    assert (second if columns < 60 else first).endswith("  seed 0")  # below the title where it is narrow


def test_a_terminal_gets_colours_unless_it_says_no(small: str) -> None:
    assert "\x1b[" in on_terminal("show", "sum", "--sheet", small)
    assert "\x1b[" in on_terminal("list", "--sheet", small)
    coloured = r"\x1b\[[\d;]*m"  # a line of progress, where a run takes its time, hides the cursor
    assert not re.search(coloured, on_terminal("run", "sum", "--sheet", small, NO_COLOR="1"))
    assert "\x1b" not in on_terminal("list", "--sheet", small, NO_COLOR="1")
    assert "\x1b" not in on_terminal("search", "sum", "--sheet", small, NO_COLOR="1")


@pytest.mark.parametrize("command", [["list"], ["search", "sum"], ["show", "sum"]])
def test_output_that_cannot_say_chinese_loses_words_and_nothing_else(small: str, command: list[str]) -> None:
    env = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = tutor(*command, "--sheet", small, "--lang", "zh", **env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "first/sum" in done.stdout
    assert "????" in done.stdout


def test_output_that_is_ascii_only_has_other_characters_for_those_that_draw(small: str, tmp_path: Path) -> None:
    code = written(tmp_path / "x.py", "import torch\ntorch.arange(600.0).view(20, 30)\ntorch.ones(2, 1) + 1\n")
    done = tutor("run", "--lang", "en", "--pictures", "all", code, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0.0," in done.stdout
    assert "~" in done.stdout
    assert "?" not in done.stdout


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["list"], 0),
        (["show", "first"], 0),
        (["run", "sum"], 0),
        (["check", "--sheet", "BROKEN"], 1),
    ],
)
def test_a_reader_that_leaves_is_no_error(small: str, broken: str, argv: list[str], code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    argv = [broken if a == "BROKEN" else a for a in argv]
    argv += [] if "--sheet" in argv else ["--sheet", small]
    done = subprocess.run(
        [sys.executable, "-m", "tutor", *argv], stdout=writing, stderr=subprocess.PIPE, env=environment(), timeout=60
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (code, b"")


# ------------------------------------------------------------------------------------------------ faults


@pytest.mark.parametrize("argv", [["list"], ["show", "x"], ["search", "x"], ["run", "x"], ["check"]], ids=" ".join)
def test_a_faulty_sheet_is_told_with_all_its_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    sheet = written(tmp_path / "faulty.yaml", SMALL.replace("id: sum", "id: Sum").replace("[one == 1]", "[]"))
    assert main([*argv, "--sheet", sheet]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert first.startswith(f"torch-tutor: {sheet}:11:")
    assert second.startswith(f"{sheet}:36:")
    assert main([*argv, "--sheet", sheet, "--lang", "zh"]) == 2
    first_zh, second_zh = capsys.readouterr().err.splitlines()
    wanted = "first/Sum：`id`是'Sum'：请写由小写字母、数字和连字符组成的id，如zero-grad"
    assert first_zh == first[: first.index("first/Sum")] + wanted
    assert second_zh == second[: second.index(": `claims`")] + "：`claims`是空列表：请加上论断，即证明说明文字的代码"


def test_a_sheet_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--sheet", "/nowhere/sheet.yaml"]) == 2
    assert capsys.readouterr().err.startswith("torch-tutor: /nowhere/sheet.yaml")


@pytest.mark.parametrize(
    "argv",
    [
        ["run"],
        ["run", "x", "--timeout", "0"],
        ["run", "x", "--timeout", "soon"],
        ["check", "--jobs", "0"],
        ["list", "--lang", "fr"],
        ["search"],
    ],
    ids=" ".join,
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert said.err.startswith("usage: torch-tutor")
    assert said.out == ""


def test_a_fault_of_our_own_is_told_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, small: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("tutor.commands.find.search", fail)
    assert main(["search", "x", "--sheet", small]) == 70
    assert capsys.readouterr().err == (
        "torch-tutor: a fault of its own: RuntimeError: a bug\n"
        "Please report it, with what TORCH_TUTOR_DEBUG=1 torch-tutor ... prints.\n"
    )
    assert main(["search", "x", "--sheet", small, "--lang", "zh"]) == 70
    assert capsys.readouterr().err == (
        "torch-tutor: 自身的错误：RuntimeError：a bug\n"
        "请报告这个错误，并附上TORCH_TUTOR_DEBUG=1 torch-tutor ...的输出。\n"
    )


def test_an_interruption_is_told_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, small: str
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tutor.commands.find.search", stop)
    for lang, said in (("en", "interrupted"), ("zh", "已中断")):
        assert main(["search", "x", "--sheet", small, "--lang", lang]) == 130
        assert capsys.readouterr().err == f"torch-tutor: {said}\n"


# ------------------------------------------------------------------------------------------- check, doctor


def test_check_of_a_sheet_that_keeps_its_promises(small: str) -> None:
    done = tutor("check", "--sheet", small, "--jobs", "1", COLUMNS="200")
    assert (done.returncode, done.stderr) == (0, "")
    skipped, summary = done.stdout.splitlines()
    assert skipped == "second/gpu  skipped: needs cuda"
    zh = tutor("check", "--sheet", small, "--jobs", "1", "--lang", "zh", COLUMNS="200").stdout.splitlines()
    assert zh[0] == "second/gpu  跳过：需要cuda"
    assert zh[1].startswith("3个通过，0个未通过，1个跳过：3条论断、2个0.3.0写法、0个易错点；cpu，torch ")
    assert re.fullmatch(
        r"3 passed, 0 failed, 1 skipped: 3 claims, 2 forms of 0\.3\.0 and 0 pitfalls "
        r"on cpu, torch \S+, Python \S+, [\d.]+ s",
        summary,
    )


def test_check_of_one_that_does_not(broken: str, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    done = tutor("check", "--sheet", broken, "--junit", str(report), COLUMNS="200")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:-1] == [
        "broken/claims  claim 1: x.sum() == 3",
        f"    {broken}:18",
        "    expected: True",
        "    seen:     is False (x.sum() is 2.0 float32)",
        "broken/crash  code",
        f"    {broken}:24",
        "    expected: runs",
        "    seen:     RuntimeError: self must be a matrix",
    ]
    assert done.stdout.splitlines()[-1].startswith(
        "1 passed, 2 failed: 3 claims, 0 forms of 0.3.0 and 0 pitfalls on cpu"
    )
    suite = ElementTree.parse(report).getroot()
    assert suite.attrib | {"time": ""} == {
        "name": "torch-tutor",
        "tests": "3",
        "failures": "2",
        "skipped": "0",
        "time": "",
    }
    cases = {c.attrib["name"]: c for c in suite.iter("testcase")}
    assert list(cases) == ["kept", "claims", "crash"]
    assert cases["claims"].attrib["classname"] == "torch-tutor.broken"
    assert (cases["claims"].attrib["file"], cases["claims"].attrib["line"]) == (broken, "13")
    failure = cases["claims"].find("failure")
    assert failure is not None
    assert failure.text == (
        f"claim 1: x.sum() == 3\nexpected: True\nseen: is False (x.sum() is 2.0 float32)\n{broken}:18"
    )
    assert cases["kept"].find("failure") is None


def test_check_tells_a_reader_of_chinese_in_chinese_and_a_machine_in_english(broken: str, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    done = tutor("check", "--sheet", broken, "--junit", str(report), "--lang", "zh", COLUMNS="200")
    assert done.returncode == 1
    assert done.stdout.splitlines()[:-1] == [
        "broken/claims  论断1：x.sum() == 3",
        f"    {broken}:18",
        "    应为：True",
        "    实际：是False（x.sum()是2.0 float32）",
        "broken/crash  代码",
        f"    {broken}:24",
        "    应为：能运行",
        "    实际：RuntimeError: self must be a matrix",
    ]
    assert done.stdout.splitlines()[-1].startswith("1个通过，2个未通过：3条论断、0个0.3.0写法、0个易错点；cpu，torch ")
    assert not re.search("[\u4e00-\u9fff]", report.read_text(encoding="utf-8"))
    told = tutor("check", "--sheet", broken, "--json", "--lang", "zh").stdout
    assert not re.search(r"[\u4e00-\u9fff]|\\u", told)
    assert json.loads(told.splitlines()[1])["failures"][0]["what"] == "claim 1: x.sum() == 3"


def test_check_json_tells_of_chosen_entries_in_their_order(broken: str) -> None:
    done = tutor("check", "claims", "kept", "--sheet", broken, "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(t["entry"], t["ok"], t["claims"]) for t in told] == [
        ("broken/claims", False, 1),
        ("broken/kept", True, 1),
    ]
    assert told[0]["failures"] == [
        {
            "what": "claim 1: x.sum() == 3",
            "expected": "True",
            "seen": "is False (x.sum() is 2.0 float32)",
            "line": 18,
        }
    ]


def test_a_report_that_cannot_be_written_is_told_before_anything_runs(
    small: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--sheet", small, "--junit", "/nowhere/report.xml"]) == 2
    assert capsys.readouterr().err == (
        "torch-tutor: --junit /nowhere/report.xml: No such file or directory: name a file that can be written\n"
    )
    assert main(["check", "--sheet", small, "--junit", "/nowhere/report.xml", "--lang", "zh"]) == 2
    assert capsys.readouterr().err == (
        "torch-tutor: --junit /nowhere/report.xml：没有这个文件或目录：请指定可以写入的文件\n"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_report_that_is_lost_on_a_full_disk_is_no_success(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--sheet", small, "--junit", "/dev/full"]) == 2
    out, err = capsys.readouterr()
    assert err == "torch-tutor: --junit /dev/full: No space left on device\n"
    assert "passed" in out


def test_doctor(small: str) -> None:
    done = tutor("doctor", "--sheet", small, "--plain", COLUMNS="300")
    assert done.returncode == 0
    told = {line[5:].split(" ")[0]: line for line in done.stdout.splitlines()}
    assert {"torch-tutor", "textual", "rich", "PyYAML", "terminal", "sheet", "worker", "torch", "device"} <= set(told)
    assert told["sheet"].startswith("ok   sheet")
    assert told["sheet"].endswith(f"4 entries in 2 sections ({small})")
    assert re.search(r"^(ok  |note) protection +(the system keeps|nothing keeps) snippets from ", done.stdout, re.M)
    assert re.search(r"^ok   device cpu +computes \(cpu\)$", done.stdout, re.M)
    told_zh = tutor("doctor", "--sheet", small, "--plain", "--lang", "zh", COLUMNS="300").stdout
    assert len(told_zh.splitlines()) == len(done.stdout.splitlines())
    assert f"2章，4个条目（{small}）" in told_zh
    assert re.search(r"^ok   设备cpu +能够计算（cpu）$", told_zh, re.M)
    known = {"torch-tutor", "textual", "rich", "PyYAML", "torch", "numpy", "tutor"}
    prose = re.sub(r"（[^（）]*）|TERM=\S*|[\d.]+\S*", "", told_zh)
    assert set(re.findall(r"[A-Za-z][A-Za-z-]{3,}", prose)) <= known | {
        "note",
        "Python",
        "CUDA",
        "fork",
        "meta",
        "Linux",
    }


def test_doctor_tells_what_is_wrong(broken: str, tmp_path: Path) -> None:
    sheet = written(tmp_path / "faulty.yaml", "format: 1\n")
    done = tutor("doctor", "--sheet", sheet, "--python", "/nowhere/python", "--plain", COLUMNS="300")
    assert done.returncode == 1
    assert re.search(r"^BAD  sheet +2 faults, the first: .*\n +-> correct the sheet$", done.stdout, re.M)
    assert re.search(r"^BAD  worker +/nowhere/python does not exist", done.stdout, re.M)
    argv = ("--sheet", sheet, "--python", "/nowhere/python", "--plain", "--lang", "zh")
    done = tutor("doctor", *argv, COLUMNS="300")
    assert done.returncode == 1
    assert re.search(
        r"^BAD  表 +有2处错误，第一处：.*：缺少`sections`：请加上表的各章\n +-> 请改正这张表$", done.stdout, re.M
    )
    assert re.search(r"^BAD  运行进程 +/nowhere/python不存在：请给出Python解释器", done.stdout, re.M)


# ---------------------------------------------------------------------------------------------- interrupts


@contextmanager
def interrupted(tmp_path: Path, *argv: str, **env: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command in a process group of its own, interrupted as by Ctrl-C when its snippet says that it runs."""
    mark = uuid.uuid4().hex
    pipe = str(tmp_path / "running")
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    process = subprocess.Popen(
        [sys.executable, "-m", "tutor", *argv, "--allow", "write"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(TEST_PIPE=pipe, TEST_MARK=mark, **env),
        start_new_session=True,
    )
    try:
        assert select.select([reading], [], [], 30)[0], "the snippet never ran"
        os.killpg(process.pid, signal.SIGINT)
        yield process, mark
    finally:
        process.kill()
        process.communicate()
        os.close(reading)


STAYS = """\
import os, subprocess
print("begun")
child = subprocess.Popen(["sleep", "1000"])
with open(os.environ["TEST_PIPE"], "w") as pipe:
    pipe.write("running")
while True:
    try:
        pass
    except KeyboardInterrupt:
        pass
"""


def marked(mark: str) -> list[int]:
    """The processes that were started with it in their environment."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if f"TEST_MARK={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(int(pid))
        except OSError:
            continue
    return found


async def test_an_interrupted_run_shows_the_statement_it_was_in(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    class Waits:
        """Gives the events of an endless loop up to its beginning, and then none."""

        ready = Ready("3.11", "python", "2.9", "2.0", "fork", (), 1, "Linux", 2, protocol=PROTOCOL)

        async def run(self, job: Job) -> AsyncIterator[JobEvent]:
            for event in events("endless"):
                if isinstance(event, StepEnded) and event.step > 2:
                    shown.set()
                    await asyncio.Event().wait()
                yield event

    shown = asyncio.Event()
    args = parser().parse_args(["run", "sum", "--sheet", small])
    entry = own.own("endless.py", JOBS["endless"].code, ".")
    show = run.Show(entry, args, console(args), cast(Runner, Waits()))
    task = asyncio.create_task(show.run())
    await shown.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [re.sub(" +│.*", "", line) for line in capsys.readouterr().out.splitlines()[2:]] == [
        "code",
        "   1 print('before')",
        ">  2 while True: pass",
        "       iteration 1",
        "       iteration 2",
    ]


async def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    script = written(tmp_path / "stays.py", STAYS)
    with interrupted(tmp_path, "run", script) as (process, mark):
        _, err = process.communicate(timeout=10)
        assert (process.returncode, err) == (130, "torch-tutor: interrupted\n")
        await until(lambda: not marked(mark))


async def test_an_interrupted_check_leaves_nothing(tmp_path: Path) -> None:
    code = "".join(f"          {line}\n" for line in STAYS.splitlines())
    entry = SMALL[len(HEAD) :].replace("        code: one = 1\n", f"        timeout: 60\n        code: |\n{code}")
    sheet = trusted(written(tmp_path / "stays.yaml", HEAD + entry.replace("[one == 1]", "[child is None]")))
    with interrupted(tmp_path, "check", "second/warn", "--sheet", sheet) as (process, mark):
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (130, "", "torch-tutor: interrupted\n")
        await until(lambda: not marked(mark))


@pytest.mark.parametrize(
    ("code", "harmless"),
    [
        ("import torch\ntorch.ones(2) @ torch.ones(3)", True),
        ("from torch import nn\nimport numpy as np\nnn.Linear(2, 3)", True),
        ("import argparse, re\nfrom torch import nn\nnn.Linear(2, 3).eval()\nre.compile('a')", True),
        ("eval('1 + 1')", False),
        ("__builtins__.eval('1 + 1')", False),
        ("open('log.txt', 'a').write('again')", False),
        ("import torch\ntorch.save(torch.ones(2), 'x.pt')", False),
        ("import shutil", False),
        ("from os import remove", False),
        ("from .mine import thing", False),
        ("x = (", False),
    ],
)
def test_own_code_is_run_again_only_where_nothing_can_come_of_it(code: str, harmless: bool) -> None:
    assert own.is_harmless(code) == harmless


def test_an_error_of_own_code_that_writes_happens_once(tmp_path: Path) -> None:
    written(tmp_path / "script.py", "import torch\nopen('log', 'a').write('once ')\ntorch.ones(2) @ torch.ones(3)\n")
    done = tutor("run", "script.py", "--allow", "write", cwd=str(tmp_path))
    assert done.returncode == 1
    assert (tmp_path / "log").read_text() == "once "
    assert "was given" not in done.stdout


@pytest.mark.parametrize(("terminals", "columns"), [({1: 80, 2: 120}, 80), ({2: 120}, 120), ({}, 100), ({1: 0}, 100)])
def test_a_pipe_is_as_wide_as_the_terminal_it_was_typed_into(
    terminals: dict[int, int], columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def size(fd: int) -> os.terminal_size:
        if fd not in terminals:
            raise OSError
        return os.terminal_size((terminals[fd], 24))

    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", size)
    assert surroundings.width() == columns


def test_run_json_explains_an_error_and_notices_mistakes() -> None:
    wrong = "import torch\nx = torch.ones(2, 3)\ny = x @ x"
    silent = "import torch\nx = torch.tensor([1, 2])\nx[0] = 1.5"

    raised = [decode(line) for line in tutor("run", "-", "--json", typed=wrong).stdout.splitlines()]
    passed = [decode(line) for line in tutor("run", "-", "--json", typed=silent).stdout.splitlines()]

    (explained,) = (e for e in raised if isinstance(e, Explained))
    assert (explained.rule, explained.line) == ("inner-sizes", 3)
    assert explained.fix is not None
    assert (explained.fix.line, explained.fix.end_line, explained.fix.text) == (3, 3, "y = x @ x.T")
    assert explained.fix.finished
    (noticed,) = (e for e in passed if isinstance(e, Noticed))
    assert (noticed.rule, noticed.line) == ("fraction-cut", 3)
    assert isinstance(raised[-1], Finished)
    assert isinstance(passed[-1], Finished)
    assert folded(raised[1:]).error is not None


def test_run_shows_a_fix_under_an_error_and_a_notice_under_the_ledger() -> None:
    wrong = "import torch\nx = torch.tensor([1, 2])\nx[0] = 1.5\nx.mean()"

    told = tutor("run", "-", "--plain", "--pictures", "off", typed=wrong).stdout.splitlines()

    assert "! at line 3  x[0] = 1.5" in told
    at = told.index("       4 - x.mean()")
    assert told[at + 1] == "       4 + x.float().mean()"
    assert "Tried: it runs to its end." in told[at - 1]


@pytest.mark.parametrize(("told", "light"), [("0;15", True), ("0;default;7", True), ("15;0", False), ("", False)])
def test_pictures_suit_the_ground_that_the_terminal_tells_of(
    monkeypatch: pytest.MonkeyPatch, told: str, light: bool
) -> None:
    monkeypatch.setenv("COLORFGBG", told)
    arguments = argparse.Namespace(pictures="auto", plain=False)
    assert frames_for(Console(), arguments, "en").canvas.light == light
