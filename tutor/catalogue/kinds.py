"""What a field of a sheet can hold, and what a table of fields is made of: the terms that `fields` is written in.

Each kind says in both languages what to write, for the fault of a value that is another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from tutor.catalogue.model import Text


@dataclass(frozen=True)
class String:
    """A piece of text in one language, or of code."""

    what: Text
    """What to write, for a fault that says so."""
    pattern: str = ""
    """A regular expression for the whole of it; empty for any text that is not blank."""


@dataclass(frozen=True)
class Words:
    """The same text in every language of the sheet."""

    @property
    def what(self) -> Text:
        """What to write."""
        example = "{en: Addition, zh: 加法}"
        return Text(f"a text in every language, such as {example}", f"每种语言的文字，如{example}")


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def what(self) -> Text:
        """What to write."""
        *others, last = self.options
        return Text(f"{', '.join(others)} or {last}", f"{'、'.join(others)}或{last}")


@dataclass(frozen=True)
class Constant:
    """The one number it can be."""

    value: int

    @property
    def what(self) -> Text:
        """What to write."""
        return Text(str(self.value), str(self.value))


@dataclass(frozen=True)
class Number:
    """A number above 0."""

    most: int

    @property
    def what(self) -> Text:
        """What to write."""
        return Text(f"a number above 0 and up to {self.most}", f"大于0且不超过{self.most}的数")


@dataclass(frozen=True)
class One:
    """A mapping with the fields of a table."""

    table: str

    @property
    def what(self) -> Text:
        """What to write."""
        return Text(
            f"{self.table} fields (`name: value`, one per line)",
            f"{self.table}的各个字段（`name: value`，每行一个）",
        )


@dataclass(frozen=True)
class Many:
    """A list of one kind."""

    of: String | Choice | One
    least: int = 0

    @property
    def what(self) -> Text:
        """What to write."""
        if isinstance(self.of, One):
            return Text(f"a list, with `- ` before each {self.of.table}", f"列表，每个{self.of.table}前加`- `")
        what = self.of.what
        return Text(f"a list, with `- ` before {what.en}", f"列表，每一项前加`- `，每一项是{what.zh}")


Kind = String | Words | Choice | Constant | Number | One | Many


@dataclass(frozen=True)
class Need:
    """A field that another one goes with."""

    field: str
    values: tuple[str, ...] = ()
    """The values that count; empty for any."""

    @property
    def examples(self) -> tuple[str, ...]:
        """How it is written."""
        return tuple(f"{self.field}: {value}" for value in self.values) or (self.field,)


@dataclass(frozen=True)
class Field:
    """One field of a mapping."""

    name: str
    kind: Kind
    en: str
    """What it holds, a noun phrase: it reads on after "add". The description in the JSON Schema."""
    zh: str
    """The same: it reads on after 请加上."""
    required: bool = False
    goes_with: tuple[Need, ...] = ()
    """The field is required with any of these, and out of place without."""


@dataclass(frozen=True)
class Table:
    """The fields of one kind of mapping."""

    name: str
    zh: str
    """Its name in Chinese."""
    doc: str
    fields: tuple[Field, ...]
    one_of: tuple[str, ...] = ()
    """Exactly one of these fields is there."""
    short: str = ""
    """The field that a plain string in place of the mapping stands for."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)
