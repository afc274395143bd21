"""Words that are nearly the one typed: a letter wrong, missing, too many, or two of them swapped."""

from __future__ import annotations

from collections.abc import Iterable

_SHORTEST, _LONG = 4, 8
"""Words of these many letters are forgiven one error, and two."""


class Vocabulary:
    """Words made ready for being compared with a misspelt one."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = [(word, _letters(word)) for word in dict.fromkeys(words)]

    def near(self, typed: str) -> tuple[str, ...]:
        """The words that the typed one is a misspelling of, or of the start of; the nearest first."""
        most = errors_forgiven(typed)
        if not most:
            return ()
        letters = _letters(typed)
        # Each error accounts for one letter that the word lacks: a cheap test that leaves few words to compare.
        likely = (word for word, has in self._words if (letters & ~has).bit_count() <= most)
        near = [(distance, word) for word in likely if 0 < (distance := errors(typed, word, most)) <= most]
        return tuple(word for _, word in sorted(near))


def errors_forgiven(typed: str) -> int:
    """How many typing errors a word may hold."""
    return (len(typed) >= _SHORTEST) + (len(typed) >= _LONG)


def errors(typed: str, word: str, most: int) -> int:
    """The fewest typing errors that make `typed` of `word` or of its start; a number above `most` where there are more.

    Damerau's distance (optimal string alignment): wrong, missing, extra and swapped letters count one each.
    """
    word = word[: len(typed) + most]
    before: list[int] = []
    last = list(range(len(word) + 1))
    for i, letter in enumerate(typed, 1):
        row = [i]
        for j, other in enumerate(word, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if before and j > 1 and letter == word[j - 2] and typed[i - 2] == other:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return min(last)


def _letters(word: str) -> int:
    """The set of characters of a word, as bits."""
    bits = 0
    for character in word:
        bits |= 1 << (ord(character) & 63)
    return bits
