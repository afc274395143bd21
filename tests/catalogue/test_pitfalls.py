"""Pitfalls as a sheet has them: values, an index that keeps them, a schema, and what the loader says of faulty ones."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
import yaml

from tutor.catalogue import contents, schema
from tutor.catalogue.index import dumps, loads
from tutor.catalogue.load import parse
from tutor.catalogue.model import Pitfall, Text
from tutor.catalogue.search import search

from .sheets import PITFALLS, SHEET, changed, faults

jsonschema: Any = pytest.importorskip("jsonschema")
WHOLE = SHEET + PITFALLS
ENTRY_LINES = SHEET.count("\n")


def spoilt(*changes: tuple[str, str]) -> str:
    return SHEET + changed(PITFALLS, *changes)


def is_valid(sheet: str) -> bool:
    validator = jsonschema.Draft202012Validator(schema.schema())
    return bool(validator.is_valid(yaml.safe_load(sheet)))


def at(line: int, text: str) -> str:
    """A message about a line of PITFALLS."""
    return f"{ENTRY_LINES + line}:{text}"


def test_pitfalls_become_values() -> None:
    taken, shared = list(parse(WHOLE.encode(), "sheet.yaml"))[-1].pitfalls

    assert taken == Pitfall(
        id="taken",
        title=Text("A name taken", "占用名字"),
        kind="raises",
        wrong="torch = 1\ntorch.ones(2)",
        right="x = 1\ntorch.ones(2)",
        why=Text("The name is gone.", "名字没了。"),
        fix=Text("Take another.", "换一个。"),
        match="AttributeError",
        line=ENTRY_LINES + 2,
        wrong_line=ENTRY_LINES + 7,
        right_line=ENTRY_LINES + 10,
    )
    assert (shared.kind, shared.measure, shared.symptom) == ("silent", "x.sum().item()", "x.any()")
    assert (shared.devices, shared.match) == (("cpu", "cuda"), "")


def test_an_index_keeps_them_and_the_table_of_contents_does_without() -> None:
    catalogue = parse(WHOLE.encode(), "sheet.yaml")

    assert loads(dumps(catalogue)) == catalogue
    assert contents.of(catalogue) == contents.of(parse(SHEET.encode(), "sheet.yaml"))


@pytest.mark.parametrize("words", ["名字没了", "AttributeError", "y += 1", "Make another"])
def test_a_search_finds_the_entry_by_what_its_pitfalls_say(words: str) -> None:
    (hit,) = search(parse(WHOLE.encode(), "sheet.yaml"), words)

    assert (hit.entry.id, hit.where) == ("import/torch", "pitfalls")


def test_an_id_is_taken_in_its_own_entry_only() -> None:
    claims = "            claims: [x.item() == 1]\n"
    in_two_entries = changed(SHEET, (claims, claims + textwrap.indent(PITFALLS, "    "))) + PITFALLS

    assert [len(entry.pitfalls) for entry in parse(in_two_entries.encode(), "sheet.yaml")] == [0, 2, 2]
    assert faults(spoilt(("- id: shared", "- id: taken"))) == [
        at(14, f"17: import/torch/taken: `id` is taken by the pitfall in line {ENTRY_LINES + 2}: choose another")
    ]


def test_wrong_code_that_python_is_to_refuse_need_not_compile() -> None:
    sheet = spoilt(
        ("match: AttributeError", "match: SyntaxError"), ("              torch = 1\n", "              torch = \n")
    )

    assert list(parse(sheet.encode(), "sheet.yaml"))[-1].pitfalls[0].wrong == "torch = \ntorch.ones(2)"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            "torch = 1\n",
            "torch = = 1\n",
            at(
                7,
                "23: import/torch/taken: `wrong` does not compile (invalid syntax): correct it; "
                "if Python shall refuse it, say `kind: raises` and begin `match` with SyntaxError",
            ),
            id="wrong code that does not compile",
        ),
        pytest.param(
            "x = 1\n",
            "x = = 1\n",
            at(10, "19: import/torch/taken: `right` does not compile (invalid syntax): correct it"),
            id="right code that does not compile",
        ),
        pytest.param(
            "x = 1\n",
            "torch = 1\n",
            at(9, "20: import/torch/taken: `right` is the same as `wrong`: write what is right"),
            id="right as wrong",
        ),
        pytest.param(
            "            measure: x.sum().item()\n",
            "",
            at(
                14,
                "13: import/torch/shared: `measure` is missing: "
                "add what to look at after either code, to see them differ",
            ),
            id="silent and not measured",
        ),
        pytest.param(
            "            symptom: x.any()\n",
            "",
            at(
                14,
                "13: import/torch/shared: `symptom` is missing: "
                "add what is True after the wrong code and False after the right",
            ),
            id="silent without a symptom",
        ),
        pytest.param(
            "            match: AttributeError\n",
            "",
            at(
                2,
                "13: import/torch/taken: `match` is missing: "
                "add a part of the `ClassName: message` that it raises or warns with",
            ),
            id="raises whatever",
        ),
        pytest.param(
            "match: AttributeError",
            "match: AttributeError\n            symptom: x",
            at(6, "13: import/torch/taken: `symptom` goes with `kind: warns` or `kind: silent` only: remove it"),
            id="a symptom of what raises",
        ),
        pytest.param(
            "measure: x.sum().item()",
            "measure: y = x",
            at(
                24,
                "22: import/torch/shared: `measure` is not one expression (invalid syntax): "
                "write what comes out as one value",
            ),
            id="a measure that is a statement",
        ),
        pytest.param(
            "symptom: x.any()",
            "symptom: 1 < 2",
            at(25, "22: import/torch/shared: `symptom` is always the same: use what the code defines"),
            id="a symptom that names nothing",
        ),
        pytest.param(
            "kind: raises",
            "kind: crashes",
            at(4, "19: import/torch/taken: `kind` is 'crashes': write raises, warns or silent"),
            id="an unknown kind",
        ),
        pytest.param(
            "why: {en: One tensor., zh: 同一个张量。}",
            "why: {en: One tensor.}",
            at(26, "18: import/torch/shared: `why.zh` is missing: add the text in Chinese"),
            id="a missing language",
        ),
        pytest.param(
            "devices: [cpu, cuda]",
            "devices: [gpu]",
            at(28, "23: import/torch/shared: `devices[0]` is 'gpu': write cpu, cuda, mps or meta"),
            id="an unknown device",
        ),
    ],
)
def test_a_fault_of_a_pitfall(old: str, new: str, message: str) -> None:
    assert faults(spoilt((old, new)))[:1] == [message]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("            measure: x.sum().item()\n", ""),
        ("            match: AttributeError\n", ""),
        ("match: AttributeError", "match: AttributeError\n            symptom: x"),
        ("kind: raises", "kind: crashes"),
        ("why: {en: One tensor., zh: 同一个张量。}", "why: {en: One tensor.}"),
        ("            fix: {en: Take another., zh: 换一个。}\n", ""),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(old: str, new: str) -> None:
    assert is_valid(WHOLE)
    assert not is_valid(spoilt((old, new)))
