"""A Value in a few words (for a column) or in full lines (for a value that is looked at)."""

from __future__ import annotations

import re

from rich.text import Text

from tutor.catalogue.model import Lang
from tutor.render import numbers
from tutor.render.clean import called, clean
from tutor.render.words import word
from tutor.worker.wire import (
    ArrayValue,
    ContainerValue,
    ModuleValue,
    OptimizerValue,
    PlainValue,
    Stats,
    TensorValue,
    Value,
)

DTYPES = {
    "float64": "f64",
    "float32": "f32",
    "float16": "f16",
    "bfloat16": "bf16",
    "int64": "i64",
    "int32": "i32",
    "int16": "i16",
    "int8": "i8",
    "uint64": "u64",
    "uint32": "u32",
    "uint16": "u16",
    "uint8": "u8",
    "complex64": "c64",
    "complex128": "c128",
}
BRACKETS = {"tuple": ("(", ")"), "set": ("{", "}"), "dict": ("{", "}")}
SHAPE, DTYPE, NOTE, NAME, FN = "cyan", "dim", "dim", "bold", "magenta"


def shape(sizes: tuple[int, ...]) -> str:
    """`2x3`, `()`, `2x?x3`."""
    return "x".join("?" if n < 0 else str(n) for n in sizes) if sizes else "()"


def dtype(name: str) -> str:
    """`f32`."""
    return DTYPES.get(name) or called(name)


def brief(value: Value, lang: Lang) -> Text:
    """What a value is, on one line: `2x2 f32 leaf`."""
    match value:
        case TensorValue():
            return tensor(value, lang)
        case ArrayValue():
            out = Text.assemble((shape(value.shape), SHAPE), " ", (clean(value.dtype), DTYPE), (" numpy", NOTE))
            return _shared(out, value.shares, lang)
        case ModuleValue():
            count = word("elements", lang, f"{value.total:,}")
            return Text.assemble((called(value.type), SHAPE), (f" {count}" if value.total else "", NOTE))
        case OptimizerValue():
            return Text.assemble((called(value.type), SHAPE), " ", (_options(value), NOTE))
        case ContainerValue():
            return Text.assemble((called(value.type), SHAPE), " ", (word("members", lang, value.length), NOTE))
        case PlainValue(type="float") if FLOAT.fullmatch(value.text):
            return Text(numbers.figure(float(value.text), 6))
        case PlainValue():
            text = clean(value.text).split("\n")[0]
            return Text(text if len(text) <= 40 else text[:39] + "…", style="" if value.type in _NUMBERS else NOTE)


FLOAT = re.compile(r"-?(\d+(\.\d+)?(e[-+]\d+)?|inf)|nan")
"""As Python writes a float; a class of that name may write anything."""
_NUMBERS = ("int", "float", "bool", "complex", "str", "torch.Size", "NoneType")


def tensor(t: TensorValue, lang: Lang) -> Text:
    """`2x2 f32 leaf`, `() f32 SumBackward0`, `3x2 f32 shares x strides (1, 3)`."""
    out = Text.assemble((shape(t.shape), SHAPE), " ", (dtype(t.dtype), DTYPE))
    if t.device not in ("", "cpu"):
        out.append(f" {clean(t.device)}", NOTE)
    if t.layout not in ("strided", ""):
        out.append(f" {clean(t.layout)}", NOTE)
    if t.type not in ("Tensor", "torch.Tensor"):
        out.append(f" {called(t.type)}", NOTE)
    if t.requires_grad:
        out.append(f" {word('leaf', lang)}" if t.is_leaf else f" {called(t.grad_fn)}", "green" if t.is_leaf else FN)
    _shared(out, t.shares, lang)
    if t.strides and not t.contiguous:
        out.append(" " + word("strides", lang, f"{t.strides}".replace(",)", ")")), NOTE)
    if t.stats is not None and (t.stats.nan or t.stats.inf):
        out.append(f" {bad(t.stats)}", "bold red")
    return out


def bad(stats: Stats) -> str:
    """`2 nan 1 inf`."""
    parts = [f"{stats.nan} nan" if stats.nan else "", f"{stats.inf} inf" if stats.inf else ""]
    return " ".join(p for p in parts if p)


def _shared(out: Text, name: str, lang: Lang) -> Text:
    if name:
        out.append(" " + word("shares", lang, called(name)), "yellow")
    return out


