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
