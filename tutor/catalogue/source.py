"""The bytes of a sheet's file, or a SheetError that says why there are none. Knows nothing of what is in them."""

from __future__ import annotations

import os
import stat

from tutor.errors import SheetError

LARGEST = 16 * 1024 * 1024
"""Bytes."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def read_bytes(path: str) -> bytes:
    """What the file holds. Nothing but a file is waited for: a pipe, a device and a folder are none."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            kind = os.fstat(file.fileno()).st_mode
            raw = file.read(LARGEST + 1) if stat.S_ISREG(kind) else b""
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SheetError((f"{path}: cannot be read ({reason}): check the path and its permissions",)) from None
    if not stat.S_ISREG(kind):
        what = next((name for is_one, name in _KINDS if is_one(kind)), "no file")
        raise SheetError((f"{path}: cannot be read (it is {what}): name a file",))
    if len(raw) > LARGEST:
        limit = LARGEST // 2**20
        raise SheetError((f"{path}: larger than {limit} MB: split it into several sheets",))
    return raw


def _at_once(path: str, flags: int) -> int:
    """A pipe that nobody writes to opens too."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
