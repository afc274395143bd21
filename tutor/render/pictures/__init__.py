"""Pictures of what a step did, drawn from its Trace: `offered` has all that fit, `helpful` those shown unasked.

Pure functions: no I/O, no clock, no state, neither Textual nor torch. Each kind of picture is a module here; one that
knows which steps it fits is a finder, with functions `find` and `helpful` of a step and its trace, and stands below.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text

from tutor.render.ascii import ASCII
from tutor.render.clean import clean
from tutor.render.pictures import autograd, functions, modules, paths, series, shapes, tensors
from tutor.render.pictures.canvas import Canvas, Kind, Picture
from tutor.trace import Step, Trace

__all__ = ["Canvas", "Kind", "Picture", "helpful", "lines", "offered", "title"]

Finder = Callable[[Step, Trace], tuple[Picture, ...]]
FINDERS: tuple[tuple[Finder, Finder], ...] = (
    (autograd.find, autograd.helpful),
    (series.find, series.helpful),
    (modules.find, modules.helpful),
    (functions.find, functions.helpful),
    (paths.find, paths.helpful),
    (shapes.find, shapes.helpful),
    (tensors.find, tensors.helpful),
)
"""What a module offers for a step, and what of it helps unasked; the more telling ones first."""
UNASKED = 2  # pictures of one step


def offered(step: Step, trace: Trace) -> tuple[Picture, ...]:
    """All pictures that fit a step, best first."""
    return _each([*helpful(step, trace), *(p for find, _ in FINDERS for p in _found(find, step, trace))])


def helpful(step: Step, trace: Trace, wanted: tuple[Kind, ...] = ()) -> tuple[Picture, ...]:
    """Those that are shown without being asked for: few, and none for most steps; and all of the wanted kinds."""
    unasked = _each([p for _, find in FINDERS for p in _found(find, step, trace)])[:UNASKED]
    if not wanted:
        return unasked
    return _each([*unasked, *(p for find, _ in FINDERS for p in _found(find, step, trace) if p.kind in wanted)])


def title(picture: Picture, canvas: Canvas) -> str:
    """What it shows, in the characters of the canvas."""
    text = clean(picture.title(canvas.lang))
    return text.translate(ASCII) if canvas.ascii else text


def lines(picture: Picture, canvas: Canvas, page: int = 0) -> list[Text]:
    """What `draw` gives, or nothing where the facts do not fit each other: they may come from anywhere, and a picture
    is never worth the page it stands on."""
    try:
        return picture.draw(canvas, page)
    except Exception:
        return []


def _found(find: Finder, step: Step, trace: Trace) -> tuple[Picture, ...]:
    """What fits a step and can be told of: the others have facts that do not fit each other."""
    try:
        return tuple(picture for picture in find(step, trace) if picture.pages and picture.describe("en"))
    except Exception:
        return ()


def _each(pictures: list[Picture]) -> tuple[Picture, ...]:
    """Without repetitions."""
    out: list[Picture] = []
    for picture in pictures:
        if picture not in out:
            out.append(picture)
    return tuple(out)
