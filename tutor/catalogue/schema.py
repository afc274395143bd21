"""The JSON Schema of sheets, so that editors complete and check them. Made from the tables that the loader reads by.

`python -m tutor.catalogue.schema > tutor/catalogue/cheatsheet.schema.json` brings the shipped file up to date. A schema
cannot see what the loader sees across fields: ids used twice, dead links, Python that does not compile.
"""

from __future__ import annotations

import json
from typing import Any

from tutor.catalogue.fields import TABLES
from tutor.catalogue.kinds import Choice, Constant, Field, Kind, Many, Need, Number, One, String, Table, Words
from tutor.catalogue.model import LANGS, Text

_Schema = dict[str, Any]
_ALL, _SINGLE = "", "-in-one-language"
"""A sheet in one language may hold plain texts. What holds texts is therefore defined twice."""


def schema() -> _Schema:
    """The schema of a sheet, JSON Schema draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "torch-tutor sheet",
        "description": TABLES["sheet"].doc,
        "if": {"properties": {"languages": {"type": "array", "maxItems": 1}}, "required": ["languages"]},
        "then": {"$ref": f"#/$defs/sheet{_SINGLE}"},
        "else": {"$ref": f"#/$defs/sheet{_ALL}"},
        "$defs": {name + variant: _table(name, variant) for variant in (_ALL, _SINGLE) for name in TABLES},
    }


def dumps() -> str:
    """The schema as the text of its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _table(name: str, variant: str) -> _Schema:
    table = TABLES[name]
    if name == "text":
        return _text(table, variant)
    mapping = _mapping(table, variant)
    if not table.short:
        return mapping
    short = next(field for field in table.fields if field.name == table.short)
    return {"description": table.doc, "oneOf": [_described(short, variant), mapping]}


def _text(table: Table, variant: str) -> _Schema:
    mapping: _Schema = {"type": "object", **_properties(table, variant), "additionalProperties": False}
    if variant == _ALL:
        return {"description": table.doc, **mapping, "required": list(LANGS)}
    return {"description": table.doc, "oneOf": [_kind(String(Text("", "")), variant), {**mapping, "minProperties": 1}]}


def _mapping(table: Table, variant: str) -> _Schema:
    rules = [_company(field) for field in table.fields if field.goes_with]
    if table.one_of:
        rules.append({"oneOf": [{"required": [name]} for name in table.one_of]})
    return {
        "description": table.doc,
        "type": "object",
        **_properties(table, variant),
        "required": [field.name for field in table.fields if field.required],
        "additionalProperties": False,
        **({"allOf": rules} if rules else {}),
    }


def _properties(table: Table, variant: str) -> _Schema:
    return {"properties": {field.name: _described(field, variant) for field in table.fields}}


def _described(field: Field, variant: str) -> _Schema:
    return {"description": field.en[0].upper() + field.en[1:] + ".", **_kind(field.kind, variant)}


def _company(field: Field) -> _Schema:
    return {
        "if": {"anyOf": [_given(need) for need in field.goes_with]},
        "then": {"required": [field.name]},
        "else": {"properties": {field.name: False}},
    }


def _given(need: Need) -> _Schema:
    values = {"properties": {need.field: {"enum": list(need.values)}}} if need.values else {}
    return {**values, "required": [need.field]}


def _kind(kind: Kind, variant: str) -> _Schema:
    match kind:
        case String(pattern=pattern):
            return {"type": "string", "pattern": f"^({pattern})$" if pattern else "\\S"}
        case Words():
            return {"$ref": f"#/$defs/text{variant}"}
        case Choice(options=options):
            return {"enum": list(options)}
        case Constant(value=value):
            return {"const": value}
        case Number(most=most):
            return {"type": "number", "exclusiveMinimum": 0, "maximum": most}
        case One(table=table):
            return {"$ref": f"#/$defs/{table}{variant}"}
        case Many(of=of, least=least):
            unique = {} if isinstance(of, One) else {"uniqueItems": True}
            return {"type": "array", "items": _kind(of, variant), "minItems": least, **unique}


if __name__ == "__main__":
    print(dumps(), end="")
