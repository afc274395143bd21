"""The values a sheet is made of. Frozen, typed, and free of I/O: they know nothing of YAML, torch or terminals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")
Today = Literal["works", "warns", "raises"]
ClaimKind = Literal["expr", "raises", "warns"]
Bite = Literal["raises", "warns", "silent"]
PictureKind = Literal[
    "heatmap",
    "bars",
    "histogram",
    "broadcast",
    "layout",
    "matmul",
    "conv",
    "pool",
    "join",
    "index",
    "graph",
    "backward",
    "curve",
    "series",
    "lr",
    "paths",
    "module",
    "unrolled",
]
Permission = Literal["read", "write", "network", "subprocess", "signals"]


@dataclass(frozen=True)
class Text:
    """The same words in every language of the sheet."""

    en: str
    zh: str

    def in_(self, lang: Lang) -> str:
        """The words in one language."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Claim:
    """One thing the text says, as code that the run itself proves."""

    kind: ClaimKind
    """expr: must come out as True; raises, warns: the statements must do so."""
    code: str
    match: str = ""
    """For raises and warns: a substring of `ClassName: message`."""
    says: Text | None = None
    """What the claim means in words; the code stands for itself where this is missing."""
    line: int = 0
    """Where it stands in the sheet."""


@dataclass(frozen=True)
class Then:
    """The entry as PyTorch 0.3.0 had it, and what that code does today."""

    code: str
    today: Today
    changed: Text
    """What changed since 0.3.0."""
    match: str = ""
    """For warns and raises: a substring of `ClassName: message`."""
    since: str = ""
    """The release that brought the change; empty where nothing changed."""
    when: str = ""
    """The device family (`cpu`, `cuda`) on which `today` is promised; empty for all."""
    claims: tuple[Claim, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Pitfall:
    """A mistake that readers make, run live beside the right code."""

    id: str
    """Unique in its entry."""
    title: Text
    kind: Bite
    """What the wrong code does: raises, warns and goes on, or goes wrong in silence."""
    wrong: str
    right: str
    why: Text
    fix: Text
    match: str = ""
    """For raises and warns: a substring of `ClassName: message`."""
    measure: str = ""
    """For warns and silent: an expression evaluated after either code; the two values are shown side by side."""
    symptom: str = ""
    """For warns and silent: an expression that is True after the wrong code and False after the right one."""
    devices: tuple[str, ...] = ()
    """The device families on which it bites; empty for all."""
    line: int = 0
    wrong_line: int = 0
    """The line of the sheet that holds the first line of `wrong`."""
    right_line: int = 0
    """The same of `right`."""


@dataclass(frozen=True)
class Entry:
    """One line of the sheet, made live."""

    id: str
    """`section/name`."""
    group: str
    """The id of its group; empty in a section without groups."""
    title: Text
    text: Text
    code: str
    claims: tuple[Claim, ...]
    setup: str = ""
    """The section's setup, which runs before `code` and before `then.code`."""
    sheet: str = ""
    """The line as the 0.3.0 sheet prints it."""
    covers: tuple[str, ...] = ()
    """Ids of the lines of the 0.3.0 sheet that this entry covers."""
    erratum: Text | None = None
    then: Then | None = None
    pitfalls: tuple[Pitfall, ...] = ()
    see: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    """Dotted names documented by PyTorch, or addresses."""
    tags: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    """The device families it can run on; empty for all."""
    needs: tuple[str, ...] = ()
    """What it must be allowed beyond the usual."""
    pictures: tuple[PictureKind, ...] = ()
    """Kinds of pictures that are shown unasked, besides those that help anywhere."""
    timeout: float = 10.0
    """Seconds."""
    line: int = 0
    """Where the entry starts in the sheet (1-based)."""
    code_line: int = 0
    """The line of the sheet that holds the first line of `code`."""

    @property
    def section(self) -> str:
        """The id of its section."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """The id without its section."""
        return self.id.partition("/")[2]


@dataclass(frozen=True)
class Group:
    """Entries under one heading."""

    id: str
    title: Text
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Section:
    """A part of the sheet with its shared setup."""

    id: str
    title: Text
    text: Text | None
    setup: str
    groups: tuple[Group, ...]
    """A section without groups has one, whose id is empty."""
    line: int = 0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries, in the sheet's order."""
        return tuple(e for g in self.groups for e in g.entries)


@dataclass(frozen=True)
class Catalogue:
    """A whole sheet."""

    path: str
    """The file it was read from."""
    title: Text
    sections: tuple[Section, ...]

    def __iter__(self) -> Iterator[Entry]:
        return (e for s in self.sections for e in s.entries)

    def __len__(self) -> int:
        return sum(len(s.entries) for s in self.sections)
