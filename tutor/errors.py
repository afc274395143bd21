"""The failures of torch-tutor itself.

What a learner's snippet does (exceptions, timeouts, crashes) is never one of these: it arrives as data in a Trace.

TutorError
├── UsageError      a command line that names something that does not exist
├── SheetError      a sheet that cannot be read; carries its faults
└── WorkerError     an interpreter that cannot be started, or has no torch
"""

from __future__ import annotations

import errno
from typing import NamedTuple

_REASONS = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许这样做",
    errno.EISDIR: "这是文件夹",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "文件系统是只读的",
    errno.ENOEXEC: "不是可执行的格式",
}


def reason(error: Exception, lang: str) -> str:
    """Why the system refused something, in its own words; in Chinese where it is one of the usual reasons."""
    said = getattr(error, "strerror", None) or str(error)
    return _REASONS.get(getattr(error, "errno", None) or 0, said) if lang == "zh" else said


class Fault(NamedTuple):
    """One thing that is wrong with a sheet."""

    path: str
    en: str
    """What is wrong, and what to do."""
    zh: str
    line: int = 0
    """From 1; 0 where the file as a whole is meant, or there is none."""
    column: int = 0
    where: str = ""
    """The entry, or another part of the sheet; empty for the sheet itself."""

    def in_(self, lang: str) -> str:
        """As one message: `file:line:column: entry: what is wrong, what to do`. Its place is written alike in both
        languages: editors and terminals open it."""
        said, colon, sheet = (self.zh, "：", "表") if lang == "zh" else (self.en, ": ", "sheet")
        if not self.line:
            return f"{self.path}{colon}{said}"
        return f"{self.path}:{self.line}:{self.column}: {self.where or sheet}{colon}{said}"


class TutorError(Exception):
    """A failure of ours. Its text says what failed, on what, and what to do next."""

    exit_code = 2

    def __init__(self, text: str, zh: str = "") -> None:
        super().__init__(text)
        self.zh = zh or text

    def in_(self, lang: str) -> str:
        """Its text in a language, where there is one."""
        return self.zh if lang == "zh" else str(self)


class UsageError(TutorError):
    """The command line asks for something that does not exist."""


class SheetError(TutorError):
    """A sheet with faults."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(*("\n".join(fault.in_(lang) for fault in faults) for lang in ("en", "zh")))
        self.faults = faults


class WorkerError(TutorError):
    """The worker's interpreter cannot be started, or cannot import torch."""
