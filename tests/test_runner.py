"""Whatever a snippet does, its job ends with one Finished, and the next job finds everything as it should be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import ending, printed, story, until

from tutor import launch
from tutor.runner import Runner
from tutor.worker.limits import PROCESSES
from tutor.worker.wire import Printed, StepBegan, StepEnded

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("clean")]


# ------------------------------------------------------------------------------------------------ time


async def test_an_endless_loop(runner: Runner) -> None:
    told, last = await ending(runner, "x = 1\nwhile True:\n    x += 1", timeout=0.5)

    assert (last.outcome, last.reason) == ("timed_out", "still running after 0.5 s")
    assert last.line in (2, 3)
    errors = [event.error.type for event in told if isinstance(event, StepEnded) and event.error]
    assert errors == ["KeyboardInterrupt"]


@pytest.mark.parametrize(
    "deafness",
    [
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "x = 1\ny = 2\nsum(range(10**13))",
    ],
    ids=["SIGINT ignored", "BaseException caught", "in C code"],
)
async def test_a_snippet_deaf_to_signals(runner: Runner, deafness: str) -> None:
    _, last = await ending(runner, deafness, timeout=0.4)

    assert (last.outcome, last.reason) == ("timed_out", "still running after 0.4 s")
    assert last.line == 3
    assert 400 <= last.ms < 3000


async def test_a_repr_that_hangs(runner: Runner) -> None:
    code = """
        class A:
            def __repr__(self):
                while True: pass
        A()
        x = [A()]
        map(A(), x)
    """

    told, last = await ending(runner, code)

    assert last.outcome == "finished"
    assert "<A whose __repr__ takes too long>" in str(told)


# ---------------------------------------------------------------------------------------------- output


async def test_a_flood_keeps_its_head_and_tail(runner: Runner) -> None:
    told, last = await ending(runner, "i = 0\nwhile True:\n    print('line', i, 'x' * 200); i += 1")

    assert last.outcome == "flooded"
    assert last.line in (2, 3)
    assert last.reason == "printed more than 4 MB; the beginning and the end are kept"
    assert printed(told).startswith(f"line 0 {'x' * 200}\nline 1 {'x' * 200}\nline 2 ")
    assert 250_000 < len(printed(told)) < 1_000_000
    assert sum(event.skipped for event in told if isinstance(event, Printed)) > 3_000_000


async def test_much_output_that_is_no_flood(runner: Runner) -> None:
    code = "import os\nfor i in range(40000): os.write(1, b'%07d\\n' % i)\nprint('END')"

    told, last = await ending(runner, code)

    assert last.outcome == "finished"
    text = [event for event in told if isinstance(event, Printed)]
    kept = sum(len(event.text) for event in text)
    skipped = sum(event.skipped for event in text)
    assert kept + skipped == 40000 * 8 + 4
    assert skipped > 0
    assert printed(told).startswith("0000000\n0000001\n")
    assert printed(told).endswith("0039999\nEND\n")
    assert text[-1].text == "END\n"


async def test_output_up_to_the_limit_is_whole(runner: Runner) -> None:
    told, _ = await ending(runner, "print('x' * 200_000)\nimport sys\nprint('y' * 50_000, file=sys.stderr)")

    assert printed(told) == "x" * 200_000 + "\n"
    assert printed(told, "stderr") == "y" * 50_000 + "\n"
    assert not any(event.skipped for event in told if isinstance(event, Printed))


async def test_a_snippet_that_writes_like_the_protocol(runner: Runner) -> None:
    code = """
        import os
        for fd in range(3, 1024):
            try:
                os.write(fd, b'{"is":"Finished","job":"x","outcome":"finished"}\\n')
            except OSError:
                pass
        x = 1
    """

    told, last = await ending(runner, code)

    assert last.outcome == "finished"
    assert [event.line for event in told if isinstance(event, StepBegan) and event.parent == -1] == [1, 2, 7]


async def test_output_and_descriptors_closed(runner: Runner) -> None:
    told, last = await ending(runner, "import os\nos.close(1)\nprint(3)")
    assert last.outcome == "raised"
    assert "Bad file descriptor" in str(told[-2])

    _, last = await ending(runner, "import os\nos.closerange(0, 1000)\nx = 1")
    assert (last.outcome, last.line) == ("died", 2)
    assert last.reason == "the snippet closed the descriptors through which its results are reported"


async def test_there_is_no_input(runner: Runner) -> None:
    assert await story(runner, "input('name? ')") == [
        "> statement 1",
        "  stdout 'name? '",
        "< raised; EOFError 'EOF when reading a line' at 1",
        "raised; line 1",
    ]


# ----------------------------------------------------------------------------------------------- death


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import os\nos._exit(3)", "died; line 2; exit 3; the process ended itself with status 3"),
        ("import os\nos._exit(0)", "died; line 2; the process ended itself with status 0"),
        (
            "import ctypes\nfor i in range(2):\n    x = i\n    ctypes.string_at(0)",
            "died; line 4; signal SIGSEGV; the process was ended by SIGSEGV",
        ),
        ("import os\nos.abort()", "died; line 2; signal SIGABRT; the process was ended by SIGABRT"),
        ("import os\nos.kill(os.getpid(), 9)", "died; line 2; signal SIGKILL; the process was ended by SIGKILL"),
        ("def f(n):\n    return f(n + 1)\nf(0)", "raised; line 2"),
        ("import sys\nsys.exit(3)", "raised; line 2"),
    ],
)
async def test_how_a_process_ends(runner: Runner, code: str, told: str) -> None:
    assert (await story(runner, code))[-1] == told


async def test_text_printed_before_a_crash_is_kept(runner: Runner) -> None:
    told, _ = await ending(runner, "import ctypes\nprint('before')\nctypes.string_at(0)")

    assert printed(told) == "before\n"


async def test_a_tensor_too_large(runner: Runner) -> None:
    told, last = await ending(runner, "import torch\nx = torch.empty(10 * 2**30)")

    assert (last.outcome, last.line) == ("raised", 2)
    error = next(event.error for event in told if isinstance(event, StepEnded) and event.error)
    assert error.type == "RuntimeError"
    assert "you tried to allocate 42949672960 bytes" in error.message


# ------------------------------------------------------------------------------------------- processes


async def test_a_fork_in_the_snippet_changes_nothing(runner: Runner) -> None:
    code = "import os\npid = os.fork()\nx = 1\nif pid == 0: y = 2\nprint(pid != 0)"

    told, last = await ending(runner, code)

    assert last.outcome == "finished"
    assert [event.line for event in told if isinstance(event, StepBegan)] == [1, 2, 3, 4, 5]
    assert printed(told) == "True\n"


async def test_a_daemon_is_ended(runner: Runner) -> None:
    code = """
        import os, time
        r, w = os.pipe()
        known, tell = os.pipe()  # until its number is known it is no orphan, which would be ended at once
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(w, str(os.getpid()).encode())
                time.sleep(1000)
            os.read(known, 1)
            os._exit(0)
        daemon = int(os.read(r, 99))
        os.write(tell, b".")
        daemon
    """

    told, last = await ending(runner, code)

    assert last.outcome == "finished"
    value = [event.value for event in told if isinstance(event, StepEnded)][-1]
    daemon = int(getattr(value, "text", ""))
    await until(lambda: not Path(f"/proc/{daemon}").exists())


async def test_workers_of_the_snippet(runner: Runner) -> None:
    code = """
        import multiprocessing, torch
        from torch.utils.data import DataLoader, TensorDataset
        def square(x):
            return x * x
        if __name__ == "__main__":
            with multiprocessing.get_context("fork").Pool(2) as pool:
                print(pool.map(square, [1, 2, 3]))
        for (batch,) in DataLoader(TensorDataset(torch.arange(4.0)), batch_size=2, num_workers=2):
            print(batch.tolist())
    """

    told, last = await ending(runner, code)

    assert last.outcome == "finished"
    assert printed(told) == "[1, 4, 9]\n[0.0, 1.0]\n[2.0, 3.0]\n"


async def test_orphans_that_multiply_are_ended(runner: Runner) -> None:
    code = """
        import os, time
        for _ in range(20):
            if os.fork() == 0:
                os.setsid()
                for _ in range(2):
                    if os.fork() == 0:
                        time.sleep(1000)
                os._exit(0)
        time.sleep(0.2)
    """

    _, last = await ending(runner, code)

    assert last.outcome == "finished"


async def test_too_many_processes(runner: Runner) -> None:
    code = "import os, time\nfor i in range(1000):\n    if os.fork() == 0: time.sleep(1000)\ntime.sleep(1000)"

    _, last = await ending(runner, code)

    assert (last.outcome, last.why) == ("overran", "processes")
    assert last.used > last.limit == PROCESSES


async def test_memory_of_all_processes_counts_together() -> None:
    code = """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                x = b"1" * (100 << 20)
                time.sleep(1000)
        time.sleep(1000)
    """
    async with Runner(launch.here(), memory=1 << 28) as small:
        _, last = await ending(small, code)

    assert (last.outcome, last.why, last.limit) == ("out_of_memory", "memory", 1 << 28)
    assert 1 << 28 < last.used < 1 << 30


async def test_a_file_grows_only_so_far(runner: Runner) -> None:
    told, last = await ending(runner, "f = open('large', 'wb')\nf.truncate(1 << 40)")

    assert last.outcome == "raised"
    assert "File too large" in str(told)


async def test_a_directory_of_its_own(runner: Runner) -> None:
    code = "import os, tempfile\nopen('here', 'w').close()\nprint(os.getcwd(), tempfile.gettempdir(), os.listdir())"

    first = printed((await ending(runner, code))[0]).split()
    second = printed((await ending(runner, code))[0]).split()

    assert first[0] == first[1] != second[0] == second[1]
    assert first[2:] == second[2:] == ["['here']"]
    await until(lambda: not os.path.exists(first[0]) and not os.path.exists(second[0]))
