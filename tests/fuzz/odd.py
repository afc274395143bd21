"""Odd input made from a number, the same each time: lines that are nearly events, and sheets that are nearly sheets."""

from __future__ import annotations

import dataclasses
import json
import random
import types
from collections.abc import Callable
from typing import Any, Union, get_args, get_origin, get_type_hints

from tutor.worker import wire

TEXTS = (
    "", "x", "loss", "model.0.weight", "[0]", "['w']", "Tensor", "Linear", "float32", "torch.float64", "cpu", "cuda:0",
    "nan", "inf", "-inf", "1+2j", "~10^4500", "stdout", "stderr", "1e999", "中文", "a b", "\n", "a\n" * 30, " ",
    "\x1b]2;MARK\x07", "\x9b6n", "\u202e", "\x00", "\ud800", "e" + "\u0301" * 40, "[bold]x[/bold]", "x" * 3000,
    "\t\r\n", "`", "{", "%s", "\\", "(2, 3)", "3", "MulBackward0", "x.sum(dim=1)", "torch.ones(2) @ x",
)  # fmt: skip
WORDS = {
    "how": ("new", "rebound", "mutated", "deleted", "filled", "accumulated", "zeroed", "cleared", "changed", "reached",
            "done", "raised", "left"),
    "kind": ("setup", "statement", "iteration", "call"),
    "stream": ("stdout", "stderr"),
    "outcome": ("finished", "raised", "timed_out", "cancelled", "died", "flooded", "out_of_memory"),
    "why": ("", "detach", "data", "no_grad", "integer", "copy", "other", "time", "memory", "output"),
    "dtype": ("float32", "torch.float32", "int64", "bool", "complex64"),
}  # fmt: skip
"""What a field of this name holds among ourselves."""
INTS = (0, 0, 1, 1, 2, 3, 7, 64, 1000, -1, -7, 2**31, 2**63, -(2**63), 10**18, 10**300)
FLOATS = (0.0, -0.0, 0.5, 1.0, -2.25, 1e-300, 5e-324, 1e308, -1e308, 3.0e5, 123456.789)
EVENTS = tuple(c.__name__ for c in get_args(wire.Event))
CLASSES: dict[str, Any] = {
    c.__name__: c for c in vars(wire).values() if isinstance(c, type) and dataclasses.is_dataclass(c)
}
HINTS = {name: get_type_hints(cls, vars(wire)) for name, cls in CLASSES.items()}


def value(hint: Any, name: str, dice: random.Random, deep: int = 3) -> Any:
    """Something of a type: small or huge, sensible or not."""
    if hint is Any:
        return elements(dice, dice.randrange(4))
    if get_origin(hint) in (Union, types.UnionType):
        flat = [arg for arg in get_args(hint) if not get_args(arg) and not dataclasses.is_dataclass(arg)]
        return value(dice.choice(get_args(hint) if deep > 0 else flat or [wire.PlainValue]), name, dice, deep)
    if get_origin(hint) is tuple:
        inside = get_args(hint)
        if inside[-1] is Ellipsis:
            return tuple(value(inside[0], name, dice, deep - 1) for _ in range(dice.randrange(4) if deep > 0 else 0))
        return tuple(value(arg, name, dice, deep - 1) for arg in inside)
    if dataclasses.is_dataclass(hint):
        return instance(hint, dice, deep - 1)
    if hint is str and name in WORDS and dice.random() < 0.8:
        return dice.choice(WORDS[name])
    plain: dict[Any, tuple[Any, ...]] = {str: TEXTS, int: INTS, float: FLOATS, bool: (True, False), type(None): (None,)}
    return dice.choice(plain[hint])


def instance(cls: Any, dice: random.Random, deep: int = 3) -> Any:
    """One of a class; a field that has a default is left at it now and then."""
    told = {}
    for field in dataclasses.fields(cls):
        if field.default is dataclasses.MISSING or dice.random() < 0.7:
            told[field.name] = value(HINTS[cls.__name__][field.name], field.name, dice, deep)
    return cls(**told)


def elements(dice: random.Random, dims: int) -> Any:
    """As of a tensor, but not always with rows of one length."""
    if dims and dice.random() < 0.9:
        return tuple(elements(dice, dims - 1) for _ in range(dice.randrange(5)))
    return dice.choice((None, True, 0, 1, -3, 10**18, *FLOATS, "nan", "-inf", "1+2j", "\x1b[2J", "x" * 200))


# ----------------------------------------------------------------------------------------------------- lines


