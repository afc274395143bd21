"""Entry -> Job: what to send to a worker, and whether an entry can run on a device at all."""

from __future__ import annotations

from dataclasses import dataclass

from tutor.catalogue.model import Claim, Entry, Pitfall, Then
from tutor.errors import UsageError
from tutor.worker.permissions import USUAL
from tutor.worker.wire import Job, Question, Ready


@dataclass(frozen=True)
class Manner:
    """How entries are run."""

    seed: int = 0
    device: str = "cpu"
    timeout: float | None = None
    """Seconds; None is the entry's own limit."""
    threads: int = 0
    """Processors for each; 0 is all."""
    allow: tuple[str, ...] = USUAL
    """What they may do."""


OLDEST_TORCH = (2, 4)
"""The sheet speaks of this release and later ones. An older torch can run its forms, but its claims are not of it."""

THEN = "#then"
"""Ends the id of the job that runs an entry's 0.3.0 form."""
WRONG, RIGHT = "#wrong", "#right"
"""End the ids of the two jobs of a pitfall, behind the pitfall's full id: `losses/mse-loss/columns#wrong`."""


def now_job(entry: Entry, manner: Manner) -> Job:
    """The entry as it is today, with its claims."""
    return _job(entry, entry.id, entry.code, entry.claims, manner)


def then_job(entry: Entry, manner: Manner) -> Job:
    """The entry as 0.3.0 had it; it must have a `then`."""
    assert entry.then is not None
    return _job(entry, entry.id + THEN, entry.then.code, entry.then.claims, manner)


def wrong_job(entry: Entry, pitfall: Pitfall, manner: Manner) -> Job:
    """The mistake. Where it goes on, the measured value is the last statement's and the symptom the only claim."""
    claims = (Claim("expr", pitfall.symptom, line=pitfall.line),) if pitfall.symptom else ()
    return _job(entry, f"{entry.id}/{pitfall.id}{WRONG}", measured(pitfall.wrong, pitfall), claims, manner)


def right_job(entry: Entry, pitfall: Pitfall, manner: Manner) -> Job:
    """The right code, measured in the same way; its claim is that the symptom is gone."""
    claims = (Claim("expr", f"not ({pitfall.symptom}\n)", line=pitfall.line),) if pitfall.symptom else ()
    return _job(entry, f"{entry.id}/{pitfall.id}{RIGHT}", measured(pitfall.right, pitfall), claims, manner)


def measured(code: str, pitfall: Pitfall) -> str:
    """The code of a pitfall, and below it what is measured."""
    return f"{code.rstrip()}\n{pitfall.measure}" if pitfall.measure else code


def bites_on(pitfall: Pitfall, device: str) -> bool:
    """Whether a pitfall is one on this kind of device."""
    return not pitfall.devices or family(device) in pitfall.devices


def _job(entry: Entry, id: str, code: str, claims: tuple[Claim, ...], manner: Manner) -> Job:
    return Job(
        id,
        code,
        entry.setup,
        tuple(Question(c.kind, c.code, c.match) for c in claims),
        # Must look like a file that `inspect` and `linecache` take for one.
        file=f"<{id}>",
        seed=manner.seed,
        device=manner.device,
        timeout=manner.timeout or entry.timeout,
        threads=manner.threads,
        allow=manner.allow,
    )


def release(text: str) -> tuple[int, ...]:
    """`(2, 6)` of `2.6.0+cpu`."""
    parts = text.split("+")[0].split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit())


def is_old(ready: Ready) -> bool:
    """Whether a torch is older than what the sheet speaks of."""
    return release(ready.torch) < OLDEST_TORCH


def is_before(ready: Ready, then: Then) -> bool:
    """Whether a torch is older than the change that a 0.3.0 form is there to show."""
    return bool(then.since) and release(ready.torch) < release(then.since)


def family(device: str) -> str:
    """`cuda` of `cuda:1`."""
    return device.partition(":")[0]


def runs_on(entry: Entry, device: str) -> bool:
    """Whether an entry says it runs on this kind of device."""
    return not entry.devices or family(device) in entry.devices


def lacks(entry: Entry, allow: tuple[str, ...]) -> tuple[str, ...]:
    """What an entry says it needs and may not do."""
    return tuple(need for need in entry.needs if need not in allow)


def device_here(name: str, ready: Ready) -> str:
    """The device of that name; `cuda` is the first of its kind. UsageError where there is none."""
    names = [d.name for d in ready.devices]
    if name in names:
        return name
    same = [n for n in names if family(n) == name]
    if same:
        return same[0]
    raise UsageError(
        f"no device {name!r} here: torch {ready.torch} in {ready.executable} has {', '.join(names)}.\n"
        "`torch-tutor doctor` says what is missing.",
        f"这里没有设备{name!r}：{ready.executable}的torch {ready.torch}有{'、'.join(names)}。\n"
        "`torch-tutor doctor`会说明缺少什么。",
    )
