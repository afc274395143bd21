"""YAML text as a tree of located nodes.

The one place that knows PyYAML. The tree is built from parse events, where alone anchors and aliases show, and growth
stops at a depth that no sheet needs. What a sheet means is none of its business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from tutor.catalogue.model import Text
from tutor.catalogue.problems import CHINESE, begun, hint

DEEPEST = 32
MOST = 500_000
"""Values in a sheet: twenty times those of the shipped one, read within seconds."""
LONGEST = 20_000
"""Characters of a single value."""
QUOTED = 40
"""Characters of the file's own words in a message."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""In a value, where it may have been written as an escape."""


@dataclass(frozen=True)
class Node:
    """A place in the file. Lines and columns count from 1."""

    line: int
    column: int
    flaw: Text | None = None
    """Why a sheet cannot have it like this; None where it can."""


@dataclass(frozen=True)
class Scalar(Node):
    """A single value."""

    value: str = ""
    kind: str = "str"
    """str, int, float, bool, null, timestamp..., or `none` for what could not be read."""
    style: str = ""
    """The mark that it is written with: a quote, `|`, `>`, or none."""

    @property
    def text_line(self) -> int:
        """The line that its text starts in: that of a block follows the mark."""
        return self.line + (self.style in ("|", ">"))


@dataclass(frozen=True)
class Items(Node):
    """A list."""

    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Mapping(Node):
    """Keys and values, in the order written, duplicates kept."""

    pairs: tuple[tuple[Scalar, Node], ...] = ()


class TreeError(Exception):
    """Text that has no tree, and where."""

    def __init__(self, line: int, column: int, en: str, zh: str) -> None:
        super().__init__(en)
        self.line = line
        self.column = column
        self.words = Text(en, zh)


def grow(text: str) -> Node:
    """The tree of a YAML text; TreeError if it has none."""
    if control := _CONTROL.search(text):
        before = text[: control.start()]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise TreeError(
            line,
            column,
            f"the character {control[0]!r} cannot be in a YAML file: remove it",
            f"YAML文件中不能有字符{control[0]!r}：请删去",
        )
    loader = _Loader(text)
    try:
        return _Composer(loader).document()
    except yaml.YAMLError as error:
        raise _no_tree(error) from None
    except ValueError:  # an escape beyond Unicode, where PyYAML is without libyaml
        raise TreeError(
            1,
            1,
            "not valid YAML: an escape in it stands for no character: correct it",
            "不是有效的YAML：其中有一个转义序列不代表任何字符：请改正",
        ) from None
    finally:
        loader.dispose()


class _Composer:
    """Builds nodes from the events of a loader."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        self._count = 0

    def document(self) -> Node:
        """The one document of the stream."""
        self._loader.get_event()
        if isinstance(self._loader.get_event(), yaml.StreamEndEvent):
            raise TreeError(
                1,
                1,
                "the file is empty: start with `format: 1`, a `title` and `sections`",
                "文件是空的：请以`format: 1`、`title`和`sections`开头",
            )
        root = self._node(self._loader.get_event(), 1)
        self._loader.get_event()
        after = self._loader.get_event()
        if not isinstance(after, yaml.StreamEndEvent):
            line, column = _place(after)
            raise TreeError(
                line,
                column,
                "a second document starts here: keep one sheet per file, remove the `---`",
                "从这里开始是第二个文档：每个文件只放一张表，请删去`---`",
            )
        return root

    def _node(self, event: Any, depth: int) -> Node:
        line, column = _place(event)
        self._count += 1
        if depth > DEEPEST:
            raise TreeError(
                line,
                column,
                f"nested deeper than {DEEPEST} levels: a sheet needs fewer than 12",
                f"嵌套超过{DEEPEST}层：一张表用不到12层",
            )
        if self._count > MOST:
            raise TreeError(
                line,
                column,
                f"more than {MOST:,} values up to here: split it into several sheets",
                f"到这里已超过{MOST:,}个值：请拆成几张表",
            )
        if isinstance(event, yaml.AliasEvent):
            name = short(event.anchor or "")
            flaw = Text(
                f"*{name} is an alias; sheets have none: write out what it stands for",
                f"*{name}是别名；表中不能用别名：请写出它所代表的内容",
            )
            return Scalar(line, column, flaw, kind="none")
        found = _flaw(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Items(line, column, found, self._items(depth))
        if isinstance(event, yaml.MappingStartEvent):
            return Mapping(line, column, found, self._pairs(depth))
        return Scalar(line, column, found, event.value, self._kind(event), event.style or "")

    def _items(self, depth: int) -> tuple[Node, ...]:
        nodes = []
        while not isinstance(event := self._loader.get_event(), yaml.SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return tuple(nodes)

    def _pairs(self, depth: int) -> tuple[tuple[Scalar, Node], ...]:
        pairs = []
        while not isinstance(event := self._loader.get_event(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise TreeError(
                    key.line,
                    key.column,
                    "a list or mapping cannot be a key: write `name: value`",
                    "列表和映射不能作键：请写成`name: value`",
                )
            pairs.append((key, self._node(self._loader.get_event(), depth + 1)))
        return tuple(pairs)

    def _kind(self, event: Any) -> str:
        if not event.implicit[0]:
            return "str"
        tag: str = self._loader.resolve(yaml.ScalarNode, event.value, (True, False))
        return tag.rpartition(":")[2]


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _flaw(event: Any) -> Text | None:
    if event.anchor:
        name = short(event.anchor)
        return Text(f"&{name} is an anchor; sheets have none: remove it", f"&{name}是锚点；表中不能用锚点：请删去")
    if event.tag:
        name = short(event.tag.replace("tag:yaml.org,2002:", "!!"))
        return Text(f"{name} is a tag; sheets have none: remove it", f"{name}是标签；表中不能用标签：请删去")
    return _flaw_of_text(event.value) if isinstance(event, yaml.ScalarEvent) else None


def _flaw_of_text(value: str) -> Text | None:
    if len(value) > LONGEST:
        return Text(
            f"a text of {len(value):,} characters: the longest may have {LONGEST:,}: shorten it",
            f"一段文字有{len(value):,}个字符：最多可以有{LONGEST:,}个：请缩短",
        )
    if unseen := _UNSEEN.search(value):
        return Text(
            f"the character {unseen[0]!r} in it cannot be seen: remove it, or let Python make it in code",
            f"其中的字符{unseen[0]!r}不可见：请删去，或在代码中由Python生成",
        )
    return None


def short(text: str) -> str:
    """The file's own words as a message has them."""
    return text if len(text) <= QUOTED else text[: QUOTED - 3] + "..."


def _no_tree(error: yaml.YAMLError) -> TreeError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    advice, since = hint(problem), _begun(error, line)
    return TreeError(
        line,
        column,
        f"not valid YAML: {problem}{since.en}: {advice.en}",
        f"不是有效的YAML（{CHINESE.get(problem, problem)}{since.zh}）：{advice.zh}",
    )


def _begun(error: yaml.YAMLError, line: int) -> Text:
    mark = getattr(error, "context_mark", None)
    context = getattr(error, "context", None)
    if not mark or not context or mark.line + 1 == line:
        return Text("", "")
    words = begun(context, mark.line + 1)
    return Text(f" ({words.en})", f"；{words.zh}")
