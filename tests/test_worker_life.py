"""A worker's beginning and end: interpreters that cannot be one, death from outside, a client gone, spawning."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import venv
from pathlib import Path
from unittest.mock import ANY

import pytest
from support import alive, children, events, lines, printed, story, until, written

from tutor import launch
from tutor import runner as runner_module
from tutor.errors import WorkerError
from tutor.runner import Runner
from tutor.worker.permissions import USUAL
from tutor.worker.wire import Finished, Job, JobEvent, Operands, Printed, Ready, decode, encode

pytestmark = pytest.mark.asyncio(loop_scope="session")

ENDED = "died; the worker process ended; the next run starts a new one"
OLD = os.environ.get("TORCH_TUTOR_OLD_PYTHON", "")


def directories(pid: int) -> list[Path]:
    """What a worker keeps on disk."""
    return list(Path(tempfile.gettempdir()).glob(f"torch-tutor-worker-{pid}-*"))


def below(pid: int) -> list[int]:
    """A process and everything it started."""
    return [pid, *(other for child in children(pid) for other in below(child))]


# ----------------------------------------------------------------------------------------------- no start


async def refusal(target: launch.Target) -> str:
    """What a runner says of a target that cannot be a worker."""
    with pytest.raises(WorkerError) as caught:
        await Runner(target).start()
    return str(caught.value)


async def test_a_command_that_does_not_exist() -> None:
    assert await refusal(launch.command(["/nowhere/python"])) == (
        "cannot start /nowhere/python: No such file or directory"
    )


async def test_programs_that_are_no_python() -> None:
    assert await refusal(launch.command(["/bin/false"])) == (
        "/bin/false did not start as a Python interpreter with torch"
    )
    assert await refusal(launch.command(["/bin/sh", "-c", "echo one >&2; echo two >&2; exit 1"])) == (
        "/bin/sh -c echo one >&2; echo two >&2; exit 1 did not start as a Python interpreter with torch;"
        " it said: one | two"
    )
    told = await refusal(launch.command(["/bin/cat"]))
    assert told.startswith("/bin/cat did not start as a Python interpreter with torch; it said: /bin/cat: ")


async def test_an_interpreter_without_torch(tmp_path: Path) -> None:
    venv.create(tmp_path, with_pip=False, symlinks=True)
    python = str(tmp_path / "bin" / "python")
    version = "{}.{}.{}".format(*sys.version_info)

    modes: tuple[launch.Mode, ...] = ("auto", "spawn")
    for mode in modes:
        with pytest.raises(WorkerError) as caught:
            await Runner(launch.interpreter(str(tmp_path)), mode=mode).start()

        assert str(caught.value) == (
            f"{python} (Python {version}) has no torch. Install it there:\n"
            f"    {python} -m pip install torch\n"
            "or name an interpreter that has it with --python PATH"
        )


async def test_a_torch_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise OSError('libcudart.so: cannot open shared object file')")

    told = await refusal(launch.command(["env", f"PYTHONPATH={tmp_path}", sys.executable]))

    version = "{}.{}.{}".format(*sys.version_info)
    assert told == (
        f"torch cannot be used in {sys.executable} (Python {version}):"
        " OSError: libcudart.so: cannot open shared object file"
    )


async def test_a_first_child_that_dies_says_why(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import os\nos._exit(3)")

    with pytest.raises(WorkerError) as caught:
        await Runner(launch.command(["env", f"PYTHONPATH={tmp_path}", sys.executable]), mode="spawn").start()

    assert str(caught.value).endswith(": RuntimeError: the process ended itself with status 3")


@pytest.mark.parametrize("mode", ["auto", "spawn"])
async def test_files_that_happen_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: launch.Mode
) -> None:
    for name in ("random", "tempfile", "torch"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('not this one')")
    monkeypatch.chdir(tmp_path)

    async with Runner(launch.here(), mode=mode) as runner:
        assert (await story(runner, "import random, torch"))[-1] == "finished"
        code = "open('mine.py', 'w').close()\nimport mine, sys\nsys.path[0]"
        assert (await story(runner, code))[-2:] == ["< done; value str ''", "finished"]


# ------------------------------------------------------------------------------------------------- ends


async def test_a_job_may_come_again_while_its_last_run_is_being_ended() -> None:
    deaf = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('on')\nwhile True: pass"
    async with Runner(launch.here()) as runner:
        stream = runner.run(Job("again", deaf, timeout=60.0))
        async for event in stream:
            if isinstance(event, Printed):
                break
        await stream.aclose()  # type: ignore[attr-defined]

        told = await story(runner, "import time\ntime.sleep(0.6)\n2", id="again")

        assert told[-2:] == ["< done; value int 2", "finished"]


async def test_cancelled_before_the_worker_is_there() -> None:
    runner = Runner(launch.here())
    task = asyncio.create_task(story(runner, "while True: pass", id="early", timeout=60.0))
    await until(lambda: runner._worker is not None)  # its process is there, and imports torch

    await runner.cancel("early")

    assert await task == ["cancelled; stopped on request"]
    await runner.close()


async def test_closed_while_it_starts() -> None:
    runner = Runner(launch.here())
    task = asyncio.create_task(runner.start())
    await until(lambda: runner._worker is not None)  # its process is there, and imports torch

    await runner.close()

    with pytest.raises(WorkerError, match=r"was closed while it started$"):
        await task


async def test_closed_while_a_job_runs() -> None:
    runner = Runner(launch.here())
    stream = runner.run(Job("long", "while True: pass", timeout=60.0))
    await anext(stream)  # it has begun

    await runner.close()

    assert written([event async for event in stream])[-1:] == [ENDED]


async def test_closed_before_a_job_has_begun_nothing_is_started_again() -> None:
    runner = Runner(launch.here())
    ready = await runner.start()
    os.kill(ready.pid, signal.SIGSTOP)
    task = asyncio.create_task(story(runner, "1 + 1", id="first"))
    await until(lambda: "first" in runner._runs and runner._runs["first"].worker is not None)  # given, and not begun

    await runner.close()

    assert await task == [ENDED]
    assert runner._worker is None
    assert not alive(ready.pid)


async def test_a_client_that_reads_slowly_stops_no_clock() -> None:
    with subprocess.Popen(launch.here().command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(launch.bootstrap())
        process.stdin.flush()
        assert isinstance(decode(process.stdout.readline()), Ready)
        process.stdin.write(encode(Job("much", "for i in range(60): print('x' * 4000)", timeout=2.0)))
        process.stdin.write(encode(Job("loop", "while True: pass", timeout=1.0)))
        process.stdin.flush()
        await asyncio.sleep(4)

        ends: dict[str, Finished] = {}
        while len(ends) < 2:
            event = decode(process.stdout.readline())
            if isinstance(event, Finished):
                ends[event.job] = event

        assert ends["much"].outcome == "finished"
        assert ends["loop"].outcome == "timed_out"
        assert ends["loop"].ms < 2000
        process.stdin.close()


async def test_a_worker_killed_in_the_middle_of_a_job_is_started_again() -> None:
    async with Runner(launch.here()) as runner:
        assert runner.ready is not None
        first = runner.ready.pid
        told: list[JobEvent] = []
        async for event in runner.run(Job("victim", "print('on')\nwhile True: pass", timeout=60.0)):
            told.append(event)
            if isinstance(event, Printed):
                family = below(first)
                os.kill(first, signal.SIGKILL)

        last = told[-1]
        assert isinstance(last, Finished)
        assert (last.outcome, last.reason) == ("died", "the worker process ended; the next run starts a new one")
        await until(lambda: not any(alive(pid) for pid in family))

        assert await story(runner, "1 + 1") == ["> statement 1", "< done; value int 2", "finished"]
        assert runner.ready.pid != first
        assert directories(first) == []
        family = below(runner.ready.pid)
    await until(lambda: not any(alive(pid) for pid in family))
    assert directories(runner.ready.pid) == []


async def test_a_worker_that_was_stopped_is_ended_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "SILENCE", 0.5)
    monkeypatch.setattr(runner_module, "AGAIN", 0.1)
    async with Runner(launch.here()) as runner:
        assert runner.ready is not None
        first = runner.ready.pid
        code = "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)\nwhile True: pass"

        told = await events(runner, code, timeout=0.5, allow=(*USUAL, "signals"))

        assert isinstance(told[-1], Finished)
        assert (told[-1].outcome, told[-1].why) == ("died", "silence")
        await until(lambda: not alive(first))
        assert await story(runner, "1 + 1") == ["> statement 1", "< done; value int 2", "finished"]


async def test_a_client_that_listens_late_keeps_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "SILENCE", 1.5)
    monkeypatch.setattr(runner_module, "AGAIN", 0.1)
    async with Runner(launch.here()) as runner:
        assert runner.ready is not None
        first = runner.ready.pid
        stream = runner.run(Job("slow", "1 + 1", timeout=0.5))
        await stream.__anext__()
        late = asyncio.get_running_loop().time() + 2.5  # when a worker that had said nothing more would be ended
        await until(lambda: asyncio.get_running_loop().time() > late)

        assert [event async for event in stream][-1] == Finished("slow", "finished", ms=ANY, peak=ANY)
        assert alive(first)


async def test_a_worker_killed_while_nothing_runs_costs_the_next_run_nothing() -> None:
    async with Runner(launch.here()) as runner:
        assert runner.ready is not None
        os.kill(runner.ready.pid, signal.SIGKILL)  # the runner has had no time to see it

        assert await story(runner, "1 + 1") == ["> statement 1", "< done; value int 2", "finished"]


async def test_a_job_that_waits_for_another_worker_can_be_cancelled() -> None:
    async with Runner(launch.here()) as runner:
        first = runner._worker
        assert first is not None
        os.kill(first.process.pid, signal.SIGKILL)  # the runner has had no time to see it
        task = asyncio.create_task(story(runner, "while True: pass", id="again", timeout=60.0))
        await until(lambda: runner._worker is not first)

        await runner.cancel("again")

        assert await task == ["cancelled; stopped on request"]


def used(pid: int) -> float:
    """Seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / os.sysconf("SC_CLK_TCK")


