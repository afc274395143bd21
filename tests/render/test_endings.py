"""Every ending is told with its figures and with what to do, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tutor.catalogue.model import LANGS, Lang
from tutor.render.endings import ending_lines
from tutor.trace import Step, Trace
from tutor.worker import limits
from tutor.worker.wire import Error, Finished

GB = 2**30
ENDINGS = {
    "time": (
        Finished("j", "timed_out", line=3, why="time", limit=10.0),
        "timed out: still running after 10 s at line 3",
        "--timeout 20",
    ),
    "forks": (
        Finished("j", "timed_out", line=3, why="forks", limit=10.0),
        "timed out: still running after 10 s, in processes that it forked at line 3",
        'get_context("spawn")',
    ),
    "asked": (Finished("j", "cancelled", why="asked"), "cancelled: stopped on request", ""),
    "output": (
        Finished("j", "flooded", why="output", limit=4 * 2**20, used=4.5 * 2**20),
        "stopped: too much output: printed 4.5 MB, and 4 MB is the limit; the beginning and the end are kept",
        "Print less",
    ),
    "events": (
        Finished("j", "flooded", line=1, why="events", limit=128 * 2**20, used=130 * 2**20),
        "stopped: too much output: had 130 MB of values to report, and 128 MB is the limit at line 1",
        "fewer values",
    ),
    "broken": (
        Finished("j", "died", line=2, why="broken"),
        "died: the code broke the functions that report on it at line 2",
        "It replaced",
    ),
    "memory": (
        Finished("j", "out_of_memory", line=7, why="memory", limit=2 * GB, used=2.5 * GB),
        "stopped: out of memory: used 2.5 GB of memory, and 2 GB is the limit at line 7",
        "--memory 4096M",
    ),
    "machine": (
        Finished("j", "out_of_memory", why="machine", limit=GB / 4, used=GB),
        "stopped: out of memory: used 1 GB of memory, and left the machine less than 256 MB",
        "other programs",
    ),
    "processes": (
        Finished("j", "overran", why="processes", limit=64, used=71),
        "stopped: a limit was passed: had 71 processes, and 64 is the limit",
        "num_workers",
    ),
    "disk": (
        Finished("j", "overran", why="disk", limit=GB / 4, used=3 * GB),
        "stopped: a limit was passed: wrote 3 GB, and left less than 256 MB of the disk free",
        "TMPDIR",
    ),
    "signal": (
        Finished("j", "died", line=2, why="signal", signal="SIGSEGV"),
        "died: the process was ended by SIGSEGV at line 2",
        "ctypes",
    ),
    "exit": (
        Finished("j", "died", line=2, why="exit", exit=3),
        "died: the process ended itself with status 3 at line 2",
        "os._exit()",
    ),
    "descriptors": (
        Finished("j", "died", line=2, why="descriptors"),
        "died: the snippet closed the descriptors through which its results are reported at line 2",
        "Close only",
    ),
    "worker": (
        Finished("j", "died", why="worker"),
        "died: the worker process ended; the next run starts a new one",
        "",
    ),
    "unstarted": (
        Finished("j", "died", reason="no process could be started: no more", why="unstarted"),
        "died: no process could be started for it: the system has no room for one more",
        "ulimit -u",
    ),
    "silence": (
        Finished("j", "died", why="silence"),
        "died: the worker did not answer any more and was ended; the next run starts a new one",
        "",
    ),
    "start": (
        Finished("j", "died", why="start", reason="its interpreter could not start: no \x1b[31mtorch"),
        "died: its interpreter could not start: no ",
        "",
    ),
}


@pytest.mark.parametrize("why", ENDINGS)
def test_an_ending_says_which_limit_how_much_where_and_what_to_do(why: str) -> None:
    finished, said, todo = ENDINGS[why]

    first, *rest = ending_lines(Trace(finished=finished), "en")

    assert first.startswith(said)
    assert todo in " ".join(rest)
    assert bool(rest) == bool(todo)
    assert not re.search(r"[\x00-\x1f{}]", first + "".join(rest))


@pytest.mark.parametrize("why", ENDINGS)
def test_an_ending_in_chinese_has_the_same_figures(why: str) -> None:
    finished, _, _ = ENDINGS[why]
    english, chinese = (ending_lines(Trace(finished=finished), lang) for lang in LANGS)

    assert len(english) == len(chinese)
    if why != "start":  # what an interpreter said is told as it said it
        assert all(re.search(r"[\u4e00-\u9fff]", line) for line in chinese)
        assert not re.search(r"[a-z]{4,} [a-z]+ [a-z]", "".join(chinese))
        assert figures(english[0]) <= figures(chinese[0])


def figures(line: str) -> set[str]:
    """The numbers of a line."""
    return set(re.findall(r"\d+(?:\.\d+)?", line))


def test_every_limit_of_the_worker_has_its_words() -> None:
    assert set(limits.REASONS) <= set(ENDINGS)


def test_an_ending_without_a_kind_is_told_as_the_worker_worded_it() -> None:
    finished = Finished("j", "died", reason="ended by \x1b[2Ja plague", line=1)

    (said,) = ending_lines(Trace(finished=finished), "en")

    assert said.startswith("died: ended by ")
    assert said.endswith("a plague at line 1")
    assert "\x1b" not in said


@pytest.mark.parametrize("lang", LANGS)
def test_a_run_that_ended_as_it_should_needs_no_words(lang: Lang) -> None:
    assert ending_lines(Trace(), lang) == []
    assert ending_lines(Trace(finished=Finished("j", "finished")), lang) == []
    assert ending_lines(raised("ValueError", "no"), lang) == []


def raised(kind: str, message: str, *kept: str) -> Trace:
    """A run that raised."""
    step = Step(0, "statement", 1, 1, state="raised", error=Error(kind, message))
    return Trace((step,), finished=Finished("j", "raised", line=1), kept_from=kept)


USUALLY = ("files", "terminals", "memory", "signals", "network")
STRICTLY = (*USUALLY, "reads", "processes")


@pytest.mark.parametrize(
    ("kind", "message", "kept", "way"),
    [
        ("PermissionError", "[Errno 13] Permission denied: '/home/x'", USUALLY, "--allow write"),
        ("PermissionError", "[Errno 13] Permission denied: '/home/x'", STRICTLY, "--allow read"),
        ("PermissionError", "[Errno 13] Permission denied: '/home/x'", (), ""),
        ("RuntimeError", "open file failed with strerror: Permission denied", USUALLY, "--allow write"),
        ("PermissionError", "[Errno 13] Permission denied", USUALLY, "--allow network"),
        ("URLError", "<urlopen error [Errno -3] Temporary failure in name resolution>", USUALLY, "--allow network"),
        (
            "DistNetworkError",
            "The server socket has failed to bind: permission denied",
            USUALLY,
            "--allow network",
        ),
        ("URLError", "<urlopen error [Errno 111] Connection refused>", ("files",), ""),
        ("PermissionError", "[Errno 1] Operation not permitted", USUALLY, "--allow signals"),
        ("PermissionError", "[Errno 1] Operation not permitted: 'true'", STRICTLY, "--allow subprocess"),
        ("MemoryError", "", (), "--memory SIZE"),
        ("RuntimeError", "DefaultCPUAllocator: can't allocate memory: you tried to allocate 80 bytes.", (), "--memory"),
        ("OSError", "[Errno 27] File too large", (), "1 GB"),
    ],
)
def test_what_a_limit_refused_says_how_to_allow_it(kind: str, message: str, kept: tuple[str, ...], way: str) -> None:
    trace = raised(kind, message, *kept)
    english, chinese = (" ".join(ending_lines(trace, lang)) for lang in LANGS)

    assert way in english
    assert bool(english) == bool(chinese) == bool(way)
    assert way.removesuffix(" SIZE") in chinese


def test_a_run_that_goes_on_says_nothing_yet() -> None:
    assert ending_lines(replace(raised("MemoryError", ""), finished=None), "en") == []
