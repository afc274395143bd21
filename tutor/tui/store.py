"""What outlives the app: settings, the place the reader left, and edits, in the platform's user directory.

Nothing here is fatal: what cannot be read is set aside, what cannot be written stays in memory, and both are told as
`troubles`. Two apps open at once lose nothing: settings are merged key by key, and an edit that another app has
written meanwhile is kept beside the new one. Knows nothing of entries or screens: names and texts are all it holds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

from tutor.catalogue.model import Text
from tutor.errors import reason
from tutor.state import write

Plain = str | int | float | bool | list[str] | None
"""What a setting may be."""

SETTINGS = "settings.json"
LARGEST = 4 * 1024 * 1024  # bytes of an edit or of the settings


def key_of(path: str, shipped: bool) -> str:
    """What a sheet or a file is called in the state: the shipped sheet is the same one wherever it is installed."""
    if shipped:
        return "shipped"
    full = os.path.abspath(path)
    name = "".join(c if c.isalnum() or c in "-_" else "_" for c in os.path.splitext(os.path.basename(full))[0])
    return f"{name[:40]}-{crc32(full.encode(errors='surrogatepass')):08x}"


class Store:
    """The state of one user, as one app sees it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.troubles: list[tuple[str, str | Text]] = []
        """What went wrong since they were last told: a key of the words, and what it is about."""
        self._settings = self._read_settings()
        self._changed: dict[str, Plain] = {}
        self._known: dict[str, str | None] = {}
        self._unsaved: dict[str, str | None] = {}

    # --------------------------------------------------------------------------------------------- settings

    def get(self, key: str) -> Plain:
        """A setting; None where there is none."""
        return self._settings.get(key)

    def text(self, key: str) -> str:
        """A setting that is a text; empty where there is none."""
        value = self._settings.get(key)
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> list[str]:
        """A setting that is a list of texts."""
        value = self._settings.get(key)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def keep(self, key: str, value: Plain) -> None:
        """Keep a setting; what another app has changed meanwhile stays."""
        if self._settings.get(key) == value and key not in self._changed:
            return
        self._settings[key] = self._changed[key] = value
        self.flush_settings()

    def flush_settings(self) -> bool:
        """Write the settings that have changed; whether nothing is left to write."""
        if not self._changed:
            return True
        try:
            with self._locked():
                there = self._parsed(self._raw(SETTINGS) or "")
                merged = {**(there if there is not None else {}), **self._changed}
                self._write(SETTINGS, json.dumps(merged, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            self._trouble("cannot save", error)
            return False
        self._settings = {**merged}
        self._changed.clear()
        return True

    def _read_settings(self) -> dict[str, Plain]:
        try:
            raw = self._raw(SETTINGS)
        except OSError as error:
            self._trouble("cannot read", error)
            return {}
        if raw is None:
            return {}
        parsed = self._parsed(raw)
        if parsed is None:
            self._set_aside(SETTINGS)
            return {}
        return parsed

    @staticmethod
    def _parsed(raw: str) -> dict[str, Plain] | None:
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    # ------------------------------------------------------------------------------------------------ edits

    def edited(self, sheet: str) -> set[str]:
        """The entries of a sheet that have an edit."""
        try:
            names = os.listdir(os.path.join(self.folder, "edits", sheet)) if self.folder else []
        except OSError:
            names = []
        kept = {_entry(name) for name in names if name.endswith(".py") and "." not in name[:-3]}
        prefix = sheet + "/"
        for key, text in self._unsaved.items():
            if key.startswith(prefix):
                (kept.discard if text is None else kept.add)(key[len(prefix) :])
        return kept

    def edit(self, sheet: str, entry: str) -> str | None:
        """The edited code of an entry; None where it is as the sheet has it."""
        key = f"{sheet}/{entry}"
        if key in self._unsaved:
            return self._unsaved[key]
        name = _file(sheet, entry)
        try:
            text = self._raw(name)
        except OSError as error:
            self._trouble("cannot read", error)
            text = None
        self._known[key] = text
        return text

    def save_edit(self, sheet: str, entry: str, text: str | None) -> bool:
        """Keep an edit, or with None drop it. Whether it is on disk; if not, it is tried again with the next one."""
        self._unsaved[f"{sheet}/{entry}"] = text
        return self.flush()

    @property
    def unsaved(self) -> dict[str, str]:
        """The edits that are not on disk, by sheet and entry."""
        return {key: text for key, text in self._unsaved.items() if text is not None}

    def flush(self) -> bool:
        """Write all that is not yet on disk; whether nothing is left."""
        for key in list(self._unsaved):
            sheet, _, entry = key.partition("/")
            text = self._unsaved[key]
            try:
                with self._locked():
                    self._replace(key, _file(sheet, entry), text)
            except OSError as error:
                self._trouble("cannot save", error)
                return False
            self._known[key] = text
            del self._unsaved[key]
        return self.flush_settings()

    def _replace(self, key: str, name: str, text: str | None) -> None:
        there = self._raw(name)
        if there is not None and there != text and key in self._known and there != self._known[key]:
            self._set_aside(name, "other")
        if text is not None:
            self._write(name, text)
        elif there is not None and os.path.exists(self._path(name)):
            os.remove(self._path(name))

    # ------------------------------------------------------------------------------------------------ files

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, name)

    def _raw(self, name: str) -> str | None:
        """A file's text. None where there is none; one that is no text or far too large is set aside."""
        if not self.folder:
            return None
        try:
            with open(self._path(name), "rb") as file:
                raw = file.read(LARGEST + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            if len(raw) > LARGEST or b"\0" in raw:
                raise ValueError
            return raw.decode("utf-8")
        except ValueError:
            self._set_aside(name)
            return None

    def _set_aside(self, name: str, why: str = "unreadable") -> None:
        """Keep a file under another name, out of the way."""
        base, extension = os.path.splitext(self._path(name))
        for n in range(1, 1000):
            place = f"{base}.{why}-{n}{extension}"
            if not os.path.exists(place):
                break
        try:
            os.replace(self._path(name), place)
        except OSError as error:
            self._trouble("cannot read", error)
            return
        self.troubles.append(("set aside" if why == "unreadable" else "other edit", place))

    def _write(self, name: str, text: str) -> None:
        """All of it or nothing, also if the machine stops now."""
        if not self.folder:
            raise OSError(2, "no user directory on this system")
        write(self._path(name), text.encode("utf-8", "surrogateescape"))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among the apps of this user, where the system has such locks. Waits a moment at most."""
        if sys.platform == "win32" or not self.folder:
            yield
            return
        import fcntl

        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        with open(os.path.join(self.folder, ".lock"), "a") as lock:
            limit = time.monotonic() + 0.5
            while time.monotonic() < limit:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    time.sleep(0.005)
                except OSError:  # a file system without locks
                    break
            yield

    def _trouble(self, what: str, error: OSError) -> None:
        place = error.filename or self.folder
        told = (what, Text(f"{place}: {reason(error, 'en')}", f"{place}：{reason(error, 'zh')}"))
        if told not in self.troubles:
            self.troubles.append(told)


def _file(sheet: str, entry: str) -> str:
    return os.path.join("edits", sheet, "".join(c if c.isalnum() or c in "-_" else "~" for c in entry) + ".py")


def _entry(name: str) -> str:
    return name[:-3].replace("~", "/", 1)
