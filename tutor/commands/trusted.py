"""The sheet that a command runs something of. Asks in the terminal where nobody has said yet that it may."""

from __future__ import annotations

import argparse
import sys

from tutor.catalogue.index import Book
from tutor.catalogue.place import shipped
from tutor.commands.surroundings import language
from tutor.errors import UsageError
from tutor.render.clean import clean
from tutor.render.words import word
from tutor.state import user_folder
from tutor.trust import Question, Trust, question

YES = ("y", "yes", "是")
SHOWN = "`torch-tutor show` shows what is in it without running it."
SHOWN_ZH = "`torch-tutor show`只显示内容，不运行。"


def opened(args: argparse.Namespace) -> Book:
    """The sheet that was named, else the one that comes along."""
    return Book(args.sheet or shipped())


def allow(book: Book, args: argparse.Namespace) -> None:
    """Come back only if the sheet may run, else UsageError."""
    if not args.sheet or args.trust:
        return
    trust = Trust(user_folder())
    asked = question(book.catalogue, book.digest, trust)
    if asked is None:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"{asked.path}: not run: nobody has said yet that this sheet (sha256 {asked.short}) may run here. "
            f"Add --trust, or give the command in a terminal, which asks once. {SHOWN}",
            f"{asked.path}：未运行：还没有人允许这张表（sha256 {asked.short}）在这里运行。"
            f"请加上--trust，或在终端里执行该命令，届时会询问一次。{SHOWN_ZH}",
        )
    if not agreed(asked, args):
        raise UsageError(f"{asked.path}: not run. {SHOWN}", f"{asked.path}：未运行。{SHOWN_ZH}")
    if not trust.remember(asked.digest, asked.path):
        print(f"torch-tutor: {word('trust not kept', language(args))}", file=sys.stderr)


def agreed(asked: Question, args: argparse.Namespace) -> bool:
    """Put the question; whether the answer is yes."""
    lang = language(args)
    told = [asked.title(lang), *(f"  {name}{fact}" for name, fact in asked.facts(lang)), asked.warning(lang)]
    print("\n".join(clean(line) for line in told), file=sys.stderr)
    print(f"{asked.ask(lang)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in YES
