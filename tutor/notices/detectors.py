"""What a notice is, and a detector: a function that finds places in a run, and words for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tutor.catalogue.model import Text
from tutor.notices.run import Run
from tutor.trace import Step


@dataclass(frozen=True)
class Notice:
    """Something that went wrong without an error."""

    rule: str
    line: int
    step: int
    """The id of the step that shows it."""
    what: Text
    """What happens, with the names and numbers of this run."""
    why: Text
    """Why it is a mistake, and what is written instead."""


@dataclass(frozen=True)
class Place:
    """Where a detector found what it looks for."""

    step: Step
    values: Mapping[str, object]
    """For the words."""
    line: int = 0
    """Where it is another one than the step's."""


Words = tuple[str, str]
"""English and Chinese, with `{name}` for what a run fills in."""


@dataclass(frozen=True)
class Detector:
    """A mistake that a run shows."""

    name: str
    what: Words
    why: Words
    find: Callable[[Run], Iterator[Place]]

    def notices(self, run: Run) -> Iterator[Notice]:
        """What it finds in a run, each line once."""
        told: set[int] = set()
        for place in self.find(run):
            line = place.line or place.step.line
            if line not in told:
                told.add(line)
                what, why = (Text(*(t.format_map(place.values) for t in words)) for words in (self.what, self.why))
                yield Notice(self.name, line, place.step.id, what, why)


def detector(what: Words, why: Words) -> Callable[[Callable[[Run], Iterator[Place]]], Detector]:
    """Makes a detector of a function, under its name."""

    def made(find: Callable[[Run], Iterator[Place]]) -> Detector:
        return Detector(find.__name__.replace("_", "-"), what, why, find)

    return made
