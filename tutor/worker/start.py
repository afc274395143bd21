"""Starting a child: forked from this process, which has torch imported, or as a fresh interpreter.

Fork costs milliseconds and is used where it is safe: Linux, one thread, no accelerator in use. A fresh interpreter is
sent the same sources and goes the same way from `child.serve_one` on.
"""

from __future__ import annotations

import binascii
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Sequence, Tuple

from .limits import PROCESSES
from .places import new_directory, remove
from .process import Child
from .system import RUN, WINDOWS

BOOT = 'import sys;exec(eval(open(0,"rb",0,closefd=False).readline()))'
"""The one line an interpreter is started with; `LOADER` is the line it reads."""

# First the directory the user happens to be in goes: its `random.py` is none of ours. `child.settle` puts it back.
LOADER = """
import sys
if sys.path[:1] == [""]: del sys.path[0]
import importlib.abc, importlib.util, json, linecache, os
class Sent(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, sources): self.sources = sources
    def find_spec(self, name, path=None, target=None):
        if name in self.sources:
            return importlib.util.spec_from_loader(name, self, is_package=name == "tutor_worker")
    def create_module(self, spec): return None
    def exec_module(self, module):
        file, source = "<torch-tutor %s>" % module.__name__, self.sources[module.__name__]
        linecache.cache[file] = (len(source), None, source.splitlines(True), file)
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)
def start():
    stdin = open(0, "rb", 0, closefd=False)
    left, parts = int(stdin.readline()), []
    while left:
        part = stdin.read(left)
        if not part: raise SystemExit("torch-tutor went away")
        parts.append(part)
        left -= len(part)
    sent = json.loads(b"".join(parts).decode("utf-8"))
    sys.meta_path.insert(0, Sent(sent["sources"]))
    from tutor_worker import start
    start.run(sent)
start()
"""


def place(device: str) -> str:
    """The device whose children take the jobs of this one."""
    return "cpu" if device in ("cpu", "meta") else device


def pack(sources: Dict[str, str], options: Dict[str, Any]) -> bytes:
    """What goes down the pipe of a new interpreter before anything else."""
    body = json.dumps(dict(options, sources=sources)).encode("utf-8")
    return repr(LOADER).encode("ascii") + b"\n" + str(len(body)).encode("ascii") + b"\n" + body


def run(sent: Dict[str, Any]) -> None:
    """The first thing a new interpreter does with what it was sent: become the worker, or a child of one."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # else numpy starts a thread, and forks are no longer safe
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")  # else two runs on the same processors wait for each other for ever
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")  # asks for GPUs without initialising CUDA
    os.environ["PYTHONWARNINGS"] = ""
    if sent["role"] == "child":
        from . import spawned

        spawned.main(sent)
    else:
        from . import serve

        serve.main(sent)


def new_nonce() -> str:
    """The start of a mark: it cannot occur in text by accident."""
    return "\0tt" + binascii.hexlify(os.urandom(12)).decode("ascii")


@contextmanager
def surroundings(base: str) -> Iterator[Tuple[str, List[Tuple[int, int]]]]:
    """A directory and four pipes (job, events, standard output, standard error) for a process that is started within.
    Where it cannot be (OSError), they go again."""
    directory, pipes = new_directory(base), []  # type: Tuple[str, List[Tuple[int, int]]]
    try:
        pipes += [os.pipe() for _ in range(4)]
        yield directory, pipes
    except OSError:
        for pair in pipes:
            for fd in pair:
                os.close(fd)
        remove(directory)
        raise


def forked(base: str, memory: int, selector: Any, allow: Tuple[str, ...]) -> Child:
    """A child by fork. In the child this never returns."""
    nonce, parent = new_nonce(), os.getpid()
    with surroundings(base) as (directory, pipes):
        pid = os.fork()
    (job_r, job_w), (event_r, event_w), (out_r, out_w), (err_r, err_w) = pipes
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.setpgid(0, 0)
            os.dup2(out_w, 1)
            os.dup2(err_w, 2)
            from .child import Place, serve_one

            serve_one(job_r, event_w, nonce, Place(directory, memory, allow), parent)
        finally:
            os._exit(1)
    try:
        os.setpgid(pid, pid)
    except OSError:  # it was quicker
        pass
    for fd in (job_r, event_w, out_w, err_w):
        os.close(fd)
    child = Child(pid, (job_w, event_r, out_r, err_r), nonce, directory, selector)
    child.device, child.allow = "cpu", allow
    return child


def interpreter(argv: Sequence[str], ends: Tuple[int, int, int], event_w: int, directory: str) -> Tuple[Any, Any, int]:
    """Start one: its process, the job that holds it on Windows, and where it finds the pipe for its events."""
    if WINDOWS:
        from .windows import caged

        return caged(argv, ends, event_w, PROCESSES)
    popen = subprocess.Popen(
        argv,
        stdin=ends[0],
        stdout=ends[1],
        stderr=ends[2],
        env=dict(os.environ, **{RUN: directory}),
        pass_fds=(event_w,),
        start_new_session=True,
        close_fds=True,
    )
    return popen, None, event_w


def spawned(
    base: str, memory: int, selector: Any, sources: Dict[str, str], device: str, allow: Tuple[str, ...]
) -> Child:
    """A child by a fresh interpreter, which imports torch (and wakes the device) before it takes its job."""
    nonce, argv = new_nonce(), (sys.executable, "-u", "-c", BOOT)
    with surroundings(base) as (directory, pipes):
        (job_r, job_w), (event_r, event_w), (out_r, out_w), (err_r, err_w) = pipes
        popen, cage, events = interpreter(argv, (job_r, out_w, err_w), event_w, directory)
    options = {
        "role": "child",
        "nonce": nonce,
        "directory": directory,
        "memory": memory,
        "events": events,
        "device": device,
        "allow": allow,
    }
    for fd in (job_r, event_w, out_w, err_w):
        os.close(fd)
    child = Child(popen.pid, (job_w, event_r, out_r, err_r), nonce, directory, selector, popen, cage)
    child.device, child.allow = device, allow
    child.inbox.send(pack(sources, options))
    return child
