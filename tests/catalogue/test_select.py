from __future__ import annotations

import pytest

from tutor.catalogue.model import Catalogue, Entry, Group, Section, Text
from tutor.catalogue.select import select, suggest
from tutor.errors import UsageError

NONE = Text("", "")


def group(section: str, name: str, *entries: str) -> Group:
    return Group(name, NONE, tuple(Entry(f"{section}/{entry}", name, NONE, NONE, "", ()) for entry in entries))


def section(name: str, *groups: Group) -> Section:
    return Section(name, NONE, None, "", groups)


CATALOGUE = Catalogue(
    "sheet.yaml",
    NONE,
    (
        section("import", group("import", "", "torch", "nn")),
        section(
            "autograd",
            group("autograd", "variables", "variable", "grad", "backward"),
            group("autograd", "graph", "control-flow", "detach"),
        ),
        section("nn", group("nn", "layers", "linear", "relu"), group("nn", "graph", "sequential")),
        section("functional", group("functional", "", "relu")),
    ),
)


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(["import"], ["import/torch", "import/nn"], id="a section"),
        pytest.param(["autograd/graph"], ["autograd/control-flow", "autograd/detach"], id="a group"),
        pytest.param(["autograd/grad"], ["autograd/grad"], id="a full id"),
        pytest.param(["backward"], ["autograd/backward"], id="a short name"),
        pytest.param(["layers"], ["nn/linear", "nn/relu"], id="the short name of a group"),
        pytest.param(["nn"], ["nn/linear", "nn/relu", "nn/sequential"], id="a section before a short name"),
        pytest.param(["linear", "grad"], ["nn/linear", "autograd/grad"], id="in the order asked for"),
        pytest.param(
            ["detach", "autograd/graph", "detach"], ["autograd/detach", "autograd/control-flow"], id="each once"
        ),
    ],
)
def test_what_is_selected(selectors: list[str], expected: list[str]) -> None:
    assert [entry.id for entry in select(CATALOGUE, selectors)] == expected


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        pytest.param(
            "bakward",
            "unknown entry 'bakward'. Did you mean autograd/backward? `torch-tutor list` shows all.",
            id="misspelt",
        ),
        pytest.param(
            "autograd/Backwards",
            "unknown entry 'autograd/Backwards'. Did you mean autograd/backward? `torch-tutor list` shows all.",
            id="misspelt in full",
        ),
        pytest.param(
            "rellu",
            "unknown entry 'rellu'. Did you mean nn/relu or functional/relu? `torch-tutor list` shows all.",
            id="misspelt and of two sections",
        ),
        pytest.param("zzz", "unknown entry 'zzz'. `torch-tutor list` shows all.", id="like nothing"),
        pytest.param("", "unknown entry ''. `torch-tutor list` shows all.", id="empty"),
        pytest.param("relu", "'relu' is ambiguous: say nn/relu or functional/relu.", id="of two sections"),
        pytest.param("graph", "'graph' is ambiguous: say autograd/graph or nn/graph.", id="two groups"),
    ],
)
def test_what_cannot_be_selected(selector: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(CATALOGUE, ["import", selector])

    assert str(caught.value) == message


def test_suggestions_are_the_nearest_names_first() -> None:
    assert suggest("Titel", ["timeout", "title", "text"]) == ("title",)
    assert suggest("clains", ["plains", "claims", "says"]) == ("plains", "claims")
    assert suggest("zzz", ["title"]) == ()
