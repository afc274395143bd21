"""The parts of a page around the ledger, and that no text is ever taken for markup or for orders to a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from recorded import JOBS, trace
from rich.console import RenderableType

from tutor.catalogue.model import Claim, ClaimKind, Entry, Lang, Then, Today
from tutor.catalogue.model import Text as Words
from tutor.render import page
from tutor.render.layout import Sheet, sheet_for
from tutor.render.words import WORDS, word
from tutor.trace import Trace
from tutor.worker.wire import ClaimChecked, Error, Finished, Frame, PlainValue, Side

from .paper import parts, recorded_page, shown

SHEET = Sheet(80)
ENTRY = Entry(
    "autograd/backward",
    "",
    Words("Backpropagate", "反向传播"),
    Words("Walks the graph from `y` back.", "沿着图往回走。"),
    "x = 1",
    (),
    sheet="y.backward()\n",
    erratum=Words("The print is wrong.", "印错了。"),
    see=("autograd/grad", "nn/linear"),
    docs=("torch.Tensor.backward", "https://example.org/page"),
)


def text(*told: RenderableType, width: int = 80) -> list[str]:
    return shown(told, width).splitlines()


# --------------------------------------------------------------------------------------------- the entry


def test_the_title_names_the_entry_and_at_the_right_the_run() -> None:
    (line,) = text(page.title(ENTRY, SHEET, "cpu  seed 0"))
    assert line.startswith("autograd/backward  Backpropagate ")
    assert line.endswith(" cpu  seed 0")
    assert len(line) == 80
    (line,) = text(page.title(ENTRY, Sheet(80, "zh")))
    assert line == "autograd/backward  反向传播"


def test_the_facts_of_the_run_stand_below_a_title_that_leaves_no_room() -> None:
    told = text(page.title(ENTRY, Sheet(30), "cpu  torch 2.13.0  seed 0"))
    assert told[0] == "autograd/backward  Backpropagate"[:30].rsplit(" ", 1)[0].rstrip()
    assert told[-1] == "cpu  torch 2.13.0  seed 0"
    assert max(map(len, told)) <= 30


def test_prose_keeps_to_a_measure_in_a_wide_terminal() -> None:
    entry = replace(ENTRY, text=Words("word " * 60, ""), erratum=Words("word " * 60, ""))
    told = text(*page.introduction(entry, Sheet(200)), width=200)
    assert 90 < max(map(len, told)) <= 100


def test_the_introduction_has_text_line_and_erratum() -> None:
    assert text(*page.introduction(ENTRY, SHEET)) == [
        "Walks the graph from y back.",
        "0.3.0 sheet      y.backward()",
        "the sheet errs   The print is wrong.",
    ]
    assert text(*page.introduction(replace(ENTRY, sheet="", erratum=None), Sheet(80, "zh"))) == ["沿着图往回走。"]


def test_links_name_entries_and_pages() -> None:
    assert text(*page.links(ENTRY, SHEET), width=120) == [
        "see also: autograd/grad  nn/linear",
        "documentation: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.backward.html",
        "documentation: https://example.org/page",
    ]


@pytest.mark.parametrize(
    ("today", "match", "line"),
    [
        ("works", "", "then: PyTorch 0.3.0  works today"),
        ("warns", "beware", "then: PyTorch 0.3.0  warns today: beware"),
        ("raises", "no [way]", "then: PyTorch 0.3.0  raises today: no [way]"),
    ],
)
def test_above_the_old_form_stands_what_it_does_today(today: Today, match: str, line: str) -> None:
    assert text(page.then_heading(Then("x", today, Words("", ""), match), SHEET)) == [line]


def test_what_changed_and_since_when() -> None:
    then = Then("x", "works", Words("Merged.", "合并了。"), since="0.4.0")
    assert text(page.then_changed(then, SHEET)) == ["since 0.4.0      Merged."]
    assert text(page.then_changed(replace(then, since=""), Sheet(80, "zh"))) == ["有何变化         合并了。"]


def test_code_is_numbered() -> None:
    assert text(page.code_block("x = 1\n\nif x:\n\ty = 2\n")) == [
        "  1 x = 1",
        "  2",
        "  3 if x:",
        "  4     y = 2",
    ]


# ------------------------------------------------------------------------------------------------- claims


def claim(result: ClaimChecked, kind: ClaimKind = "expr", says: str = "", plain: bool = False) -> list[str]:
    words = Words(says, "中文") if says else None
    return text(page.claim_line(Claim(kind, "y = 1\nx == y\n", "", words), result, Sheet(80, plain=plain)))


def test_a_claim_that_holds_has_a_tick() -> None:
    holds = ClaimChecked("j", 0, True)
    assert claim(holds) == ["✓ x == y"]
    assert claim(holds, says="x is y") == ["✓ x is y   x == y"]
    assert claim(holds, "raises") == ["✓ raises: x == y"]
    assert claim(holds, plain=True) == ["ok   x == y"]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("a = 1\nsizes == [\n    (2, 3),\n    (4,),\n]\n", "✓ sizes == [(2, 3), (4,),]"),
        ("with f():\n    g()", "✓ with f(): g()"),
        ("not python at all\nx ==", "✓ x =="),
    ],
)
def test_a_claim_is_told_by_its_whole_last_statement(code: str, told: str) -> None:
    assert text(page.claim_line(Claim("expr", code), ClaimChecked("j", 0, True), SHEET)) == [told]


def test_the_code_of_a_claim_stands_under_it_where_it_does_not_fit_beside_it() -> None:
    claim = Claim("raises", "some_function(of_this, and_that)", "", Words("they do not go together", ""))
    holds = ClaimChecked("j", 0, True)
    assert text(page.claim_line(claim, holds, Sheet(50)), width=50) == [
        "✓ they do not go together",
        "  raises: some_function(of_this, and_that)",
    ]
    assert len(text(page.claim_line(claim, holds, Sheet(80)))) == 1


def test_a_claim_that_does_not_hold_tells_what_was_seen() -> None:
    fails = ClaimChecked("j", 0, False, "is False", (Side("x", PlainValue("int", "2")),))
    assert claim(fails) == ["✗ x == y", "  seen: is False", "  x = 2"]
    assert claim(fails, plain=True)[0] == "FAIL x == y"


# -------------------------------------------------------------------------------------------------- errors


def test_an_error_shows_the_way_to_it_and_what_the_call_was_given() -> None:
    assert text(*page.trouble(trace("matmul"), SHEET)) == [
        "  at line 7: result = product(",
        "  at line 2 product(): return torch.matmul(left, right)",
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
        "what torch.matmul was given",
        "  left  2x3 f32",
        "  right  4x5 f32",
    ]


def test_an_error_names_its_cause() -> None:
    told = text(*page.trouble(trace("warnings"), SHEET))
    assert told[-2:] == ["ValueError: no such key", "  caused by KeyError: 'key'"]


def test_the_part_of_the_line_that_failed_is_marked() -> None:
    error = Error("ValueError", "no", (Frame(3, "", "    y = f(x)", 9, 13),))
    coloured = shown([page.error_lines(error, SHEET)], 80, colour=True)
    assert "y = \x1b[1;4;31mf(x)\x1b[0m" in coloured


def test_a_deep_recursion_is_cut_to_its_last_frames() -> None:
    error = Error("RecursionError", "deep", tuple(Frame(i, "f", "f()") for i in range(1, 100)))
    told = text(page.error_lines(error, SHEET))
    assert told[0] == "  at line 94 f(): f()"
    assert len(told) == 7


def test_notes_and_an_error_without_words() -> None:
    assert text(page.error_lines(Error("E", "", notes=("try again",), cause=Error("C", "")), SHEET)) == [
        "E",
        "  try again",
        "  caused by C",
    ]


def test_reading_input_is_explained() -> None:
    told = text(*page.trouble(failed(Error("EOFError", "EOF when reading a line")), SHEET))
    assert told[-1] == "a snippet has no keyboard: input() reads an empty file"


def failed(error: Error) -> Trace:
    """A run that ended with it."""
    run = trace("matmul")
    return replace(run, steps=(*run.steps[:-1], replace(run.steps[-1], error=error)), operands=None)


@pytest.mark.parametrize("name", ["endless", "leaves", "dies", "backward"])
def test_there_is_no_trouble_to_tell_of_where_nothing_was_raised(name: str) -> None:
    assert text(*page.trouble(trace(name), SHEET)) == []


@pytest.mark.parametrize(
    ("end", "lang", "told"),
    [
        (Finished("j", "finished", 4.125, peak=170 << 20), "en", "finished  4.1 ms  peak 170 MB"),
        (Finished("j", "finished", 4.125), "zh", "完成  4.1 ms"),
        (Finished("j", "raised", 1.0, line=7), "en", "raised ValueError at line 7  1.0 ms"),
        (Finished("j", "timed_out", 9.0, "still running after 1 s", 3), "en", None),
        (Finished("j", "cancelled", 9.0), "en", "cancelled  9.0 ms"),
        (Finished("j", "flooded", 9.0), "en", "stopped: too much output  9.0 ms"),
        (Finished("j", "out_of_memory", 9.0), "en", "stopped: out of memory  9.0 ms"),
        (Finished("j", "finished", 1.0, strays=2), "en", "finished  1.0 ms  2 processes it left behind were ended"),
    ],
)
def test_how_it_ended(end: Finished, lang: Lang, told: str | None) -> None:
    line = page.ending(end, Error("ValueError", ""), lang).plain
    assert line == (told or "timed out: still running after 1 s at line 3  9.0 ms")


def test_a_process_that_ends_itself_is_told_with_its_status() -> None:
    run = trace("dies")
    assert run.finished is not None
    said = page.ending(run.finished, run.error, "en").plain
    assert said.startswith("died: the process ended itself with status 3 at line 3  4.1 ms")


# -------------------------------------------------------------------------------------------------- markup

HOSTILE = "list[int] a[/b] [bold]x[/bold] :smile: [link=http://x]y[/link]"


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [60, 120])
def test_what_a_snippet_prints_is_never_obeyed(width: int, colour: bool) -> None:
    sheet = sheet_for(JOBS["hostile"].code, width, "en", False)
    told = shown(parts("hostile", trace("hostile"), sheet), width, colour)
    assert set(re.findall("\x1b[^m]*m?", told)) - {""} <= set(re.findall("\x1b\\[[0-9;]*m", told))
    assert "\x1b[5m" not in told
    assert not {"\u202e", "\x07"} & set(told)
    assert bool(colour) == ("\x1b[" in told)


def test_what_a_snippet_prints_is_never_markup() -> None:
    told = recorded_page("hostile", 60)
    for piece in (
        "list[int] a[/b] [bold]x[/bold] :smile:",
        "'[red]value[/red]'",
        "['[bold]'] 1 f32",
        "Bad[bold]: [/nope] ␛]0;owned␇ <U+202E>evil",
        "raised Bad[bold] at line 9",
    ):
        assert piece in told


def test_what_a_sheet_says_is_never_markup() -> None:
    words = Words(HOSTILE, HOSTILE)
    then = Then(HOSTILE, "raises", words, HOSTILE, HOSTILE)
    entry = replace(ENTRY, title=words, text=words, sheet=HOSTILE, erratum=words, see=(HOSTILE,), docs=(HOSTILE,))
    failing = ClaimChecked("j", 0, False, HOSTILE, (Side(HOSTILE, PlainValue("str", HOSTILE)),))
    wide = Sheet(200)
    told: list[Iterable[RenderableType]] = [
        [page.title(entry, wide, HOSTILE)],
        list(page.introduction(entry, wide)),
        list(page.links(entry, wide)),
        [page.then_heading(then, wide)],
        [page.then_changed(then, wide)],
        [page.code_block(HOSTILE)],
        [page.claim_line(Claim("expr", HOSTILE, says=words), failing, wide)],
        [page.error_lines(Error(HOSTILE, HOSTILE, (Frame(1, HOSTILE, HOSTILE),), notes=(HOSTILE,)), wide)],
        [page.ending(Finished("j", "died", reason=HOSTILE), None, "en")],
    ]
    for part in told:
        assert HOSTILE in " ".join(shown(part, 400).split()).replace(" generated/", "generated/")


# --------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize("key", sorted(WORDS))
def test_every_word_takes_the_same_values_in_both_languages(key: str) -> None:
    english, chinese = WORDS[key]
    assert english.replace("{s}", "").count("{}") == chinese.count("{}")
    assert bool(english) == bool(chinese)


@pytest.mark.parametrize(
    ("count", "told"), [(1, "1 iteration"), ("1", "1 iteration"), (2, "2 iterations"), (0, "0 iterations")]
)
def test_one_is_not_many(count: object, told: str) -> None:
    assert word("iterations", "en", count) == told
