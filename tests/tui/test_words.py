"""What the app says: nothing that is never said, and every command of the table does something."""

from __future__ import annotations

import re
from pathlib import Path

import tutor.tui
from tutor.tui.commands import DO, command
from tutor.tui.keys import COMMANDS
from tutor.tui.words import WORDS

SOURCES = [path for path in Path(tutor.tui.__file__).parent.rglob("*.py") if path.name != "words.py"]


def test_every_phrase_is_said_somewhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    made = tuple(re.findall(r"""say\(f["']([a-z ]+) ?\{""", text))  # `say(f"trust {id}", ...)`

    unsaid = [k for k in WORDS if f'"{k}"' not in text and f"'{k}'" not in text and not k.startswith(made)]

    assert unsaid == []


def test_both_languages_fill_in_the_same_values() -> None:
    for key, (en, zh) in WORDS.items():
        assert set(re.findall(r"\{\d*\}", en)) == set(re.findall(r"\{\d*\}", zh)), key


def test_every_command_of_the_table_does_something() -> None:
    told = {c.id for c in COMMANDS if c.place != "list"}

    assert told == set(DO)
    assert all(callable(command(id)) for id in told)
