"""Notices as lines of text."""

from __future__ import annotations

from rich.cells import cell_len

from tutor.catalogue.model import Text
from tutor.notices import Notice
from tutor.render.layout import Sheet
from tutor.render.notices import notice_lines

from .paper import shown

CODE = "loss = f(x)\n    loss = criterion(model(x), y)  # [bold]\n"
FOUND = (
    Notice(
        "softmax-twice", 2, 5, Text("`cross_entropy` takes it.", "`cross_entropy`自己会做。"), Text("So.", "所以。")
    ),
)


def test_a_notice_stands_under_its_line() -> None:
    assert shown(notice_lines(FOUND, CODE, Sheet(60)), 60).split("\n")[:-1] == [
        "! at line 2  loss = criterion(model(x), y)  # [bold]",
        "  cross_entropy takes it.",
        "  So.",
    ]


def test_a_notice_is_as_wide_as_the_page_in_either_language() -> None:
    for lang in ("en", "zh"):
        lines = shown(notice_lines(FOUND * 2, CODE, Sheet(24, lang)), 24).split("\n")
        assert all(cell_len(line) <= 24 for line in lines)
        assert sum(line.startswith("!") for line in lines) == 2
