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
from tutor.catalogue.model import Catalogue, Claim, Entry, Group, Section, Text, Then
from tutor.catalogue.source import read_bytes

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
        **dict.fromkeys(("covers", "see", "docs", "tags", "devices"), str),
    },
    Then: {"changed": Text, "claims": Claim},
    Claim: {"says": Text},
    Text: {},
}
"""The fields of each class that hold other values of the model, alone or in a tuple, or a tuple of strings."""


def read(path: str) -> Catalogue:
    """The sheet in a file, from an index where one fits, else from its YAML."""
    found = place.lines(path)
    if found is not None:
        try:
            return replace(loads(found[1].decode()), path=path)
        except (ValueError, TypeError, LookupError, AttributeError):  # damaged where the checksum does not see it
            pass
    from tutor.catalogue.load import parse

    raw = read_bytes(path)
    catalogue = parse(raw, path)
    index = place.cached(path)
    if index:
        _keep(index, encode(catalogue, place.stamp_of(raw)))
    return catalogue


def encode(catalogue: Catalogue, stamp: str) -> bytes:
    """The index of a sheet."""
    rest = contents.dumps(catalogue).encode() + b"\n" + dumps(catalogue).encode()
    return f"{stamp}-{crc32(rest):08x}\n".encode() + rest


def dumps(catalogue: Catalogue) -> str:
    """A catalogue as JSON, fields at their default left out."""
    return json.dumps(_pack(catalogue), ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Catalogue:
    """The catalogue that `dumps` wrote."""
    return _unpack(Catalogue, json.loads(text))


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
