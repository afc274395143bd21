"""The file of the reader's own keys: whatever is in it, it is read within bounds, and what is wrong is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tutor.catalogue.model import Text
from tutor.tui import config

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.yaml"
    monkeypatch.setenv("TORCH_TUTOR_CONFIG", str(path))
    return path


def test_without_a_file_or_with_an_empty_one_nothing_is_changed(file: Path) -> None:
    assert config.read() == ({}, [])
    for text in ("", "\n", "# keys:\n\n", "\ufeff"):
        file.write_text(text, encoding="utf-8")
        assert config.read() == ({}, [])


def test_keys_are_named_in_a_text_or_in_a_list(file: Path) -> None:
    file.write_text("keys:\n  edit: i, f4\n  quit: [Q, ctrl+x]\n  then: 7\n  find: '/'\n", encoding="utf-8")
    assert config.read() == ({"edit": "i,f4", "quit": "Q,ctrl+x", "then": "7", "find": "slash"}, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB + "keys:\n  edit: *m\n", "line 15: edit: *m is an alias"),
        (BOMB + "keys:\n  edit: [*m]\n", "line 15: edit: *m is an alias"),
        ("keys:\n  edit: &a i\n", "line 2: edit: &a is an anchor"),
        ("keys:\n  edit: !!python/object:os.system x\n", "line 2: edit: !!python/object:os.system is a tag"),
        ("keys:\n  edit: {a: b}\n", "line 2: edit: no list of keys"),
        ("keys:\n  edit: [[i]]\n", "line 2: edit: no list of keys"),
        ("keys:\n  edit:\n", "line 2: edit: no key ''"),
        ("keys:\n  edit: '\\x00'\n", r"line 2: edit: no key '\\x00'"),
        ('keys:\n  edit: "\\x00"\n', "line 2: edit: the character '\\x00' in it cannot be seen"),
        ("keys:\n  edit: \0\n", "line 2: the character '\\x00' cannot be in a YAML file"),
        ("[" * 50_000, "line 1: nested deeper than 32 levels"),
        ("keys: " + "{a: " * 20_000, "line 1: nested deeper than 32 levels"),
        ("keys: i\n", "write `keys:` and below it lines like `edit: i, f4`"),
        ("x" * 100_001, "more than 100,000 bytes"),
    ],
)
def test_what_is_wrong_is_told(file: Path, text: str, told: str) -> None:
    file.write_text(text, encoding="utf-8")
    keys, (fault,) = config.read()
    assert (keys, fault.en) == ({}, told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("keys:\n  eddit: i\n", "第2行：没有命令'eddit'：是否想写edit？"),
        ("keys:\n  edit: *m\n", "第2行：edit：*m是别名"),
        ("keys:\n  edit: {a: b}\n", "第2行：edit：不是按键的列表"),
        ("keys:\n  edit: notakey\n", "第2行：edit：没有按键'notakey'"),
        ("keys: [\n", "第2行：不是有效的YAML"),
        ("[" * 50_000, "第1行：嵌套超过32层"),
        ("keys: i\n", "请写`keys:`，下面各行如`edit: i, f4`"),
        ("x" * 100_001, "超过100,000字节"),
    ],
)
def test_it_is_told_in_chinese_too(file: Path, text: str, told: str) -> None:
    file.write_text(text, encoding="utf-8")
    _, (fault,) = config.read()
    assert fault.zh == told


def test_of_many_faults_the_first_are_told(file: Path) -> None:
    file.write_text("keys:\n" + "".join(f"  x{n}: i\n" for n in range(9_000)) + "  edit: i\n", encoding="utf-8")
    keys, faults = config.read()
    assert keys == {"edit": "i"}
    assert len(faults) == config.MOST + 1
    assert faults[0] == Text("line 2: no command 'x0'", "第2行：没有命令'x0'")
    assert faults[-1] == Text("and 8995 more", "还有8995处")


def test_what_is_not_text_or_no_file_is_not_read(file: Path) -> None:
    file.write_bytes(b"keys:\n  edit: \xff\n")
    assert config.read() == ({}, [Text("not UTF-8", "不是UTF-8")])
    file.unlink()
    os.mkfifo(file)
    assert config.read() == ({}, [])