async def test_while_the_worker_imports_what_optimizers_want_jobs_are_served() -> None:
    async with Runner(launch.here()) as runner:
        assert await story(runner, "1 + 1") == ["> statement 1", "< done; value int 2", "finished"]
        assert runner.ready is not None
        pid, before = runner.ready.pid, used(runner.ready.pid)
        await until(lambda: used(pid) > before + 0.1)  # it has rested, and begun
        seen = "import sys\nprint('torch._dynamo' in sys.modules)"
        assert printed(await events(runner, seen)) == "False\n"
        mistake = await events(runner, "import torch\ntorch.ones(2) @ torch.ones(3)")  # it is run a second time
        assert printed(await events(runner, seen)) == "False\n"
        assert [type(event).__name__ for event in mistake if isinstance(event, Operands)] == ["Operands"]
        assert printed(await events(runner, f"import torch.optim\n{seen}")) == "True\n"
        assert runner.ready.pid == pid
        await until(lambda: len(children(pid)) == 1)


async def test_a_spare_killed_while_it_waits() -> None:
    async with Runner(launch.here()) as runner:
        assert runner.ready is not None
        await events(runner, "import torch.optim")
        await until(lambda: len(children(runner.ready.pid)) == 1)  # type: ignore[union-attr]
        os.kill(children(runner.ready.pid)[0], signal.SIGKILL)

        assert (await story(runner, "1 + 1"))[-1].split(";")[0] in ("finished", "died")
        assert await story(runner, "1 + 1") == ["> statement 1", "< done; value int 2", "finished"]


