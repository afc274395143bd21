"""Source that is read line by line has the tokens that the whole of it has."""

from __future__ import annotations

import pytest
from pygments.lexers.python import PythonLexer

from tutor.catalogue.load import load
from tutor.catalogue.place import shipped
from tutor.render.tokens import START, highlight, read

TRICKY = {
    "a string over lines": 'x = """one\n  two # three\n\n"""  # four\n',
    "a docstring": 'def f():\n    """One.\n\n    def g(): 5\n    """\n    return 5\n',
    "an f-string": 'f"""{x!r:>{n}} {{}}\n{y + 1}""" + r\'\\d\' + b"\\x00"\n',
    "a line that goes on": "from a import \\\n    b as c, \\\n    d\nx = (1 +\n     2j)\n",
    "a string without an end": 'x = \'one\ny = 2\nz = """\nw = 3\n',
    "decorators and matches": "@a.b(1)\nasync def f(): ...\nmatch x:\n    case [1, _]: pass\n",
    "what is no Python": "x = ?? $ ` €\n求和 = 1\nx = 😀\n",
    "nothing": "",
}
SNIPPETS = {**{entry.id: entry.code for entry in load(shipped())}, **TRICKY}


def sort(kind: tuple[str, ...]) -> str:
    """Its name; strings are strings, where they begin a function too."""
    return kind[1] if kind[:1] == ("Literal",) else str(kind)


@pytest.mark.parametrize("name", SNIPPETS)
def test_tokens_are_those_of_the_whole(name: str) -> None:
    code = SNIPPETS[name]
    whole, mine, state = list[str](), list[str](), START
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(code):
        whole += [sort(kind)] * len(text)
    for line in code.split("\n"):
        row = [""] * (len(line) + 1)
        found, state = read(line, state)
        for start, end, kind in found:
            row[start:end] = [sort(kind)] * (end - start)
        mine += row
    assert [(c, k) for c, k in zip(code, mine, strict=False) if c.strip()] == [
        (c, k) for c, k in zip(code, whole, strict=True) if c.strip()
    ]


def test_a_key_in_a_long_script_has_one_line_read() -> None:
    script = [f"x{n} = torch.ones({n})" for n in range(3000)]
    highlight("\n".join(script))
    before = read.cache_info().misses
    script[1000] += "  # more"
    coloured = highlight("\n".join(script))
    assert read.cache_info().misses == before + 1
    assert [line.plain for line in coloured] == script
    assert all(line.spans for line in coloured)


def test_what_becomes_of_a_coloured_line_is_not_kept() -> None:
    highlight("x = 1")[0].append(" and more").stylize("bold")
    assert highlight("x = 1")[0].plain == "x = 1"
    assert highlight("x = 1") == highlight("x = 1")
