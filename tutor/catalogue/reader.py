"""Nodes of a sheet as checked values, with every fault noted where it stands.

Holds each mapping to its table of fields, and goes on after a fault with a harmless value: one reading finds them all.
What the values are for, and how entries relate, it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tutor.catalogue.faults import Faults
from tutor.catalogue.fields import TABLES
from tutor.catalogue.kinds import Choice, Constant, Field, Kind, Many, Need, Number, One, String, Table
from tutor.catalogue.model import LANGS, Lang, Text
from tutor.catalogue.select import suggest
from tutor.catalogue.tree import Items, Mapping, Node, Scalar, short

_NUMBER = Text("the number", "数字")
_KINDS = {
    "int": _NUMBER,
    "float": _NUMBER,
    "bool": Text("the boolean", "布尔值"),
    "timestamp": Text("the date", "日期"),
}


@dataclass(frozen=True)
class Place:
    """What messages call a mapping."""

    where: str = ""
    """The id of the entry, group or section; its path in the sheet where it has none."""
    prefix: str = ""
    """What stands before the name of a field: `then.claims[0].`"""

    def label(self, name: str) -> str:
        """The name of a field in a message."""
        return f"`{self.prefix}{short(name)}`"

    def within(self, name: str) -> Place:
        """The place of a mapping in a field."""
        return Place(self.where, f"{self.prefix}{name}.")


class Record:
    """One mapping of the sheet, read field by field."""

    def __init__(self, faults: Faults, node: Mapping, table: Table, place: Place, languages: Sequence[Lang]) -> None:
        self.faults = faults
        self.node = node
        self.place = place
        self.languages = languages
        self.table = table
        self._fields: dict[str, tuple[Scalar, Node]] = {}
        self._collect()
        for field in table.fields:
            self._check_presence(field)
        self._check_one_of()

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    @property
    def where(self) -> str:
        """What messages call the entry."""
        return self.place.where

    def line(self, name: str) -> int:
        """The line of a field that is there."""
        return self._fields[name][0].line

    def text_line(self, name: str) -> int:
        """The line that the text of a field starts in; 0 where there is none."""
        node = self._node(name)
        return node.text_line if isinstance(node, Scalar) else 0

    def fault(self, node: Node, en: str, zh: str) -> None:
        """Note a fault of this mapping."""
        self.faults.at(node, self.where, Text(en, zh))

    def scalar(self, name: str) -> Scalar | None:
        """The node of a field that holds one value, if it is there and sound."""
        node = self._node(name)
        return self._sound(node, self._field(name).kind, self.place.label(name)) if node else None

    def string(self, name: str) -> str:
        """The text of a field, without the line break that a block ends in; empty where it is missing or faulty."""
        node = self.scalar(name)
        return node.value.rstrip("\n") if node else ""

    def number(self, name: str, default: float) -> float:
        """The value of a field that holds a number."""
        node = self.scalar(name)
        return _number(node) if node else default

    def strings(self, name: str) -> tuple[Scalar, ...]:
        """The nodes of a field that holds a list of strings, without the repeated ones."""
        found: dict[str, Scalar] = {}
        for path, kind, node in self._items(name):
            scalar = self._sound(node, kind, self.place.label(path))
            if scalar and scalar.value in found:
                label = self.place.label(path)
                self.fault(
                    scalar,
                    f"{label} is {scalar.value!r} once more: remove it",
                    f"{label}重复了{scalar.value!r}：请删去",
                )
            elif scalar:
                found[scalar.value] = scalar
        return tuple(found.values())

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a field that holds a list of strings."""
        return tuple(node.value for node in self.strings(name))

    def words(self, name: str) -> Text | None:
        """The value of a field that holds a text in every language."""
        node = self._node(name)
        if node is None:
            return None
        if isinstance(node, Mapping):
            return self._translated(Record(self.faults, node, TABLES["text"], self.place.within(name), self.languages))
        kind = self._field(name).kind
        what, label = kind.what, self.place.label(name)
        plain = self._sound(node, String(what), label)
        if plain and len(self.languages) > 1:
            self.fault(
                plain, f"{label} is in one language only: write {what.en}", f"{label}只有一种语言：请写{what.zh}"
            )
        return Text(plain.value.strip(), plain.value.strip()) if plain else None

    def record(self, name: str) -> Record | None:
        """The mapping in a field."""
        node, kind = self._node(name), self._field(name).kind
        if isinstance(node, Mapping) and isinstance(kind, One):
            return Record(self.faults, node, TABLES[kind.table], self.place.within(name), self.languages)
        if node:
            self._refuse(node, kind, self.place.label(name))
        return None

    def records(self, name: str, under: str = "") -> tuple[Record, ...]:
        """The mappings of a field that holds a list of them; those with an id are named `under/id`."""
        found = []
        for path, kind, node in self._items(name):
            assert isinstance(kind, One)
            table = TABLES[kind.table]
            mapping = _written_out(node, table)
            if mapping is None:
                self._refuse(node, kind, self.place.label(path))
                continue
            place = (
                _place_of(mapping, under, f"{self.where}.{path}") if "id" in table.names else self.place.within(path)
            )
            found.append(Record(self.faults, mapping, table, place, self.languages))
        return tuple(found)

    def _node(self, name: str) -> Node | None:
        return self._fields[name][1] if name in self._fields else None

    def _field(self, name: str) -> Field:
        return next(field for field in self.table.fields if field.name == name)

    def _collect(self) -> None:
        names = self.table.names
        for key, node in self.node.pairs:
            label = self.place.label(key.value)
            if key.flaw:
                self._check_flaw(key, label)
            elif key.value not in names:
                advice = _among(names, suggest(key.value, names))
                self.fault(key, f"{label} is unknown here: {advice.en}", f"这里没有{label}这个字段：{advice.zh}")
            elif key.value in self:
                first = self.line(key.value)
                self.fault(
                    key,
                    f"{label} is there twice, first in line {first}: keep one",
                    f"{label}重复出现，第一次在第{first}行：请只保留一个",
                )
            else:
                self._fields[key.value] = key, _placed(node, key)
                self._check_flaw(node, label)

    def _check_flaw(self, node: Node, label: str) -> None:
        if node.flaw:
            self.fault(node, f"{label}: {node.flaw.en}", f"{label}：{node.flaw.zh}")

    def _check_presence(self, field: Field) -> None:
        due = field.required or any(map(self._holds, field.goes_with))
        label = self.place.label(field.name)
        if due and field.name not in self:
            self._missing(label, field)
        elif field.goes_with and field.name in self and not due:
            company = [f"`{given}`" for need in field.goes_with for given in need.examples]
            self.fault(
                self._fields[field.name][0],
                f"{label} goes with {' or '.join(company)} only: remove it",
                f"{label}只能与{'或'.join(company)}同用：请删去",
            )

    def _missing(self, label: str, field: Field) -> None:
        self.fault(self.node, f"{label} is missing: add {field.en}", f"缺少{label}：请加上{field.zh}")

    def _holds(self, need: Need) -> bool:
        node = self._node(need.field)
        return node is not None and (not need.values or (isinstance(node, Scalar) and node.value in need.values))

    def _check_one_of(self) -> None:
        names, subject = self.table.one_of, self._subject()
        given = [name for name in names if name in self]
        if len(given) > 1:
            self.fault(
                self.node,
                f"{subject.en} has {' and '.join(given)}: keep exactly one",
                f"{subject.zh}同时有{'、'.join(given)}：请只保留一个",
            )
        elif names and not given:
            self.fault(
                self.node,
                f"{subject.en} has none of {', '.join(names)}: add exactly one",
                f"{subject.zh}没有{'、'.join(names)}中的任何一个：请加上其中一个",
            )

    def _subject(self) -> Text:
        prefix = self.place.prefix[:-1]
        return Text(f"`{prefix}`", f"`{prefix}`") if prefix else Text(f"the {self.table.name}", f"该{self.table.zh}")

    def _items(self, name: str) -> tuple[tuple[str, Kind, Node], ...]:
        kind, node = self._field(name).kind, self._node(name)
        assert isinstance(kind, Many)
        if not isinstance(node, Items):
            if node:
                self._refuse(node, kind, self.place.label(name))
            return ()
        if len(node.nodes) < kind.least:
            label, field = self.place.label(name), self._field(name)
            self.fault(node, f"{label} is an empty list: add {field.en}", f"{label}是空列表：请加上{field.zh}")
        items = tuple((f"{name}[{i}]", kind.of, item) for i, item in enumerate(node.nodes))
        for path, _, item in items:
            self._check_flaw(item, self.place.label(path))
        return items

    def _sound(self, node: Node, kind: Kind, label: str) -> Scalar | None:
        if isinstance(node, Scalar) and _fits(node, kind):
            return node
        self._refuse(node, kind, label)
        return None

    def _refuse(self, node: Node, kind: Kind, label: str) -> None:
        if not (isinstance(node, Scalar) and node.kind == "none"):
            what, seen = kind.what, _seen(node)
            if isinstance(kind, String) and _is_bare(node) and "quotes" not in what.en:
                what = Text(f"{what.en}, in quotes", f"{what.zh}，并加上引号")
            self.fault(node, f"{label} is {seen.en}: write {what.en}", f"{label}{seen.zh}：请写{what.zh}")

    def _translated(self, text: Record) -> Text:
        for lang in self.languages:
            if lang not in text:
                text._missing(text.place.label(lang), text._field(lang))
        said = {lang: text.string(lang).strip() for lang in LANGS}
        return Text(*(said[lang] or said[self.languages[0]] for lang in LANGS))


