"""A sheet read in milliseconds: as an index of its values, where one fits the file byte for byte.

The wheel carries the index of its own sheet; that of any other is kept in the user's cache directory. An index that is
missing, stale or damaged costs time and nothing else: the YAML is read. Only then are the loader and PyYAML imported.
"""

from __future__ import annotations

import json
import os
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from zlib import crc32

from tutor.catalogue import contents, place
from tutor.catalogue.model import Catalogue, Claim, Entry, Group, Pitfall, Section, Text, Then
from tutor.catalogue.source import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.contents import SectionLines

_T = TypeVar("_T")
_INSIDE: dict[type, dict[str, type]] = {
    Catalogue: {"title": Text, "sections": Section},
    Section: {"title": Text, "text": Text, "groups": Group},
    Group: {"title": Text, "entries": Entry},
    Entry: {
        "title": Text,
        "text": Text,
        "claims": Claim,
        "erratum": Text,
        "then": Then,
        "pitfalls": Pitfall,
        **dict.fromkeys(("covers", "see", "docs", "tags", "devices", "needs", "pictures"), str),
    },
    Then: {"changed": Text, "claims": Claim},
    Claim: {"says": Text},
    Pitfall: {"title": Text, "why": Text, "fix": Text, "devices": str},
    Text: {},
}
"""The fields of each class that hold other values of the model, alone or in a tuple, or a tuple of strings."""


_DAMAGE = (ValueError, TypeError, LookupError, AttributeError)
"""What an index raises that is damaged where its checksum does not see it."""


def read(path: str) -> Catalogue:
    """The sheet in a file, from an index where one fits, else from its YAML."""
    raw = read_bytes(path)
    found = place.lines(path, raw)
    if found is not None:
        try:
            return replace(loads(found[1].decode()), path=path)
        except _DAMAGE:
            pass
    return _parsed(path, raw)


class Book:
    """A sheet whose entries are made when they are asked for: ten thousand of them cost nothing until then."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.contents: list[SectionLines] = []
        self._lines: list[bytes] = []
        self._catalogue: Catalogue | None = None
        self._raw = read_bytes(path)
        found = place.lines(path, self._raw)
        if found is not None:
            try:
                self.contents = json.loads(found[0])
                self._lines = found[1].split(b"\n")
            except _DAMAGE:
                pass
        if not self.contents or not isinstance(self.contents, list):
            self._catalogue = _parsed(path, self._raw)
            self.contents = contents.of(self._catalogue)
        ids = (e["id"] for section in self.contents for group in section["groups"] for e in group["entries"])
        self._places = {id: place for place, id in enumerate(ids, 1)}

    def entry(self, id: str) -> Entry:
        """One entry. KeyError where there is none of that id."""
        place = self._places[id]
        if self._catalogue is None:
            try:
                return _unpack(Entry, json.loads(self._lines[place]))
            except _DAMAGE:
                self._catalogue = _parsed(self.path, self._raw)
        return next(entry for entry in self._catalogue if entry.id == id)

    @property
    def catalogue(self) -> Catalogue:
        """All of it."""
        if self._catalogue is None:
            try:
                self._catalogue = replace(loads(b"\n".join(self._lines).decode()), path=self.path)
            except _DAMAGE:
                self._catalogue = _parsed(self.path, self._raw)
        return self._catalogue

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes it was read from, in hexadecimal."""
        from hashlib import sha256

        return sha256(self._raw).hexdigest()


def _parsed(path: str, raw: bytes) -> Catalogue:
    """The sheet from its YAML, with an index kept for the next time."""
    from tutor.catalogue.load import parse

    catalogue = parse(raw, path)
    index = place.cached(path)
    if index:
        _keep(index, encode(catalogue, place.stamp_of(raw, exact=not place.is_shipped(path))))
    return catalogue


def encode(catalogue: Catalogue, stamp: str) -> bytes:
    """The index of a sheet."""
    rest = contents.dumps(catalogue).encode() + b"\n" + dumps(catalogue).encode()
    return f"{stamp}-{crc32(rest):08x}\n".encode() + rest


def dumps(catalogue: Catalogue) -> str:
    """A catalogue as lines of JSON, fields at their default left out: its frame without entries, then each entry."""
    bare = tuple(
        replace(section, groups=tuple(replace(group, entries=()) for group in section.groups))
        for section in catalogue.sections
    )
    parts = (replace(catalogue, sections=bare), *catalogue)
    return "\n".join(json.dumps(_pack(part), ensure_ascii=False, separators=(",", ":")) for part in parts)


def loads(text: str) -> Catalogue:
    """The catalogue that `dumps` wrote."""
    frame, *lines = text.split("\n")
    entries: dict[tuple[str, str], list[Entry]] = {}
    for line in lines:
        entry = _unpack(Entry, json.loads(line))
        entries.setdefault((entry.section, entry.group), []).append(entry)
    bare = _unpack(Catalogue, json.loads(frame))
    whole = tuple(
        replace(
            section,
            groups=tuple(replace(g, entries=tuple(entries.get((section.id, g.id), ()))) for g in section.groups),
        )
        for section in bare.sections
    )
    return replace(bare, sections=whole)


def _pack(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_pack(item) for item in value]
    if not is_dataclass(value):
        return value
    filled = ((field.name, getattr(value, field.name), field.default) for field in fields(value))
    return {name: _pack(held) for name, held, default in filled if held != default}


def _unpack(cls: type[_T], packed: dict[str, Any]) -> _T:
    for name, inner in _INSIDE[cls].items():
        held = packed.get(name)
        if isinstance(held, list):
            packed[name] = tuple(held) if inner is str else tuple([_unpack(inner, item) for item in held])
        elif held is not None:
            packed[name] = _unpack(inner, held)
    return cls(**packed)


def _keep(index: str, content: bytes) -> None:
    """Put an index in its place at once, or not at all: another process may be reading or writing it."""
    partial = f"{index}.{os.getpid()}.partial"
    try:
        os.makedirs(os.path.dirname(index), exist_ok=True)
        try:
            with open(partial, "wb") as file:
                file.write(content)
            os.replace(partial, index)
        finally:
            if os.path.exists(partial):
                os.remove(partial)
    except OSError:
        pass
