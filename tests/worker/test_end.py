"""What an interpreter does at its end happens here too, and what a snippet leaves behind is ended with it."""

from __future__ import annotations

import textwrap

import pytest
from support import ending, printed, story

from tutor.runner import Runner
from tutor.worker.wire import Operands

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("clean")]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import atexit\natexit.register(print, 'bye')", "bye\n"),
        ("import atexit, sys\natexit.register(print, 'bye')\natexit.register(sys.exit)\n1 / 0", "bye\n"),
        (
            """
            import threading, time
            def work():
                time.sleep(0.1)
                print('done')
            threading.Thread(target=work).start()
            """,
            "done\n",
        ),
        (
            """
            import concurrent.futures, time
            def work(n):
                time.sleep(0.02)
                print(n)
            pool = concurrent.futures.ThreadPoolExecutor(1)
            for i in range(3): pool.submit(work, i)
            """,
            "0\n1\n2\n",
        ),
        (
            """
            import multiprocessing, time
            def work():
                time.sleep(0.1)
                print('done', flush=True)
            multiprocessing.get_context('fork').Process(target=work).start()
            """,
            "done\n",
        ),
        ("import os\nwritten = os.write(1, b'\\xe4\\xb8')", "\\xe4\\xb8"),
    ],
    ids=["atexit", "atexit after an error", "thread", "pool", "process", "half a character"],
)
async def test_what_comes_after_the_last_line(runner: Runner, code: str, text: str) -> None:
    told, _ = await ending(runner, code)

    assert printed(told) == text


async def test_a_thread_that_never_ends(runner: Runner) -> None:
    code = "import threading\ndef work():\n    while True: pass\nt = threading.Thread(target=work)\nt.start()"

    _, last = await ending(runner, code, timeout=0.5)

    assert (last.outcome, last.reason) == ("timed_out", "still running after 0.5 s")


async def test_deaf_and_out_of_its_group(runner: Runner) -> None:
    code = """
        import os, signal
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if os.fork() == 0:
            while True: pass
        os.setpgid(0, os.getpgid(os.getppid()))
        while True: pass
    """

    _, last = await ending(runner, code, timeout=0.3)

    assert last.outcome == "timed_out"


async def test_garbage_without_end_on_the_event_pipe(runner: Runner) -> None:
    _, last = await ending(runner, "import os\nwhile True: os.write(200, b'x\\n' * 32768)", timeout=0.5)

    assert (last.outcome, last.line) == ("timed_out", 2)
    assert last.ms < 1500


@pytest.mark.parametrize(
    ("ends", "call"),
    [
        ("except RuntimeError:\n    pass\nraise ValueError('mine')", []),
        ("except RuntimeError:\n    raise ValueError('mine') from None", []),
        ("except RuntimeError:\n    raise ValueError('mine')", ["torch.mm"]),
        ("except RuntimeError as e:\n    raise ValueError('mine') from e", ["torch.mm"]),
        ("except RuntimeError:\n    pass\ntorch.dot(torch.ones(2), torch.ones(3))", ["torch.dot"]),
    ],
    ids=["handled", "from None", "while handling", "from it", "another call"],
)
async def test_operands_are_those_of_the_call_that_ended_it(runner: Runner, ends: str, call: list[str]) -> None:
    code = "import torch\ntry:\n    torch.mm(torch.ones(2, 2), torch.ones(3, 3))\n" + ends

    told, last = await ending(runner, code)

    assert last.outcome == "raised"
    assert [event.call for event in told if isinstance(event, Operands)] == call


async def test_a_replay_finds_the_file_too(runner: Runner) -> None:
    code = """
        import inspect, torch
        def f(x):
            return x
        if __file__ and inspect.getsource(f):
            torch.mm(torch.ones(2, 2), torch.ones(3, 3))
    """

    assert "operands of torch.mm: " in "\n".join(await story(runner, textwrap.dedent(code)))
