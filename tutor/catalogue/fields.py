"""What a sheet is written in: every field, its kind, and one line on it.

The loader checks against these tables and the JSON Schema is generated from them, so neither can know a field that the
other does not. It knows nothing of YAML, of files, or of what a field's Python does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from tutor.catalogue.model import LANGS, Bite, Permission, PictureKind, Today

FORMAT = 1
"""The format of sheets that this torch-tutor reads."""
LONGEST_TIMEOUT = 3600

_SLUG = "[a-z0-9][a-z0-9-]*"


@dataclass(frozen=True)
class String:
    """A piece of text in one language, or of code."""

    what: str
    """What to write, for a fault that says so."""
    pattern: str = ""
    """A regular expression for the whole of it; empty for any text that is not blank."""


@dataclass(frozen=True)
class Words:
    """The same text in every language of the sheet."""

    what: str = "a text in every language, such as {en: Addition, zh: 加法}"


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    options: tuple[str, ...]

    @property
    def what(self) -> str:
        """What to write."""
        return f"{', '.join(self.options[:-1])} or {self.options[-1]}"


@dataclass(frozen=True)
class Constant:
    """The one number it can be."""

    value: int

    @property
    def what(self) -> str:
        """What to write."""
        return str(self.value)


@dataclass(frozen=True)
class Number:
    """A number above 0."""

    most: int

    @property
    def what(self) -> str:
        """What to write."""
        return f"a number above 0 and up to {self.most}"


@dataclass(frozen=True)
class One:
    """A mapping with the fields of a table."""

    table: str

    @property
    def what(self) -> str:
        """What to write."""
        return f"{self.table} fields (`name: value`, one per line)"


@dataclass(frozen=True)
class Many:
    """A list of one kind."""

    of: String | Choice | One
    least: int = 0

    @property
    def what(self) -> str:
        """What to write."""
        return f"a list, with `- ` before {'each ' + self.of.table if isinstance(self.of, One) else self.of.what}"


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
    doc: str
    """A noun phrase: it reads on after "add"."""
    required: bool = False
    goes_with: tuple[Need, ...] = ()
    """The field is required with any of these, and out of place without."""


@dataclass(frozen=True)
class Table:
    """The fields of one kind of mapping."""

    name: str
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


_ID = String("an id of lower-case letters, digits and hyphens, such as zero-grad", _SLUG)
_LINK = String("the full id of an entry, such as autograd/backward", f"{_SLUG}/{_SLUG}")
_RELEASE = String('a release in quotes, such as "0.4.0"', r"[0-9]+\.[0-9]+(\.[0-9]+)?")
_DOC = String(
    "a dotted name such as torch.Tensor.backward, or an https address",
    r"https?://\S+|[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+",
)
_PROSE = String("a text")
_PYTHON = String("Python source, best in a `|` block")
_LINE = String("the line as printed, best in a `|` block")
_MESSAGE = String("a part of `ClassName: message`, in quotes")
_TAG = String("a word", r"\S+( \S+)*")
_LANGUAGE = Choice(LANGS)
_DEVICE = Choice(("cpu", "cuda", "mps", "meta"))
_PICTURE = Choice(get_args(PictureKind))
_TODAY = Choice(get_args(Today))
_BITE = Choice(get_args(Bite))
_PERMISSION = Choice(get_args(Permission))
_EXPRESSION = String("one Python expression")

TEXT = Table(
    "text",
    "The same text in every language of the sheet.",
    (Field("en", _PROSE, "the text in English"), Field("zh", _PROSE, "the text in Chinese")),
)
CLAIM = Table(
    "claim",
    "One thing the text says, as code that the run itself proves.",
    (
        Field("expr", _PYTHON, "Python whose last line is an expression that comes out as True"),
        Field("raises", _PYTHON, "Python that raises"),
        Field("warns", _PYTHON, "Python that warns"),
        Field(
            "match",
            _MESSAGE,
            "a part of the `ClassName: message` that it raises or warns with",
            goes_with=(Need("raises"), Need("warns")),
        ),
        Field("says", Words(), "the claim in words"),
    ),
    one_of=("expr", "raises", "warns"),
    short="expr",
)
THEN = Table(
    "then",
    "The entry as PyTorch 0.3.0 had it, and what that code does today.",
    (
        Field("code", _PYTHON, "the code for PyTorch 0.3.0, which runs after the section's setup", required=True),
        Field("today", _TODAY, "what that code does today", required=True),
        Field(
            "match",
            _MESSAGE,
            "a part of the `ClassName: message` that it raises or warns with today",
            goes_with=(Need("today", ("warns", "raises")),),
        ),
        Field("changed", Words(), "what changed since PyTorch 0.3.0", required=True),
        Field("since", _RELEASE, "the release that brought the change"),
        Field("when", _DEVICE, "the device family on which `today` is promised, if not on all"),
        Field("claims", Many(One("claim")), "claims about what that code leaves behind today"),
    ),
)
_GOES_ON = (Need("kind", ("warns", "silent")),)
PITFALL = Table(
    "pitfall",
    "A mistake that readers make, run live beside the right code.",
    (
        Field("id", _ID, "the id, unique in its entry", required=True),
        Field("title", Words(), "the mistake in a few words", required=True),
        Field("kind", _BITE, "what the wrong code does", required=True),
        Field(
            "match",
            _MESSAGE,
            "a part of the `ClassName: message` that it raises or warns with",
            goes_with=(Need("kind", ("raises", "warns")),),
        ),
        Field("wrong", _PYTHON, "the mistake, as code that runs after the section's setup", required=True),
        Field("right", _PYTHON, "the right code, which runs after the section's setup too", required=True),
        Field("measure", _EXPRESSION, "what to look at after either code, to see them differ", goes_with=_GOES_ON),
        Field(
            "symptom", _EXPRESSION, "what is True after the wrong code and False after the right", goes_with=_GOES_ON
        ),
        Field("why", Words(), "why the wrong code does that", required=True),
        Field("fix", Words(), "what to do instead", required=True),
        Field("devices", Many(_DEVICE), "the device families on which it bites, if not on all"),
    ),
)
ENTRY = Table(
    "entry",
    "One line of the sheet, made live.",
    (
        Field("id", _ID, "the id, unique in its section", required=True),
        Field("title", Words(), "the heading", required=True),
        Field("text", Words(), "what it does and why it matters, in one to four sentences", required=True),
        Field("code", _PYTHON, "the code for today's PyTorch, which runs after the section's setup", required=True),
        Field("claims", Many(One("claim"), least=1), "what the text says, as code that proves it", required=True),
        Field("sheet", _LINE, "the line as the PyTorch 0.3.0 sheet prints it"),
        Field("covers", Many(_ID), "the ids of the lines of the 0.3.0 sheet that this entry covers"),
        Field("erratum", Words(), "what the printed sheet has wrong here, and what is right"),
        Field("then", One("then"), "the form of PyTorch 0.3.0, run live today"),
        Field("pitfalls", Many(One("pitfall")), "the mistakes that its readers make"),
        Field("see", Many(_LINK), "full ids of related entries"),
        Field("docs", Many(_DOC), "dotted names documented by PyTorch, or addresses"),
        Field("tags", Many(_TAG), "more words to find it by"),
        Field("devices", Many(_DEVICE), "the device families it can run on, if not on all"),
        Field("needs", Many(_PERMISSION), "what a reader must allow with `--allow` before it is run"),
        Field("pictures", Many(_PICTURE), "kinds of pictures that help here, besides those that are shown anyhow"),
        Field("timeout", Number(LONGEST_TIMEOUT), "the seconds it may take"),
    ),
)
GROUP = Table(
    "group",
    "Entries under one heading.",
    (
        Field("id", _ID, "the id, unique in its section", required=True),
        Field("title", Words(), "the heading", required=True),
        Field("entries", Many(One("entry"), least=1), "the entries of the group", required=True),
    ),
)
SECTION = Table(
    "section",
    "A part of the sheet with its shared setup.",
    (
        Field("id", _ID, "the id, unique in the sheet", required=True),
        Field("title", Words(), "the heading", required=True),
        Field("text", Words(), "an introduction"),
        Field("setup", _PYTHON, "code that runs before each entry of the section"),
        Field("groups", Many(One("group"), least=1), "the groups of the section"),
        Field("entries", Many(One("entry"), least=1), "the entries of a section without groups"),
    ),
    one_of=("groups", "entries"),
)
SHEET = Table(
    "sheet",
    "A sheet for torch-tutor.",
    (
        Field("format", Constant(FORMAT), "the version of this format", required=True),
        Field("languages", Many(_LANGUAGE, least=1), "the languages it is written in, if not in all"),
        Field("title", Words(), "the name of the sheet", required=True),
        Field("sections", Many(One("section"), least=1), "the sections", required=True),
    ),
)
TABLES = {table.name: table for table in (SHEET, SECTION, GROUP, ENTRY, THEN, PITFALL, CLAIM, TEXT)}
