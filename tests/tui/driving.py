"""A reader at the keyboard: the app in a terminal of some size, with real keys and clicks, and what is on the screen.

Nothing here waits for a fixed time: a reader waits until something is to be seen, and says what was there if not.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual._compositor import CompositorUpdate
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.screen import Screen

from tutor.runner import Runner
from tutor.trace import Trace
from tutor.tui.app import TutorApp, Wishes
from tutor.tui.scene import Form
from tutor.tui.screens.desk import Desk

from .replay import Replay
from .terminal import Terminal

SHEET = str(Path(__file__).parent / "lessons.yaml")
LIMIT = 15.0  # seconds until something must have come about
SIZES = ((60, 20), (80, 24), (120, 40), (200, 50))


class Lent:
    """A warm worker that outlives the app."""

    def __init__(self, runner: Runner | Replay | Lent) -> None:
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runner, name)

    async def close(self) -> None:
        """It is wanted again."""


@dataclass(frozen=True)
class Reader:
    """Somebody in front of the app."""

    app: TutorApp
    pilot: Pilot[int]
    terminal: Terminal

    @property
    def desk(self) -> Desk:
        """The screen that stays."""
        return self.app.desk

    # ---------------------------------------------------------------------------------------------- the hands

    async def press(self, *keys: str) -> None:
        """Keys, by Textual's names or as characters."""
        for key in keys:
            self._send(_key(key))
            await self.pause()

    async def type(self, text: str) -> None:
        """A text, letter by letter."""
        for char in text:
            self._send(_key("enter" if char == "\n" else char))
        await self.pause()

    async def paste(self, text: str) -> None:
        """A text at once, as terminals send it."""
        self._send(events.Paste(text))
        await self.pause()

    async def click(self, text: str, times: int = 1) -> None:
        """The mouse on a text that is on the screen."""
        x, y = self.terminal.find(text)
        assert x >= 0, f"{text!r} is not there\n{self.screen}"
        await self.click_at(x, y, times)

    async def click_at(self, x: int, y: int, times: int = 1) -> None:
        """The mouse on a cell. What is clicked there is the app's to find out."""
        for _ in range(times):
            for kind in (events.MouseDown, events.MouseUp):
                self._send(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await self.pause()

    async def drag(self, start: tuple[int, int], stop: tuple[int, int]) -> None:
        """The mouse from one cell to another one, held."""
        for kind, (x, y) in ((events.MouseDown, start), (events.MouseMove, stop), (events.MouseUp, stop)):
            self._send(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
            await self.pause()

    def _send(self, event: events.Event) -> None:
        driver = self.app._driver
        assert driver is not None, "the app has ended"
        event.set_sender(self.app)
        driver.send_message(event)

    async def resize(self, width: int, height: int) -> None:
        """Another size of the window."""
        await self.pilot.resize_terminal(width, height)
        await self.until(lambda: (self.terminal.width, self.terminal.height) == (width, height))

    async def pause(self) -> None:
        """Until everything that was posted is handled, and drawn. Messages go from widget to widget; a binding is
        looked up when a key has come back from all of them."""
        quiet = 0
        for _ in range(100):  # there is always something to do while a run streams
            await self.pilot.pause(0)
            nodes = [self.app, *self.app.screen.walk_children(with_self=True)] if self.app.screen_stack else []
            over = self.app.keyboard.idle and all(node._message_queue.empty() for node in nodes)
            quiet = quiet + 1 if over else 0
            if quiet == 2:
                return

    # ------------------------------------------------------------------------------------------------ the eyes

    @property
    def rows(self) -> list[str]:
        """The screen, line by line, without blanks at the ends."""
        return [row.rstrip() for row in self.terminal.rows]

    @property
    def screen(self) -> str:
        """The screen."""
        return "\n".join(self.rows)

    def row(self, text: str) -> str:
        """The first line in which a text stands."""
        found = next((row for row in self.rows if text in row), None)
        assert found is not None, f"{text!r} is not there\n{self.screen}"
        return found

    async def choose(self, text: str) -> None:
        """Go down a list that is open until the cursor stands on a text. Fails where it is not there."""
        await self.press("g")
        for _ in range(40):
            if any("▌" in row and text in row.partition("▌")[2] for row in self.rows):
                return
            await self.press("j")
        raise AssertionError(f"{text!r} is not to be chosen\n{self.screen}")

    @property
    def foot(self) -> str:
        """The status line."""
        return self.rows[-2] if self.rows else ""

    async def until(self, holds: Callable[[], bool], what: str = "it") -> None:
        """Wait for something. Fails if it does not come about."""
        limit = time.monotonic() + LIMIT
        while not holds():
            if self.app._exception is not None:
                raise self.app._exception
            assert time.monotonic() < limit, f"{what} did not come about\n{self.screen}"
            await asyncio.sleep(0.004)

    async def in_editor(self) -> None:
        """Wait until keys go into the editor."""
        await self.until(lambda: self.desk.mood == "editor", "the editor")

    async def at(self, entry: str) -> None:
        """Wait until an entry is the current one, and on the screen."""
        await self.until(lambda: self.app.session.current == entry and not self.desk.awaited, entry)
        await self.pause()

    async def sees(self, *texts: str) -> None:
        """Wait until texts are on the screen."""
        await self.until(lambda: all(text in self.screen for text in texts), repr(texts))

    async def no_longer_sees(self, *texts: str) -> None:
        """Wait until none of some texts is on the screen."""
        await self.until(lambda: not any(text in self.screen for text in texts), f"the end of {texts!r}")

    async def ran(self, entry: str = "", form: Form = "now") -> Trace:
        """Wait until an entry, or the current one, has been run as it is now and that is on the screen."""
        session = self.app.session
        id = entry or session.current

        def over() -> bool:
            found = session.outcome(id, form)
            return found is not None and found.trace.finished is not None and found.code == session.code(id, form)

        await self.until(over, f"the run of {id}")
        await self.settled()
        found = session.outcome(id, form)
        assert found is not None
        return found.trace

    async def settled(self) -> None:
        """Wait until nothing runs, also no second look at a run, nothing is posted, and all is drawn."""
        await self.until(lambda: not self.desk.runs.busy, "an end of all runs")
        looks = [worker for worker in self.app.workers if worker.group.startswith(("closer", "compare"))]
        await self.until(lambda: all(worker.is_finished for worker in looks), "an end of the second looks")
        for _ in range(3):
            await self.pause()


def _key(key: str) -> events.Key:
    if len(key) == 1:
        return events.Key(key if key.isalnum() else _character_to_key(key), key)
    return events.Key(key, " " if key == "space" else None)


@dataclass(frozen=True)
class Door:
    """Opens the app for a reader with a state of their own."""

    home: Path
    runner: Runner | Replay | Lent | None

    @property
    def state(self) -> Path:
        """The folder of the state."""
        return self.home / "state"

    @property
    def settings(self) -> dict[str, object]:
        """What is kept, as it is on disk."""
        told: dict[str, object] = json.loads((self.state / "settings.json").read_text(encoding="utf-8"))
        return told

    def keep(self, **settings: object) -> None:
        """Put settings on disk, as an app before this one did."""
        self.state.mkdir(exist_ok=True)
        (self.state / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    def edit(self, id: str) -> str | None:
        """The edit of an entry as it is on disk."""
        for path in self.state.glob(f"edits/*/{id.replace('/', '~')}.py"):
            return path.read_text(encoding="utf-8")
        return None

    @asynccontextmanager
    async def opened(
        self, entry: str = "", size: tuple[int, int] = (120, 40), sheet: str = SHEET, **wishes: Any
    ) -> AsyncIterator[Reader]:
        """The app, with the worker that is warm."""
        if not self.state.exists():
            self.keep(welcomed=True)
        told = replace(Wishes(sheet, shipped=False, trusted=True, entry=entry), **wishes)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TORCH_TUTOR_STATE", str(self.state))
            patch.setenv("TORCH_TUTOR_CONFIG", str(self.home / "config.yaml"))
            if self.runner is not None:
                lent = Lent(self.runner)
                patch.setattr("tutor.tui.live.Runner", lambda *_, **__: lent)
            app = TutorApp(told)
            terminal = _watched(app)
            async with app.run_test(size=size) as pilot:
                yield Reader(app, pilot, terminal)


def _watched(app: TutorApp) -> Terminal:
    """A terminal that gets what a real one would. It has the size that an update was laid out for: Textual lays out a
    window's new size a moment after it knows it, and may draw in between.
    """
    terminal = Terminal()
    display = app._display

    def shown(screen: Screen[Any], update: Any) -> None:
        if isinstance(update, CompositorUpdate):
            terminal.resize(*screen._compositor.size)
            terminal.write(update.render_segments(app.console))
        display(screen, update)

    app._display = shown  # type: ignore[method-assign, assignment]
    return terminal


def colourful(patch: pytest.MonkeyPatch) -> None:
    """The surroundings of a terminal with all colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "VISUAL", "EDITOR", "TORCH_TUTOR_DEBUG"):
        patch.delenv(name, raising=False)
    patch.setenv("TERM", "xterm-256color")
    patch.setenv("COLORTERM", "truecolor")
    os.environ.pop("TEXTUAL_COLOR_SYSTEM", None)
