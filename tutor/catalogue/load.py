"""A sheet's YAML as a Catalogue, or a SheetError with every fault in it.

Here the fields of a sheet become the values of the model, and entries are held to what no single field shows: ids used
once, links that lead somewhere, Python that compiles and can prove something. Nothing of a sheet is executed.
"""

from __future__ import annotations

from typing import NamedTuple, cast, get_args

from tutor import __version__
from tutor.catalogue.faults import Faults
from tutor.catalogue.fields import FORMAT, TABLES
from tutor.catalogue.kinds import Table
from tutor.catalogue.model import (
    LANGS,
    Bite,
    Catalogue,
    Claim,
    ClaimKind,
    Entry,
    Group,
    PictureKind,
    Pitfall,
    Section,
    Text,
    Then,
    Today,
)
from tutor.catalogue.reader import Place, Record
from tutor.catalogue.select import suggest
from tutor.catalogue.snippets import claim_fault, compile_fault, expression_fault
from tutor.catalogue.source import read_bytes
from tutor.catalogue.tree import Mapping, Scalar, TreeError, grow, short

_NOTHING = Text("", "")
_KINDS: tuple[ClaimKind, ...] = get_args(ClaimKind)
_CORRECT = Text("correct it", "请改正")
_FULL_ID = Text("write the full id of an entry of this sheet", "请写这张表中某个条目的完整id")
_NOT_A_MAPPING = Text(
    "this is not a mapping: start with `format: 1`, a `title` and `sections`",
    "这不是映射：请以`format: 1`、`title`和`sections`开头",
)


def load(path: str) -> Catalogue:
    """The sheet in a file."""
    return parse(read_bytes(path), path)


def parse(raw: bytes, path: str) -> Catalogue:
    """The sheet in the bytes of a file; `path` is what messages call it."""
    text = _decode(raw, path)
    faults = Faults(path, text)
    root = _root(text, faults)
    _check_format(root, faults)
    catalogue = _Sheet(path, faults).catalogue(root)
    faults.raise_if_any()
    return catalogue


