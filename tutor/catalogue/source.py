"""The bytes of a sheet's file, or a SheetError that says why there are none. Knows nothing of what is in them.

Imports next to nothing: the commands that start at once come by here.
"""

from __future__ import annotations

import os
import stat

from tutor.errors import Fault, SheetError, reason

LARGEST = 16 * 1024 * 1024
"""Bytes."""

_KINDS = (
    (stat.S_ISDIR, ("it is a folder", "这是文件夹")),
    (stat.S_ISFIFO, ("it is a pipe", "这是管道")),
    (stat.S_ISCHR, ("it is a device", "这是设备")),
    (stat.S_ISBLK, ("it is a device", "这是设备")),
)
_NO_FILE = ("it is no file", "这不是文件")


def read_bytes(path: str) -> bytes:
    """What the file holds. Nothing but a file is waited for: a pipe, a device and a folder are none."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            kind = os.fstat(file.fileno()).st_mode
            raw = file.read(LARGEST + 1) if stat.S_ISREG(kind) else b""
    except (OSError, ValueError) as error:
        raise _error(
            path,
            f"cannot be read ({reason(error, 'en')}): check the path and its permissions",
            f"无法读取（{reason(error, 'zh')}）：请检查路径和权限",
        ) from None
    if not stat.S_ISREG(kind):
        en, zh = next((words for is_one, words in _KINDS if is_one(kind)), _NO_FILE)
        raise _error(path, f"cannot be read ({en}): name a file", f"无法读取（{zh}）：请给出一个文件")
    if len(raw) > LARGEST:
        limit = LARGEST // 2**20
        raise _error(path, f"larger than {limit} MB: split it into several sheets", f"大于{limit} MB：请拆成几张表")
    return raw


def _error(path: str, en: str, zh: str) -> SheetError:
    return SheetError((Fault(path, en, zh),))


def _at_once(path: str, flags: int) -> int:
    """A pipe that nobody writes to opens too."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
