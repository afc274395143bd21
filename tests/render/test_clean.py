"""Whatever a snippet prints, a terminal only shows it."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tutor.render.clean import clean


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\x1b]52;c;ZXZpbA==\x07b", "ab", id="OSC 52 writes to the clipboard"),
        pytest.param("a\x1b]0;title\x07b", "ab", id="title, ended by BEL"),
        pytest.param("a\x1b]0;title\x1b\\b", "ab", id="title, ended by ST"),
        pytest.param("a\x9d0;title\x9cb", "ab", id="title, in C1"),
        pytest.param("a\x1b]0;never ended\nb", "a\nb", id="a title without an end takes no more than its line"),
        pytest.param("a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink", id="hyperlink"),
        pytest.param("a\x1b]52;c;\x1b[6nb", "ab", id="a sequence in a sequence"),
        pytest.param("a\x1bcb", "ab", id="RIS resets the terminal"),
        pytest.param("a\x1b[6nb", "ab", id="DSR makes the terminal type"),
        pytest.param("a\x1b[?1049hb\x1b[2J\x1b[H", "ab", id="alternate screen, clear, home"),
        pytest.param("\x1b[1;31mred\x1b[0m", "red", id="colour"),
        pytest.param("\x1b[38:2::1:2:3mred\x1b[m", "red", id="colour with colons"),
        pytest.param("a\x9b31mb", "ab", id="CSI in C1"),
        pytest.param("a\x1bPq#0;2;0;0;0\x1b\\b", "ab", id="DCS"),
        pytest.param("a\x90q\x9cb", "ab", id="DCS in C1"),
        pytest.param("\x1b_Gf=32;AAAA\x1b\\x", "x", id="APC: pictures"),
        pytest.param("x\x1b^private\x1b\\y", "xy", id="PM"),
        pytest.param("a\x1b(0b", "ab", id="character set"),
        pytest.param("a\x1b\x1b[31mb", "ab", id="two escapes"),
        pytest.param("a\x1b", "a", id="an escape at the end"),
        pytest.param("a\x1b[", "a", id="half a sequence"),
        pytest.param("a\x00b\x07c\x08d\x7f", "a␀b␇c␈d␡", id="control characters are seen"),
        pytest.param("a\x85b\x8dc", "a<U+0085>b<U+008D>c", id="C1 controls are seen"),
        pytest.param("\u202eevil\u2066x", "<U+202E>evil<U+2066>x", id="direction"),
        pytest.param("a\u200bb\ufeff\u00ad", "a<U+200B>b<U+FEFF><U+00AD>", id="zero width"),
        pytest.param("a\u2028b", "a<U+2028>b", id="line separator"),
        pytest.param("\U000e0041", "<U+E0041>", id="tags"),
        pytest.param("\ud800", "<U+D800>", id="a lone surrogate"),
        pytest.param("\udcff", "<U+DCFF>", id="an undecodable byte"),
        pytest.param("e" + "\u0301" * 60, "e" + "\u0301" * 4, id="zalgo"),
        pytest.param("a\tb", "a       b", id="tabs"),
        pytest.param("10%\r50%\r100%\ndone", "100%\ndone", id="a progress bar"),
        pytest.param("10%\r100%\r", "100%", id="a progress bar that returns"),
        pytest.param("a\r\nb\r\n", "a\nb\n", id="DOS lines"),
        pytest.param("a[bold]b[/bold] list[int]", "a[bold]b[/bold] list[int]", id="no markup"),
        pytest.param("中文，é ┌─┐ ▁█ 😀 ½", "中文，é ┌─┐ ▁█ 😀 ½", id="what is only to be seen"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_no_character_by_itself_is_obeyed() -> None:
    every = "".join(f"{chr(code)}x" for code in range(0x11000))
    told = clean(every)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", told)
    assert {unicodedata.bidirectional(c) for c in told}.isdisjoint({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"})
    assert {unicodedata.category(c) for c in told}.isdisjoint({"Cs", "Zl", "Zp"})
    told.encode("utf-8")


@pytest.mark.parametrize(
    "text", ["\x1b]0;" + "x" * 200_000, "\x1b[" * 100_000, "\r" * 200_000, "e" + "\u0301" * 200_000]
)
def test_long_text_takes_no_long_time(text: str) -> None:
    assert len(clean(text)) < 10
