"""The app: settings, themes, the desk, and a way out that loses nothing, whatever ends it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.filter import Monochrome
from textual.geometry import Size
from textual.screen import Screen

from tutor.catalogue.model import Lang, Text
from tutor.render.clean import clean
from tutor.state import user_folder
from tutor.tui.keyboard import Keyboard
from tutor.tui.keys import BY_ID, REPEATS, keys_of
from tutor.tui.runs import Where
from tutor.tui.screens.desk import Desk
from tutor.tui.session import Session
from tutor.tui.shelf import Shelf
from tutor.tui.signals import listen, take_back
from tutor.tui.store import Store
from tutor.tui.themes import BY_NAME, LOOKS, Look
from tutor.worker.permissions import USUAL

LOOK = 0.25  # seconds between two looks at whether the reader rests
SETTLED = 0.05  # seconds after a change of size until the frame of it is there


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for."""

    sheet: str
    shipped: bool = True
    trusted: bool = False
    """It may run, whatever is in it."""
    entry: str = ""
    """To open first; empty for where the reader left off."""
    files: tuple[str, ...] = ()
    """Files of the reader's own to open."""
    lang: Lang | None = None
    locale: Lang = "en"
    """The language of the surroundings."""
    device: str = "cpu"
    python: str = ""
    timeout: float | None = None
    seed: int = 0
    fresh: bool = False
    ascii: bool = False
    allow: tuple[str, ...] = USUAL
    """What snippets may do."""
    memory: int = 0
    """Bytes that each may use; 0 is half of the machine."""


