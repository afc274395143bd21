"""What a rule is: an error it knows by class and message, a function that looks at the case, and words for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tutor.catalogue.model import Text
from tutor.clinic.case import Case, marked
from tutor.clinic.model import Diagnosis, Edit

Words = tuple[str, str]
"""English and Chinese, with `{name}` for what a case fills in."""


@dataclass(frozen=True)
class Found:
    """What a rule found in a case."""

    values: Mapping[str, object] = field(default_factory=dict)
    """For the words."""
    edits: Sequence[Edit] = ()
    """The likeliest first."""
    misfits: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """Dimensions that do not fit, by the place of their operand; none for an operand that is wrong as a whole."""


Look = Callable[[Case, "re.Match[str]"], "Found | None"]


@dataclass(frozen=True)
class Rule:
    """An error that is known."""

    name: str
    kinds: tuple[str, ...]
    """Classes of exceptions."""
    says: re.Pattern[str]
    """Found in the message."""
    what: Words
    why: Words
    look: Look
    """None where it is not this error after all."""

    def diagnosis(self, case: Case) -> Diagnosis | None:
        """Of a case, if it is one of these."""
        if not {case.error.type, *case.error.bases} & set(self.kinds):
            return None
        match = self.says.search(case.error.message)
        found = self.look(case, match) if match is not None else None
        if found is None:
            return None
        return Diagnosis(
            self.name,
            case.line,
            case.text(case.node) if case.node is not None else "",
            marked(case.operands, found.misfits),
            filled(self.what, found.values),
            filled(self.why, found.values),
            tuple(dict.fromkeys(found.edits)),
        )


def rule(kinds: str, says: str, what: Words, why: Words) -> Callable[[Look], Rule]:
    """Makes a rule of a function, under its name."""

    def made(look: Look) -> Rule:
        return Rule(look.__name__.replace("_", "-"), tuple(kinds.split()), re.compile(says), what, why, look)

    return made


def filled(words: Words, values: Mapping[str, object]) -> Text:
    """The words of a case."""
    return Text(*(text.format_map({k: shown(v) for k, v in values.items()}) for text in words))


def shown(value: object) -> str:
    """In a sentence: a shape as torch writes it."""
    return str(list(value)) if isinstance(value, tuple) else str(value)
