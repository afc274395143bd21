"""Exceptions of the snippet -> Error, with its own frames only."""

from __future__ import annotations

import builtins
import linecache
import traceback
from types import TracebackType
from typing import Any, Iterable, List, Set, Tuple

from . import expressions
from .describe import TooLong, clip, limited
from .wire import Error, Frame

FRAMES = 40  # of a traceback: more is a recursion
CAUSES = 4
NEAR = 3  # names that are nearly a missing one


def error_of(e: BaseException, file: str, deep: int = 0) -> Error:
    """An exception as data. Nothing of the exception's own code may break this."""
    if isinstance(e, SyntaxError) and e.filename == file:
        frames: Tuple[Frame, ...] = (syntax_frame(e),)
    else:
        frames = frames_of(part(e, "__traceback__"), file)
    cause = cause_of(e)
    missing, near = nearly(e)
    return Error(
        type=name_of(type(e)),
        message=message_of(e),
        frames=frames,
        bases=tuple(name_of(c) for c in type(e).__mro__[1:] if c is not object and c is not BaseException),
        cause=error_of(cause, file, deep + 1) if cause is not None and cause is not e and deep < CAUSES else None,
        notes=notes_of(e),
        missing=missing,
        near=near,
    )


def cause_of(e: BaseException) -> BaseException | None:
    """The exception that one was raised from, or while handling."""
    cause: BaseException | None = part(e, "__cause__")
    if cause is None and not part(e, "__suppress_context__"):
        cause = part(e, "__context__")
    return cause


def nearly(e: BaseException) -> Tuple[str, Tuple[str, ...]]:
    """A name or attribute that there is not, and those that are nearly the same (CPython 3.10 and later tell it)."""
    if type(e) not in (AttributeError, NameError, UnboundLocalError):  # nor a class of the learner's
        return "", ()
    missing = getattr(e, "name", None)
    if not isinstance(missing, str):
        return "", ()
    try:
        known = attributes(e.obj) if isinstance(e, AttributeError) else in_sight(part(e, "__traceback__"))
        return missing, closest(missing, known)
    except Exception:
        return missing, ()


def closest(missing: str, known: Iterable[str]) -> Tuple[str, ...]:
    """The nearest few, letters in another case first."""
    from difflib import get_close_matches

    some = [k for k in set(known) if abs(len(k) - len(missing)) <= 3 and (k[:1] != "_" or missing[:1] == "_")]
    same = sorted(k for k in some if k.lower() == missing.lower())
    return tuple(dict.fromkeys(same + get_close_matches(missing, sorted(some), NEAR, 0.75)))[:NEAR]


def attributes(obj: Any) -> Set[str]:
    """The attributes of an object, as far as they are told without its own code."""
    found: Set[str] = set()
    for kind in type(obj).__mro__:
        found.update(vars(kind))
    for kind in getattr(obj, "__mro__", ()) if isinstance(obj, type) else ():
        found.update(vars(kind))
    own = object.__getattribute__(obj, "__dict__") if hasattr(type(obj), "__dict__") else {}
    found.update(own)
    for inside in ("_parameters", "_modules", "_buffers"):
        if isinstance(own.get(inside), dict):
            found.update(own[inside])
    return {k for k in found if isinstance(k, str)}


def in_sight(tb: TracebackType | None) -> Set[str]:
    """The names that the innermost frame can see."""
    found = set(vars(builtins))
    while tb is not None:
        if tb.tb_next is None:
            found.update(tb.tb_frame.f_globals)
            found.update(tb.tb_frame.f_locals)
        tb = tb.tb_next
    return {k for k in found if isinstance(k, str)}


def name_of(kind: type) -> str:
    """Of a class, whatever its own class makes of it."""
    return clip(str(vars(type)["__name__"].__get__(kind)))


def part(e: BaseException, name: str) -> Any:
    """An attribute as every exception has it, whatever its class makes of it."""
    return getattr(BaseException, name).__get__(e)


def forget(e: BaseException) -> None:
    """Let go of the frames of an exception that has been told."""
    getattr(BaseException, "__traceback__").__set__(e, None)


def notes_of(e: BaseException) -> Tuple[str, ...]:
    """What was added to an exception."""
    try:
        return tuple(clip(str(n)) for n in getattr(e, "__notes__", ())[:20])
    except Exception:
        return ()


def message_of(e: BaseException) -> str:
    """What it says, without the place in the file, which the frames tell."""
    try:
        return clip(limited(lambda: str(e.msg) if isinstance(e, SyntaxError) else str(e)), 4000)
    except TooLong:
        return "<its __str__ takes too long>"
    except BaseException as inner:
        return "<its __str__ raises {}>".format(type(inner).__name__)


def syntax_frame(e: SyntaxError) -> Frame:
    """Where a syntax error is."""
    end = getattr(e, "end_offset", None) or 0
    same = getattr(e, "end_lineno", e.lineno) == e.lineno
    return Frame(e.lineno or 0, "", (e.text or "").rstrip("\n"), e.offset or 0, max(end, 0) if same else 0)


def frames_of(tb: TracebackType | None, file: str) -> Tuple[Frame, ...]:
    """The frames of the snippet, outermost first; of a deep recursion the first and the last ones."""
    frames: List[Frame] = []
    for frame, line, columns in walk(tb, file):
        code = frame.f_code
        if code.co_filename != file:
            continue
        source = source_of(file, line)
        start, end = columns_of(source, columns)
        frames.append(Frame(line, "" if code.co_name == "<module>" else code.co_name, source, start, end))
    if len(frames) > FRAMES:
        frames[FRAMES // 2 : -FRAMES // 2] = []
    return tuple(frames)


def source_of(file: str, line: int) -> str:
    """A line of the snippet; empty where it spoilt the cache of lines."""
    try:
        return str(linecache.getline(file, line)).rstrip("\n")
    except Exception:
        return ""


def walk(tb: TracebackType | None, file: str) -> List[Tuple[Any, int, Tuple[Any, Any]]]:
    """`(frame, line, (column, end column))` of a traceback; columns are byte offsets, or None where nothing tells."""
    out = []
    while tb is not None:
        columns: Tuple[Any, Any] = (None, None)
        own = tb.tb_frame.f_code.co_filename == file
        found = expressions.place(tb.tb_frame.f_code, tb.tb_lasti) if own else None
        if found is not None:
            columns = (found.column, found.end_column if found.end_line == found.line else None)
        out.append((tb.tb_frame, tb.tb_lineno, columns))
        tb = tb.tb_next
    return out


def columns_of(source: str, columns: Tuple[Any, Any]) -> Tuple[int, int]:
    """Byte offsets as 1-based character columns."""
    raw = source.encode("utf-8", "replace")
    start, end = columns
    if start is None:
        return 0, 0
    first = len(raw[:start].decode("utf-8", "replace")) + 1
    return first, 0 if end is None else len(raw[:end].decode("utf-8", "replace")) + 1


def last_words(e: BaseException) -> str:
    """A traceback of ours, for the rare case that the worker itself fails."""
    return clip("".join(traceback.format_exception(type(e), e, e.__traceback__)), 4000)
