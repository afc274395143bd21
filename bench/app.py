"""How soon the app answers, on a terminal of its own: its start, entries, typing, a large sheet.

Each is from a key, or from the start of the process, to the text on the screen that answers it. Starts are beside those
of a Textual app with nothing but a `Static`, in turn with them.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable
from statistics import median

from measure import percentile, quick, rotated, spread, table
from screen import Terminal, app, settled

MINIMAL = """\
from textual.app import App
from textual.widgets import Static


class Minimal(App):
    def compose(self):
        yield Static("Hello keys")


Minimal().run()
"""
TYPED = "the quick brown fox jumps over the lazy dog "
GAPS = (0.02, 0.07, 0.13, 0.29, 0.34, 0.41)
"""Seconds between keys: within a run, just before one starts, just after."""
IDLE = "x = 1\n# "
TRAINING = """\
w = torch.zeros(3, requires_grad=True)
for step in range(10**9):
    loss = (w - 1).pow(2).sum()
    loss.backward()
# """
SCRIPT = "".join(f"def f{n}(x, y={n}):\n    return (x @ y).relu() + {n}  # its own\n\n\n" for n in range(500)) + "# "
SECTIONS, EACH = 100, 100
WORDS = ("gradient", "tensor", "optimizer")
ENTRY = """\
      - id: entry-{n}
        title: {{en: "{title}", zh: "条目{n}"}}
        text:
          en: A tensor keeps its gradient for the optimizer, number {n}; what is added to it stays until it is cleared.
          zh: 张量为优化器保留梯度，第{n}条；累加的内容一直保留，直到清零。
        code: |
          x = torch.arange({n}.0 % 7 + 2)
          y = x * 2
          y.sum()
        claims:
          - y.sum() == 2 * x.sum()
"""


SETTLED = 4.0  # seconds after which a worker that nobody asks for anything has imported all it ever will


class Place:
    """The user directories of a reader who has been here before."""

    def __init__(self) -> None:
        self.state = settled()
        self.large = os.path.join(self.state, "large.yaml")
        with open(self.large, "w", encoding="utf-8") as file:
            file.writelines(large_sheet())
        self.minimal = os.path.join(self.state, "minimal.py")
        with open(self.minimal, "w", encoding="utf-8") as file:
            file.write(MINIMAL)

    def terminal(self, *args: str) -> Terminal:
        """The app, started."""
        return Terminal(app(self.state, *args), state=self.state)

    def running(self, *args: str) -> Terminal:
        """The app, with the result of its first entry on the screen."""
        terminal = self.terminal(*args)
        if not terminal.until(b"claims hold"):
            raise SystemExit("the app showed no result")
        terminal.quiet()
        return terminal

    def clear(self) -> None:
        """Nothing is left."""
        shutil.rmtree(self.state, ignore_errors=True)


def large_sheet() -> Iterable[str]:
    """A sheet of 10,000 entries. For every beginning of each of the WORDS there is one entry that it names best."""
    best = [word[:n] for word in WORDS for n in range(1, len(word) + 1)]
    yield "format: 1\ntitle: {en: Large, zh: 大表}\nsections:\n"
    for s in range(SECTIONS):
        yield f"  - id: section-{s}\n    title: {{en: Section {s}, zh: 第{s}节}}\n"
        yield "    setup: import torch\n    entries:\n"
        for n in range(s * EACH, (s + 1) * EACH):
            yield ENTRY.format(n=n, title=f"Answer {best[n]} here" if n < len(best) else f"Lesson {n} on tensors")


# ----------------------------------------------------------------------------------------------------- measuring


def started(terminal: Terminal) -> float:
    """Milliseconds from the start of a process to its first whole screen."""
    with terminal:
        shown = terminal.until(b"keys")
        if not shown:
            raise SystemExit("nothing was shown")
        return (shown - terminal.begun) * 1000


