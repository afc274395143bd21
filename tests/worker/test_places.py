"""What runs leave on the disk and in shared memory is gone after them, and nothing else is."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ending, printed, until

from tutor.runner import Runner
from tutor.worker import places


def deep(top: Path, levels: int) -> None:
    """Directories in one another, further than a path may be long."""
    here = os.open(top, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d" * 100, dir_fd=here)
        below = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def test_a_directory_goes_whatever_was_done_to_it(tmp_path: Path) -> None:
    top = tmp_path / "run"
    top.mkdir()
    deep(top, 1500)
    (top / "closed" / "inner").mkdir(parents=True)
    (top / "closed" / "inner" / "file").write_text("x")
    (top / f".{os.getpid()}-1").mkdir()  # what it calls the directories that it moves up
    (top / f".{os.getpid()}-1" / "file").write_text("x")
    (top / f".{os.getpid()}-2").write_text("x")
    os.mkfifo(top / "pipe")
    os.chmod(top / "closed" / "inner", 0)
    os.chmod(top / "closed", 0)
    os.chmod(top, 0)

    places.remove(str(top))

    assert list(tmp_path.iterdir()) == []


def test_a_link_is_removed_and_what_it_points_to_is_not(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_text("kept")
    os.chmod(mine, 0o500)
    top = tmp_path / "run"
    (top / "sub").mkdir(parents=True)
    (top / "sub" / "link").symlink_to(mine)
    (top / "file").symlink_to(mine / "file")

    places.remove(str(top))

    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (mine / "file").read_text() == "kept"
    assert mine.stat().st_mode & 0o777 == 0o500


def test_a_directory_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)

    places.remove(str(tmp_path / "run"))

    assert tmp_path.stat().st_mode & 0o777 == 0o755


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for temporary files of its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_next_worker_removes_what_a_killed_one_left(folder: Path) -> None:
    gone = 2**22 + 1  # no process has such a number
    (folder / f"torch-tutor-worker-{gone}-abc" / "run-x").mkdir(parents=True)
    (folder / f"torch-tutor-worker-{gone}-closed").mkdir(mode=0)
    reused = folder / f"torch-tutor-worker-{os.getpid()}-old"  # another process has the number by now
    reused.mkdir()
    os.utime(reused, (0, 0))
    of_others = {"torch-tutor.log", "torch-tutor-notes", "torch-tutor-1-notes", "torch-tutor-worker-notes"}
    for name in of_others:
        (folder / name).mkdir()
        os.utime(folder / name, (0, 0))

    places.sweep_leftovers()

    assert {path.name for path in folder.iterdir()} == of_others


def test_a_worker_that_lives_keeps_its_directory(folder: Path) -> None:
    base = places.claim()
    os.utime(base, (0, 0))
    starting = folder / f"torch-tutor-worker-{os.getpid()}-new"  # made, and not yet locked
    starting.mkdir()

    places.sweep_leftovers()

    assert {path.name for path in folder.iterdir()} == {os.path.basename(base), starting.name}


def test_a_worker_whose_directory_was_taken_away_makes_another(folder: Path) -> None:
    base = places.claim()
    places.remove(base)

    run = places.new_directory(base)
    os.utime(base, (0, 0))
    places.sweep_leftovers()

    assert os.path.isdir(run)


@pytest.fixture
def shm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A part of shared memory in which no other worker clears up."""
    if not os.path.isdir("/dev/shm"):
        pytest.skip("no /dev/shm here")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        monkeypatch.setattr(places, "SHARED", folder)
        yield Path(folder)


def test_what_the_runs_of_a_killed_worker_left_in_shared_memory_is_freed_by_the_next(folder: Path, shm: Path) -> None:
    base = folder / f"torch-tutor-worker-{2**22 + 1}-abc"
    base.mkdir()
    (shm / "torch_older").touch(0o600)
    places.note_shared(str(base))
    (shm / "torch_left").touch(0o600)
    (shm / "of_others").touch(0o600)

    places.sweep_leftovers()

    assert not base.exists()
    assert {path.name for path in shm.iterdir()} == {"torch_older", "of_others"}


LEAVES_SHARED = """
import os, torch
torch.multiprocessing.set_sharing_strategy("file_system")
x = torch.ones(1000).share_memory_()
print(*(name for name in os.listdir("/dev/shm") if name.startswith(f"torch_{os.getpid()}_")))
torch.ones(2) @ torch.ones(3)
"""


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no /dev/shm here")
@pytest.mark.asyncio(loop_scope="session")
async def test_a_run_that_raised_and_its_replay_leave_no_shared_memory(runner: Runner) -> None:
    before = set(of_torch())
    for follow in (False, True):
        told, last = await ending(runner, LEAVES_SHARED)
        assert last.outcome == "raised"
        (left,) = printed(told).split()
        if follow:
            await ending(runner, "1 + 1")
        await until(lambda: set(of_torch()) <= before)
        assert not (Path("/dev/shm") / left).exists()


def of_torch() -> list[str]:
    """What torch has in shared memory."""
    return [name for name in os.listdir("/dev/shm") if name.startswith("torch_")]


def test_shared_memory_that_nobody_uses_is_freed(shm: Path) -> None:
    (shm / "older").touch(0o600)
    before = places.shared()
    for name in ("left", "open", "mapped"):
        (shm / name).write_bytes(b"x")
        (shm / name).chmod(0o600)
    (shm / "public").touch()
    (shm / "public").chmod(0o644)
    with open(shm / "mapped", "r+b") as file:
        mapped = mmap.mmap(file.fileno(), 1)
    with open(shm / "open"), mapped:
        places.clear_shared(before)

    assert {path.name for path in shm.iterdir()} == {"older", "open", "mapped", "public"}
