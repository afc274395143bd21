"""The command line: what can be said, and which module answers. Each command's module is imported when it is called,
so that `--help` and `list` start at once.

Exit codes: 0 all well; 1 a snippet or a claim failed; 2 usage, an unknown name or a faulty sheet; 70 a fault of
torch-tutor itself; 130 interrupted.
"""

from __future__ import annotations

import argparse
import codecs
import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

from tutor import __version__
from tutor.commands.surroundings import language, nearest
from tutor.commands.tongue import said, speaking, translate, wanted
from tutor.errors import TutorError
from tutor.render.ascii import replaced
from tutor.worker.permissions import PERMISSIONS

SELECTOR = """\
SELECTOR is a section (autograd), a group (tensors/create), an entry
(autograd/backward) or a unique short name (backward){}.
"""
APP = "app"
OF_SHEET = SELECTOR.format("")
OF_ALL = SELECTOR.format(",\na .py file, or - for code from standard input")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    typed = sys.argv[1:] if argv is None else list(argv)
    with speaking(wanted(typed)):
        args = parsed(typed)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and "utf" not in stream.encoding.lower():
            codecs.register_error("plain", replaced)  # Chinese on a terminal that has none is a `?`, not the end
            stream.reconfigure(errors="plain")
    try:
        code = args.command(args)
        sys.stdout.flush()
        return int(code)
    except TutorError as e:
        told(e.in_(language(args)))
        return e.exit_code
    except KeyboardInterrupt:
        from tutor.render.words import word

        told(word("interrupted", language(args)))
        return 130
    except BrokenPipeError:  # the reader of our output left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    except Exception as e:
        if os.environ.get("TORCH_TUTOR_DEBUG"):
            raise
        from tutor.render.words import word

        told(word("own fault", language(args), type(e).__name__, e))
        print(word("report it", language(args), "torch-tutor ..."), file=sys.stderr)
        return 70


def told(message: str) -> None:
    """Say what is wrong. Names of files and words of sheets may be in it."""
    from tutor.render.clean import clean

    print(f"torch-tutor: {clean(message)}", file=sys.stderr)


class Parser(argparse.ArgumentParser):
    """One whose complaints are only shown, whatever the arguments are: a shell fills in names of files."""

    def error(self, message: str) -> NoReturn:
        """Say it, and end."""
        from tutor.render.clean import clean

        super().error(clean(message))


def parsed(argv: list[str]) -> argparse.Namespace:
    """The command line understood; where it is not, argparse's exit after a message that says what was meant."""
    top = parser()
    translate(top)
    (commands,) = (a for a in top._actions if isinstance(a, argparse._SubParsersAction))
    after = _after_language(argv)
    if after and (after[0] == "help" or after[0] in top._option_string_actions):
        argv = after  # `--lang zh --help`: the language is known by now
    if argv[:1] == ["help"]:
        argv = [*argv[1:2], "--help"]
    first = argv[0] if argv else ""
    if first not in commands.choices and first not in top._option_string_actions:
        _held_to_be_the_app(top, argv, commands.choices)
        argv = [APP, *argv]
        first = APP
    args, left = top.parse_known_args(argv)
    if left:
        sub = commands.choices[first]
        if not left[0].startswith("-"):
            sub.error(said("{}: write it before the options", " ".join(left)))
        near = nearest(left[0].partition("=")[0], sub._option_string_actions)
        sub.error(said("no option {}", left[0]) + (said(". Did you mean {}?", near) if near else ""))
    return args


def _after_language(argv: list[str]) -> list[str]:
    """What follows a `--lang` that begins the command line."""
    first = argv[0] if argv else ""
    return argv[2:] if first == "--lang" else argv[1:] if first.startswith("--lang=") else argv


def _held_to_be_the_app(top: argparse.ArgumentParser, argv: list[str], commands: Iterable[str]) -> None:
    """Without a command the app is meant, unless a command stands behind an option."""
    commands = [name for name in commands if name != APP]
    first = argv[0] if argv else ""
    named = next((word for word in argv[1:] if word in commands), "")
    if first.startswith("-") and named:
        words = "{0} stands before the command: write the command first, as in `torch-tutor {1} {0} ...`"
        top.error(said(words, first, named))