def _placed(node: Node, key: Scalar) -> Node:
    """A value left out has no place of its own: it stands where its key does."""
    left_out = isinstance(node, Scalar) and node.kind == "null" and not node.value
    return replace(node, line=key.line, column=key.column) if left_out else node


def _written_out(node: Node, table: Table) -> Mapping | None:
    """The mapping that a list item is, or that a plain string stands for."""
    if isinstance(node, Scalar) and node.kind == "str" and table.short:
        key, value = replace(node, value=table.short), replace(node, flaw=None)
        return Mapping(node.line, node.column, pairs=((key, value),))
    return node if isinstance(node, Mapping) else None


def _place_of(node: Mapping, under: str, path: str) -> Place:
    ids = [value.value for key, value in node.pairs if key.value == "id" and isinstance(value, Scalar) and value.value]
    return Place(f"{under}/{ids[0]}".lstrip("/") if ids else path.lstrip("."))


def _fits(node: Scalar, kind: Kind) -> bool:
    if isinstance(kind, String):
        sound = re.fullmatch(kind.pattern, node.value) is not None if kind.pattern else bool(node.value.strip())
        return node.kind == "str" and sound
    if isinstance(kind, Choice):
        return node.kind == "str" and node.value in kind.options
    if isinstance(kind, Constant):
        return node.kind == "int" and _number(node) == kind.value
    return isinstance(kind, Number) and node.kind in ("int", "float") and 0 < _number(node) <= kind.most


def _number(node: Scalar) -> float:
    try:
        return float(node.value.replace("_", ""))
    except ValueError:
        return 0.0


def _is_bare(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind not in ("str", "null")


def _among(names: Sequence[str], near: Sequence[str]) -> Text:
    if near:
        return Text(f"did you mean `{near[0]}`?", f"是否想写`{near[0]}`？")
    return Text(f"the fields are {', '.join(names)}", f"可用的字段有{'、'.join(names)}")


def _seen(node: Node) -> Text:
    """What stands there, as it reads on after the name of a field and, in English, `is`."""
    if isinstance(node, Items):
        return Text("a list", "是列表")
    if not isinstance(node, Scalar):
        return Text("a mapping", "是映射")
    if node.kind == "null" or not node.value.strip():
        return Text("empty", "是空的")
    shown = short(node.value)
    if node.kind == "str":
        return Text(repr(shown), f"是{shown!r}")
    kind = _KINDS.get(node.kind, Text(f"the {node.kind}", "特殊值"))
    return Text(f"{kind.en} {shown}", f"是{kind.zh}{shown}")