def _decode(raw: bytes, path: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        byte = f"0x{raw[error.start]:02x}"
        words = Text(f"the byte {byte} is not UTF-8: save the file as UTF-8", f"字节{byte}不是UTF-8：请把文件存为UTF-8")
        Faults(path).stop(line, column, words)


def _root(text: str, faults: Faults) -> Mapping:
    try:
        root = grow(text)
    except TreeError as error:
        faults.stop(error.line, error.column, error.words)
    if not isinstance(root, Mapping):
        faults.stop(root.line, root.column, _NOT_A_MAPPING)
    if root.flaw:
        faults.at(root, "", root.flaw)
    return root


def _check_format(root: Mapping, faults: Faults) -> None:
    """A sheet of a later format is not read any further: most of what would be said of it would be wrong."""
    for key, node in root.pairs:
        if key.value == "format" and isinstance(node, Scalar) and _is_later(node.value):
            label, command = f"`format` {short(node.value)}", "`pip install --upgrade torch-tutor`"
            words = Text(
                f"{label} needs a later torch-tutor (this is {__version__}, for format {FORMAT}): run {command}",
                f"{label}需要更新的torch-tutor（这里是{__version__}，支持format {FORMAT}）：请运行{command}",
            )
            faults.stop(node.line, node.column, words)


def _is_later(number: str) -> bool:
    return number.isdecimal() and float(number) > FORMAT


class _Home(NamedTuple):
    """Where an entry belongs."""

    section: str
    """What messages call the section: its id."""
    setup: str
    group: str = ""


class _Sheet:
    """Builds one catalogue."""

    def __init__(self, path: str, faults: Faults) -> None:
        self._path = path
        self._faults = faults
        self._taken: dict[str, tuple[Table, int]] = {}
        """The full ids of sections, groups and entries: what has it, and in which line."""
        self._links: list[tuple[Record, Scalar]] = []

    def catalogue(self, root: Mapping) -> Catalogue:
        """The whole sheet."""
        sheet = Record(self._faults, root, TABLES["sheet"], Place(), LANGS)
        sheet.scalar("format")
        languages = sheet.values("languages")
        sheet.languages = tuple(lang for lang in LANGS if lang in languages) or LANGS
        title = sheet.words("title") or _NOTHING
        sections = tuple(self._section(record) for record in sheet.records("sections"))
        self._check_links()
        return Catalogue(self._path, title, sections)

    def _section(self, record: Record) -> Section:
        name = self._take_id(record)
        title, text = record.words("title") or _NOTHING, record.words("text")
        home = _Home(record.where, self._python(record, "setup"))
        groups = tuple(self._group(group, home) for group in record.records("groups", record.where))
        entries = tuple(self._entry(entry, home) for entry in record.records("entries", record.where))
        return Section(name, title, text, home.setup, groups or (Group("", title, entries),), record.node.line)

    def _group(self, record: Record, home: _Home) -> Group:
        home = home._replace(group=self._take_id(record))
        title = record.words("title") or _NOTHING
        return Group(home.group, title, tuple(self._entry(e, home) for e in record.records("entries", home.section)))

    def _entry(self, record: Record, home: _Home) -> Entry:
        self._take_id(record)
        links = record.strings("see")
        self._links += [(record, link) for link in links]
        return Entry(
            id=record.where,
            group=home.group,
            title=record.words("title") or _NOTHING,
            text=record.words("text") or _NOTHING,
            code=self._python(record, "code"),
            claims=self._claims(record),
            setup=home.setup,
            sheet=record.string("sheet"),
            covers=record.values("covers"),
            erratum=record.words("erratum"),
            then=self._then(record),
            pitfalls=tuple(self._pitfall(pitfall) for pitfall in record.records("pitfalls", record.where)),
            see=tuple(link.value for link in links),
            docs=record.values("docs"),
            tags=record.values("tags"),
            devices=record.values("devices"),
            needs=record.values("needs"),
            pictures=cast("tuple[PictureKind, ...]", record.values("pictures")),
            timeout=record.number("timeout", Entry.timeout),
            line=record.node.line,
            code_line=record.text_line("code"),
        )

    def _then(self, entry: Record) -> Then | None:
        record = entry.record("then")
        if record is None:
            return None
        today, match = cast(Today, record.string("today") or "works"), record.string("match")
        return Then(
            code=self._refusable(record, "code", "today", _refused(today, match)),
            today=today,
            changed=record.words("changed") or _NOTHING,
            match=match,
            since=record.string("since"),
            when=record.string("when"),
            claims=self._claims(record),
            line=entry.line("then"),
        )

    def _pitfall(self, record: Record) -> Pitfall:
        kind, match = cast(Bite, record.string("kind") or "raises"), record.string("match")
        wrong = self._refusable(record, "wrong", "kind", _refused(kind, match))
        right = self._python(record, "right")
        if wrong and wrong == right:
            record.fault(
                record.scalar("right") or record.node,
                "`right` is the same as `wrong`: write what is right",
                "`right`与`wrong`相同：请写正确写法",
            )
        return Pitfall(
            id=self._take_id(record),
            title=record.words("title") or _NOTHING,
            kind=kind,
            wrong=wrong,
            right=right,
            why=record.words("why") or _NOTHING,
            fix=record.words("fix") or _NOTHING,
            match=match,
            measure=self._expression(record, "measure"),
            symptom=self._expression(record, "symptom"),
            devices=record.values("devices"),
            line=record.node.line,
            wrong_line=record.text_line("wrong"),
            right_line=record.text_line("right"),
        )

    def _claims(self, record: Record) -> tuple[Claim, ...]:
        return tuple(self._claim(claim) for claim in record.records("claims"))

    def _claim(self, record: Record) -> Claim:
        written = [(kind, self._python(record, kind, of_claim=kind)) for kind in _KINDS if kind in record]
        kind, code = written[0] if written else ("expr", "")
        return Claim(kind, code, record.string("match"), record.words("says"), record.node.line)

    def _expression(self, record: Record, name: str) -> str:
        node = record.scalar(name)
        if node is None:
            return ""
        if reason := expression_fault(node.value):
            label = record.place.label(name)
            record.fault(node, f"{label} {reason.en}", f"{label}{reason.zh}")
        return node.value.strip()

    def _refusable(self, record: Record, name: str, says: str, refused: bool) -> str:
        """A field that holds code which Python may refuse, if the field `says` tells of it."""
        return record.string(name) if refused else self._python(record, name, advice=_if_meant(says))

    def _python(self, record: Record, name: str, of_claim: ClaimKind | None = None, advice: Text = _CORRECT) -> str:
        node = record.scalar(name)
        if node is None:
            return ""
        label = record.place.label(name)
        if broken := compile_fault(node.value):
            words = Text(
                f"{label} does not compile ({broken.reason.en}): {advice.en}",
                f"{label}无法编译（{broken.reason.zh}）：{advice.zh}",
            )
            self._faults.inside(node, broken.line, broken.column, record.where, words)
        elif of_claim and (reason := claim_fault(of_claim, node.value)):
            record.fault(node, f"{label} {reason.en}", f"{label}{reason.zh}")
        return node.value.rstrip("\n")

    def _take_id(self, record: Record) -> str:
        node = record.scalar("id")
        if record.where in self._taken:
            owner, line = self._taken[record.where]
            record.fault(
                node or record.node,
                f"`id` is taken by the {owner.name} in line {line}: choose another",
                f"`id`已被第{line}行的{owner.zh}占用：请换一个",
            )
        self._taken.setdefault(record.where, (record.table, record.node.line))
        return node.value if node else ""

    def _check_links(self) -> None:
        entries = {name: line for name, (owner, line) in self._taken.items() if owner.name == "entry"}
        for record, link in self._links:
            if link.value == record.where:
                record.fault(link, "`see` leads to the entry itself: remove it", "`see`指向条目自身：请删去")
            elif link.value not in entries:
                near, seen = suggest(link.value, entries), short(link.value)
                advice = Text(f"did you mean {near[0]}?", f"是否想写{near[0]}？") if near else _FULL_ID
                record.fault(
                    link,
                    f"`see` leads to {seen}, which does not exist: {advice.en}",
                    f"`see`指向的{seen}不存在：{advice.zh}",
                )


def _if_meant(says: str) -> Text:
    return Text(
        f"correct it; if Python shall refuse it, say `{says}: raises` and begin `match` with SyntaxError",
        f"请改正；若本就要让Python拒绝它，请写`{says}: raises`，并让`match`以SyntaxError开头",
    )


def _refused(does: str, match: str) -> bool:
    """Whether code is said to be no Python at all."""
    return does == "raises" and match.startswith("SyntaxError")
