"""Whether what was read from a line is what a field says it is. Knows types, and none of the wire's own.

A line may come from anywhere: another release, an interpreter elsewhere, a snippet that found the pipe. What passes
here can be shown without a further look at its types.
"""

from __future__ import annotations

import functools
import json
import typing
from typing import Any, Callable, Dict, FrozenSet, Tuple, Union

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


PARSED = json.JSONDecoder(parse_int=_int, parse_float=_float, parse_constant=_constant).decode
"""JSON text to Python; ValueError for any other, and for numbers that nobody can show."""


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
