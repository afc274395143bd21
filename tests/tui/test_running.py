"""Runs: they follow the reader, never hold up a key, and say how they ended and what to do."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tutor.runner import Runner
from tutor.trace import Trace, walk
from tutor.tui.screens.desk import QUICK
from tutor.worker.wire import Job, JobEvent, Ready

from .driving import Door, Lent, Reader


def series(trace: Trace, name: str) -> list[float]:
    """The values of a series of a loop."""
    found = [s for step in walk(trace.steps) for s in step.series if s.name == name]
    return [value for _, value in found[0].points if isinstance(value, float)] if found else []


def beside(reader: Reader, code: str, value: str) -> bool:
    """Whether a value stands in the line of a piece of code."""
    return any(code in row and f" {value} " in row for row in reader.rows)


def values(reader: Reader) -> Trace:
    """The latest run of the entry that is open."""
    found = reader.app.session.outcome(reader.app.session.current)
    assert found is not None
    return found.trace


# ------------------------------------------------------------------------------------------- while one types


async def test_a_change_of_the_code_is_run_when_the_typing_pauses(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        await reader.press("j", "e")
        await reader.in_editor()
        await reader.until(lambda: beside(reader, "2  y = ", "30.0"), "what stands beside the editor")
        await reader.press("end")
        await reader.type(" * 10")
        await reader.until(lambda: beside(reader, "y = (x ** 2).sum() * 10", "300.0"), "the result of the change")
        await reader.ran()

        assert "[[20.0, 40.0]" in reader.row("4  x.grad")
        assert reader.desk.mood == "editor"


async def test_a_key_switches_running_while_one_types_off_and_on_and_that_is_kept(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("a")
        await reader.sees("not live: r or F5 runs it")
        await reader.press("e")
        await reader.in_editor()
        before = values(reader)
        await reader.type("2 + 3\n")
        await reader.until(lambda: door.edit("sums/random") is not None)  # the pause has passed: it is on disk
        await reader.settled()
        assert values(reader) is before
        await reader.sees("the results are of the code before")

        await reader.press("f5")
        await reader.ran()
        await reader.sees("5")
        assert values(reader) is not before
        assert door.settings["live"] is False

    async with door.opened("sums/item") as reader:
        await reader.until(lambda: reader.desk.runs.ready is not None)
        await reader.settled()
        await reader.sees("not run: r or F5 runs it")
        await reader.press("a")
        await reader.ran()
        assert door.settings["live"] is True


async def test_what_is_no_python_yet_keeps_the_results_and_says_where(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        await reader.press("j", "e")
        await reader.in_editor()
        await reader.press("end")
        await reader.type(" +")
        await reader.sees("SyntaxError: invalid syntax  at line 2")
        assert beside(reader, "2  y = ", "30.0")

        await reader.type(" 1")
        await reader.until(lambda: beside(reader, "2  y = ", "31.0"), "the result of what it is now")
        assert "SyntaxError" not in reader.screen


async def test_focus_stays_where_it_is_while_runs_come_and_go(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        await reader.press("j", "j", "j")
        stood = reader.desk.page.target
        await reader.press("r")
        await reader.settled()
        assert (reader.desk.mood, reader.desk.page.target) == ("page", stood)

        await reader.press("1", "r")
        await reader.settled()
        assert (reader.desk.mood, reader.desk.page.target) == ("contents", stood)


async def test_keys_right_after_an_entry_was_opened_are_about_it(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        reader.desk.open_entry("autograd/shapes")
        assert reader.desk.awaited  # its page comes with its result, for the eye is no faster
        await reader.type("e")
        await reader.in_editor()
        assert reader.desk.editing is not None
        assert reader.desk.editing.editor.text == reader.app.session.code("autograd/shapes")


async def test_an_entry_that_has_no_result_soon_is_shown_without(door: Door) -> None:
    async with door.opened("autograd/backward") as reader:
        await reader.ran()
        reader.app.session.edit("autograd/shapes", "import time\ntime.sleep(10**6)")
        reader.desk.open_entry("autograd/shapes")
        assert reader.desk.awaited
        await reader.sees("time.sleep(10**6)", "running")
        await reader.until(lambda: reader.desk.runs.seconds() > QUICK, "a run that is seen to be under way")
        await reader.press("escape")
        await reader.ran()


# ------------------------------------------------------------------------------------------------ how runs end


async def test_a_training_loop_streams_its_loss_while_keys_are_taken(door: Door) -> None:
    async with door.opened("autograd/training", timeout=120.0) as reader:
        await reader.sees("loss", "running", "Esc stops")
        await reader.until(lambda: len(series(values(reader), "loss")) >= 2, "a series")
        one = series(values(reader), "loss"), reader.foot
        await reader.until(lambda: series(values(reader), "loss") != one[0], "more of it")
        await reader.until(lambda: reader.foot != one[1], "another status")

        await reader.press("n")  # no key waits for a run
        await reader.at("autograd/shapes")
        left = reader.app.session.outcome("autograd/training")
        await reader.press("p")
        await reader.at("autograd/training")
        await reader.until(lambda: reader.app.session.outcome("autograd/training") is not left, "a run of its own")
        await reader.until(lambda: len(series(values(reader), "loss")) >= 2, "its series")
        await reader.until(lambda: reader.desk.runs.seconds() > QUICK, "a run that is seen to be under way")
        await reader.press("escape")
        trace = await reader.ran()
        assert trace.finished is not None
        assert trace.finished.outcome == "cancelled"
        losses = series(values(reader), "loss")
        assert losses[0] > losses[-1]


async def test_esc_cancels_and_says_so(door: Door) -> None:
    async with door.opened("autograd/training", timeout=120.0) as reader:
        await reader.until(lambda: reader.desk.runs.seconds() > QUICK, "a run that is seen to be under way")
        await reader.press("escape")
        await reader.ran()
        await reader.sees("cancelled", "r or F5 runs it again")
        assert reader.desk.mood == "page"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("autograd/endless", ["timed out", "still running after 0.5 s", "--timeout"]),
        ("autograd/dies", ["died", "the process ended itself with status 3", "the next run starts afresh: r"]),
        ("autograd/shapes", ["raised RuntimeError", "at line 3", "puts in the fix"]),
    ],
)
async def test_how_a_run_ended_and_what_to_do(door: Door, entry: str, told: list[str]) -> None:
    async with door.opened(entry, size=(160, 40)) as reader:
        await reader.ran()
        await reader.sees(*told)
        assert all(text in reader.screen for text in told)

        reader.desk.open_entry("sums/rows")
        trace = await reader.ran()
        assert trace.ok


class Starting(Lent):
    """A worker that is there when it may be."""

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self.may = asyncio.Event()

    async def start(self) -> Ready:
        await self.may.wait()
        return await self._runner.start()

    async def run(self, job: Job) -> AsyncIterator[JobEvent]:
        await self.may.wait()
        async for event in self._runner.run(job):
            yield event


async def test_esc_leaves_the_editor_while_the_worker_is_starting_and_the_run_comes(
    tmp_path: Path, runner: Runner
) -> None:
    starting = Starting(runner)
    async with Door(tmp_path, starting).opened("sums/item") as reader:
        await reader.press("e")
        await reader.in_editor()
        await reader.until(lambda: reader.desk.runs.longest > QUICK, "an order that waits")
        assert reader.desk.runs.ready is None
        await reader.press("escape")
        assert reader.desk.mood == "page"
        starting.may.set()
        assert (await reader.ran()).ok


async def test_what_is_told_goes_with_the_next_command(door: Door) -> None:
    async with door.opened("sums/rows") as reader:
        await reader.ran()
        await reader.press("t")
        await reader.sees("this entry has no 0.3.0 form")
        await reader.press("e")
        await reader.in_editor()
        await reader.no_longer_sees("this entry has no 0.3.0 form")


async def test_going_elsewhere_leaves_a_run_behind(door: Door) -> None:
    async with door.opened("autograd/training") as reader:
        await reader.sees("running")
        await reader.press("n")
        await reader.ran("autograd/shapes")
        assert "RuntimeError" in reader.foot


async def test_an_entry_that_cannot_run_here_says_what_it_needs(door: Door) -> None:
    async with door.opened("autograd/cuda-only") as reader:
        await reader.sees("not run: needs cuda")
        await reader.press("r")
        await reader.settled()
        assert "not run: needs cuda" in reader.foot


# --------------------------------------------------------------------------------------------- seeds and devices


async def test_another_seed_makes_other_numbers_and_the_same_seed_the_same(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        first = reader.row("torch.rand(2, 3)")
        await reader.press("r")
        await reader.settled()
        assert reader.row("torch.rand(2, 3)") == first
        await reader.press("s")
        await reader.sees("seed 1")
        await reader.until(lambda: reader.row("torch.rand(2, 3)") != first)
        await reader.settled()
        assert "seed 1" in reader.rows[0]


async def test_the_menu_of_devices_says_what_is_not_here_and_why(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("d")
        await reader.sees("Where it runs", "cpu", "● in use", "meta  shapes only, nothing is computed")
        assert "mps  not here: Apple hardware only" in reader.screen
        assert "another Python…" in reader.screen
        if "+cpu" in reader.rows[0]:
            assert "cuda  not here: this torch is a build for the CPU" in reader.screen

        await reader.press("down", "enter")
        await reader.no_longer_sees("Where it runs")
        await reader.ran()
        await reader.until(lambda: " meta " in reader.rows[0])
        assert "2x3 f32" in reader.row("torch.rand(2, 3)")
        assert not any(char.isdigit() for char in reader.row("torch.rand(2, 3)").split("│")[2].replace("2x3", ""))


async def test_a_device_that_is_not_here_cannot_be_chosen(door: Door) -> None:
    async with door.opened("sums/random") as reader:
        await reader.ran()
        await reader.press("d")
        await reader.sees("mps  not here")
        await reader.choose("mps")
        await reader.press("enter")
        await reader.sees("Where it runs")
        await reader.press("escape")
        await reader.no_longer_sees("Where it runs")
        assert reader.desk.runs.where.device == "cpu"


async def test_another_python_without_torch_says_so_and_the_way_back_works(cold: Door, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True, timeout=60)
    bare = str(tmp_path / "bare" / "bin" / "python")
    async with cold.opened("sums/random", size=(200, 50)) as reader:
        await reader.ran()
        await reader.press("d", "G", "enter")
        await reader.sees("Path of a Python")
        await reader.type(bare)
        await reader.press("enter")
        await reader.sees("has no torch")
        assert "r tries again; d chooses another Python" in reader.foot

        await reader.press("d")
        await reader.sees("this Python")
        await reader.choose("this Python")
        await reader.press("enter")
        await reader.until(lambda: reader.desk.runs.ready is not None)
        trace = await reader.ran()
        assert trace.ok
        assert "has no torch" not in reader.screen


# -------------------------------------------------------------------------------------------------- the worker


async def test_the_first_start_says_that_it_waits_and_a_worker_that_is_killed_is_replaced(cold: Door) -> None:
    async with cold.opened("sums/random") as reader:
        await reader.sees("torch.rand(2, 3)", "starting Python")
        await reader.press("n", "p")  # no key waits for it
        await reader.at("sums/random")
        await reader.ran()
        assert reader.desk.runs.ready is not None
        first = reader.desk.runs.ready.pid
        os.kill(first, signal.SIGKILL)
        await reader.until(lambda: not os.path.exists(f"/proc/{first}"))
        await reader.press("r")
        await reader.until(lambda: reader.desk.runs.ready is not None and reader.desk.runs.ready.pid != first)
        await reader.settled()
        assert values(reader).ok
        await reader.sees("finished")


async def test_nothing_is_left_when_the_app_ends_in_the_middle_of_a_run(cold: Door) -> None:
    async with cold.opened("autograd/training") as reader:
        await reader.sees("running", "loss")
        assert reader.desk.runs.ready is not None
        worker = reader.desk.runs.ready.pid
        await reader.press("q")
        await reader.until(lambda: reader.app._exit)
    assert reader.app.return_value == 0
    assert not os.path.exists(f"/proc/{worker}")
