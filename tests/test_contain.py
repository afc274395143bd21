"""What the kernel keeps a run from, and what works all the same. Skipped where this kernel cannot do it."""

from __future__ import annotations

import os
import signal
import struct
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ending, events, printed

from tutor import launch
from tutor.runner import Runner
from tutor.worker import contain
from tutor.worker.permissions import PERMISSIONS, USUAL
from tutor.worker.wire import Started, StepEnded

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.usefixtures("clean"),
    pytest.mark.skipif(
        sys.platform != "linux" or contain.version() < 6 or os.uname().machine not in contain.MACHINES,
        reason="this kernel keeps runs from less",
    ),
]
STRICT = ()
LOOPBACK = "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)"


async def error(runner: Runner, code: str, *allow: str) -> str:
    """The class of what a snippet raises; empty for nothing."""
    told = await events(runner, code, allow=allow)
    return next((event.error.type for event in told if isinstance(event, StepEnded) and event.error), "")


@pytest.fixture
def mine() -> Iterator[Path]:
    """A directory of the user."""
    with tempfile.TemporaryDirectory(prefix="user-") as folder:
        (Path(folder) / "file").write_text("mine")
        yield Path(folder)


async def test_a_run_says_what_it_is_kept_from(runner: Runner) -> None:
    async def kept(*allow: str) -> tuple[str, ...]:
        (started,) = [event for event in await events(runner, "1", allow=allow) if isinstance(event, Started)]
        return started.kept_from

    assert await kept(*USUAL) == ("files", "terminals", "memory", "signals", "network")
    assert await kept(*STRICT) == ("files", "terminals", "memory", "reads", "signals", "network", "processes")
    assert await kept(*USUAL, "write", "network") == ("terminals", "memory", "signals")
    assert await kept(*PERMISSIONS) == ()


async def test_files_of_the_user_are_read_and_not_written(runner: Runner, mine: Path) -> None:
    for attempt in (
        f"open({str(mine / 'new')!r}, 'w')",
        f"open({str(mine / 'file')!r}, 'a')",
        f"import os; os.unlink({str(mine / 'file')!r})",
        f"import os; os.truncate({str(mine / 'file')!r}, 0)",
        f"import os; os.rename({str(mine / 'file')!r}, 'taken')",
        f"import os; os.link({str(mine / 'file')!r}, 'linked')",
        f"import shutil; shutil.rmtree({str(mine)!r})",
        f"import os; os.chroot({str(mine)!r})",
    ):
        assert await error(runner, attempt, *USUAL) in ("PermissionError", "OSError"), attempt
    assert [path.name for path in mine.iterdir()] == ["file"]
    assert (mine / "file").read_text() == "mine"
    assert await error(runner, f"assert open({str(mine / 'file')!r}).read() == 'mine'", *USUAL) == ""
    assert await error(runner, f"open({str(mine / 'new')!r}, 'w').close()", *USUAL, "write") == ""
    assert (mine / "new").exists()


async def test_strictly_only_python_and_torch_are_read(runner: Runner, mine: Path) -> None:
    assert await error(runner, f"open({str(mine / 'file')!r})", *STRICT) == "PermissionError"
    assert await error(runner, "import os; os.listdir(os.path.expanduser('~'))", *STRICT) == "PermissionError"
    code = """
        import torch, json, ssl, sqlite3, decimal, unittest.mock
        from torch import nn
        model = nn.Linear(2, 2)
        optimizer = torch.optim.AdamW(model.parameters())
        model(torch.ones(3, 2)).sum().backward()
        optimizer.step()
        torch.save(model.state_dict(), "model.pth")
        sorted(torch.load("model.pth"))
    """
    assert await error(runner, code, *STRICT) == ""


async def test_no_network(runner: Runner) -> None:
    assert await error(runner, LOOPBACK, *USUAL) == "PermissionError"
    assert await error(runner, LOOPBACK, *USUAL, "network") == "ConnectionRefusedError"
    sockets = "import socket\nsocket.socket(socket.AF_UNIX).close()\nsocket.socketpair()"
    assert await error(runner, sockets, *USUAL) == ""
    assert await error(runner, sockets, *STRICT) == "PermissionError"


async def test_strictly_no_processes(runner: Runner) -> None:
    for attempt in ("import subprocess\nsubprocess.run(['true'])", "import os\nos.fork()"):
        assert await error(runner, attempt, *STRICT) == "PermissionError"
    threads = "import threading\nt = threading.Thread(target=print, args=('on',))\nt.start()\nt.join()"
    told, last = await ending(runner, threads)
    assert (printed(told), last.outcome) == ("on\n", "finished")
    assert printed(await events(runner, threads, allow=STRICT)) == "on\n"


