"""Where the battery runs: as this user or as one of its own, with the kernel's protection or without.

Every place has a home of its own, with a file in it that snippets go for; `HOME` points there.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

import torch
from support import children, events, until

from tutor.errors import WorkerError
from tutor.launch import Mode, Target, command
from tutor.runner import Runner
from tutor.worker.permissions import PERMISSIONS, USUAL
from tutor.worker.wire import Started, StepEnded

USERS = itertools.count(40_000 + os.getpid() % 20_000)  # nobody has such numbers
PROCESSES = 200  # that it may have
MEMORY = 512 << 20  # bytes that a snippet may use
RESTING = 20  # looks in a row at which nothing changes
SHARED = Path("/dev/shm")
PROOF = """
import os
found = []
for attempt in (lambda: open(os.path.join(os.environ["HOME"], "proof"), "w"), lambda: os.kill(os.getppid(), 0)):
    try:
        attempt()
    except PermissionError:
        found.append("refused")
assert len(found) == 2
"""


@dataclass
class Place:
    """One way to run the cases."""

    runner: Runner
    home: Path
    allow: tuple[str, ...]
    protected: bool
    """Whether snippets have been seen not to reach files and processes of others."""
    stranger: int
    """The user that they run as, where that is one who has nothing else here; else 0."""
    spawns: bool
    worker: int = 0
    """Its process."""
    descriptors: int = 0
    """That it has open when nothing runs."""

    def shared(self) -> list[Path]:
        """What its snippets left in shared memory, under names that say whose it is."""
        return list(SHARED.glob(f"hostile-{self.home.parent.name}*"))

    def canary(self) -> Path:
        """The user's file, as it must be before a case."""
        path = self.home / "canary"
        self.home.mkdir(exist_ok=True)
        if path.is_symlink() or not path.exists() or path.read_text() != "mine":
            path.unlink(missing_ok=True)
            path.write_text("mine")
        os.chmod(path, 0o600)
        if self.stranger:
            os.chown(self.home, self.stranger, self.stranger)
            os.chown(path, self.stranger, self.stranger)
        return path


@asynccontextmanager
async def place(user: str, allow: tuple[str, ...] = USUAL, mode: Mode = "auto") -> AsyncIterator[Place | None]:
    """A place, ready; None where this machine has none such. `user` is `own` or `stranger`."""
    where = next((f for f in (tempfile.gettempdir(), "/var/tmp") if is_open(Path(f))), None)
    with tempfile.TemporaryDirectory(prefix="tt-home-", dir=where, ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        home = Path(folder) / "home"
        home.mkdir()
        number = next(USERS) if user == "stranger" else 0
        target = stranger(home, number) if number else own(home)
        if target is None:
            yield None
            return
        runner = Runner(target, mode=mode, memory=MEMORY)
        try:
            await runner.start()
        except WorkerError:  # its interpreter is out of that user's reach
            yield None
            return
        try:
            here = Place(runner, home, allow, False, number, mode == "spawn")
            here.canary()
            here.protected = await proven(here)
            await settle(here)
            yield here
        finally:
            await runner.close()


def own(home: Path) -> Target:
    """This interpreter, as the user who runs the tests."""
    return command(["env", f"HOME={home}", f"TMPDIR={tempfile.gettempdir()}", sys.executable])


def stranger(home: Path, number: int) -> Target | None:
    """A Python as another user, who may have few processes and owns nothing but its home. It takes root to be that."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("setpriv", "prlimit"))):
        return None
    os.chown(home, number, number)
    work = home.parent / "tmp"
    work.mkdir()
    os.chown(work, number, number)
    python, packages = reachable()
    become = ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"]
    few = ["prlimit", f"--nproc={PROCESSES}:{PROCESSES}"]
    names = [f"HOME={home}", f"TMPDIR={work}", "LOGNAME=stranger", f"PYTHONPATH={packages}"]
    return command([*few, *become, "env", *names, python])


def reachable() -> tuple[str, str]:
    """A Python of this release that everybody can start, and where torch is for it."""
    real = Path(sys.executable).resolve()
    if is_open(real):
        return sys.executable, ""
    name = "python{}.{}".format(*sys.version_info)
    return shutil.which(name, path="/usr/bin:/usr/local/bin") or sys.executable, str(Path(torch.__file__).parent.parent)


def is_open(path: Path) -> bool:
    """Whether everybody can get there."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


async def proven(here: Place) -> bool:
    """Whether snippets say that they are kept from others, and show it."""
    told = await events(here.runner, PROOF, allow=here.allow, timeout=30.0)
    kept = [event.kept_from for event in told if isinstance(event, Started)]
    failed = [event.error for event in told if isinstance(event, StepEnded) and event.error]
    return {"files", "signals", "memory", "network", "terminals"} <= set(*kept) and not failed


async def renew(here: Place) -> None:
    """Start over with another worker."""
    await here.runner.close()
    for path in here.shared():
        path.unlink()
    await here.runner.start()
    await settle(here)


def process(runner: Runner) -> int:
    """The worker's process: of a worker that does not fork, `ready` names the first child."""
    assert runner._worker is not None
    return runner._worker.process.pid


async def settle(here: Place) -> None:
    """Note what the worker is like when nothing runs: what most of a few looks agree on."""
    await events(here.runner, "import torch.optim", allow=here.allow, timeout=60.0)
    here.worker = process(here.runner)
    here.descriptors = median_low([await descriptors_at_rest(here) for _ in range(3)])


async def descriptors_at_rest(here: Place) -> int:
    """How many the worker has open once a run is over."""
    await events(here.runner, "1 + 1", allow=here.allow, timeout=60.0)
    seen: list[tuple[int, int]] = []

    def rests() -> bool:
        seen.append((len(os.listdir(f"/proc/{here.worker}/fd")), len(children(here.worker))))
        return len(seen) > RESTING and set(seen[-RESTING:]) == {seen[-1]} and seen[-1][1] == 1

    await until(rests)
    return seen[-1][0]


def everything() -> tuple[str, ...]:
    """What a snippet is allowed where nothing is to keep it from anything."""
    return PERMISSIONS


def of_user(number: int) -> set[int]:
    """Every process of a user."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if (
                os.stat(f"/proc/{name}").st_uid == number
                and Path(f"/proc/{name}/stat").read_text().split(") ")[1][0] != "Z"
            ):
                found.add(int(name))
        except OSError:
            continue
    return found


def family(pid: int) -> set[int]:
    """A process and all below it."""
    return {pid}.union(*(family(child) for child in children(pid)))