def parser() -> argparse.ArgumentParser:
    """Every command and option."""
    top = Parser(
        prog="torch-tutor",
        description="A PyTorch cheat sheet that executes every entry live.",
        epilog=OF_ALL,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"torch-tutor {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    c = _command(commands, APP, "the app: also without the word, as in `torch-tutor autograd/backward`", _app)
    c.add_argument("selectors", nargs="*", metavar="SELECTOR", help="what to open")
    c.add_argument("--fresh", action="store_true", help="neither where you left off nor your edits")
    c.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the random number generators (0)")
    _running(c)
    _common(c)

    c = _command(commands, "list", "the sections and entries of the sheet", _list)
    c.add_argument("selectors", nargs="*", metavar="SECTION", help="only these sections or groups")
    _common(c)

    c = _command(commands, "show", "an entry as it is written, without running it", _show)
    c.add_argument("selectors", nargs="+", metavar="SELECTOR")
    _common(c)

    c = _command(commands, "search", "entries that speak of something, in both languages and in code", _search)
    c.add_argument("words", nargs="+", metavar="WORD")
    c.add_argument("--limit", type=_positive, default=20, metavar="N", help="at most N entries (20)")
    _common(c)

    c = _command(commands, "run", "run entries or your own code, statement by statement", _run)
    c.add_argument("selectors", nargs="+", metavar="SELECTOR")
    c.add_argument("--then", action="store_true", help="the 0.3.0 form beside today's")
    c.add_argument("--then-only", action="store_true", help="only the 0.3.0 form")
    c.add_argument("--pitfalls", action="store_true", help="also the mistakes that are easily made, wrong beside right")
    c.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the random number generators (0)")
    c.add_argument("--json", action="store_true", help="the events, one JSON object per line")
    c.add_argument(
        "--pictures",
        choices=("auto", "all", "off"),
        default="auto",
        help="those that help, every one that fits, none (auto)",
    )
    _running(c)
    _common(c)

    c = _command(commands, "check", "prove the sheet: every entry runs, every claim holds", _check)
    c.add_argument("selectors", nargs="*", metavar="SELECTOR")
    c.add_argument("--jobs", type=_positive, metavar="N", help="so many entries at once (number of processors)")
    c.add_argument("--junit", metavar="PATH", help="write a JUnit report there")
    c.add_argument("--json", action="store_true", help="one JSON object per entry")
    _running(c)
    _common(c)

    c = _command(commands, "doctor", "what is here, what is missing and what to do about it", _doctor)
    c.add_argument("--python", metavar="PATH", help="look at this interpreter instead of the own one")
    _common(c)
    return top


Commands = argparse._SubParsersAction  # what add_subparsers returns; argparse has no public name for it


def _command(commands: Commands[Parser], name: str, help: str, run: object) -> Parser:
    sub = commands.add_parser(
        name,
        help=help,
        description=help[0].upper() + help[1:] + ".",
        epilog=OF_ALL if name in ("run", APP) else OF_SHEET if name in ("list", "show", "check") else None,
    )
    sub.set_defaults(command=run)
    return sub


def _common(c: argparse.ArgumentParser) -> None:
    c.add_argument("--sheet", metavar="PATH", help="another sheet than the one that comes along")
    c.add_argument("--lang", choices=("en", "zh"), help="English or Chinese (from the locale)")
    c.add_argument("--plain", action="store_true", help="no box drawing, no columns: for screen readers and logs")


def _running(c: argparse.ArgumentParser) -> None:
    c.add_argument("--device", default="cpu", metavar="NAME", help="cpu, cuda, cuda:1, mps, meta (cpu)")
    c.add_argument("--timeout", type=_seconds, metavar="S", help="seconds that each may take (10; own code: 60)")
    c.add_argument("--memory", type=_size, default=0, metavar="SIZE", help="that each may use: 512M, 4G (half of all)")
    c.add_argument("--python", metavar="PATH", help="another interpreter, with the torch it has")
    c.add_argument(
        "--allow",
        type=_permissions,
        default=(),
        metavar="WHAT",
        help="what is kept from snippets otherwise: write, network, signals; several with commas; all",
    )
    c.add_argument("--strict", action="store_true", help="also keep your files from them, and any process of their own")
    c.add_argument("--trust", action="store_true", help="run what --sheet names without asking")


def _permissions(text: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    unknown = [word for word in words if word not in (*PERMISSIONS, "all")]
    if unknown:
        near = nearest(unknown[0], PERMISSIONS)
        meant = said(" Did you mean {}?", near) if near else ""
        raise argparse.ArgumentTypeError(said("{!r} is none of {}, all.", unknown[0], ", ".join(PERMISSIONS)) + meant)
    return PERMISSIONS if "all" in words else words


def _size(text: str) -> int:
    number, unit = text[:-1], text[-1:].upper()
    scale = {"M": 2**20, "G": 2**30}.get(unit, 0)
    if not scale or not number.isdecimal() or not 2**26 <= int(number) * scale <= 2**50:
        raise argparse.ArgumentTypeError(said("{!r} is no size such as 512M or 4G, and at least 64M", text))
    return int(number) * scale


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(said("{!r} is not a whole number of at least 1", text))
    return int(text)


def _seed(text: str) -> int:
    try:
        number = int(text)
    except ValueError:  # also of more digits than Python reads
        number = 2**64
    if not -(2**63) <= number < 2**64:
        raise argparse.ArgumentTypeError(
            said("{!r} is not a whole number that torch takes for a seed (below 2^64)", text[:40])
        )
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= 86400:
        raise argparse.ArgumentTypeError(said("{!r} is not a number of seconds above 0 and up to 86400", text))
    return number


def _app(args: argparse.Namespace) -> int:
    from tutor.commands import app

    return app.main(args)


def _list(args: argparse.Namespace) -> int:
    from tutor.commands import listing

    return listing.main(args)


def _show(args: argparse.Namespace) -> int:
    from tutor.commands import show

    return show.main(args)


def _search(args: argparse.Namespace) -> int:
    from tutor.commands import find

    return find.main(args)


def _run(args: argparse.Namespace) -> int:
    from tutor.commands import run

    return run.main(args)


def _check(args: argparse.Namespace) -> int:
    from tutor.commands import check

    return check.main(args)


def _doctor(args: argparse.Namespace) -> int:
    from tutor.commands import doctor

    return doctor.main(args)


if __name__ == "__main__":
    sys.exit(main())
