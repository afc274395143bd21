"""What the loader says of files that are no sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutor import __version__
from tutor.catalogue.load import load
from tutor.catalogue.source import LARGEST
from tutor.errors import SheetError

from .sheets import faults


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


def test_a_missing_file() -> None:
    with pytest.raises(SheetError) as caught:
        load("/nowhere/sheet.yaml")

    expected = "/nowhere/sheet.yaml: cannot be read (No such file or directory): check the path and its permissions"
    assert caught.value.faults == (expected,)


def test_a_file_too_large(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"#" * (LARGEST + 1))

    with pytest.raises(SheetError) as caught:
        load(str(path))

    assert caught.value.faults == (f"{path}: larger than 16 MB: split it into several sheets",)