async def test_no_signals_to_others_and_no_look_into_them(runner: Runner) -> None:
    for attempt in (
        f"os.kill({os.getpid()}, 0)",
        "os.kill(os.getppid(), 0)",
        "os.killpg(os.getpgid(os.getppid()), 0)",
        "os.kill(-1, 0)",
        "open(f'/proc/{os.getppid()}/mem', 'rb')",
        "open(f'/proc/{os.getppid()}/environ', 'rb').read()",
        "os.pidfd_open(os.getppid())",
    ):
        assert await error(runner, f"import os\n{attempt}", *USUAL) == "PermissionError", attempt
    assert await error(runner, f"import os\nos.kill(os.getpid(), {int(signal.SIGCONT)})", *USUAL) == ""
    assert await error(runner, f"import os\nos.kill({os.getpid()}, 0)", *USUAL, "signals") == ""


async def test_no_terminals(runner: Runner) -> None:
    leader, follower = os.openpty()
    try:
        code = f"open({os.ttyname(follower)!r}, 'w')"
        assert await error(runner, code, *USUAL) == "PermissionError"
        assert await error(runner, code, *USUAL, "write") == "PermissionError"
        assert await error(runner, "open('/dev/tty')", *USUAL) == "PermissionError"
    finally:
        os.close(leader)
        os.close(follower)


async def test_a_typed_character_is_refused(runner: Runner) -> None:
    code = "import fcntl, os\nr, w = os.pipe()\nfcntl.ioctl(r, {}, b'x')"

    assert await error(runner, code.format("0x5412"), *USUAL) == "PermissionError"
    assert await error(runner, code.format("0x5413"), *USUAL) == "OSError"  # another request: the pipe's own answer


async def test_what_torch_does_with_processes_and_files_works(runner: Runner) -> None:
    code = """
        import torch, torch.multiprocessing as mp
        from torch.utils.data import DataLoader, TensorDataset
        def fill(x):
            x += 1
        data = TensorDataset(torch.arange(8.0))
        sum(batch.sum() for batch, in DataLoader(data, batch_size=2, num_workers=2))
        x = torch.zeros(3).share_memory_()
        p = mp.get_context("fork").Process(target=fill, args=(x,))
        p.start()
        p.join()
        x.tolist()
        with mp.get_context("fork").Pool(2) as pool:
            print(pool.map(abs, [-1, -2]))
        torch.save(x, "x.pth")
        torch.load("x.pth").tolist()
    """

    told, last = await ending(runner, code)

    assert last.outcome == "finished"
    values = [str(event.value) for event in told if isinstance(event, StepEnded) and event.value is not None]
    assert "28.0" in values[0]
    assert values[1] == values[2] != ""
    assert printed(told) == "[1, 2]\n"


async def test_a_fresh_interpreter_is_kept_from_the_same() -> None:
    async with Runner(launch.here(), mode="spawn") as spawning:
        told = await events(spawning, "import torch\n(torch.ones(3) + 1).sum()\nopen('here', 'w').close()")
        assert isinstance(told[0], Started)
        assert told[0].kept_from == ("files", "terminals", "memory", "signals", "network")
        assert getattr(told[-1], "outcome", "") == "finished"
        assert await error(spawning, LOOPBACK, *USUAL) == "PermissionError"
        assert await error(spawning, "import os; os.listdir(os.path.expanduser('~'))", *STRICT) == "PermissionError"


@pytest.mark.parametrize("machine", sorted(contain.MACHINES))
@pytest.mark.parametrize("allow", [STRICT, USUAL, (*USUAL, "network", "signals")], ids=["strict", "usual", "more"])
async def test_a_filter_jumps_only_forward_and_within(machine: str, allow: tuple[str, ...]) -> None:
    program = contain.assembled(contain.MACHINES[machine], allow, 1234)

    instructions = list(struct.iter_unpack("=HBBI", program))
    assert len(program) % 8 == 0
    assert len(instructions) < 4096
    for at, (code, then, otherwise, _) in enumerate(instructions):
        assert at + 1 + max(then, otherwise) < len(instructions) or code == contain.RETURN
    assert instructions[-1] == (contain.RETURN, 0, 0, contain.PASS)
