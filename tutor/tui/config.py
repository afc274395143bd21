"""The reader's own keys: a YAML file in the platform's configuration directory, read only where there is one.

keys:
  edit: i, f4
  quit: Q
"""

from __future__ import annotations

import os

from tutor.tui.keys import BY_ID

LARGEST = 100_000  # bytes


def path() -> str:
    """Where the file belongs."""
    override = os.environ.get("TORCH_TUTOR_CONFIG", "")
    if override:
        return os.path.abspath(override)
    from platformdirs import user_config_path

    return str(user_config_path("torch-tutor", appauthor=False) / "config.yaml")


def read() -> tuple[dict[str, str], list[str]]:
    """Keys by command, and what is wrong with the file, in words. A fault leaves the other keys as they are."""
    try:
        with open(path(), "rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError:
        return {}, []
    import yaml

    try:
        told = yaml.safe_load(raw.decode("utf-8")) if len(raw) <= LARGEST else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        return {}, [f"{where}not valid YAML"]
    if told is None:
        return {}, []
    if not isinstance(told, dict) or not isinstance(told.get("keys", {}), dict):
        return {}, ["write `keys:` and below it lines like `edit: i, f4`"]
    return _keys(told.get("keys", {}))


def _keys(told: dict[object, object]) -> tuple[dict[str, str], list[str]]:
    keymap: dict[str, str] = {}
    faults: list[str] = []
    for id, value in told.items():
        if id not in BY_ID:
            from difflib import get_close_matches

            near = get_close_matches(str(id), BY_ID, 1)
            faults.append(f"no command {id!r}" + (f": did you mean {near[0]}?" if near else ""))
            continue
        names = value if isinstance(value, list) else str(value).split(",")
        keys = [str(name).strip() for name in names if str(name).strip()]
        bad = [key for key in keys if not _is_key(key)]
        if bad or not keys:
            faults.append(f"{id}: no key {bad[0] if bad else value!r}")
            continue
        keymap[str(id)] = ",".join(_named(key) for key in keys)
    return keymap, faults


def _is_key(key: str) -> bool:
    from textual.keys import Keys

    name = key.rpartition("+")[2] or "+"
    return len(name) == 1 or name in {str(k.value) for k in Keys} or _named(name) != name or name in _NAMES


_NAMES = {"space", "enter", "escape", "tab", "backspace", "slash", "colon", "question_mark", "comma", "minus", "plus"}


def _named(key: str) -> str:
    """A character as Textual calls it: `/` is slash."""
    from textual.keys import _character_to_key

    held, plus, name = key.rpartition("+")
    if len(name) == 1 and not name.isalnum():
        name = _character_to_key(name)
    return f"{held}{plus}{name}" if name else key
