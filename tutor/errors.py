"""The failures of torch-tutor itself.

What a learner's snippet does (exceptions, timeouts, crashes) is never one of these: it arrives as data in a Trace.

TutorError
├── UsageError      a command line that names something that does not exist
├── SheetError      a sheet that cannot be read; carries one message per fault
└── WorkerError     an interpreter that cannot be started, or has no torch
"""

from __future__ import annotations


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

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
        """One message per fault: `file:line:column: entry: what is wrong, what to do`."""


class WorkerError(TutorError):
    """The worker's interpreter cannot be started, or cannot import torch."""
