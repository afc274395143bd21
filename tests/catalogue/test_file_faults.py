"""What the loader says of files that are no sheet."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

import pytest
import yaml

from tutor import __version__
from tutor.catalogue import tree
from tutor.catalogue.faults import MOST
from tutor.catalogue.load import load, parse
from tutor.catalogue.source import LARGEST
from tutor.catalogue.tree import LONGEST
from tutor.errors import SheetError

from .sheets import SHEET, faults, spoilt


def test_a_later_format_says_what_is_needed_and_nothing_else() -> None:
    message = f"1:9: sheet: `format` 2 needs a later torch-tutor (this is {__version__}, for format 1): "

    assert faults("format: 2\nnews: []\n") == [message + "run `pip install --upgrade torch-tutor`"]


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        pytest.param(
            "format: 1\ntitle: a: b\n",
            "2:9: sheet: not valid YAML: mapping values are not allowed in this context: "
            "a text with `: ` in it needs quotes, and fields of one entry the same indent",
            id="a colon",
        ),
        pytest.param(
            "format: 1\nsections: [a\n\ntitle: b\n",
            "4:6: sheet: not valid YAML: did not find expected ',' or ']' "
            "(while parsing a flow sequence from line 2): check quotes, brackets and indents up to here",
            id="an open bracket",
        ),
        pytest.param(
            "format: 1\ntitle: `x` times y\n",
            "2:8: sheet: not valid YAML: found character that cannot start any token: "
            "indent with spaces, not tabs, and quote a text that starts with `, @ or %",
            id="a backtick",
        ),
        pytest.param(
            "format: 1\nsections:\n\t- id: a\n",
            "3:1: sheet: not valid YAML: found character that cannot start any token: "
            "indent with spaces, not tabs, and quote a text that starts with `, @ or %",
            id="a tab",
        ),
        pytest.param(
            "format: 1\ntitle: a\x07\n",
            "2:9: sheet: the character '\\x07' cannot be in a YAML file: remove it",
            id="a control character",
        ),
        pytest.param(
            "",
            "1:1: sheet: the file is empty: start with `format: 1`, a `title` and `sections`",
            id="nothing",
        ),
        pytest.param(
            "- format: 1\n",
            "1:1: sheet: this is not a mapping: start with `format: 1`, a `title` and `sections`",
            id="a list",
        ),
        pytest.param(
            "format: 1\n---\nformat: 1\n",
            "2:1: sheet: a second document starts here: keep one sheet per file, remove the `---`",
            id="two documents",
        ),
        pytest.param(
            "format: 1\n? [a]\n: b\n",
            "2:3: sheet: a list or mapping cannot be a key: write `name: value`",
            id="a key that is a list",
        ),
        pytest.param(
            "format: " + "[" * 10_000,
            "1:40: sheet: nested deeper than 32 levels: a sheet needs fewer than 12",
            id="brackets without end",
        ),
        pytest.param(
            "format: 1\ntitle: \xff".encode("latin-1"),
            "2:8: sheet: the byte 0xff is not UTF-8: save the file as UTF-8",
            id="latin-1",
        ),
    ],
)
def test_a_file_that_is_no_sheet(sheet: str | bytes, message: str) -> None:
    assert faults(sheet) == [message]


@pytest.mark.parametrize(
    ("title", "message"),
    [
        pytest.param("&a x", "2:1: sheet: `title`: &a is an anchor; sheets have none: remove it", id="an anchor"),
        pytest.param(
            "*a", "2:1: sheet: `title`: *a is an alias; sheets have none: write out what it stands for", id="an alias"
        ),
        pytest.param(
            "!!python/object/apply:os.system [x]",
            "2:1: sheet: `title`: !!python/object/apply:os.system is a tag; sheets have none: remove it",
            id="a tag that would run something",
        ),
        pytest.param(
            "!!binary aGk=", "2:1: sheet: `title`: !!binary is a tag; sheets have none: remove it", id="bytes"
        ),
        pytest.param(
            '"a\\eb"',
            "2:8: sheet: `title`: the character '\\x1b' in it cannot be seen: remove it, or let Python make it in code",
            id="a control character, escaped",
        ),
        pytest.param(
            "x" * (LONGEST + 1),
            "2:8: sheet: `title`: a text of 20,001 characters: the longest may have 20,000: shorten it",
            id="a text without end",
        ),
    ],
)
def test_a_value_that_no_sheet_has(title: str, message: str) -> None:
    told = [fault.partition(": write a text in")[0] for fault in faults(f"format: 1\ntitle: {title}\nsections: []\n")]

    assert message.replace("2:1:", "2:8:") in told


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("title: b", "3:1: sheet: `title` is there twice, first in line 2: keep one"),
        ("<<: {title: b}", "3:1: sheet: `<<` is unknown here: the fields are format, languages, title, sections"),
        ("&k title: b", "3:1: sheet: `title`: &k is an anchor; sheets have none: remove it"),
        ("!!str title: b", "3:1: sheet: `title`: !!str is a tag; sheets have none: remove it"),
        (
            f"? {'k' * 10_000}\n: b",
            f"3:3: sheet: `{'k' * 37}...` is unknown here: the fields are format, languages, title, sections",
        ),
    ],
    ids=["twice", "merged", "anchored", "tagged", "very long"],
)
def test_a_key_that_no_sheet_has(line: str, message: str) -> None:
    assert message in faults(f"format: 1\ntitle: a\n{line}\nsections: []\n")


def test_aliases_are_not_followed_so_they_cannot_multiply() -> None:
    bomb = "format: 1\ntitle: &a [x, x, x, x, x, x, x, x, x]\n"
    names = "abcdefghijklmnopqrstuvwxyz"
    for before, name in itertools.pairwise(names):
        bomb += f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"

    told = faults(bomb)

    assert "2:8: sheet: `title`: &a is an anchor; sheets have none: remove it" in told
    assert len(told) < 100


def test_of_very_many_faults_the_first_are_told() -> None:
    told = faults("format: 1\n" + "".join(f"odd{i}: 1\n" for i in range(5_000)))

    assert len(told) == MOST + 1
    assert told[-1] == " 100 faults up to here: correct these first, then see what is left"


@pytest.mark.parametrize("values", ["- a\n" * 1001, "  [" + "a," * 1001 + "]"], ids=["lines", "brackets"])
def test_very_many_values_are_too_many(values: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST", 1000)
    (told,) = faults("format: 1\ntitle:\n" + values)

    assert told.endswith(": sheet: more than 1,000 values up to here: split it into several sheets")


@pytest.mark.parametrize("code", ["(" * 10_000, "-" * 10_000 + "1", "x" + "[0]" * 6_000])
def test_code_nested_without_end_does_not_compile(code: str) -> None:
    as_code = faults(spoilt(("code: import torch", f"code: '{code}'")))
    as_claim = faults(spoilt(("claims: [\"torch.__name__ == 'torch'\"]", f"claims: ['{code}']")))

    for told, place in ((as_code, "63:"), (as_claim, "64:")):
        assert len(told) == 1
        assert told[0].startswith(place)
        assert "does not compile (" in told[0]
        assert "nested" in told[0]


@pytest.mark.parametrize(
    ("kind", "what", "zh"),
    [
        ("folder", "Is a directory", "这是文件夹"),
        ("pipe", "it is a pipe", "这是管道"),
        ("device", "it is a device", "这是设备"),
    ],
)
def test_what_is_no_file_is_neither_read_nor_waited_for(tmp_path: Path, kind: str, what: str, zh: str) -> None:
    path = tmp_path / "sheet.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = Path("/dev/zero")

    with pytest.raises(SheetError) as caught:
        load(str(path))

    (fault,) = caught.value.faults
    assert fault.in_("en").startswith(f"{path}: cannot be read ({what}): ")
    assert fault.in_("zh").startswith(f"{path}：无法读取（{zh}）：")


def test_without_libyaml_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "_Loader", yaml.SafeLoader)

    assert parse(SHEET.encode(), "sheet.yaml") == parse(SHEET.encode(), "sheet.yaml")
    for escape in (r"\ud800", r"\U00110000"):
        told = "\n".join(faults(f'format: 1\ntitle: "{escape}"\nsections: []\n'))
        assert re.search("not valid YAML: an escape|`title`: the character", told)


def test_a_missing_file() -> None:
    with pytest.raises(SheetError) as caught:
        load("/nowhere/sheet.yaml")

    expected = "/nowhere/sheet.yaml: cannot be read (No such file or directory): check the path and its permissions"
    assert str(caught.value) == expected
    assert caught.value.in_("zh") == "/nowhere/sheet.yaml：无法读取（没有这个文件或目录）：请检查路径和权限"


def test_a_file_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (LARGEST + 1))

    with pytest.raises(SheetError) as caught:
        load(str(path))

    assert str(caught.value) == f"{path}: larger than 16 MB: split it into several sheets"
    assert caught.value.in_("zh") == f"{path}：大于16 MB：请拆成几张表"
