"""Python source in colours, line by line.

An editor asks for a whole script after every key, a page after every run. So a line is read once for each state in
which it can begin, such as within a string, and not again. Knows Pygments and Rich, nothing of pages. Pygments is
imported when the first line is read: the app's first frame does without it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.style import Style
from rich.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pygments.lexer import ExtendedRegexLexer
    from pygments.token import _TokenType
    from rich.syntax import SyntaxTheme

State = tuple[str, ...]
"""Where in the grammar a line begins: Pygments' stack of states."""
START: State = ("root",)
LINES = 8192  # that are kept


class Token(NamedTuple):
    """A piece of a line of one kind, from one character to before another."""

    start: int
    end: int
    kind: _TokenType


@lru_cache(maxsize=LINES)
def read(line: str, state: State) -> tuple[tuple[Token, ...], State]:
    """The tokens of a line, and the state in which the one below it begins."""
    from pygments.lexer import LexerContext

    context = LexerContext(f"{line}\n", 0, list(state))
    pieces = _lexer().get_tokens_unprocessed(context=context)
    found = tuple(Token(at, min(at + len(piece), len(line)), kind) for at, kind, piece in pieces if at < len(line))
    return found, tuple(context.stack)


def highlight(code: str) -> list[Text]:
    """Source as coloured lines, without blank ones at its end."""
    state, out = START, []
    for line in code.rstrip().split("\n"):
        coloured, state = _coloured(line, state)
        out.append(coloured.copy())
    return out


@lru_cache(maxsize=LINES)
def _coloured(line: str, state: State) -> tuple[Text, State]:
    found, after = read(line, state)
    text = Text(line)
    for token in found:
        text.stylize(style_of(token.kind), token.start, token.end)
    return text, after


@lru_cache(maxsize=1)
def _lexer() -> ExtendedRegexLexer:
    """Pygments' own for Python, but one that tells in which state it ends."""
    from pygments.lexer import ExtendedRegexLexer
    from pygments.lexers.python import PythonLexer

    class Lexer(ExtendedRegexLexer, PythonLexer):  # type: ignore[misc]  # Pygments has no types
        pass

    return Lexer()


@lru_cache(maxsize=256)
def style_of(kind: _TokenType) -> Style:
    """How a kind is shown. Without a background: it would paint the terminal's own over whatever the code stands on."""
    style = _theme().get_style_for_token(kind)
    return Style(color=style.color, bold=style.bold, dim=style.dim, italic=style.italic, underline=style.underline)


@lru_cache(maxsize=1)
def _theme() -> SyntaxTheme:
    from rich.syntax import Syntax

    return Syntax.get_theme("ansi_dark")
