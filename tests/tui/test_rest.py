"""What waits until the reader rests: in a process of its own, for it is about the whole of one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETTING = """
import gc, json, sys, weakref
gc.disable()
from tutor.tui.rest import AFTER, SOON, Rest

found = []
gc.callbacks.append(lambda phase, info: found.append(info["generation"]) if phase == "stop" else None)
rest = Rest()
class Ring: pass
def ring():
    a = Ring()
    a.own = a
    return a
told = {}
"""


def told(code: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", f"{SETTING}{code}\nprint(json.dumps(told))"],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    return dict(json.loads(done.stdout))


def test_nothing_is_done_before_a_rest() -> None:
    seen = told(
        """
for _ in range(10_000): ring()
had = set(sys.modules)
for _ in range(50): rest.use(AFTER / 2)
told.update(collections=found, modules=len(set(sys.modules) - had), frozen=gc.get_freeze_count())
"""
    )
    assert seen == {"collections": [], "modules": 0, "frozen": 0}


def test_in_a_rest_one_thing_is_done_at_a_time_and_what_stays_is_set_apart() -> None:
    seen = told(
        """
told["at once"] = sum(name in sys.modules for name in SOON)
rest.use(AFTER)
told["after one"] = sum(name in sys.modules for name in SOON)
told["frozen before"] = gc.get_freeze_count()
for _ in SOON[2:]: rest.use(AFTER)
__import__(SOON[-1])
garbage = weakref.ref(ring())
rest.use(AFTER)
told["missing"] = [name for name in SOON if name not in sys.modules]
told["frozen"] = gc.get_freeze_count() > 10_000
told["garbage"] = garbage() is not None
"""
    )
    assert seen == {"at once": 0, "after one": 1, "frozen before": 0, "missing": [], "frozen": True, "garbage": False}


def test_garbage_is_found_in_a_rest_or_under_a_key_that_is_held_and_not_looked_for_where_there_is_none() -> None:
    seen = told(
        """
for _ in SOON: rest.use(AFTER)
gc.collect()
found.clear()
rest.use(AFTER)
told["none"] = list(found)
for _ in range(10_000): ring()
told["made"] = list(found)
rest.use(AFTER)
told["rest"] = list(found)
for _ in range(500_000): ring()
told["held"] = len(found) > 5 and len(gc.get_objects()) < 200_000
"""
    )
    assert seen == {"none": [], "made": [], "rest": [2], "held": True}
