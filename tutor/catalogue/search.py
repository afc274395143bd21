"""Entries by the words in them: as a reader types, in either language, typing errors forgiven.

Works on strings prepared once. Knows nothing of how hits are shown: an excerpt and a span are all it says about that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from tutor.catalogue.model import Catalogue, Entry, Lang, Text
from tutor.catalogue.typos import Vocabulary

_LONGEST_EXCERPT = 80
_EXACT_NAME = 200
_WHOLE_WORD, _WORD_START = 4, 2
_TOKEN = re.compile(r"[a-z0-9_]{3,}")
WEIGHTS = {
    "id": 50,
    "title": 40,
    "tags": 25,
    "sheet": 25,
    "code": 25,
    "docs": 20,
    "then": 15,
    "text": 10,
    "pitfalls": 5,
}
"""What a match is worth in each field of an entry. The gaps are wider than any bonus, so a better field wins."""


@dataclass(frozen=True)
class Hit:
    """An entry that has all the words."""

    entry: Entry
    score: float
    where: str
    """The field of the best match: id, title, tags, sheet, code, docs, then, text or pitfalls."""
    excerpt: str
    """The line of that match, in the reader's language where that has it too; running text without its backticks."""
    span: tuple[int, int]
    """Where in the excerpt the match starts and ends."""


@dataclass(frozen=True)
class _Passage:
    """The text of one field in one language."""

    where: str
    text: str
    folded: str
    """The same, for comparing; character for character."""
    lang: Lang | None
    """Of running text; None of code and the like."""


@dataclass(frozen=True)
class _Page:
    """All passages of an entry."""

    entry: Entry
    names: tuple[str, ...]
    """What names the entry exactly."""
    passages: tuple[_Passage, ...]
    """From the weightiest field to the lightest."""
    folded: str


class _Match(NamedTuple):
    score: float
    passage: _Passage
    start: int
    end: int


def search(catalogue: Catalogue, words: str, limit: int = 20, lang: Lang = "en") -> tuple[Hit, ...]:
    """The entries that have all the words, best first. For many queries, keep a Searcher."""
    return Searcher(catalogue).search(words, limit, lang)


class Searcher:
    """A catalogue made ready for queries."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._pages = tuple(_page(entry) for entry in catalogue)

    def search(self, words: str, limit: int = 20, lang: Lang = "en") -> tuple[Hit, ...]:
        """The entries that have all the words, best first; words misspelt if no entry has them as they are. `lang` is
        the reader's language."""
        wanted = tuple(dict.fromkeys(_fold(words).split()))
        if not wanted:
            return ()
        found = self._rank([(word,) for word in wanted], wanted)
        if not found:
            found = self._rank([(word, *self._vocabulary.near(word)) for word in wanted], wanted)
        found.sort(key=lambda ranked: -ranked[0])
        return tuple(_hit(page, score, _read_in(lang, page, match)) for score, page, match in found[:limit])

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(token for page in self._pages for token in _TOKEN.findall(page.folded))

    def _rank(self, wanted: list[tuple[str, ...]], typed: tuple[str, ...]) -> list[tuple[float, _Page, _Match]]:
        """The pages that have one spelling of every word, each with its score and its best match."""
        name = "-".join(typed).replace("_", "-")
        ranked = []
        for page in _pages_with(self._pages, wanted):
            matches = [_best(page, spellings) for spellings in wanted]
            score = sum(match.score for match in matches) / len(matches) + _EXACT_NAME * (name in page.names)
            ranked.append((score, page, max(matches, key=lambda match: match.score)))
        return ranked


def _pages_with(pages: Iterable[_Page], wanted: list[tuple[str, ...]]) -> Iterator[_Page]:
    for spellings in wanted:
        if len(spellings) == 1:
            word = spellings[0]
            pages = [page for page in pages if word in page.folded]
        else:
            pages = [page for page in pages if any(word in page.folded for word in spellings)]
    return iter(pages)


def _best(page: _Page, spellings: tuple[str, ...]) -> _Match:
    """The best match of a word: the first spelling counts most, then the nearer ones."""
    if len(spellings) == 1:
        return _first(page, spellings[0], 0)
    matches = (_first(page, word, penalty) for penalty, word in enumerate(spellings) if word in page.folded)
    return max(matches, key=lambda match: match.score)


