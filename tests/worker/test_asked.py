"""Where there is no /proc, psutil tells the same: here both are asked of the same processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

if not os.path.isdir("/proc/self/task"):
    pytest.skip("there is no /proc to compare with", allow_module_level=True)
pytest.importorskip("psutil")

from tutor.worker import asked, proc

FAMILY = """
import subprocess, sys
held = bytearray(100 << 20)
for place in range(0, len(held), 4096): held[place] = 1
inner = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE)
print("ready", flush=True)
input()
inner.kill()
inner.wait()
"""
SIDES = pytest.mark.parametrize("side", [proc, asked], ids=lambda side: side.__name__)


@contextmanager
def family(**environment: str) -> Iterator[int]:
    """A process with 100 MB of its own, and a child."""
    started = subprocess.Popen(
        [sys.executable, "-c", FAMILY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert started.stdout is not None
    try:
        while "ready" not in started.stdout.readline():
            pass
        yield started.pid
    finally:
        started.communicate("\n", timeout=20)


def test_both_find_the_same_processes() -> None:
    with family() as pid:
        (inner,) = asked.children(pid)
        assert asked.children(pid) == proc.children(pid)
        for side in (asked, proc):  # the warm worker of other tests is below this process too, and ends children
            assert {pid, inner} & set(side.children(os.getpid())) == {pid}
            assert {pid, inner} <= set(side.descendants(os.getpid()))
            assert side.descendants(pid) == [inner]
        assert asked.command(pid) == proc.command(pid)
        assert asked.command(pid).startswith(os.fsencode(sys.executable) + b"\0-c\0")


def test_both_see_the_memory_that_a_process_has_for_itself() -> None:
    with family() as pid:
        own, shared = proc.resident(pid)
        assert 100 << 20 < own < 130 << 20
        assert abs(asked.resident(pid)[0] - own) < 2 << 20
        assert asked.resident(pid)[1] == 0 <= shared
    assert asked.available() == pytest.approx(proc.available(), rel=0.2)


def test_both_find_what_carries_a_mark() -> None:
    with family(A_MARK_OF_THIS_TEST="here") as pid:
        want = {pid, *proc.children(pid)}
        assert set(asked.marked("A_MARK_OF_THIS_TEST", "here")) == want
        assert set(proc.marked("A_MARK_OF_THIS_TEST", "here")) == want
        assert asked.marked("A_MARK_OF_THIS_TEST", "elsewhere") == []


@SIDES
def test_of_a_process_that_is_gone_nothing_is_known(side: ModuleType) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert side.children(gone.pid) == side.descendants(gone.pid) == []
    assert side.resident(gone.pid) == (0, 0)
    assert side.command(gone.pid) == b""


def test_without_psutil_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "psutil", None)
    assert asked.children(os.getpid()) == asked.descendants(os.getpid()) == asked.marked("PATH", "") == []
    assert asked.resident(os.getpid()) == (0, 0)
    assert asked.command(os.getpid()) == b""
    assert asked.available() == proc.UNKNOWN
