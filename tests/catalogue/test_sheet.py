"""The sheet that torch-tutor ships, as far as it can be judged without running it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from tutor.catalogue.load import load
from tutor.catalogue.model import Catalogue
from tutor.catalogue.place import shipped

LINES = Path(__file__).parents[1] / "data" / "sheet-0.3.0-lines.yaml"


@pytest.fixture(scope="module")
def sheet() -> Catalogue:
    return load(shipped())


def test_it_is_large_enough(sheet: Catalogue) -> None:
    claims = sum(len(entry.claims) + (len(entry.then.claims) if entry.then else 0) for entry in sheet)

    assert len(sheet) >= 90
    assert claims >= 250


def test_each_line_of_the_old_sheet_is_covered_once(sheet: Catalogue) -> None:
    lines = yaml.safe_load(LINES.read_text(encoding="utf-8"))

    covered = Counter(line for entry in sheet for line in entry.covers)

    assert covered == Counter(line["id"] for line in lines)


def test_every_claim_can_be_told_in_words(sheet: Catalogue) -> None:
    claims = [(entry.id, claim) for entry in sheet for claim in entry.claims]

    assert [(name, claim.code) for name, claim in claims if claim.says is None] == []


def test_every_entry_has_a_mistake_of_its_readers(sheet: Catalogue) -> None:
    kinds = Counter(pitfall.kind for entry in sheet for pitfall in entry.pitfalls)

    assert [entry.id for entry in sheet if not entry.pitfalls] == []
    assert sum(kinds.values()) >= 200
    assert kinds["silent"] > kinds["raises"] > kinds["warns"] > 0


def test_a_pitfall_is_short_enough_to_be_read_beside_its_right_code(sheet: Catalogue) -> None:
    told = [(f"{entry.id}/{p.id}", p) for entry in sheet for p in entry.pitfalls]
    lines = [(id, line) for id, p in told for line in (*p.wrong.splitlines(), *p.right.splitlines())]

    assert [(id, line) for id, line in lines if len(line) > 72] == []
    assert [id for id, p in told if max(p.wrong.count("\n"), p.right.count("\n")) > 12] == []
    assert [id for id, p in told for text in (p.why, p.fix) if text.en[-1] != "." or text.zh[-1] != "。"] == []
