"""The bytes of a sheet's file, or a SheetError that says why there are none. Knows nothing of what is in them."""

from __future__ import annotations

from tutor.errors import SheetError

LARGEST = 16 * 1024 * 1024
"""Bytes."""


def read_bytes(path: str) -> bytes:
    """What the file holds."""
    try:
        with open(path, "rb") as file:
            raw = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SheetError((f"{path}: cannot be read ({reason}): check the path and its permissions",)) from None
    if len(raw) > LARGEST:
        limit = LARGEST // 2**20
        raise SheetError((f"{path}: larger than {limit} MB: split it into several sheets",))
    return raw