def _first(page: _Page, word: str, penalty: int) -> _Match:
    for passage in page.passages:
        start = passage.folded.find(word)
        if start >= 0:
            start, bonus = _boundary(passage.folded, word, start)
            return _Match(WEIGHTS[passage.where] + bonus - min(penalty, 3), passage, start, start + len(word))
    raise AssertionError(f"{word!r} is in the page but in none of its passages")


def _boundary(text: str, word: str, start: int) -> tuple[int, int]:
    """The place of a word in a text that has it, and what the place is worth: a whole word, a word's start, or any."""
    best = (start, 0)
    while start >= 0:
        if start == 0 or not text[start - 1].isalnum():
            end = start + len(word)
            if end == len(text) or not text[end].isalnum():
                return start, _WHOLE_WORD
            best = best if best[1] else (start, _WORD_START)
        start = text.find(word, start + 1)
    return best


def _page(entry: Entry) -> _Page:
    passages = tuple(_Passage(where, text, _fold(text), lang) for where, text, lang in _fields(entry) if text)
    return _Page(entry, (entry.name, entry.id), passages, "\n".join(passage.folded for passage in passages))


def _fields(entry: Entry) -> Iterator[tuple[str, str, Lang | None]]:
    yield "id", entry.id, None
    yield from _both("title", entry.title)
    yield "tags", ", ".join(entry.tags), None
    yield "sheet", entry.sheet, None
    yield "code", entry.code, None
    yield "docs", "\n".join(entry.docs), None
    yield "then", entry.then.code if entry.then else "", None
    yield from _both("text", entry.text)
    for pitfall in entry.pitfalls:
        for text in (pitfall.title, pitfall.why, pitfall.fix):
            yield from _both("pitfalls", text)
        yield "pitfalls", f"{pitfall.match}\n{pitfall.wrong}", None


def _both(where: str, text: Text) -> Iterator[tuple[str, str, Lang | None]]:
    yield where, text.en, "en"
    if text.zh != text.en:
        yield where, text.zh, "zh"


def _fold(text: str) -> str:
    """Lower case, one character for each."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _read_in(lang: Lang, page: _Page, match: _Match) -> _Match:
    """The match in running text of a language, where the same field has the word in it too."""
    found, word = match.passage, match.passage.folded[match.start : match.end]
    if found.lang in (None, lang):
        return match
    for passage in page.passages:
        start = passage.folded.find(word)
        if (passage.where, passage.lang) == (found.where, lang) and start >= 0:
            start, _ = _boundary(passage.folded, word, start)
            return match._replace(passage=passage, start=start, end=start + len(word))
    return match


def _hit(page: _Page, score: float, match: _Match) -> Hit:
    text = match.passage.text
    start = text.rfind("\n", 0, match.start) + 1
    end = text.find("\n", match.end)
    line = text[start : end if end >= 0 else len(text)]
    excerpt, cut = _cut(line, match.start - start)
    span = (match.start - start - cut, min(match.end - start - cut, len(excerpt)))
    if match.passage.lang is not None:
        excerpt, span = _unmarked(excerpt, span)
    return Hit(page.entry, score, match.passage.where, excerpt, span)


def _unmarked(text: str, span: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """Running text without the backticks that mark code, and where what was found is then."""
    parts = (text[: span[0]], text[span[0] : span[1]], text[span[1] :])
    before, found, after = (part.replace("`", "") for part in parts)
    return before + found + after, (len(before), len(before) + len(found))


def _cut(line: str, at: int) -> tuple[str, int]:
    """As much of a long line as an excerpt holds, around a place in it; and how far what is left has moved."""
    bare = line.lstrip()
    cut = len(line) - len(bare)
    if len(bare) <= _LONGEST_EXCERPT:
        return bare.rstrip(), cut
    first = max(0, min(at - cut - _LONGEST_EXCERPT // 3, len(bare) - _LONGEST_EXCERPT))
    kept = bare[first : first + _LONGEST_EXCERPT]
    left, right = "…" * (first > 0), "…" * (first + _LONGEST_EXCERPT < len(bare))
    return f"{left}{kept}{right}", cut + first - len(left)
