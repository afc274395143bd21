"""The faults of one sheet, gathered while it is read. Knows where each belongs, not what it is about."""

from __future__ import annotations

import re
from typing import NoReturn

from tutor.catalogue.model import Text
from tutor.catalogue.tree import Node, Scalar
from tutor.errors import Fault, SheetError

MOST = 100
"""Faults that are told."""
LONGEST = 80
"""Characters of the name of an entry in a message."""
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


class Faults:
    """What is wrong with one sheet."""

    def __init__(self, path: str, text: str = "") -> None:
        self._path = path
        self._rows = _BREAK.split(text)
        self._found: list[Fault] = []

    def add(self, line: int, column: int, where: str, words: Text) -> None:
        """Note a fault at a line and column, of an entry or another part of the sheet. SheetError where there have
        been so many that the file can hardly be meant to be a sheet."""
        told = where if len(where) <= LONGEST else where[: LONGEST - 3] + "..."
        self._found.append(Fault(self._path, words.en, words.zh, line, column, told))
        if len(self._found) == MOST:
            last = Fault(
                self._path,
                f"{MOST} faults up to here: correct these first, then see what is left",
                f"到这里已有{MOST}处错误：请先改正这些，再看还剩什么",
            )
            raise SheetError((*self._error().faults, last))

    def stop(self, line: int, column: int, words: Text) -> NoReturn:
        """Raise SheetError with a fault that leaves nothing to read."""
        self._found.clear()
        self.add(line, column, "", words)
        raise self._error()

    def at(self, node: Node, where: str, words: Text) -> None:
        """Note a fault of a node."""
        self.add(node.line, node.column, where, words)

    def inside(self, node: Scalar, line: int, column: int, where: str, words: Text) -> None:
        """Note a fault at a line and column of the text that a node holds."""
        if node.style == "|":
            row = node.line + line
            self.add(row, self._indent(row, node.value.split("\n"), line) + column, where, words)
        elif "\n" in node.value or node.style == ">":
            self.at(node, where, words)
        else:
            self.add(node.line, node.column + len(node.style) + column - 1, where, words)

    def raise_if_any(self) -> None:
        """SheetError with all of them, from the top of the file to its end."""
        if self._found:
            raise self._error()

    def _error(self) -> SheetError:
        return SheetError(tuple(sorted(self._found, key=lambda fault: (fault.line, fault.column, fault.in_("en")))))

    def _indent(self, row: int, block: list[str], line: int) -> int:
        """How far the file indents a line of a block."""
        if line > len(block) or row > len(self._rows):
            return 0
        return max(self._rows[row - 1].find(block[line - 1]), 0)
