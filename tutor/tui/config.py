"""The reader's own keys: a YAML file in the platform's configuration directory, read only where there is one.

keys:
  edit: i, f4
  quit: Q
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from tutor.catalogue.model import Text
from tutor.tui.keys import BY_ID

if TYPE_CHECKING:
    from tutor.catalogue.tree import Node, Scalar

LARGEST = 100_000  # bytes
MOST = 5  # faults that are told
_NO_KEYS = Text("write `keys:` and below it lines like `edit: i, f4`", "请写`keys:`，下面各行如`edit: i, f4`")
_NO_LIST = Text("no list of keys", "不是按键的列表")


def path() -> str:
    """Where the file belongs."""
    override = os.environ.get("TORCH_TUTOR_CONFIG", "")
    if override:
        return os.path.abspath(override)
    from platformdirs import user_config_path

    return str(user_config_path("torch-tutor", appauthor=False) / "config.yaml")


def read() -> tuple[dict[str, str], list[Text]]:
    """Keys by command, and what is wrong with the file, in words. A fault leaves the other keys as they are."""
    if not os.path.isfile(path()):  # a pipe or a device never ends
        return {}, []
    try:
        with open(path(), "rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError:
        return {}, []
    if len(raw) > LARGEST:
        return {}, [Text(f"more than {LARGEST:,} bytes", f"超过{LARGEST:,}字节")]
    from tutor.catalogue.tree import TreeError, grow

    try:
        text = raw.decode("utf-8")
        return _told(grow(text)) if _holds_something(text) else ({}, [])
    except UnicodeDecodeError:
        return {}, [Text("not UTF-8", "不是UTF-8")]
    except TreeError as error:
        return {}, [_in_line(error.line, _head(error.words))]


def _holds_something(text: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in text.lstrip("\ufeff").splitlines())


def _head(words: Text) -> Text:
    """What is wrong, without the advice, which is for sheets."""
    return Text(re.split("[:;] ", words.en, maxsplit=1)[0], re.split("[：；（]", words.zh, maxsplit=1)[0])


def _in_line(line: int, words: Text) -> Text:
    return Text(f"line {line}: {words.en}", f"第{line}行：{words.zh}")


def _told(root: Node) -> tuple[dict[str, str], list[Text]]:
    from tutor.catalogue.tree import Mapping

    keys = [node for name, node in root.pairs if name.value == "keys"] if isinstance(root, Mapping) else [root]
    if not all(isinstance(node, Mapping) for node in keys):
        return {}, [_NO_KEYS]
    return _keys([pair for node in keys if isinstance(node, Mapping) for pair in node.pairs])


def _keys(pairs: list[tuple[Scalar, Node]]) -> tuple[dict[str, str], list[Text]]:
    keymap: dict[str, str] = {}
    faults: list[Text] = []
    more = 0
    for name, node in pairs:
        id, (keys, fault) = name.value, _names(node)
        sound = id in BY_ID and bool(keys) and not fault and all(map(_is_key, keys))
        if sound:
            keymap[id] = ",".join(map(_named, keys))
        elif len(faults) == MOST:
            more += 1
        elif id not in BY_ID:
            faults.append(_in_line(name.line, _unknown(id)))
        else:
            bad = fault or _no_key(next((key for key in keys if not _is_key(key)), ""))
            faults.append(_in_line(name.line, Text(f"{id}: {bad.en}", f"{id}：{bad.zh}")))
    return keymap, [*faults, Text(f"and {more} more", f"还有{more}处")] if more else faults


def _unknown(id: str) -> Text:
    from tutor.catalogue.select import suggest
    from tutor.catalogue.tree import short

    near = suggest(id, tuple(BY_ID))
    meant = Text(f": did you mean {near[0]}?", f"：是否想写{near[0]}？") if near else Text("", "")
    return Text(f"no command {short(id)!r}{meant.en}", f"没有命令{short(id)!r}{meant.zh}")


def _no_key(key: str) -> Text:
    from tutor.catalogue.tree import short

    return Text(f"no key {short(key)!r}", f"没有按键{short(key)!r}")


def _names(node: Node) -> tuple[list[str], Text | None]:
    """The keys that a value names, and what is wrong with it."""
    from tutor.catalogue.tree import Items, Scalar

    nodes = node.nodes if isinstance(node, Items) else (node,)
    for one in (node, *nodes):
        if one.flaw:
            return [], _head(one.flaw)
    if not all(isinstance(one, Scalar) for one in nodes):
        return [], _NO_LIST
    texts = [one.value for one in nodes if isinstance(one, Scalar)]
    names = texts if isinstance(node, Items) else texts[0].split(",")
    return [name.strip() for name in names if name.strip()], None


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
