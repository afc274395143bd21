"""Whatever a snippet prints, a terminal only shows it, and a reader sees it."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from rich.cells import cell_len

from tutor.render.clean import ACCENTS, NAME, called, clean, in_place, printed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\x1b]52;c;ZXZpbA==\x07b", "a␛]52;c;ZXZpbA==␇b", id="OSC 52 writes to the clipboard"),
        pytest.param("a\x1b]0;title\x1b\\b", "a␛]0;title␛\\b", id="title"),
        pytest.param("a\x9d0;title\x9cb", "a<U+009D>0;title<U+009C>b", id="title, in C1"),
        pytest.param("a\x1b]0;never ended\nb", "a␛]0;never ended\nb", id="a title without an end"),
        pytest.param("a\x1b]8;;http://x\x1b\\link", "a␛]8;;http://x␛\\link", id="hyperlink"),
        pytest.param("a\x1bcb", "a␛cb", id="RIS resets the terminal"),
        pytest.param("a\x1b[6nb", "a␛[6nb", id="DSR makes the terminal type"),
        pytest.param("a\x1b[?1049hb\x1b[2J\x1b[H", "a␛[?1049hb␛[2J␛[H", id="alternate screen, clear, home"),
        pytest.param("a\x9b6nb", "a<U+009B>6nb", id="CSI in C1"),
        pytest.param("a\x1bPq#0\x1b\\b", "a␛Pq#0␛\\b", id="DCS"),
        pytest.param("a\x90q\x9cb", "a<U+0090>q<U+009C>b", id="DCS in C1"),
        pytest.param("\x1b_Gf=32;AAAA\x1b\\x", "␛_Gf=32;AAAA␛\\x", id="APC: pictures"),
        pytest.param("a\x1b(0b", "a␛(0b", id="character set"),
        pytest.param("a\x1b", "a␛", id="an escape at the end"),
        pytest.param("\x1b[1;31mred\x1b[0m", "red", id="colour is left out"),
        pytest.param("\x1b[38:2::1:2:3mred\x1b[m", "red", id="colour with colons"),
        pytest.param("a\x9b31mb\x1b(B\x1b[m", "ab", id="colour in C1, and back to normal"),
        pytest.param("\x1b[?25l50%\x1b[K\x1b[A", "50%", id="moves of progress bars are left out"),
        pytest.param("\x1b\x1b[m[6n", "␛[6n", id="what is left out makes nothing of its surroundings"),
        pytest.param("a\x00b\x07c\x08d\x7f\x0c", "a␀b␇c␈d␡␌", id="control characters are seen"),
        pytest.param("x = 1\ry = 2", "x = 1␍y = 2", id="a return hides nothing"),
        pytest.param("a\x85b\x8dc", "a<U+0085>b<U+008D>c", id="C1 controls are seen"),
        pytest.param("\u202eevil\u2066x", "<U+202E>evil<U+2066>x", id="direction"),
        pytest.param("a\u200bb\ufeff\u00ad", "a<U+200B>b<U+FEFF><U+00AD>", id="zero width"),
        pytest.param("x\u200dy\u200c", "x<U+200D>y<U+200C>", id="a joiner that joins no emoji"),
        pytest.param("x\ufe0fy❤\ufe0f\ufe0f", "x<U+FE0F>y❤<U+FE0F>", id="a selector that selects nothing"),
        pytest.param("a\u2028b", "a<U+2028>b", id="line separator"),
        pytest.param("a\u3164\u115f\uffa0", "a<U+3164><U+115F><U+FFA0>", id="letters that are blank"),
        pytest.param("\U000e0041\U000e007f", "<U+E0041><U+E007F>", id="tags"),
        pytest.param("\ud800", "<U+D800>", id="a lone surrogate"),
        pytest.param("\udcff", "<U+DCFF>", id="an undecodable byte"),
        pytest.param("\ufffd", "�", id="the sign for one is to be seen as it is"),
        pytest.param("\x00" * 900 + "\u200b" * 3, "␀×900<U+200B><U+200B><U+200B>", id="many of one kind are counted"),
        pytest.param("e" + "\u0301" * 60, "e" + "\u0301" * 4 + "…", id="a heap of accents"),
        pytest.param("ก" + "\u0e35" * 60 + "ข", "ก" + "\u0e35" * 4 + "…ข", id="a heap of Thai vowels"),
        pytest.param("e\u0301\u05b0\u064b\u0e35\u0f71x", "e\u0301\u05b0\u064b\u0e35…x", id="a mixed heap"),
        pytest.param("\u1100" + "\u1161" * 9, "\u1100" + "\u1161" * 4 + "…", id="a heap of Hangul vowels"),
        pytest.param("a\tb", "a       b", id="tabs"),
        pytest.param("a\r\nb\r\n", "a\nb\n", id="DOS lines"),
        pytest.param("a[bold]b[/bold] list[int]", "a[bold]b[/bold] list[int]", id="no markup"),
        pytest.param("中文，é ┌─┐ ▁█ 😀 ½", "中文，é ┌─┐ ▁█ 😀 ½", id="what is only to be seen"),
        pytest.param("e\u0301 Việt ñ Ünï", "e\u0301 Việt ñ Ünï", id="accents"),
        pytest.param("สวัสดี שָׁלוֹם مُحَمَّد हिन्दी རྒྱུད 한국어 日本語", "สวัสดี שָׁלוֹם مُحَمَّد हिन्दी རྒྱུད 한국어 日本語", id="scripts"),
        pytest.param("👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3", "👨👩👧 ❤🔥 1\u20e3", id="joined emoji"),
        pytest.param("葛\U000e0100", "葛", id="a form of an ideograph"),
    ],
)  # fmt: skip
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("10%\r50%\r100%\ndone", "100%\ndone", id="a progress bar"),
        pytest.param("10%\r100%\r", "100%", id="a progress bar that returns"),
        pytest.param("a\r\nb\r\n", "a\nb\n", id="DOS lines"),
        pytest.param("a\x1b[2J\rb\x07", "b␇", id="nothing is obeyed"),
    ],
)
def test_what_is_printed_is_shown_as_a_terminal_would_in_the_end(text: str, shown: str) -> None:
    assert "\n".join(printed(line, "en") for line in text.split("\n")) == shown


def test_a_line_too_long_to_be_read_keeps_its_beginning_and_its_end() -> None:
    told = printed("<" + "x" * 1_000_000 + "\x1b[2J>", "en")

    assert told.startswith("<xxx")
    assert told.endswith("xxx␛[2J>")
    assert "… 998,006 characters left out …" in told
    assert len(told) < 2100
    assert "……省略998,006个字符……" in printed("<" + "x" * 1_000_000 + "\x1b[2J>", "zh")


def test_what_something_is_called_has_an_end() -> None:
    assert called("model.0.weight") == "model[0].weight"
    assert called("self.body.3.0.bias") == "self.body[3][0].bias"
    assert called("model.1(...)") == "model[1](...)"
    assert [called(name) for name in ("0.weight", "x1.y2", "torch.float32")] == ["0.weight", "x1.y2", "torch.float32"]
    assert called("n" * 100_000) == "n" * (NAME - 1) + "…"
    assert called("\x1b[2J" + "n" * 100_000).startswith("␛[2Jnn")


def test_what_is_edited_keeps_every_character_in_its_place() -> None:
    text = "a\tb\x1b[2J\x7f\x9b\u202e\u200b\ud800" + "e" + "\u0301" * 6 + "中"

    assert in_place(text) == "a\tb␛[2J␡����" + "e" + "\u0301" * 4 + "◌◌" + "中"
    every = "".join(map(chr, range(0, sys.maxunicode + 1, 7)))
    assert len(in_place(every)) == len(every)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ud800-\udfff]", in_place(every))


def test_no_character_by_itself_is_obeyed_or_unseen() -> None:
    told = clean("".join(f"{chr(code)}x" for code in range(sys.maxunicode + 1)))

    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", told)
    assert {unicodedata.bidirectional(c) for c in told}.isdisjoint({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"})
    assert {unicodedata.category(c) for c in told}.isdisjoint({"Cs", "Zl", "Zp"})
    assert all(cell_len(c) for c in told if unicodedata.category(c) == "Cf")
    told.encode("utf-8")


def test_no_run_of_a_character_takes_no_room() -> None:
    for char in map(chr, (*range(0x20000), *range(0xE0000, 0xE1000))):
        if char != "\n" and cell_len(char) == 0:
            assert len(re.findall(re.escape(char), clean(f"x{char * 50}"))) <= ACCENTS, hex(ord(char))


def test_what_is_clean_stays_as_it_is() -> None:
    every = "".join(f"{chr(code)}x{chr(code) * 7}" for code in range(0, sys.maxunicode + 1, 3))

    assert clean(clean(every)) == clean(every)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("\x1b]0;" + "x" * 200_000, 200_010),
        ("\x1b[" * 100_000, 200_000),
        ("\x1b[" + "1;" * 100_000, 200_010),
        ("\r" * 200_000, 20),
        ("\x1b" * 200_000, 20),
        ("e" + "\u0301" * 200_000, 10),
        ("\u200b\u200c" * 100_000, 1_600_000),
    ],
    ids=["OSC", "half CSI", "endless CSI", "returns", "escapes", "accents", "zero width"],
)
def test_long_text_does_not_grow_without_bound(text: str, most: int) -> None:
    assert len(clean(text)) <= most
