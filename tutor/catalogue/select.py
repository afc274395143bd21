"""The entries that a user names, and the nearest names to a misspelt one. Knows ids only, not what entries say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tutor.catalogue.model import Catalogue, Entry
from tutor.errors import UsageError

_CLEARLY_LESS = 0.1
"""A name that is less like the word than the nearest one by this ratio is no suggestion."""
_Places = dict[str, tuple[Entry, ...]]
"""Entries by the full id of what holds them: a section, a group, or an entry itself."""
_Short = dict[str, tuple[str, ...]]
"""The full ids that the id of a group or an entry may stand for."""


def select(catalogue: Catalogue, selectors: Sequence[str]) -> tuple[Entry, ...]:
    """The entries named by selectors, each once.

    A selector is a section, `section/group`, `section/name`, or the short name of an entry or a group that no other one
    shares. Entries come in the order of the selectors, and in the sheet's order within one.
    """
    places = _places(catalogue)
    short = _by_short_name(places)
    chosen = {entry.id: entry for selector in selectors for entry in _resolve(selector, places, short)}
    return tuple(chosen.values())


def suggest(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that a misspelt word most likely stands for, the nearest first."""
    from difflib import SequenceMatcher, get_close_matches

    typed = word.lower()
    by_lower = {name.lower(): name for name in names}
    near = get_close_matches(typed, by_lower, n=3, cutoff=0.6)
    likeness = {name: SequenceMatcher(None, name, typed).ratio() for name in near}
    return tuple(by_lower[name] for name in near if likeness[name] > likeness[near[0]] - _CLEARLY_LESS)


def _places(catalogue: Catalogue) -> _Places:
    places: _Places = {}
    for section in catalogue.sections:
        places[section.id] = section.entries
        places.update({f"{section.id}/{group.id}": group.entries for group in section.groups if group.id})
        places.update({entry.id: (entry,) for entry in section.entries})
    return places


def _by_short_name(places: _Places) -> _Short:
    short: _Short = {}
    for full in places:
        _, slash, name = full.partition("/")
        if slash:
            short[name] = (*short.get(name, ()), full)
    return short


def _resolve(selector: str, places: _Places, short: _Short) -> tuple[Entry, ...]:
    if selector in places:
        return places[selector]
    candidates = short.get(selector, ())
    if len(candidates) > 1:
        raise UsageError(
            f"'{selector}' is ambiguous: say {_either(candidates)}.",
            f"'{selector}'不唯一：请写{'或'.join(candidates)}。",
        )
    if not candidates:
        near = [full for name in suggest(selector, [*places, *short]) for full in short.get(name, (name,))]
        near = list(dict.fromkeys(near))
        hint = f"Did you mean {_either(near)}? " if near else ""
        zh = f"是否想写{'或'.join(near)}？" if near else ""
        raise UsageError(
            f"unknown entry '{selector}'. {hint}`torch-tutor list` shows all.",
            f"没有条目'{selector}'。{zh}`torch-tutor list`列出全部。",
        )
    return places[candidates[0]]


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
