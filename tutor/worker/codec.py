"""Frozen values as lines of JSON, and back, each field held to its type. Knows types, and none of the wire's own.

A line may come from anywhere: another release, an interpreter elsewhere, a snippet that found the pipe. What passes
here can be shown without a further look at its types.
"""

from __future__ import annotations

import functools
import json
import typing
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Callable, Dict, FrozenSet, List, Tuple, Union

DEEPEST = 100
"""Levels of an object: more than tensors have dimensions, and fewer than what may be gone down in a recursion."""
DIGITS = 308
"""Of a whole number: with these it is below the largest float."""

Test = Callable[[Any], bool]


def _int(text: str) -> int:
    if len(text) - text.startswith("-") > DIGITS:
        raise ValueError("a number of {} digits".format(len(text)))
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if number - number != 0.0:
        raise ValueError("{} is too large a number".format(text[:20]))
    return number


def _constant(text: str) -> float:
    raise ValueError("{} is no number of JSON".format(text))


_parsed = json.JSONDecoder(parse_int=_int, parse_float=_float, parse_constant=_constant).decode
"""JSON text to Python; ValueError for any other, and for numbers that nobody can show."""


class Codec:
    """Lines of the classes that are known by their names."""

    def __init__(self, classes: Dict[str, Any]) -> None:
        self.classes = classes

    def from_json(self, raw: Any, levels: int = DEEPEST) -> Any:
        """The inverse of `to_json`. Unknown fields are passed over, so that a newer writer can talk to an older
        reader. ValueError or TypeError for what is none of the classes."""
        if not isinstance(raw, (list, dict)):
            return raw
        if not levels:
            raise ValueError("an object nested deeper than {} levels".format(DEEPEST))
        if isinstance(raw, list):
            return tuple([self.from_json(x, levels - 1) for x in raw])
        name = raw.get("is")
        if not isinstance(name, str) or name not in self.classes:
            raise ValueError("unknown object on the wire: {!r}".format(name))
        tests = tests_of(self.classes[name])
        known = {key: self.from_json(value, levels - 1) for key, value in raw.items() if key in tests}
        wrong = [key for key, value in known.items() if not tests[key](value)]
        if wrong:
            raise ValueError("of another type on the wire: {}.{}".format(name, wrong[0]))
        return self.classes[name](**known)

    def decode(self, line: Union[bytes, str]) -> Any:
        """One line back into a value; ValueError for anything else."""
        try:
            obj = self.from_json(_parsed(line if isinstance(line, str) else line.decode("utf-8")))
        except (TypeError, RecursionError) as e:
            raise ValueError(str(e)) from e
        if not is_dataclass(obj):
            raise ValueError("not an object of the wire")
        return obj


def to_json(obj: Any) -> Any:
    """A value as what `json.dumps` takes."""
    kind: Any = type(obj)
    if kind in (str, int, float, bool) or obj is None:
        return obj
    if kind in (tuple, list):
        return [to_json(x) for x in obj]
    out: Dict[str, Any] = {"is": kind.__name__}
    for key, default in _fields_of(kind):
        value = getattr(obj, key)
        if default is MISSING or value != default or type(value) is not type(default):
            out[key] = to_json(value)
    return out


def encode(obj: Any) -> bytes:
    """A value as a line."""
    text = json.dumps(to_json(obj), ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii") + b"\n"


@functools.lru_cache(maxsize=None)
def _fields_of(cls: Any) -> List[Tuple[str, Any]]:
    return [(field.name, field.default) for field in fields(cls)]


@functools.lru_cache(maxsize=None)
def tests_of(cls: Any) -> Dict[str, Test]:
    """The test of each field of a class."""
    return {name: fits(hint) for name, hint in typing.get_type_hints(cls).items()}


@functools.lru_cache(maxsize=None)
def fits(hint: Any) -> Test:
    """What tells whether a value is of a type."""
    if hint is Any:
        return _elements
    plain = _plain(hint)
    if plain:
        return lambda value: type(value) in plain
    inside: Tuple[Any, ...] = getattr(hint, "__args__", ())
    if getattr(hint, "__origin__", None) is Union:
        either = [fits(one) for one in inside]
        return lambda value: any(test(value) for test in either)
    if len(inside) == 2 and inside[1] is Ellipsis:
        each, all_plain = fits(inside[0]), _plain(inside[0])
        if all_plain:
            return lambda value: type(value) is tuple and all_plain.issuperset(map(type, value))
        return lambda value: type(value) is tuple and all(map(each, value))
    tests = [fits(one) for one in inside]
    return lambda value: (
        type(value) is tuple and len(value) == len(tests) and all(test(x) for test, x in zip(tests, value))
    )


def _plain(hint: Any) -> FrozenSet[Any]:
    """The classes of which a value may be; empty for a hint that asks for more than a class."""
    if getattr(hint, "__origin__", None) is Union:
        each = [_plain(one) for one in hint.__args__]
        return frozenset().union(*each) if all(each) else frozenset()
    if hint is float:
        return frozenset((float, int))
    return frozenset((hint,)) if isinstance(hint, type) and not getattr(hint, "__args__", ()) else frozenset()


def _elements(value: Any) -> bool:
    """Numbers nested as a tensor's are, with gaps."""
    if type(value) is tuple:
        return all(map(_elements, value))
    return value is None or type(value) in (bool, int, float, str)
