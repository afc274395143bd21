"""What is said of a command line, in the reader's language."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from tutor.cli import main, parser
from tutor.commands.surroundings import COMMANDS
from tutor.commands.tongue import CHINESE

WRONG = {
    "run": ("the following arguments are required: SELECTOR", "缺少参数：SELECTOR"),
    "run x --pictures many": ("argument --pictures: invalid choice: 'many'", "参数--pictures：没有'many'这个选择"),
    "run x --seed": ("argument --seed: expected one argument", "参数--seed：需要一个值"),
    "run x --se 1 --trust=1": ("argument --trust: ignored explicit argument '1'", "参数--trust：不接受值'1'"),
    "run x --th": ("ambiguous option: --th could match --then, --then-only", "--th有歧义，可能是--then, --then-only"),
    "check --jobs few": ("'few' is not a whole number of at least 1", "'few'不是大于等于1的整数"),
    "check --memory 4": ("'4' is no size such as 512M or 4G", "'4'不是512M、4G这样的大小"),
    "run x --divice cpu": ("no option --divice. Did you mean --device?", "没有选项--divice。是否想写--device？"),
    "run x --then y": ("y: write it before the options", "y：请写在选项之前"),
    "run x --allow netwrok": ("Did you mean network?", "是否想写network？"),
    "--plain list": ("`torch-tutor list --plain ...`", "请先写命令，如`torch-tutor list --plain ...`"),
}


def words(capsys: pytest.CaptureFixture[str], argv: list[str], code: int) -> str:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == code
    told = capsys.readouterr()
    return told.err if code else told.out


@pytest.mark.parametrize("typed", WRONG)
def test_wrong_usage_is_told_in_the_readers_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    en, zh = WRONG[typed]
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    told = words(capsys, typed.split(), 2)
    assert told.startswith("用法：torch-tutor")
    assert "：错误：" in told
    assert zh in told
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    told = words(capsys, typed.split(), 2)
    assert told.startswith("usage: torch-tutor")
    assert ": error: " in told
    assert en in told


FAILS = {
    "show nothing": ("unknown entry 'nothing'", "没有条目'nothing'"),
    "show backwrd": ("Did you mean autograd/backward?", "是否想写autograd/backward？"),
    "show train.py": ("can be run: torch-tutor run train.py", "可以这样运行：torch-tutor run train.py"),
    "run nowhere.py": ("nowhere.py: there is no such file", "nowhere.py：没有这个文件"),
    "run autograd/leaf --python /nowhere": ("/nowhere does not exist", "/nowhere不存在：请给出Python解释器"),
    "run autograd/leaf --python /bin/false": (
        "did not start as a Python interpreter",
        "未能作为带torch的Python解释器启动",
    ),
    "autograd/leaf": ("the app needs a terminal", "应用需要终端"),
}


@pytest.mark.parametrize("typed", FAILS)
def test_what_cannot_be_done_is_told_in_the_readers_language(capsys: pytest.CaptureFixture[str], typed: str) -> None:
    for lang, said in zip(("en", "zh"), FAILS[typed], strict=True):
        assert main([*typed.split(), "--lang", lang]) == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("lang", [["--lang", "zh"], ["--lang=zh"]], ids=" ".join)
def test_the_language_that_is_asked_for_counts_also_where_the_rest_is_wrong(
    capsys: pytest.CaptureFixture[str], lang: list[str]
) -> None:
    assert "缺少参数：SELECTOR" in words(capsys, ["run", *lang], 2)
    assert words(capsys, ["run"], 2).startswith("usage: ")


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_chinese_throughout_and_keeps_to_the_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    told = words(capsys, [*command.split(), "--help"], 0)
    assert max(map(cell_len, told.splitlines())) <= max(columns, 66)
    assert "选项：\n" in told
    assert not {"usage", "options", "help", "the", "of", "with", "show this"} & set(
        re.findall(r"(?<![-\w])[a-z]+", told)
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("asked", [["--help"], ["-h"], ["help"], ["help", "run"], ["--version"]], ids=" ".join)
def test_a_language_before_what_is_asked_of_the_program_changes_nothing_but_the_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, asked: list[str], lang: str
) -> None:
    monkeypatch.setenv("LC_ALL", {"en": "en_GB.UTF-8", "zh": "zh_CN.UTF-8"}[lang])
    told = words(capsys, asked, 0)
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert words(capsys, ["--lang", lang, *asked], 0) == told
    assert words(capsys, [f"--lang={lang}", *asked], 0) == told


def test_a_language_alone_opens_the_app(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "zh", "autograd/leaf"]) == 2
    assert "应用需要终端" in capsys.readouterr().err


def helps(of: argparse.ArgumentParser) -> Iterator[str]:
    yield from (text for text in (of.description, of.epilog) if text)
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from (listed.help or "" for listed in action._choices_actions)
            for sub in action.choices.values():
                yield from (text for text in helps(sub) if text != sub.description)
        elif action.help:
            yield action.help


def test_everything_that_help_says_is_there_in_chinese() -> None:
    assert [text for text in helps(parser()) if text not in CHINESE] == []
