from __future__ import annotations

import pytest

from tutor.catalogue.model import Catalogue, Entry, Group, Lang, Section, Text, Then
from tutor.catalogue.search import Hit, Searcher, search
from tutor.catalogue.typos import errors, errors_forgiven

NONE = Text("", "")

ENTRIES = (
    Entry(
        "autograd/backward",
        "",
        Text("Backpropagate: y.backward()", "反向传播"),
        Text("Walks the graph from y back to every leaf.", "沿着图从y走到每个叶子，累加梯度。"),
        "x = torch.ones(2)\ny = (x ** 2).sum()\ny.backward()",
        (),
        sheet="y.backward()",
        then=Then("Variable(x).backward()", "raises", NONE),
        docs=("torch.Tensor.backward",),
        tags=("gradient",),
    ),
    Entry(
        "autograd/zero-grad",
        "",
        Text("Clear gradients", "清零"),
        Text("A second backward would add to what is there.", "否则第二次反向传播会累加。"),
        "x.grad.zero_()\noptimizer.zero_grad()",
        (),
        docs=("torch.optim.Optimizer.zero_grad",),
    ),
    Entry(
        "nn/grad",
        "",
        Text("Parameters", "参数"),
        Text("Trained by an optimizer.", "由优化器训练。"),
        "import torch.nn.functional as F\nF.linear(x, w)",
        (),
        docs=("torch.nn.functional.linear",),
        then=Then("volatile = True", "works", NONE),
    ),
)
CATALOGUE = Catalogue("sheet.yaml", NONE, (Section("all", NONE, None, "", (Group("", NONE, ENTRIES),)),))


def found(words: str, limit: int = 20) -> list[str]:
    return [hit.entry.id for hit in search(CATALOGUE, words, limit)]


def best(words: str) -> Hit:
    return search(CATALOGUE, words)[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("   ", [], id="blanks"),
        pytest.param("backward", ["autograd/backward", "autograd/zero-grad"], id="name before text"),
        pytest.param("GRADIENT", ["autograd/zero-grad", "autograd/backward"], id="title before tags, in any case"),
        pytest.param("grad", ["nn/grad", "autograd/zero-grad", "autograd/backward"], id="exact name first"),
        pytest.param("zero_grad", ["autograd/zero-grad"], id="underscores as in code"),
        pytest.param("zero grad", ["autograd/zero-grad"], id="a name in two words"),
        pytest.param("leaf graph", ["autograd/backward"], id="all words, in any order"),
        pytest.param("leaf optimizer", [], id="words that no entry has together"),
        pytest.param("torch.nn.functional", ["nn/grad"], id="a dotted name"),
        pytest.param("y.backward()", ["autograd/backward"], id="code"),
        pytest.param("volatile", ["nn/grad"], id="the code of then"),
        pytest.param("梯度", ["autograd/backward"], id="Chinese"),
        pytest.param("反向传播", ["autograd/backward", "autograd/zero-grad"], id="Chinese in title before text"),
        pytest.param("bakward", ["autograd/backward", "autograd/zero-grad"], id="a letter missing"),
        pytest.param("backwrad", ["autograd/backward", "autograd/zero-grad"], id="letters swapped"),
        pytest.param("optimzer parametrs", ["nn/grad"], id="two words misspelt"),
        pytest.param("optimzi", ["autograd/zero-grad", "nn/grad"], id="the start of a word misspelt"),
        pytest.param("yxz", [], id="a short word gets no second chance"),
        pytest.param("xyzxyz", [], id="like nothing"),
    ],
)
def test_what_is_found(words: str, expected: list[str]) -> None:
    assert found(words) == expected


def test_no_more_than_asked_for() -> None:
    assert found("grad", limit=2) == ["nn/grad", "autograd/zero-grad"]


def test_scores_fall() -> None:
    scores = [hit.score for hit in search(CATALOGUE, "grad")]

    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 3


