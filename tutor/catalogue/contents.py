"""The table of contents of a sheet, without the sheet: what `list` shows, in the time that `list` may take.

Plain JSON values with types on top: making classes would take longer than reading them.
"""

from __future__ import annotations

import json

from tutor.catalogue import place
from tutor.catalogue.source import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypedDict

    from tutor.catalogue.model import Catalogue, Text

    class Line(TypedDict):
        """An entry."""

        id: str
        title: dict[str, str]
        today: str
        """What its 0.3.0 form does; empty where it has none."""

    class GroupLines(TypedDict):
        """A group; its id is empty in a section without groups."""

        id: str
        title: dict[str, str]
        entries: list[Line]

    class SectionLines(TypedDict):
        """A section."""

        id: str
        title: dict[str, str]
        groups: list[GroupLines]


def read(path: str) -> list[SectionLines]:
    """The contents of the sheet in a file."""
    found = place.lines(path, read_bytes(path))
    if found is not None:
        try:
            sections: list[SectionLines] = json.loads(found[0])
        except ValueError:
            sections = []
        if sections and isinstance(sections, list):
            return sections
    from tutor.catalogue import index

    return of(index.read(path))


def of(catalogue: Catalogue) -> list[SectionLines]:
    """The contents of a sheet that is read already."""
    return [
        {
            "id": section.id,
            "title": _words(section.title),
            "groups": [
                {
                    "id": group.id,
                    "title": _words(group.title),
                    "entries": [
                        {"id": e.id, "title": _words(e.title), "today": e.then.today if e.then else ""}
                        for e in group.entries
                    ],
                }
                for group in section.groups
            ],
        }
        for section in catalogue.sections
    ]


def dumps(catalogue: Catalogue) -> str:
    """The contents as one line."""
    return json.dumps(of(catalogue), ensure_ascii=False, separators=(",", ":"))


def _words(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}
