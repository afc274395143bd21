"""Exceptions of the snippet -> Error, with its own frames only."""

from __future__ import annotations

import linecache
import traceback
from types import TracebackType
from typing import Any, List, Tuple

from .describe import clip
from .wire import Error, Frame

FRAMES = 40  # of a traceback: more is a recursion
CAUSES = 4


def error_of(e: BaseException, file: str, deep: int = 0) -> Error:
    """An exception as data. Nothing of the exception's own code may break this."""
    if isinstance(e, SyntaxError) and e.filename == file:
        frames: Tuple[Frame, ...] = (syntax_frame(e),)
    else:
        frames = frames_of(part(e, "__traceback__"), file)
    cause = cause_of(e)
    return Error(
        type=type(e).__name__,
        message=message_of(e),
        frames=frames,
        bases=tuple(c.__name__ for c in type(e).__mro__[1:] if c is not object and c is not BaseException),
        cause=error_of(cause, file, deep + 1) if cause is not None and cause is not e and deep < CAUSES else None,
        notes=notes_of(e),
    )


def cause_of(e: BaseException) -> BaseException | None:
    """The exception that one was raised from, or while handling."""
    cause: BaseException | None = part(e, "__cause__")
    if cause is None and not part(e, "__suppress_context__"):
        cause = part(e, "__context__")
    return cause


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
        return clip(str(e.msg) if isinstance(e, SyntaxError) else str(e), 4000)
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
    for frame, line, columns in walk(tb):
        code = frame.f_code
        if code.co_filename != file:
            continue
        source = linecache.getline(file, line).rstrip("\n")
        start, end = columns_of(source, columns)
        frames.append(Frame(line, "" if code.co_name == "<module>" else code.co_name, source, start, end))
    if len(frames) > FRAMES:
        frames[FRAMES // 2 : -FRAMES // 2] = []
    return tuple(frames)


def walk(tb: TracebackType | None) -> List[Tuple[Any, int, Tuple[Any, Any]]]:
    """`(frame, line, (column, end column))` of a traceback; columns are byte offsets, or None before 3.11."""
    out = []
    while tb is not None:
        columns: Tuple[Any, Any] = (None, None)
        positions = getattr(tb.tb_frame.f_code, "co_positions", None)
        if positions is not None and tb.tb_lasti >= 0:
            for i, (line, end_line, column, end_column) in enumerate(positions()):
                if i == tb.tb_lasti // 2:
                    columns = (column, end_column if end_line == line else None)
                    break
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
