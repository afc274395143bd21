"""The open sheet: its contents at once, its entries as they are asked for, and whether its file has changed since.

Files of the reader's own stand here beside the sheet's sections. Knows files and the catalogue, no screen.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock

from tutor.catalogue.index import Book
from tutor.catalogue.model import Entry
from tutor.errors import SheetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.contents import SectionLines
    from tutor.catalogue.model import Catalogue, Lang
    from tutor.catalogue.search import Hit, Searcher
    from tutor.errors import Fault

Stamp = tuple[int, int, int]
"""Of a file: when it was changed, its size, its number."""

OWN = "own"
"""The section that holds the reader's own files."""


def stamp(path: str) -> Stamp:
    """What tells that a file has changed; zeros where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)


@dataclass(frozen=True)
class Line:
    """An entry as the contents show it."""

    id: str
    en: str
    zh: str
    today: str
    """What its 0.3.0 form does today; empty where it has none."""
    section: str
    group: str


class Shelf:
    """A sheet and the reader's own files."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.stamp = stamp(path)
        self.faults: tuple[Fault, ...] = ()
        """Of the sheet as it is on disk now; the one shown is then the last good one."""
        self.sections: list[SectionLines] = []
        self._book: Book | None = None
        self._entries: dict[str, Entry] = {}
        self._lines: dict[str, Line] = {}
        self._digest = ""
        self._searcher: Searcher | None = None
        self._making = Lock()
        self._own: dict[str, tuple[Entry, Stamp]] = {}
        self._read()

    # ----------------------------------------------------------------------------------------------- reading

    def _read(self) -> bool:
        try:
            book = Book(self.path)
        except SheetError as error:
            self.faults = error.faults
            return False
        self.faults = ()
        self._book, self._searcher, self._digest = book, None, ""
        self.sections = sections = book.contents
        self._entries.clear()
        self._lines = {line.id: line for line in _lines(sections)}
        self._lines.update({entry.id: _own_line(entry) for entry, _ in self._own.values()})
        return True

    def changed(self) -> bool:
        """Whether the sheet's file is another one than the one that was read."""
        now = stamp(self.path)
        return now != self.stamp and now != (0, 0, 0)

    def reload(self) -> bool:
        """Read the sheet again; whether it is without faults. If not, the last good one stays."""
        self.stamp = stamp(self.path)
        return self._read()

    @property
    def catalogue(self) -> Catalogue:
        """The whole sheet. There must be one without faults."""
        assert self._book is not None
        return self._book.catalogue

    @property
    def digest(self) -> str:
        """Of the content that is shown."""
        if not self._digest and self._book is not None:
            self._digest = self._book.digest
        return self._digest

    # ----------------------------------------------------------------------------------------------- entries

    def __contains__(self, id: str) -> bool:
        return id in self._lines

    def __len__(self) -> int:
        return len(self._lines)

    def line(self, id: str) -> Line | None:
        """An entry as the contents show it."""
        return self._lines.get(id)

    @property
    def order(self) -> list[str]:
        """The ids of all entries, as the contents have them."""
        return list(self._lines)

    def named(self, name: str) -> str:
        """The first entry of a section, a group or a short name. UsageError where there is none of that name."""
        for section in self.sections:
            if section["id"] == name:
                return section["groups"][0]["entries"][0]["id"]
        from tutor.catalogue.select import select

        return select(self.catalogue, [name])[0].id

    def entry(self, id: str) -> Entry | None:
        """An entry whole."""
        if id in self._own:
            return self._own[id][0]
        if id not in self._lines:
            return None
        if id not in self._entries:
            assert self._book is not None
            self._entries[id] = self._book.entry(id)
        return self._entries[id]

    def search(self, words: str, limit: int, lang: Lang) -> tuple[Hit, ...]:
        """The entries that speak of something, best first."""
        return self.searcher().search(words, limit, lang) if self._book is not None else ()

    def searcher(self) -> Searcher:
        """What searches the sheet, made ready at the first call, from whichever thread that comes."""
        with self._making:
            if self._searcher is None:
                import gc

                from tutor.catalogue.search import Searcher

                book = self._book
                made = Searcher(self.catalogue)
                gc.freeze()  # it stays, and a collection among its objects takes as long as a search
                if book is not self._book:  # read again meanwhile
                    return made
                self._searcher = made
            return self._searcher

    # ---------------------------------------------------------------------------------------------- own files

    def open(self, path: str) -> Entry:
        """A file of the reader's own. UsageError where it cannot be read."""
        from tutor.own import own, read_source

        full = os.path.abspath(os.path.expanduser(path))
        entry = own(full, read_source(full), os.path.dirname(full))
        self._own[entry.id] = (entry, stamp(full))
        self._lines[entry.id] = _own_line(entry)
        return entry

    def is_own(self, id: str) -> bool:
        """Whether it is a file of the reader's own."""
        return id in self._own

    @property
    def own(self) -> tuple[Line, ...]:
        """The files that are open."""
        return tuple(self._lines[id] for id in self._own)

    def own_changed(self) -> list[str]:
        """The files that have changed on disk since they were read."""
        return [id for id, (_, then) in self._own.items() if stamp(id) not in (then, (0, 0, 0))]


def _lines(sections: list[SectionLines]) -> Iterator[Line]:
    for section in sections:
        for group in section["groups"]:
            for e in group["entries"]:
                title = e["title"]
                yield Line(e["id"], title["en"], title["zh"], e["today"], section["id"], group["id"])


def _own_line(entry: Entry) -> Line:
    name = os.path.basename(entry.id)
    return Line(entry.id, name, name, "", OWN, "")
