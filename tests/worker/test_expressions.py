"""Where an expression stands: what the source and the instructions tell together is what CPython 3.11 tells itself."""

from __future__ import annotations

import dis
import linecache
import sys
from collections.abc import Iterator

import pytest

from tutor.worker import expressions

SOURCE = """
y = f(x, g(z), k=h(1)) @ w.t()
out = net(torch.ones(2, 3)).sum(dim=1)[0]
x[1:, g(2)] + -y * 2 ** 3
print(a < b, not c(d), (e.f.g)(*args, **kw))
x += y @ z
a = b and c(1) or d[2].e
r = p(q) if s(t) else u(v)
torch.cat([x.view(-1), y[0]], dim=-1)
~m
w = torch.add(x.reshape(2, -1),
    y @ z)
é = ü(x) * 2
"""
UNCERTAIN = """
[f(x) for x in g(y)]
d = {f(1): g(2)}
x[0] = f(y)
a = f(1); b = g(2)
x.y = f(z) + g(z)
h(lambda: f(1))
"""


@pytest.fixture
def compiled(request: pytest.FixtureRequest) -> Iterator[object]:
    linecache.cache["<expressions>"] = (len(request.param), None, request.param.splitlines(True), "<expressions>")
    yield compile(request.param, "<expressions>", "exec")
    del linecache.cache["<expressions>"]


def places(code: object) -> list[int]:
    """The instructions that have an expression of their own."""
    return [i.offset for i in dis.get_instructions(code) if expressions._kind(i.opname)]  # type: ignore[arg-type]


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="this release has the instructions of those before")
@pytest.mark.parametrize("compiled", [SOURCE], indirect=True)
def test_places_are_those_that_the_interpreter_tells(compiled: object) -> None:
    found = {at: expressions.matched(compiled, at) for at in places(compiled)}

    assert len(found) > 40
    assert found == {at: expressions.place(compiled, at) for at in found}


@pytest.mark.parametrize("compiled", [UNCERTAIN], indirect=True)
def test_what_does_not_match_one_to_one_has_no_place(compiled: object) -> None:
    assert [at for at in places(compiled) if expressions.matched(compiled, at) is not None] == []


@pytest.mark.parametrize("compiled", ["x = f(1)"], indirect=True)
def test_without_its_source_nothing_is_told(compiled: object) -> None:
    (at,) = places(compiled)
    linecache.cache["<expressions>"] = (1, None, ["y = 1"], "<expressions>")
    assert expressions.matched(compiled, at) is None
    assert expressions.place(compiled, -1) is None