@pytest.mark.parametrize(
    ("words", "where", "excerpt", "marked"),
    [
        ("zero-grad", "id", "autograd/zero-grad", "zero-grad"),
        ("BACKPROP", "title", "Backpropagate: y.backward()", "Backprop"),
        ("反向", "title", "反向传播", "反向"),
        ("sum", "code", "y = (x ** 2).sum()", "sum"),
        ("torch.Tensor", "docs", "torch.Tensor.backward", "torch.Tensor"),
        ("variable", "then", "Variable(x).backward()", "Variable"),
        ("每个叶子", "text", "沿着图从y走到每个叶子，累加梯度。", "每个叶子"),
        ("optimzer", "code", "optimizer.zero_grad()", "optimizer"),
    ],
)
def test_where_it_is_found(words: str, where: str, excerpt: str, marked: str) -> None:
    hit = best(words)

    assert (hit.where, hit.excerpt) == (where, excerpt)
    assert hit.excerpt[slice(*hit.span)] == marked


def test_a_long_line_is_cut_around_the_match() -> None:
    text = "a " * 100 + "needle" + " b" * 100
    entry = Entry("a/b", "", NONE, Text(text, text), "", ())
    catalogue = Catalogue("", NONE, (Section("a", NONE, None, "", (Group("", NONE, (entry,)),)),))

    hit = search(catalogue, "needle")[0]

    assert len(hit.excerpt) == 82
    assert hit.excerpt[0] == hit.excerpt[-1] == "…"
    assert hit.excerpt[slice(*hit.span)] == "needle"


def test_letters_whose_lower_case_is_longer_do_not_shift_the_span() -> None:
    entry = Entry("a/b", "", Text("İİİ Needle", ""), NONE, "", ())
    catalogue = Catalogue("", NONE, (Section("a", NONE, None, "", (Group("", NONE, (entry,)),)),))

    hit = search(catalogue, "needle")[0]

    assert hit.excerpt[slice(*hit.span)] == "Needle"


@pytest.mark.parametrize(
    ("words", "lang", "excerpt", "marked"),
    [
        ("axis", "en", "Fills x.grad along the axis.", "axis"),
        ("x.grad", "en", "Fills x.grad along the axis.", "x.grad"),
        ("x.grad", "zh", "沿着轴填入x.grad。", "x.grad"),
        ("axis", "zh", "Fills x.grad along the axis.", "axis"),
        ("轴", "en", "沿着轴填入x.grad。", "轴"),
        ("`x.grad`", "zh", "沿着轴填入x.grad。", "x.grad"),
        ("`$y`", "en", "a = '`$y`'", "`$y`"),
    ],
    ids=["text", "code in it", "in Chinese", "in English only", "in Chinese only", "with its marks", "marks in code"],
)
def test_a_text_is_shown_without_its_marks_in_the_readers_language(
    words: str, lang: Lang, excerpt: str, marked: str
) -> None:
    text = Text("Fills `x.grad` along the axis.", "沿着轴填入`x.grad`。")
    entry = Entry("a/b", "", NONE, text, "a = '`$y`'", ())
    catalogue = Catalogue("", NONE, (Section("a", NONE, None, "", (Group("", NONE, (entry,)),)),))

    (hit,) = search(catalogue, words, lang=lang)

    assert (hit.excerpt, hit.excerpt[slice(*hit.span)]) == (excerpt, marked)


def test_a_searcher_answers_again_and_again() -> None:
    searcher = Searcher(CATALOGUE)

    assert searcher.search("backward") == searcher.search("backward") == search(CATALOGUE, "backward")


@pytest.mark.parametrize(
    ("typed", "word", "expected"),
    [
        ("backward", "backward", 0),
        ("backwerd", "backward", 1),
        ("bakward", "backward", 1),
        ("backkward", "backward", 1),
        ("backwrad", "backward", 1),
        ("bakwrad", "backward", 2),
        ("bakw", "backward", 1),
        ("sofmtax", "softmax", 1),
        ("forward", "backward", 3),
    ],
)
def test_typing_errors(typed: str, word: str, expected: int) -> None:
    assert errors(typed, word, 2) == expected


def test_longer_words_are_forgiven_more() -> None:
    assert [errors_forgiven("x" * length) for length in (3, 4, 7, 8, 20)] == [0, 1, 1, 2, 2]
