"""A sheet that was spoilt in any way is a sheet or a list of faults, each with its place."""

from __future__ import annotations

import random
import re

import pytest
import yaml
from catalogue.sheets import PITFALLS, SHEET, unlike

from tutor.catalogue import tree
from tutor.catalogue.index import dumps, loads
from tutor.catalogue.load import parse
from tutor.catalogue.model import Catalogue
from tutor.errors import Fault, SheetError

from . import odd

PLACE = re.compile(r"sheet\.yaml:[1-9]\d*:\d+: ")


@pytest.mark.parametrize("loader", ["libyaml", "without libyaml"])
@pytest.mark.parametrize("seed", range(4))
def test_a_spoilt_sheet_is_a_sheet_or_has_faults_with_their_place(
    seed: int, loader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if loader == "without libyaml":
        monkeypatch.setattr(tree, "_Loader", yaml.SafeLoader)
    dice = random.Random(seed)
    read = 0
    for _ in range(150 if loader == "libyaml" else 40):
        raw = odd.sheet(SHEET + PITFALLS, dice)
        sheet, faults = tried(raw)
        for fault in faults:
            assert PLACE.match(fault.in_("en")), fault
            assert len(fault.in_("en")) < 500, fault
            assert unlike(fault) == "", fault
        assert bool(faults) != (sheet is not None)
        if sheet is not None:
            read += 1
            assert loads(dumps(sheet)) == sheet
    assert read


def tried(raw: bytes) -> tuple[Catalogue | None, tuple[Fault, ...]]:
    """The sheet, or its faults."""
    try:
        return parse(raw, "sheet.yaml"), ()
    except SheetError as error:
        return None, error.faults


@pytest.mark.parametrize("seed", range(4))
def test_noise_is_no_sheet(seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(100):
        pieces = [dice.choice(odd.PIECES) for _ in range(dice.randrange(1, 40))]
        raw = dice.randbytes(dice.randrange(100)) if dice.random() < 0.2 else "".join(pieces).encode("utf-8", "replace")
        with pytest.raises(SheetError):
            parse(raw, "sheet.yaml")