def starts(place: Place, runs: int) -> None:
    kinds: dict[str, Callable[[], Terminal]] = {
        "minimal Textual app": lambda: Terminal([sys.executable, place.minimal], state=place.state),
        "torch-tutor": lambda: place.terminal(),
        "torch-tutor autograd/backward": lambda: place.terminal("autograd/backward"),
        "torch-tutor, 10,000 entries": lambda: place.terminal("--trust", "--sheet", place.large),
    }
    told: dict[str, list[float]] = {name: [] for name in kinds}

    def one(name: str) -> None:
        told[name].append(started(kinds[name]()))

    for name in kinds:  # compiled modules and the index of the sheet are there from now on
        one(name)
    cold = {name: told[name].pop() for name in kinds}
    for turn in range(runs):
        for do in rotated([lambda name=name: one(name) for name in kinds], turn):  # type: ignore[misc]
            do()
    base = median(told["minimal Textual app"])
    rows = [(name, spread(times), f"{median(times) / base:.2f}", f"{cold[name]:.0f}") for name, times in told.items()]
    print(f"start to the first whole screen, {runs} of each in turn; ms, p50 [10 % .. 90 %]")
    table(("", "ms", "ratio", "first start"), rows)


def row(name: str, times: list[float], missed: int = 0) -> tuple[str, ...]:
    told = [f"{percentile(times, p):.0f}" for p in (50, 95, 100)] if times else ["", "", ""]
    return (name, str(len(times)), *told, str(missed or ""))


HEAD = ("", "keys", "p50", "p95", "max", "unanswered")


def opening(place: Place, runs: int, settled: float) -> tuple[str, ...]:
    """To the next entry, with its live result and its claims; so many seconds after the first result. A worker that has
    had no pause yet imports what the first optimizer needs when it is asked for it."""
    times, missed = [], 0
    with place.running("tensors") as terminal:
        time.sleep(settled)
        for _ in range(runs):
            pressed = terminal.send(b"n")
            shown = terminal.until(b"claims hold", 3.0)
            if shown:
                times.append((shown - pressed) * 1000)
            missed += not shown
            terminal.quiet(0.2)
    name = "next entry to its live result" + ("" if settled else ", at once after the start")
    return row(name, times, missed)


def typing(place: Place, name: str, code: str, runs: int) -> tuple[str, ...]:
    """Each key to its echo in the editor."""
    times, missed = [], 0
    with place.running("autograd") as terminal:
        terminal.send(b"e")
        terminal.quiet()
        terminal.send(b"\x1b[200~" + code.replace("\n", "\r").encode() + b"\x1b[201~")
        terminal.until(b"running" if code is TRAINING else b"finished")
        typed = "# "
        for n in range(runs):
            char = TYPED[n % len(TYPED)]
            typed = (typed + char)[-30:]
            pressed = terminal.send(char.encode())
            shown = terminal.until(typed.rstrip().encode(), 3.0)
            if shown and char != " ":
                times.append((shown - pressed) * 1000)
            missed += not shown
            time.sleep(GAPS[n % len(GAPS)])
        terminal.send(b"\x1b")
        terminal.send(b"\x1b")
        terminal.quiet()
        terminal.send(b"u")
        terminal.quiet()
    return row(name, times, missed)


def searching(place: Place) -> tuple[str, ...]:
    """Each key to the entries that have it, in the large sheet."""
    times, missed = [], 0
    with place.running("--trust", "--sheet", place.large) as terminal:
        for word in WORDS:
            terminal.send(b"/")
            terminal.quiet()
            for n, char in enumerate(word, 1):
                pressed = terminal.send(char.encode())
                shown = terminal.until(f"Answer {word[:n]} here".encode(), 5.0)
                if shown:
                    times.append((shown - pressed) * 1000)
                missed += not shown
                terminal.quiet(0.15)
            terminal.send(b"\x1b")
            terminal.quiet()
    return row("search 10,000 entries, a key", times, missed)


def main() -> None:
    fast = quick(__doc__ or "")
    place = Place()
    try:
        starts(place, 3 if fast else 9)
        print("from a key to its answer on the screen; ms")
        rows = [
            opening(place, 15 if fast else 60, SETTLED),
            opening(place, 15 if fast else 60, 0.0),
            typing(place, "typing, nothing runs", IDLE, 20 if fast else 80),
            typing(place, "typing, a training loop runs", TRAINING, 20 if fast else 80),
            typing(place, "typing, in a script of 2,000 lines", SCRIPT, 20 if fast else 80),
            searching(place),
        ]
        table(HEAD, rows)
    finally:
        place.clear()


if __name__ == "__main__":
    main()
