"""Keys in the order in which they were pressed, each to whom it is meant for.

Textual hands a key to what has the focus and looks it up when it has come back up to the app; what it does may be told
in further messages. Until all of that is over, the next key waits here; so it does while the screen that it will go to
cannot take it yet. Knows keys and the tree of widgets, no screen.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from textual.events import Event, Key
from textual.message_pump import MessagePump

TYPE_CHECKING = False
if TYPE_CHECKING:
    from textual.app import App

PATIENCE = 2.0  # seconds until the next key no longer waits for the one before


class Keyboard:
    """What comes from the keyboard, and has not reached anybody."""

    def __init__(self, app: App[int], send: Callable[[Event], Awaitable[None]], repeats: Callable[[str], bool]) -> None:
        self._app, self._send, self._repeats = app, send, repeats
        self._waiting: deque[Event] = deque()
        self._under_way = 0
        """How many keys have been sent and are not over."""
        self._kind = ""
        """Of what kind these are, if others of the kind may be sent behind them; else empty."""
        self._sent = 0.0
        """When the latest of them was."""

    @property
    def idle(self) -> bool:
        """Whether every key has had its effect."""
        return not self._waiting and not self._under_way

    async def take(self, event: Event) -> None:
        """A key, or a text that is pasted."""
        self._waiting.append(event)
        await self.go_on()

    async def go_on(self) -> None:
        """Those whose turn has come."""
        app = self._app
        while self._waiting and app.screen_stack and getattr(app.screen, "listening", True):
            kind = self._kind_of(self._waiting[0])
            if self._under_way and not (kind and kind == self._kind) and time.monotonic() - self._sent < PATIENCE:
                return
            event = self._waiting.popleft()
            self._under_way, self._kind, self._sent = self._under_way + 1, kind, time.monotonic()
            way = list((app.focused or app.screen).ancestors_with_self)
            await self._send(event)
            await self._follow([*way, *way])  # once behind the key, and once behind what was posted because of it

    def _kind_of(self, event: Event) -> str:
        """What is typed into a text is one kind, and so is a key that is held down, if it only moves on."""
        if not isinstance(event, Key):
            return ""
        if self._app.focused is not None and self._app.focused.check_consume_key(event.key, event.character):
            return "text"
        return event.key if self._repeats(event.key) else ""

    async def _follow(self, way: Sequence[MessagePump]) -> None:
        """Go the way that the key goes, at the end of each queue. Who is about to end takes nothing more."""
        for n, pump in enumerate(way):
            if pump.call_later(self._follow, way[n + 1 :]):
                return
        self._under_way -= 1
        await self.go_on()
