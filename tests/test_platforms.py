"""Other systems than Linux, as far as they can be seen here: torch-tutor's own modules are shown one that lacks what
macOS or Windows lack (`elsewhere/sitecustomize.py`), and run in it. What those systems themselves do is not seen."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support import alive, ending, printed, until

from tutor.commands.doctor import of_platform
from tutor.launch import Target
from tutor.runner import Runner
from tutor.worker import windows
from tutor.worker.wire import Finished

ROOT = Path(__file__).parent.parent
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="it shows a Linux as another system")
elsewhere = pytest.mark.parametrize("system", ["darwin", "win32"])


def environment(system: str, **more: str) -> dict[str, str]:
    """What makes an interpreter see another system."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "elsewhere"), str(ROOT)]),
        "SEEN_SYSTEM": system,
        "COLUMNS": "120",
        **more,
    }


def there(system: str, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run an interpreter that sees another system."""
    return subprocess.run(
        [sys.executable, *argv], env=environment(system, **more), capture_output=True, text=True, timeout=120
    )


@asynccontextmanager
async def runner(system: str, folder: Path, memory: int = 0) -> AsyncIterator[Runner]:
    """A worker that sees another system. It is ended as there, with its input."""
    env = shutil.which("env")
    assert env
    told = {**environment(system), "TMPDIR": str(folder), "SEEN_CALLS": str(folder / "calls")}
    names = ("PYTHONPATH", "SEEN_SYSTEM", "TMPDIR", "SEEN_CALLS")
    target = Target((env, *(f"{name}={told[name]}" for name in names), sys.executable), system)
    async with Runner(target, memory=memory) as started:
        yield started


# --------------------------------------------------------------------------------------------------- as a whole


@linux_only
@elsewhere
def test_an_entry_runs_there_as_here(system: str, tmp_path: Path) -> None:
    done = there(system, "-m", "tutor.cli", "run", "autograd/backward", "--pictures", "off", TMPDIR=str(tmp_path))
    here = subprocess.run(
        [sys.executable, "-m", "tutor.cli", "run", "autograd/backward", "--pictures", "off"],
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (here.returncode, here.stderr) == (0, "")
    body = [line for line in here.stdout.splitlines() if " ms" not in line]
    assert len(body) > 20
    assert [line for line in done.stdout.splitlines() if " ms" not in line] == body
    assert list(tmp_path.glob("torch-tutor-worker-*")) == []


@linux_only
@elsewhere
def test_every_module_can_be_imported_there(system: str) -> None:
    code = (
        "import pkgutil, importlib, tutor\n"
        "for module in pkgutil.walk_packages(tutor.__path__, 'tutor.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
        "from tutor.tui.app import App\n"
        "print(App.__name__)\n"
    )
    done = there(system, "-c", code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "App\n", "")


# -------------------------------------------------------------------------------------------------- what is held


@linux_only
@elsewhere
@pytest.mark.asyncio(loop_scope="session")
async def test_limits_hold_there(system: str, tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    async with runner(system, tmp_path, memory=300 << 20) as started:
        assert started.ready is not None
        assert started.ready.mode == "spawn"

        told, last = await ending(started, "for i in range(10**9): print(i) if i == 7 else 0", timeout=1.0)
        assert (last.outcome, last.line, printed(told)) == ("timed_out", 1, "7\n")

        _, last = await ending(started, "x = bytearray(10**9)\nwhile True: pass")
        assert (last.outcome, last.why) == ("out_of_memory", "memory")
        assert last.used > last.limit == 300 << 20

        _, last = await ending(started, "while True: print('x' * 10000)")
        assert (last.outcome, last.why) == ("flooded", "output")

        _, last = await ending(started, "import os\nos._exit(3)")
        assert (last.outcome, last.exit) == ("died", 3)

        _, last = await ending(started, "import os\nopen('kept', 'w').close()\nos.chmod('kept', 0o400)")
        assert last.outcome == "finished"

        told, last = await ending(started, "print('and the next one runs')")
        assert (last.outcome, printed(told)) == ("finished", "and the next one runs\n")
        await until(lambda: len(list(tmp_path.glob("torch-tutor-worker-*/run-*"))) == 1)
    assert list(tmp_path.glob("torch-tutor-worker-*")) == []


LEAVES = """
import subprocess, sys
left = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE{}, close_fds=False)
print(left.pid)
"""


@linux_only
@elsewhere
@pytest.mark.asyncio(loop_scope="session")
async def test_processes_that_are_left_are_ended_there(system: str, tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    async with runner(system, tmp_path) as started:
        for outside in ("", ", start_new_session=True"):
            told, last = await ending(started, LEAVES.format(outside))
            assert isinstance(last, Finished)
            assert (last.outcome, last.strays) == ("finished", 1)
            left = int(printed(told))
            await until(lambda left=left: not alive(left))  # type: ignore[misc]


@linux_only
@elsewhere
@pytest.mark.asyncio(loop_scope="session")
async def test_what_a_killed_worker_left_is_removed_by_the_next_one_there(system: str, tmp_path: Path) -> None:
    left = tmp_path / "torch-tutor-worker-1-left"
    left.mkdir()
    os.utime(left, (0, 0))
    async with runner(system, tmp_path):
        await until(lambda: not left.exists())
        (kept,) = tmp_path.glob("torch-tutor-worker-*")
        os.utime(kept, (0, 0))
        async with runner(system, tmp_path):  # what a living one holds stays
            assert kept.exists()


DAEMON = """
import os, sys, time
read, write = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(write, str(os.getpid()).encode())
        while True: time.sleep(1)
    os._exit(0)