def line(dice: random.Random) -> bytes:
    """A line of the wire, or what is nearly one."""
    good = wire.encode(instance(CLASSES[dice.choice(EVENTS)], dice))
    return dice.choice(SPOILT)(good, dice)


def _cut(good: bytes, dice: random.Random) -> bytes:
    return good[: dice.randrange(len(good))] + b"\n"


def _flipped(good: bytes, dice: random.Random) -> bytes:
    raw = bytearray(good)
    for _ in range(dice.randrange(1, 4)):
        raw[dice.randrange(len(raw) - 1)] = dice.randrange(256)
    return bytes(raw)


def _noise(good: bytes, dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(200)) + b"\n"


def _other(good: bytes, dice: random.Random) -> bytes:
    """A value of another type somewhere in it."""
    raw = json.loads(good)
    places: list[tuple[Any, Any]] = []
    todo: list[Any] = [raw]
    while todo:
        held = todo.pop()
        keys: Any = held.keys() if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ()
        for key in keys:
            places.append((held, key))
            todo.append(held[key])
    held, key = dice.choice(places)
    held[key] = dice.choice(OTHERS)
    return json.dumps(raw).encode() + b"\n"


def _literal(good: bytes, dice: random.Random) -> bytes:
    """A number that JSON or a float does not know, or an object without end."""
    text = good.rstrip().decode("ascii")
    odd = dice.choice(
        ("NaN", "-Infinity", "1e999", "9" * 5000, "[" * 5000, '{"is":' * 2000, '"\\ud800"', "-0", "[[" * 60)
    )
    return text.replace(dice.choice((":0", ":1", "[]", '""', "}")), f":{odd}", 1).encode() + b"\n"


def _twice(good: bytes, dice: random.Random) -> bytes:
    return good.rstrip() + good


def _same(good: bytes, dice: random.Random) -> bytes:
    return good


def _newer(good: bytes, dice: random.Random) -> bytes:
    """With a field that nobody knows yet."""
    return good.replace(b"{", b'{"later":{"is":"PlainValue","type":"a","text":"b"},', 1)


OTHERS: tuple[Any, ...] = (
    None, True, -1, 2**70, 0.5, "", "text", [], [1], ["x"], [[[]]], {}, {"is": "Nothing"}, {"is": None}, {"is": []},
    {"is": "PlainValue", "type": "int", "text": "1"}, {"is": "Finished", "job": "1", "outcome": "finished"},
    [{"is": "Item"}], {"is": "TensorValue", "type": 1, "shape": "x", "dtype": None},
)  # fmt: skip
SPOILT: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut, _flipped, _noise, _other, _other, _other, _literal, _twice, _same, _newer
)  # fmt: skip


# ----------------------------------------------------------------------------------------------------- sheets

PIECES = (
    "&a ", "*a", "!!python/object:x ", "!!binary ", "<<: ", "? ", "- ", ": ", "# ", "| ", "> ", "{", "}", "[", "]", ",",
    '"', "'", "%", "@", "`", "\t", "\n", "\n\n", "---\n", "...\n", "null", "~", "1e999", "0x", "2020-01-01", "yes",
    "\x00", "\x1b", "\u202e", "\ufeff", "\u2028", "\ud7ff", "中", "\\", "\\u0000", "\\x1b", "\\ud800", " " * 40,
    "x" * 3000, "é", "[" * 40, "- " * 40, "{a: " * 40, "lambda: ", "(", ")", "\\\n", "import ", "format: 2\n",
    "id: ", "code: ",
)  # fmt: skip


def sheet(good: str, dice: random.Random) -> bytes:
    """A sheet with pieces put in, taken out, doubled or moved; now and then with bytes that are no text."""
    lines = good.split("\n")
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(lines))
        row = lines[at]
        place = dice.randrange(len(row) + 1)
        how = dice.randrange(7)
        if how == 0:
            lines[at] = row[:place] + dice.choice(PIECES) + row[place:]
        elif how == 1:
            lines[at] = row[:place] + row[place + dice.randrange(1, 9) :]
        elif how == 2:
            lines[at : at + 1] = [row, row]
        elif how == 3:
            del lines[at : at + dice.randrange(1, 4)]
            lines = lines or [""]
        elif how == 4:
            lines[at] = " " * dice.randrange(9) + row.lstrip()
        elif how == 5:
            other = dice.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = row.partition(":")[0] + ": " + dice.choice(PIECES)
    raw = "\n".join(lines).encode("utf-8", "surrogatepass")
    if dice.random() < 0.1:
        place = dice.randrange(len(raw) + 1)
        raw = raw[:place] + dice.randbytes(3) + raw[place:]
    return raw
