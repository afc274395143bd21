from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from tutor.catalogue import schema
from tutor.catalogue.load import parse
from tutor.catalogue.model import Permission
from tutor.errors import SheetError
from tutor.worker.permissions import PERMISSIONS

from .sheets import SHEET, spoilt

jsonschema: Any = pytest.importorskip("jsonschema")

COMMITTED = Path(schema.__file__).with_name("cheatsheet.schema.json")


def is_valid(sheet: str) -> bool:
    validator = jsonschema.Draft202012Validator(schema.schema())
    return bool(validator.is_valid(yaml.safe_load(sheet)))


def is_loaded(sheet: str) -> bool:
    try:
        parse(sheet.encode(), "sheet.yaml")
    except SheetError:
        return False
    return True


def test_the_committed_schema_is_the_generated_one() -> None:
    remedy = "python -m tutor.catalogue.schema > tutor/catalogue/cheatsheet.schema.json"

    assert COMMITTED.read_text(encoding="utf-8") == schema.dumps(), remedy


def test_the_module_prints_the_schema() -> None:
    env = {**os.environ, "PYTHONPATH": str(COMMITTED.parents[2])}

    result = subprocess.run(
        [sys.executable, "-m", "tutor.catalogue.schema"], capture_output=True, check=True, env=env, encoding="utf-8"
    )

    assert result.stdout == schema.dumps()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema.schema())


def test_every_field_is_described() -> None:
    definitions = schema.schema()["$defs"]
    mappings = [part for definition in definitions.values() for part in (definition, *definition.get("oneOf", ()))]

    fields = [field for mapping in mappings for field in mapping.get("properties", {}).values()]

    assert len(fields) > 80
    assert all(field["description"].endswith(".") for field in fields)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param((), id="the sheet"),
        pytest.param((("timeout: 30", "timeout: 0.5"),), id="half a second"),
        pytest.param((("              when: cpu\n", ""),), id="then without when"),
        pytest.param(
            (("format: 1\n", "format: 1\nlanguages: [en]\n"), ("{en: A sheet, zh: 一张表}", "A sheet")),
            id="one language",
        ),
        pytest.param(
            (("format: 1\n", "format: 1\nlanguages: [zh]\n"), ("{en: Clear, zh: 清零}", "{zh: 清零}")),
            id="the other language",
        ),
    ],
)
def test_a_good_sheet_is_good_for_both(changes: tuple[tuple[str, str], ...]) -> None:
    sheet = spoilt(*changes)

    assert is_loaded(sheet)
    assert is_valid(sheet)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("format: 1\n", ""),
        ("format: 1", "format: 2"),
        ("format: 1\n", "format: 1\nlanguages: []\n"),
        ("format: 1\n", "format: 1\nlanguages: [en, fr]\n"),
        ("sheet: |", "shet: |"),
        ("            code: x = torch.ones(1)\n", ""),
        ("code: x = torch.ones(1)", "code: [1]"),
        ("code: x = torch.ones(1)", "code:"),
        ("code: x = torch.ones(1)", 'code: "  "'),
        ("claims: [x.item() == 1]", "claims: []"),
        ("claims: [x.item() == 1]", "claims: [1]"),
        ("{en: Clear, zh: 清零}", "{en: Clear}"),
        ("{en: Clear, zh: 清零}", "{en: Clear, zh: ''}"),
        ("{en: Clear, zh: 清零}", "{en: Clear, zh: 清零, fr: Vider}"),
        ("{en: Clear, zh: 清零}", "Clear"),
        ("- id: zero-grad", "- id: Zero"),
        ("see: [autograd/zero-grad]", "see: [zero-grad]"),
        ("tags: [gradient, chain rule]", "tags: [gradient, gradient]"),
        ("- raises: y.backward()\n", "- raises: y.backward()\n                expr: x\n"),
        ("- raises: y.backward()\n                match: second time\n", "- says: {en: a, zh: b}\n"),
        ("                match: second time\n", ""),
        ("                says: {en: x.grad is 2x, zh: x.grad等于2x}\n", "                match: abc\n"),
        ("              match: scalar outputs\n", ""),
        ("today: raises", "today: works"),
        ("today: raises", "today: fails"),
        ("              changed: {en: Now one type., zh: 合为一种类型。}\n", ""),
        ('since: "0.4.0"', "since: 2.0"),
        ('since: "0.4.0"', "since: long ago"),
        ("when: cpu", "when: tpu"),
        ("devices: [cpu, cuda]", "devices: [cpu, gpu]"),
        ("devices: [cpu, cuda]", "pictures: [curves]"),
        ("timeout: 30", "timeout: 0"),
        ("timeout: 30", "timeout: 3601"),
        ("timeout: 30", 'timeout: "30"'),
        ("docs: [torch.Tensor.backward,", "docs: [backward,"),
        ("    groups:\n", "    entries: []\n    groups:\n"),
        ("    entries:\n      - id: torch\n", "    lines:\n      - id: torch\n"),
    ],
)
def test_a_bad_sheet_is_bad_for_both(old: str, new: str) -> None:
    sheet = spoilt((old, new))

    assert not is_loaded(sheet)
    assert not is_valid(sheet)


def test_what_needs_the_whole_sheet_is_left_to_the_loader() -> None:
    sheet = SHEET.replace("autograd/zero-grad", "autograd/nothing")

    assert not is_loaded(sheet)
    assert is_valid(sheet)


def test_an_entry_can_need_what_a_worker_can_allow() -> None:
    assert get_args(Permission) == PERMISSIONS
