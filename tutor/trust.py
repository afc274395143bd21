"""Whether the code of a sheet may run: that of the shipped one always, that of another once its reader has said so.

What is trusted is the content, by its SHA-256: a sheet that changes is asked about again, and a copy of a known one is
not. Reading a sheet needs no trust, running anything of it does. Asks nobody itself: it has the question, and remembers
the answer.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from tutor.catalogue.model import Catalogue, Lang
from tutor.catalogue.place import is_shipped
from tutor.render.clean import clean
from tutor.render.words import label, word
from tutor.state import write

SHORT = 16
"""Hexadecimal digits of a digest that are shown: enough to compare by eye, too many to be met by chance."""


class Trust:
    """The sheets that a user has said may run. A file for each, named by the digest: two apps at once lose nothing."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(folder, "trusted") if folder else ""
        self._now: set[str] = set()

    def known(self, digest: str) -> bool:
        """Whether the content with this digest may run."""
        return digest in self._now or (bool(self._folder) and os.path.isfile(os.path.join(self._folder, digest)))

    def remember(self, digest: str, path: str) -> bool:
        """From now on it may. Whether that outlives this process: it does not where nothing can be written."""
        self._now.add(digest)
        if not self._folder:
            return False
        try:
            write(os.path.join(self._folder, digest), os.path.abspath(path).encode("utf-8", "surrogateescape") + b"\n")
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class Question:
    """What a reader is to know before a sheet runs."""

    path: str
    digest: str
    """SHA-256 of the file's bytes, in hexadecimal."""
    entries: int
    snippets: int
    """Pieces of code in it, of every kind."""

    @property
    def short(self) -> str:
        """The digest as it is shown."""
        return self.digest[:SHORT]

    def title(self, lang: Lang) -> str:
        """What it is about."""
        return word("trust title", lang)

    def facts(self, lang: Lang) -> tuple[tuple[str, str], ...]:
        """What there is to know, each after its name and a colon."""
        return (
            (label("trust file", lang), clean(os.path.abspath(self.path))),
            (label("trust content", lang), f"sha256 {self.short}"),
            (label("trust holds", lang), self._holds(lang)),
        )

    def warning(self, lang: Lang) -> str:
        """What it could do."""
        return word("trust warning", lang)

    def ask(self, lang: Lang) -> str:
        """The question itself."""
        return word("trust ask", lang)

    def _holds(self, lang: Lang) -> str:
        joint = "，" if lang == "zh" else ", "
        return word("trust entries", lang, self.entries) + joint + word("trust snippets", lang, self.snippets)


def question(catalogue: Catalogue, digest: str, trust: Trust) -> Question | None:
    """What to ask before anything of a sheet runs; None where there is nothing to ask: it is the shipped one, or known.
    `digest` is that of the bytes that the sheet was read from."""
    if is_shipped(catalogue.path) or trust.known(digest):
        return None
    return Question(catalogue.path, digest, len(catalogue), snippets(catalogue))


def snippets(catalogue: Catalogue) -> int:
    """How many pieces of code a sheet has: setups, entries, 0.3.0 forms, claims, and what pitfalls are made of."""
    count = sum(1 for section in catalogue.sections if section.setup)
    for entry in catalogue:
        count += 1 + len(entry.claims)
        count += 1 + len(entry.then.claims) if entry.then else 0
        for pitfall in entry.pitfalls:
            count += sum(1 for code in (pitfall.wrong, pitfall.right, pitfall.measure, pitfall.symptom) if code)
    return count
