"""The fuzz of `tests/fuzz` for as long as one likes: other seeds each time, every kind of failure told once.

`python -m scripts.long_fuzz 600` runs for ten minutes; `--seed N` begins at a seed, as a failure names it. Exit
code 1 where something failed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from catalogue.sheets import PITFALLS, SHEET
from fuzz import odd, rendering
from fuzz.test_trace import OBEYED
from fuzz.test_wire import assert_sound
from render.paper import shown

from tutor.catalogue.index import dumps, loads
from tutor.catalogue.load import parse
from tutor.errors import SheetError
from tutor.worker.wire import decode, encode


def wire(dice: random.Random) -> None:
    """Lines that are nearly events."""
    for _ in range(50):
        try:
            told = decode(odd.line(dice))
        except ValueError:
            continue
        assert_sound(told)
        assert decode(encode(told)) == told


def sheet(dice: random.Random) -> None:
    """Sheets that are nearly sheets."""
    try:
        read = parse(odd.sheet(SHEET + PITFALLS, dice), "sheet.yaml")
    except SheetError:
        return
    assert loads(dumps(read)) == read


def trace(dice: random.Random) -> None:
    """Odd events as traces, shown in every way."""
    told = rendering.trace(dice)
    width = dice.randrange(1, 201)
    for parts in (
        rendering.parts(told, width, "en", dice),
        rendering.close(told, width, "zh"),
        rendering.scene(told, width, "en"),
    ):
        found = OBEYED.search(shown(parts, width))
        assert found is None, found


TRIED: tuple[Callable[[random.Random], None], ...] = (wire, sheet, trace)


def main() -> int:
    """Try until the time is over."""
    parser = argparse.ArgumentParser(description="Longer runs of tests/fuzz.")
    parser.add_argument("seconds", type=float, nargs="?", default=60.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    seed, end, slowest, kinds = args.seed, time.monotonic() + args.seconds, (0.0, ""), set[str]()
    while time.monotonic() < end:
        for tried in TRIED:
            begun = time.monotonic()
            try:
                tried(random.Random(seed))
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                kind = f"{tried.__name__}: {type(error).__name__} at {place.filename}:{place.lineno}"
                if kind not in kinds:
                    kinds.add(kind)
                    print(f"seed {seed}: {kind}: {str(error)[:200]!r}", flush=True)
            slowest = max(slowest, (time.monotonic() - begun, f"{tried.__name__}, seed {seed}"))
        seed += 1
    print(f"{seed - args.seed} seeds, {len(kinds)} kinds of failure; slowest {slowest[0]:.2f} s ({slowest[1]})")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