def _options(value: OptimizerValue) -> str:
    """The options that tell one optimizer from another: `lr=0.1 momentum=0.9`."""
    group = dict(value.groups[0].options) if value.groups else {}
    keys = [k for k in ("lr", "momentum", "betas", "alpha", "rho", "weight_decay") if k in group]
    return clean(" ".join(f"{k}={group[k]}" for k in keys if k == "lr" or group[k] not in ("0", "0.0")))


def full(value: Value, width: int, lang: Lang) -> list[Text]:
    """A value as one would look at it: elements, members, parameters."""
    match value:
        case TensorValue() | ArrayValue():
            return elements(value, width)
        case PlainValue():
            lines = clean(value.text).split("\n")
            return [Text(line) for line in _few(lines, lang)]
        case ContainerValue():
            return _container(value, width, lang)
        case ModuleValue():
            return _module(value, lang)
        case OptimizerValue():
            return [brief(value, lang), *(_member(i.key, i.value, width, lang) for i in value.state)]


def elements(value: TensorValue | ArrayValue, width: int) -> list[Text]:
    """The elements of a tensor; where there are none to show, why."""
    if value.values is None:
        note = value.note if isinstance(value, TensorValue) else ""
        return [Text(clean(note) or "…", style=NOTE)]
    return [Text(line) for line in numbers.lines(value.values, width)]


def _few(lines: list[str], lang: Lang, most: int = numbers.LINES) -> list[str]:
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], word("more lines", lang, len(lines) - most + 1)]


def _container(value: ContainerValue, width: int, lang: Lang) -> list[Text]:
    """Short members on one line; else one line each."""
    if all(isinstance(i.value, PlainValue) for i in value.items) and len(value.items) == value.length:
        opening, closing = BRACKETS.get(value.type, ("[", "]"))
        text = ", ".join(_entry(value.type, i.key, i.value) for i in value.items)
        if value.type == "tuple" and value.length == 1:
            text += ","
        lead = "" if value.type in ("list", "tuple", "set", "dict") else called(value.type) + " "
        line = f"{lead}{opening}{text}{closing}"
        if len(line) <= width * 3:
            return [Text(line)]
    lines = [_member(i.key, i.value, width, lang) for i in value.items[: numbers.LINES]]
    if value.length > len(lines):
        lines.append(Text(word("more", lang, value.length - len(lines)), style=NOTE))
    return lines or [brief(value, lang)]


def _entry(kind: str, key: str, value: Value) -> str:
    text = clean(value.text) if isinstance(value, PlainValue) else ""
    return f"{clean(key)[1:-1]}: {text}" if kind == "dict" else f"{clean(key)}={text}" if key.startswith(".") else text


def _member(key: str, value: Value, width: int, lang: Lang) -> Text:
    """`[0]  2x2 f32  [1.0, 2.0]`: elements too, where they fit on the line. A single number is told in any case."""
    out = Text.assemble((called(key), NAME), " ", brief(value, lang))
    if isinstance(value, (TensorValue, ArrayValue)) and value.values is not None and value.numel <= 16:
        if not value.shape and out.cell_len + len(numbers.lines(value.values, width)[0]) + 2 > width:
            out = Text.assemble((called(key), NAME))
        lines = numbers.lines(value.values, max(width - out.cell_len - 2, 8))
        if len(lines) == 1 and out.cell_len + len(lines[0]) + 2 <= width:
            out.append("  " + lines[0])
    return out


def _module(value: ModuleValue, lang: Lang) -> list[Text]:
    """Its children or its own words, then the table of parameters."""
    lines = [Text.assemble((called(value.type), SHAPE), f"({clean(value.text)})" if value.text else "")]
    for item in value.children:
        text = clean(item.value.text) if isinstance(item.value, PlainValue) else ""
        lines.append(Text.assemble("  ", (called(item.key), NAME), f" {called(item.value.type)}({text})"))
    for p in value.parameters[: numbers.LINES]:
        row = Text.assemble("  ", (called(p.name), NAME), " ", (shape(p.shape), SHAPE), " ", (dtype(p.dtype), DTYPE))
        lines.append(row.append(f" {p.numel:,}", NOTE))
    if value.count > numbers.LINES:
        lines.append(Text("  " + word("more", lang, value.count - numbers.LINES), style=NOTE))
    return lines
