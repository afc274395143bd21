"""The sheet as validated values: from its YAML, or from an index of it.

`read(shipped())` is all that most of torch-tutor needs. The rest is in its modules: `contents` is the table of
contents alone, `load` finds the faults of a sheet, `select` and `search` find entries, `schema` tells editors how a
sheet is written. Names are imported when they are asked for.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tutor.catalogue.index import read as read
    from tutor.catalogue.model import LANGS as LANGS
    from tutor.catalogue.model import Catalogue as Catalogue
    from tutor.catalogue.model import Claim as Claim
    from tutor.catalogue.model import Entry as Entry
    from tutor.catalogue.model import Group as Group
    from tutor.catalogue.model import Lang as Lang
    from tutor.catalogue.model import Pitfall as Pitfall
    from tutor.catalogue.model import Section as Section
    from tutor.catalogue.model import Text as Text
    from tutor.catalogue.model import Then as Then
    from tutor.catalogue.place import shipped as shipped

_MODEL = ("LANGS", "Catalogue", "Claim", "Entry", "Group", "Lang", "Pitfall", "Section", "Text", "Then")
_HOMES = {"read": "index", "shipped": "place", **dict.fromkeys(_MODEL, "model")}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"tutor.catalogue.{_HOMES[name]}"), name)