async def test_a_client_that_goes_away_leaves_no_process() -> None:
    """What happens when the app is killed: its end of the pipes closes, and no more."""
    with subprocess.Popen(launch.here().command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(launch.bootstrap())
        process.stdin.flush()
        assert isinstance(decode(process.stdout.readline()), Ready)
        code = "import os\nif os.fork() == 0:\n    os.setsid()\n    while True: pass\nprint('on')\nwhile True: pass"
        process.stdin.write(encode(Job("left", code, timeout=60.0)))
        process.stdin.flush()
        while not isinstance(decode(process.stdout.readline()), Printed):
            pass
        family = below(process.pid)
        assert len(family) >= 3

        process.stdin.close()

        assert process.wait(10) == 0
    await until(lambda: not any(alive(pid) for pid in family))
    assert directories(process.pid) == []


async def test_closing_twice_and_closing_what_never_started() -> None:
    runner = Runner(launch.here())
    await runner.close()
    await runner.cancel("nothing")
    await runner.start()
    assert runner.ready is not None
    pid = runner.ready.pid
    await runner.close()
    await runner.close()
    assert not alive(pid)


async def test_two_starts_at_once_are_one() -> None:
    async with Runner(launch.here()) as runner:
        first, second = await asyncio.gather(runner.start(), runner.start())
        assert first == second


async def test_memory_is_limited() -> None:
    async with Runner(launch.here(), memory=1 << 28) as runner:
        told = await story(runner, "x = bytearray(1 << 30)")
        assert told[-2:] == ["< raised; MemoryError '' at 1", "raised; line 1"]
        assert (await story(runner, "x = bytearray(1 << 20)\nlen(x)"))[-1] == "finished"


async def test_what_the_process_had_before_does_not_count() -> None:
    async with Runner(launch.here(), memory=1 << 28) as runner:
        await events(runner, "import torch.optim")
        code = "import time\nx = b'1' * (200 << 20)\ntime.sleep(0.2)"
        assert (await story(runner, code))[-1] == "finished"


async def test_descriptors_where_a_child_wants_its_own() -> None:
    """In a worker with many children, the pipes of the next one may have the numbers that it moves its own to."""
    code = """
        import fcntl, os
        from tutor.worker.child import EVENTS, JOBS, take_over
        (job_r, job_w), (event_r, event_w) = os.pipe(), os.pipe()
        os.write(job_w, b"job")
        os.dup2(job_r, EVENTS)
        os.dup2(event_w, JOBS)
        os.dup2(event_r, 0)
        take_over(EVENTS, JOBS)
        os.write(EVENTS, b"event")
        print(os.read(JOBS, 9), os.read(0, 9))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout == "b'job' b'event'\n"


# ---------------------------------------------------------------------------------------------- spawning


async def test_fresh_interpreters_instead_of_forks() -> None:
    async with Runner(launch.here(), mode="spawn") as runner:
        assert runner.ready is not None
        assert runner.ready.mode == "spawn"
        told = await events(
            runner, "import torch\nx = torch.ones(2)\nfor i in range(2):\n    print(i)\nx @ torch.ones(3)"
        )
        story_of_it = written(told)
        assert story_of_it[:8] == lines(r"""
            > statement 1
            < done; torch new module 'torch'
            > statement 2
            < done; x new float32 [2] (1.0, 1.0)
            > statement 3-4
              > iteration 3-4 #0 i = 0
                > statement 4
                  stdout '0\n'
        """)
        assert story_of_it[-1] == "raised; line 5"
        assert [event.call for event in told if isinstance(event, Operands)] == ["torch.Tensor.matmul"]
        assert (await story(runner, "import os\nos._exit(3)"))[-1] == (
            "died; line 2; exit 3; the process ended itself with status 3"
        )
        told = await events(runner, "while True: pass", timeout=0.5)
        # it came to its first line: the start of the interpreter, which takes longer, does not count
        assert written(told[-1:]) == ["timed_out; line 1; still running after 0.5 s"]
        assert (await story(runner, f"x = '{'x' * 300_000}'\nlen(x)"))[-1] == "finished"
        family = below(runner.ready.pid)
    await until(lambda: not any(alive(pid) for pid in family))
    assert directories(family[0]) == []


@pytest.mark.skipif(not OLD, reason="TORCH_TUTOR_OLD_PYTHON names no interpreter with an old torch")
async def test_an_old_interpreter_with_an_old_torch() -> None:
    async with Runner(launch.interpreter(OLD)) as runner:
        assert runner.ready is not None
        assert runner.ready.torch.startswith(("0.", "1."))
        told = await story(
            runner,
            "import torch\n"
            "x = torch.tensor([1.0, 2.0], requires_grad=True)\n"
            "y = (x * x).sum()\n"
            "y.backward()\n"
            "for i in range(2):\n"
            "    print(i)\n"
            "x + torch.ones(3)",
        )
        assert told[:-2] == lines(r"""
            > statement 1
            < done; torch new module 'torch'
            > statement 2
            < done; x new float32* [2] (1.0, 2.0)
            > statement 3
            < done; y new float32* [] 5.0 by SumBackward0
            > statement 4
            < done; y.grad reached 1.0; x.grad filled (2.0, 4.0)
            > statement 5-6
              > iteration 5-6 #0 i = 0
                > statement 6
                  stdout '0\n'
                < done
              < done; i new int 0
              > iteration 5-6 #1 i = 1
                > statement 6
                  stdout '1\n'
                < done
              < done; i rebound int 1
            < done; 2 iterations
            > statement 7
        """)
        assert told[-1] == "raised; line 7"
        assert told[-2].startswith(
            "< raised; RuntimeError 'The size of tensor a (2) must match the size of tensor b (3)"
        )
        assert (await story(runner, "while True: pass", timeout=0.5))[-1].startswith("timed_out; line 1")
