"""Where a worker runs: an argv, and the bytes that make the interpreter behind it one.

A target is nothing but a command that ends up in a Python: this interpreter, another one, `ssh host python3`. The
worker's sources travel down its standard input, so nothing has to be installed there but torch.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.errors import WorkerError
from tutor.worker.start import BOOT, pack

Mode = Literal["auto", "spawn"]


@dataclass(frozen=True)
class Target:
    """A command that starts a Python interpreter."""

    argv: tuple[str, ...]
    """Up to the interpreter's own options."""
    label: str
    """What messages call it."""

    @property
    def command(self) -> tuple[str, ...]:
        """The whole argv."""
        return (*self.argv, "-u", "-c", BOOT)


def here() -> Target:
    """The interpreter that runs this."""
    return Target((sys.executable,), sys.executable)


def interpreter(path: str) -> Target:
    """Another interpreter: its path, its name on PATH, or the directory of a virtual environment."""
    place = os.path.expanduser(path)
    if os.path.isdir(place):
        within = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        inside = os.path.join(place, *within)
        if not os.path.exists(inside):
            wanted = "/".join(within)
            raise WorkerError(
                f"{path} is a directory without {wanted} in it: give the path of a Python interpreter",
                f"目录{path}里没有{wanted}：请给出Python解释器的路径",
            )
        place = inside
    found = shutil.which(place)
    if found is None:
        what, zh = ("is not executable", "不可执行") if os.path.exists(place) else ("does not exist", "不存在")
        raise WorkerError(
            f"{path} {what}: give the path of a Python interpreter, or of its virtual environment",
            f"{path}{zh}：请给出Python解释器或其虚拟环境的路径",
        )
    return Target((os.path.abspath(found),), path)


def command(argv: Sequence[str]) -> Target:
    """Any command that hands its last arguments to a Python, such as `docker exec -i box python3`."""
    return Target(tuple(argv), " ".join(argv))


def bootstrap(mode: Mode = "auto", memory: int = 0) -> bytes:
    """What a new worker reads first. `memory` limits a snippet, in bytes; 0 is half of the machine."""
    return pack(sources(), {"role": "worker", "mode": mode, "memory": memory})


def sources() -> dict[str, str]:
    """The worker's modules by the names they have over there."""
    folder = os.path.join(os.path.dirname(__file__), "worker")
    found = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                stem = name[:-3]
                found["tutor_worker" if stem == "__init__" else f"tutor_worker.{stem}"] = f.read()
    return found