class TutorApp(App[int]):
    """torch-tutor in a terminal."""

    CSS_PATH = "tutor.tcss"
    TITLE = "torch-tutor"
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "interrupt", show=False, system=True)]

    def __init__(self, wishes: Wishes, store: Store | None = None) -> None:
        super().__init__()
        self.wishes = wishes
        self.store = store if store is not None else Store(user_folder())
        self.keyboard = Keyboard(self, self._send, self._repeats)
        self.fault: Exception | None = None
        """A failure of our own that ended the app."""
        self._settled = False
        """Whether the first frame is over."""
        self.alone = False
        """Whether the process is its own, with the signals it gets."""
        self._pressed = 0.0
        """When the latest key came, or what the mouse did."""
        self.ending = False
        """Asked to end from outside, perhaps before there was anything to show."""
        self._suit_terminal()
        for look in LOOKS:
            self.register_theme(look.theme)
        self._begin_in(BY_NAME.get(self.store.text("theme"), LOOKS[0]))
        self.session = self._session()
        self.desk = Desk(self.session, where_of(wishes))

    def _suit_terminal(self) -> None:
        """No colours where none are wanted, and the right ones where there are few."""
        if self.no_color:
            from tutor.tui.colours import Colourless

            self._filters = [f for f in self._filters if not isinstance(f, Monochrome)] + [Colourless()]
        elif self.console.color_system == "256":
            from tutor.tui.colours import Indexed

            self._filters.append(Indexed())

    def _begin_in(self, look: Look) -> None:
        """The theme of the first frame. Nothing is styled yet; a theme that is watched has all of it styled twice."""
        self.set_reactive(App.theme, look.name)
        self.set_reactive(App.ansi_theme_dark if look.theme.dark else App.ansi_theme_light, look.ansi)
        self.set_class(True, f"-theme-{look.name}", update=False)
        self.set_class(look.theme.dark, "-dark-mode", update=False)
        self.set_class(not look.theme.dark, "-light-mode", update=False)
        self._refresh_truecolor_filter(look.ansi)
        self.stylesheet.set_variables(self.get_css_variables())

    def _session(self) -> Session:
        wishes, store = self.wishes, self.store
        shelf = Shelf(wishes.sheet)
        session = Session(shelf, store, wishes.shipped, wishes.fresh, wishes.trusted)
        kept = store.text("lang")
        session.lang = wishes.lang or ("zh" if kept == "zh" else "en" if kept == "en" else wishes.locale)
        session.ascii = wishes.ascii or store.get("ascii") is True
        first = ""
        for path in wishes.files:
            first = shelf.open(path).id
        session.current = session.begin(first or wishes.entry)
        return session

    def get_default_screen(self) -> Screen[int]:
        """The desk."""
        if self.wishes.entry or self.wishes.files:
            self.desk.tab = "page"
        return self.desk

    def watch_theme(self, name: str) -> None:
        """The sixteen colours belong to the theme."""
        look = BY_NAME.get(name)
        if look is not None:
            if look.theme.dark:
                self.ansi_theme_dark = look.ansi
            else:
                self.ansi_theme_light = look.ansi
            self.desk.use_ground(light=not look.theme.dark)

    def on_load(self) -> None:
        """Before the screen is taken."""
        if self.alone:
            listen(self._asked_to_end)

    def on_mount(self) -> None:
        """What must wait for the screen, but not for the first frame."""
        self.desk.set_class(self.session.ascii, "ascii")
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        self.call_after_refresh(self._settle)

    def on_resize(self, event: events.Resize) -> None:
        """Draw all of it again: a window that has the size it had may have been another one in between, too short for a
        frame, and have lost what stood in it."""
        if self._settled:
            self.set_timer(SETTLED, self._look_again)

    def _look_again(self) -> None:
        """The size that was told may have been read a moment too early."""
        size = Size(*shutil.get_terminal_size()) if self.alone else self.size
        if size == self.size:
            self.refresh()
        else:
            self.post_message(events.Resize(size, size))

    def _settle(self) -> None:
        from tutor.tui import config

        take_back(self._driver)
        self._settled = True
        if self.alone:
            from tutor.tui.rest import Rest

            rest = Rest()
            self.set_interval(LOOK, lambda: rest.use(time.monotonic() - self._pressed))

        keymap, faults = config.read()
        if keymap:
            self.desk.keymap = keymap
            self.set_keymap(keymap)
            self.desk.update_bars()
        if faults:
            self._tell_of_keys(faults)
        else:
            self._greet()

    def _tell_of_keys(self, faults: list[Text]) -> None:
        """What is wrong with the file of the reader's own keys."""
        from tutor.tui import config
        from tutor.tui.screens.dialog import Card
        from tutor.tui.words import say

        def closed(key: str | None) -> None:
            if key == "L":
                self.desk.action_command("language")
                self._tell_of_keys(faults)
            else:
                self._greet()

        lang = self.session.lang
        text = "\n".join([clean(config.path()), "", *(clean(fault.in_(lang)) for fault in faults)])
        self.push_screen(Card(lang, say("keys title", lang), text, say("keys close", lang), self.session.ascii), closed)

    def _greet(self) -> None:
        """The faults of the sheet, or where one is and the keys that matter to who is here for the first time."""
        if self.session.shelf.faults:
            from tutor.tui.commands.files import show_faults

            show_faults(self.desk)
        elif self.store.get("welcomed") is not True:
            from tutor.tui.screens.dialog import Card
            from tutor.tui.words import say

            lang = self.session.lang
            text = say("welcome", lang) + "\n\n" + say("welcome keys", lang)
            card = Card(lang, say("welcome title", lang), text, say("welcome close", lang), self.session.ascii)
            self.push_screen(card, self._welcomed)

    def _welcomed(self, key: str | None) -> None:
        self.store.keep("welcomed", True)
        if key == "L":
            self.desk.action_command("language")

    def _asked_to_end(self, number: int) -> None:
        """A request from outside is one too: nothing is lost by it."""
        self.ending = True
        self.desk.keep()
        self.exit(128 + number)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes go through the keyboard."""
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.keyboard.take(event)
        else:
            await self._send(event)

    async def _send(self, event: events.Event) -> None:
        if isinstance(event, (events.InputEvent, events.Paste)) and not event.is_forwarded:
            self._pressed = time.monotonic()
            self.desk.catch_up()
        await super().on_event(event)

    def _repeats(self, key: str) -> bool:
        return any(key in keys_of(BY_ID[id], self.desk.keymap) for id in REPEATS)

    async def on_listening(self) -> None:
        """Whom the next key is meant for is there."""
        await self.keyboard.go_on()

    async def action_quit(self) -> None:
        """Ctrl-Q anywhere."""
        self.desk.leave()

    def action_interrupt(self) -> None:
        """Ctrl-C copies what is selected; else it says how to quit."""
        if self.screen.get_selected_text():
            self.screen.action_copy_text()
        else:
            self.desk.tell("quit hint")

    async def on_unmount(self) -> None:
        """No process is left."""
        if self.desk.runs.live is not None:
            await self.desk.runs.live.close()

    def _handle_exception(self, error: Exception) -> None:
        """A failure of our own: edits are saved, the terminal is restored, and it is told in a line."""
        if self.ending:
            return
        self.fault = error
        try:
            self.desk.keep()
        finally:
            if os.environ.get("TORCH_TUTOR_DEBUG") or self.is_headless:
                super()._handle_exception(error)
            else:
                self._return_code = 70
                self._close_messages_no_wait()


def where_of(wishes: Wishes) -> Where:
    """What the runs of the app begin on."""
    return Where(wishes.python, wishes.device, wishes.seed, wishes.timeout, wishes.allow, wishes.memory)


def run(wishes: Wishes) -> int:
    """Run the app to its end; its exit code."""
    app = TutorApp(wishes)
    app.alone = True
    code = app.run()
    hand_over(app)
    if app.fault is not None:
        from tutor.render.words import word
        from tutor.tui.words import say

        error, lang = app.fault, app.session.lang
        print(f"torch-tutor: {clean(word('own fault', lang, type(error).__name__, error))}", file=sys.stderr)
        print(say("edits saved", lang) + word("report it", lang, "torch-tutor"), file=sys.stderr)
        return 70
    return code or 0


def hand_over(app: TutorApp) -> None:
    """What could not be saved goes to the terminal, which is the last place where it is not lost."""
    from tutor.render.clean import clean
    from tutor.tui.words import say

    for key, text in app.store.unsaved.items():
        try:
            print(say("handed over", app.session.lang, key.partition("/")[2]), file=sys.stderr)
            print(clean(text.rstrip("\n")), file=sys.stderr, flush=True)
        except (OSError, ValueError):
            return