os.wait()
print(os.read(read, 100).decode())
"""


@linux_only
@pytest.mark.asyncio(loop_scope="session")
async def test_a_daemon_that_escaped_to_init_is_found_and_ended(tmp_path: Path) -> None:
    pytest.importorskip("psutil")
    async with runner("darwin", tmp_path) as started:
        told, last = await ending(started, DAEMON)
        assert last.outcome == "finished"
        escaped = int(printed(told))
        await until(lambda: not alive(escaped))


# ------------------------------------------------------------------------------------------------- Job Objects


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the figures are those of 64 bits")
def test_structures_are_laid_out_as_those_of_windows() -> None:
    """The sizes and offsets of winnt.h for 64 bits."""
    assert [ctypes.sizeof(s) for s in (windows.BasicLimits, windows.Limits)] == [64, 144]
    basic = {name: getattr(windows.BasicLimits, name).offset for name, *_ in windows.BasicLimits._fields_}
    assert basic == {
        "process_time": 0,
        "job_time": 8,
        "flags": 16,
        "least_working_set": 24,
        "most_working_set": 32,
        "processes": 40,
        "affinity": 48,
        "priority": 56,
        "scheduling": 60,
    }
    limits = {name: getattr(windows.Limits, name).offset for name, *_ in windows.Limits._fields_}
    assert limits == {
        "basic": 0,
        "io": 64,
        "process_memory": 112,
        "memory": 120,
        "peak_of_process": 128,
        "peak": 136,
    }
    assert (windows.ProcessList.told.offset, windows.ProcessList.pids.offset) == (4, 8)


@linux_only
@pytest.mark.asyncio(loop_scope="session")
async def test_a_run_has_a_job_before_it_has_its_orders_and_ends_with_it(tmp_path: Path) -> None:
    async with runner("win32", tmp_path, memory=1 << 30) as started:
        await ending(started, "1 + 1")
        await until(lambda: "CloseHandle 2" in (tmp_path / "calls").read_text())
    calls = (tmp_path / "calls").read_text().splitlines()
    # KILL_ON_JOB_CLOSE and DIE_ON_UNHANDLED_EXCEPTION; then with ACTIVE_PROCESS; then with JOB_MEMORY, from the 1 GB
    # on that this kernel32 says it has had at most
    processes = max(64, 4 * (os.cpu_count() or 1))
    assert calls[:3] == [
        "CreateJobObjectW 1",
        "SetInformationJobObject 1 0x2400 0 0",
        "AssignProcessToJobObject 1 self",
    ]
    of_run = [call for call in calls if call.split()[1] == "2"]
    limited = f"SetInformationJobObject 2 0x2608 {processes} {2 << 30}"
    assert of_run[:3] == [
        "CreateJobObjectW 2",
        f"SetInformationJobObject 2 0x2408 {processes} 0",
        "AssignProcessToJobObject 2 child",
    ]
    assert set(of_run[3:]) - {"CloseHandle 2"} == {limited, "TerminateJobObject 2 1"}
    assert of_run.index("TerminateJobObject 2 1") > of_run.index(limited)


@pytest.mark.parametrize(("code", "number"), [(0xC0000005, -11), (0xC0000409, -6), (3, 3), (0, 0)])
def test_an_exception_that_ends_a_process_has_the_name_of_a_signal(code: int, number: int) -> None:
    assert windows.exit_code(code) == number


# ------------------------------------------------------------------------------------------------------ doctor


def test_doctor_says_what_is_held_where_it_was_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    for system, words in (("darwin", "psutil watches"), ("win32", "Job Object")):
        (note,) = of_platform(system)
        assert note.state == "note"
        assert "has not been tried on this system" in note.text.en
        assert "没有在这个系统上试过" in note.text.zh
        assert words in note.text.en
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    _, lacking = of_platform("darwin")
    assert (lacking.state, lacking.subject.en) == ("bad", "psutil")
    assert lacking.advice is not None
    assert lacking.advice.en.endswith("-m pip install psutil")


def test_doctor_has_nothing_to_say_of_linux() -> None:
    assert list(of_platform("linux")) == []
