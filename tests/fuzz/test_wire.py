"""Whatever comes through the pipe is an event that can be relied on, or nothing: on either side, and for every run."""

from __future__ import annotations

import dataclasses
import json
import random
import sys
from pathlib import Path
from typing import get_args

import pytest
from support import events, story

from tutor.launch import Target
from tutor.runner import Runner
from tutor.worker import wire
from tutor.worker.codec import fits
from tutor.worker.wire import Cancel, Finished, Job, PlainValue, Ready, decode, encode

from . import odd

LINES = 4000


@pytest.mark.parametrize("seed", range(4))
def test_a_line_is_what_its_types_say_or_a_value_error(seed: int) -> None:
    dice = random.Random(seed)
    good = 0
    for _ in range(LINES // 4):
        line = odd.line(dice)
        try:
            told = decode(line)
        except ValueError:
            continue
        good += 1
        assert_sound(told)
        assert decode(encode(told)) == told
    assert good > LINES // 40


def assert_sound(told: object) -> None:
    """Every field of it, and of what is in it, has its type."""
    assert dataclasses.is_dataclass(told)
    for name, hint in odd.HINTS[type(told).__name__].items():
        held = getattr(told, name)
        assert fits(hint)(held), (type(told).__name__, name, held)
        for part in held if isinstance(held, tuple) else (held,):
            if dataclasses.is_dataclass(part):
                assert_sound(part)


@pytest.mark.parametrize("name", sorted(odd.CLASSES))
def test_each_field_of_each_class_is_held_to_its_type(name: str) -> None:
    dice = random.Random(name)
    whole = wire.to_json(odd.instance(odd.CLASSES[name], dice, 4))
    for field, hint in odd.HINTS[name].items():
        for other in odd.OTHERS:
            try:
                told = wire.from_json({**whole, field: other})
            except (ValueError, TypeError):
                continue
            assert fits(hint)(getattr(told, field)), (name, field, other)


def test_an_object_of_another_class_is_of_another_type() -> None:
    step = wire.to_json(wire.StepEnded("1", 0, "done", value=PlainValue("int", "1")))

    with pytest.raises(ValueError, match=r"StepEnded\.value"):
        wire.from_json({**step, "value": wire.to_json(Ready("", "", "", "", "", (), 0, "", 0, 1))})


FAKE = """
import sys, time
for line in open({0!r}, "rb"):
    sys.stdout.buffer.write(line)
sys.stdout.buffer.flush()
number = 0
while True:
    request = sys.stdin.buffer.readline()
    if not request:
        break
    if b'"is":"Job"' in request and b'"code":"' in request:
        number += 1
        for line in open({1!r}, "rb"):
            sys.stdout.buffer.write(line.replace(b'"JOB"', b'"%d"' % number))
        sys.stdout.buffer.write(b'\\n{{"is":"Finished","job":"%d","outcome":"finished"}}\\n' % number)
        sys.stdout.buffer.flush()
"""


def fake(tmp_path: Path, before: bytes, during: bytes) -> Target:
    """A worker that says things it should not, before it is ready and while a job runs."""
    ready = encode(Ready("3.11", sys.executable, "2.9", "2", "fork", (), 1, "Linux", 1, protocol=wire.PROTOCOL))
    (tmp_path / "before").write_bytes(before + b"\n" + ready)
    (tmp_path / "during").write_bytes(during)
    code = FAKE.format(str(tmp_path / "before"), str(tmp_path / "during"))
    script = tmp_path / "fake.py"
    script.write_text(f"import sys\nsys.argv = sys.argv[:1]\n{code}")
    return Target((sys.executable, str(script)), "a fake")


@pytest.mark.parametrize("seed", range(3))
async def test_a_run_gets_sound_events_and_one_end_whatever_the_worker_says(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    noise = [
        line for line in (odd.line(dice) for _ in range(600)) if b'"Ready"' not in line and b'"Unready"' not in line
    ]
    forged = [encode(dataclasses.replace(decode(line), job="JOB")) for line in map(_good, noise) if line]
    during = b"".join(noise + forged)
    async with Runner(fake(tmp_path, b"".join(noise[:50]), during)) as runner:
        for _ in range(2):
            told = [event async for event in runner.run(Job("a", "x"))]

            assert [isinstance(event, Finished) for event in told].count(True) == 1
            assert isinstance(told[-1], Finished)
            for event in told:
                assert isinstance(event, get_args(wire.JobEvent))
                assert_sound(event)


def _good(line: bytes) -> bytes:
    """An event that a run may get before its end, or nothing."""
    try:
        told = decode(line)
    except ValueError:
        return b""
    return line if isinstance(told, get_args(wire.JobEvent)) and not isinstance(told, Finished) else b""


@pytest.mark.parametrize("form", ["without end", "with an end"])
async def test_a_line_beyond_all_bounds_ends_the_worker_and_the_run(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.runner.LINE", 100_000)
    endless = b'{"is":"Printed","job":"JOB","step":0,"stream":"stdout","text":"' + b"x" * 1_000_000
    endless += b'"}\n' if form == "with an end" else b""
    async with Runner(fake(tmp_path, b"", endless)) as runner:
        told = [event async for event in runner.run(Job("a", "x"))]

    assert [event.outcome for event in told if isinstance(event, Finished)] == ["died"]


async def test_a_worker_passes_over_what_is_no_request(runner: Runner, clean: None) -> None:
    """Noise, events, and jobs with fields of another type, down the pipe of a worker; the next job runs as ever."""
    dice = random.Random(0)
    worker = runner._worker
    assert worker is not None
    assert worker.process.stdin is not None
    for _ in range(300):
        line = odd.line(dice)
        if not isinstance(_decoded(line), Job | Cancel):
            worker.process.stdin.write(line)
    for other in odd.OTHERS[2:]:
        for field in ("code", "setup", "claims", "seed", "timeout", "device", "allow", "id"):
            raw = {**wire.to_json(Job("forged", "print('forged')")), field: other}
            line = json.dumps(raw).encode() + b"\n"
            if not isinstance(_decoded(line), Job):
                worker.process.stdin.write(line)
    await worker.process.stdin.drain()

    assert await story(runner, "print('as ever')") == ["> statement 1", "  stdout 'as ever\\n'", "< done", "finished"]


def _decoded(line: bytes) -> object:
    try:
        return decode(line)
    except ValueError:
        return None


@pytest.mark.parametrize("seed", range(6))
async def test_a_job_of_the_right_types_ends_whatever_is_in_it(runner: Runner, clean: None, seed: int) -> None:
    dice = random.Random(seed)
    job = odd.instance(Job, dice, 2)
    claims = tuple(dataclasses.replace(claim, kind=dice.choice((claim.kind, "expr", "raises"))) for claim in job.claims)
    ours = {"id": f"odd {seed}", "device": "cpu", "timeout": 5.0, "threads": 0, "allow": ()}
    told = await events(runner, job.code, **{**_fields(job), "claims": claims, **ours})

    assert isinstance(told[-1], Finished)


def _fields(job: Job) -> dict[str, object]:
    return {f.name: getattr(job, f.name) for f in dataclasses.fields(job) if f.name not in ("id", "code")}
