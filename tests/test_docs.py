"""What is written for readers, held to what the code does: commands, options, fields, examples, links."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from tutor.catalogue import read, shipped
from tutor.catalogue.fields import TABLES
from tutor.catalogue.load import load, parse
from tutor.catalogue.select import select
from tutor.check import check
from tutor.cli import parsed, parser
from tutor.jobs import Manner
from tutor.runner import Runner
from tutor.worker import wire

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")
PAGES = (*READMES, "CONTRIBUTING.md", "CHANGELOG.md", "docs/commands.md", "docs/events.md", "docs/events.zh.md")
BLOCK = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
NOT_OF_THE_SHEET = ("train.py", "-", "sums")
"""What the examples name that the sheet does not have."""

both = pytest.mark.parametrize("name", READMES)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def marked(name: str, mark: str) -> str:
    """The code block below a mark, which is there once."""
    _, after = text(name).split(f"<!-- {mark} -->\n")
    found = BLOCK.match(after)
    assert found is not None
    return found[2]


def commands() -> dict[str, argparse.ArgumentParser]:
    (found,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return found.choices


def without_code(page: str) -> str:
    return BLOCK.sub("", page)


def rows(page: str) -> list[list[str]]:
    """The cells of every row of every table."""
    lines = [line for line in without_code(page).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def examples() -> list[list[str]]:
    """The arguments of every call of torch-tutor in the code blocks of the README and the contributors' page."""
    found = []
    for page in ("README.md", "CONTRIBUTING.md"):
        code = "\n".join(block for kind, block in BLOCK.findall(text(page)) if kind == "bash")
        for line in code.splitlines():
            for part in line.split(" | "):
                words = shlex.split(part)
                if words and words[0].endswith("torch-tutor"):
                    found.append(words[1:])
    return found


def test_the_pages_made_from_the_code_are_up_to_date() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "scripts.docs", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stderr) == (0, "")


@both
def test_every_command_has_its_section(name: str) -> None:
    sections = re.findall(r"^### (\S+)$", without_code(text(name)), re.MULTILINE)

    assert sorted(sections) == sorted(commands())


@both
def test_every_option_is_explained(name: str) -> None:
    used = {
        option for command in commands().values() for action in command._actions for option in action.option_strings
    }
    used |= {option for action in parser()._actions for option in action.option_strings}

    written = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text(name)))

    assert used - written == {"-h"}
    assert {word for word in written if word.startswith("--")} <= used


@both
def test_every_field_of_a_sheet_is_in_the_table_and_bold_where_it_must_be_there(name: str) -> None:
    told: dict[str, list[tuple[str, bool]]] = {table: [] for table in TABLES}
    table = ""
    for first, second, *_ in rows(text(name)):
        table = re.split(r"[（ ]", first)[0] or table
        if table in told:
            told[table] += [(field, "**" in second) for field in re.findall(r"`(\w+)`", second)]

    for table, fields in TABLES.items():
        assert sorted(told[table]) == sorted((field.name, field.required) for field in fields.fields), table


@both
def test_every_event_is_in_the_table(name: str) -> None:
    told = {cells[0].strip("`") for cells in rows(text(name))}

    assert {kind.__name__ for kind in get_args(wire.Event)} - told == {"Unready"}


def test_both_readmes_have_the_same_headings_marks_and_code() -> None:
    english, chinese = text("README.md"), text("README.zh.md")

    assert BLOCK.findall(english) == BLOCK.findall(chinese)
    for pattern in (r"^(#+) ", r"^(<!-- .* -->)$", r"^(\d+\.|-) ", r"^\| (`[^|]*`) \|"):
        found = [re.findall(pattern, without_code(page), re.MULTILINE) for page in (english, chinese)]
        assert len(found[0]) == len(found[1]), pattern
    assert len(rows(english)) == len(rows(chinese))


@pytest.mark.parametrize("arguments", examples(), ids=" ".join)
def test_every_example_is_a_command(arguments: list[str]) -> None:
    args = parsed(arguments)

    names = [name for name in getattr(args, "selectors", []) if name not in NOT_OF_THE_SHEET and name != "SECTION/ID"]
    assert len(select(read(shipped()), names)) >= len(names)


@both
def test_the_selectors_explained_are_selectors(name: str) -> None:
    told = [cells[0].strip("`") for cells in rows(text(name)) if cells[0].startswith("`")]
    first = told.index("autograd")

    assert told[first + 4 : first + 6] == ["train.py", "-"]
    assert all(select(read(shipped()), [selector]) for selector in told[first : first + 4])


def test_the_commands_that_ci_takes_out_of_the_readme_are_there() -> None:
    assert marked("README.md", "test command") == ".venv/bin/python scripts/check.py\n"
    assert (ROOT / "scripts" / "check.py").is_file()
    assert marked("README.md", "run command").startswith(".venv/bin/torch-tutor run ")
    assert marked("README.md", "set-up commands").startswith("python3 -m venv .venv\n.venv/bin/pip install ")
    assert set(re.findall(r'readme "(.*?)"', text(".ci/run"))) == {"set-up commands", "test command"}
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


async def test_the_example_sheet_keeps_its_promises(runner: Runner, tmp_path: Path) -> None:
    path = tmp_path / "lessons.yaml"
    path.write_text(marked("README.md", "example sheet: lessons.yaml"), encoding="utf-8")

    sheet = load(str(path))
    verdicts = [verdict async for verdict in check(runner, sheet, Manner())]

    assert [verdict.failures for verdict in verdicts] == [(), ()]
    assert sum(verdict.claims for verdict in verdicts) == 5
    assert sum(verdict.pitfalls for verdict in verdicts) == 1
    assert [entry.id for entry in select(sheet, ["sums"])] == ["sums/rows", "sums/item"]


def test_the_example_sheet_in_one_language_may_have_plain_texts() -> None:
    sheet = marked("README.md", "example sheet: lessons.yaml")
    sheet = re.sub(r"\{en: (.*?), zh: .*?\}", r"\1", sheet).replace("format: 1", "format: 1\nlanguages: [en]")
    sheet = re.sub(r"^ +zh: .*\n", "", sheet, flags=re.MULTILINE)

    assert parse(sheet.encode(), "lessons.yaml").sections[0].title.in_("en") == "Sums"


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", without_code(text(page)))

    for link in (link for link in links if "://" not in link):
        file, _, place = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), link
        if place:
            headings = re.findall(r"^#+ (.*)$", without_code(target.read_text(encoding="utf-8")), re.MULTILINE)
            assert place in [heading.lower().replace(" ", "-") for heading in headings], link


@pytest.mark.parametrize("name", ["app.svg", "app.zh.svg", "autograd.svg", "autograd.zh.svg"])
def test_the_pictures_are_small_and_load_nothing(name: str) -> None:
    picture = (ROOT / "docs" / name).read_bytes()

    assert len(picture) < 100_000
    assert b"url(" not in picture.replace(b"url(#", b"")
    assert "".join(ElementTree.fromstring(picture).itertext()).count("✓") >= 2


def test_the_constraints_name_every_package_that_is_asked_for() -> None:
    lists = re.findall(r"^(?:dependencies|dev) = \[\n(.*?)^\]", text("pyproject.toml"), re.MULTILINE | re.DOTALL)
    asked = {name.lower() for block in lists for name in re.findall(r'"([\w-]+)', block)}

    pinned = re.findall(r"^([\w-]+)==[\w.]+(?:; python_version >= \"3\.11\")?$", text("constraints.txt"), re.MULTILINE)

    assert len(lists) == 2
    assert asked <= set(pinned)
