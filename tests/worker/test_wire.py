from __future__ import annotations

import dataclasses
import json
import math
import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from tutor.worker import tensors, wire
from tutor.worker.wire import (
    Cancel,
    Error,
    Finished,
    Item,
    Job,
    PlainValue,
    Printed,
    Question,
    Series,
    StepEnded,
    TensorValue,
    decode,
    encode,
    from_json,
    to_json,
)

CLASSES = sorted(
    (c for c in vars(wire).values() if isinstance(c, type) and dataclasses.is_dataclass(c)), key=lambda c: c.__name__
)


def sample(hint: Any, name: str, deep: int) -> Any:
    """A value of a field's type, unlike its default wherever that is possible."""
    if hint is Any:
        return ((1, 2.5, None), ("nan", "1+2j", True))
    if get_origin(hint) in (Union, types.UnionType):
        choices = [arg for arg in get_args(hint) if arg is not type(None)]
        return sample(choices[-1], name, deep)
    if get_origin(hint) is tuple:
        inside = get_args(hint)
        if inside[-1] is Ellipsis:
            return tuple(sample(inside[0], name, deep) for _ in range(2)) if deep else ()
        return tuple(sample(arg, name, deep) for arg in inside)
    if dataclasses.is_dataclass(hint):
        return full(hint, deep - 1) if deep > 0 else None
    return {bool: True, int: 7, float: 0.25, str: f'{name}\n\0"\\ é 张量 \ud800'}[hint]


def full(cls: Any, deep: int = 3) -> Any:
    """An instance with every field set."""
    hints = get_type_hints(cls, vars(wire))
    return cls(**{field.name: sample(hints[field.name], field.name, deep) for field in dataclasses.fields(cls)})


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_every_class_survives_the_wire(cls: Any) -> None:
    value = full(cls)

    line = encode(value)

    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line) == value


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_fields_at_their_default_are_left_out(cls: Any) -> None:
    required = [field for field in dataclasses.fields(cls) if field.default is dataclasses.MISSING]
    hints = get_type_hints(cls, vars(wire))
    value = cls(**{field.name: sample(hints[field.name], field.name, 2) for field in required})

    assert set(json.loads(encode(value))) == {"is", *(field.name for field in required)}
    assert decode(encode(value)) == value


def test_a_number_equal_to_the_default_keeps_its_type() -> None:
    told = from_json(to_json(TensorValue("Tensor", (), "float32", values=0.0)))

    assert (told.values, type(told.values)) == (0.0, float)
    point = from_json(json.loads(json.dumps(to_json(Series("loss", ((0, 0.0), (1, False)))))))
    assert [type(x) for _, x in point.points] == [float, bool]


def test_unknown_fields_are_ignored() -> None:
    told = to_json(Item("[0]", PlainValue("int", "1")))
    told["later"] = told["value"]["later"] = {"is": "PlainValue", "type": "int", "text": "2"}

    assert decode(json.dumps(told)) == Item("[0]", PlainValue("int", "1"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"is": "Nothing"}', "unknown object on the wire: 'Nothing'"),
        (b'{"job": "a"}', "unknown object on the wire: None"),
        (b"[1, 2]", "not an object of the wire"),
        (b"3", "not an object of the wire"),
        (b'{"is": "Printed"}', "missing 4 required positional arguments"),
        (b"Traceback (most recent call last):", "Expecting value"),
        (b"", "Expecting value"),
        (b"\xc3(", "codec can't decode"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_what_is_no_event_is_a_value_error(line: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(line)


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (complex(1, -2), "1-2j"),
        (complex(math.nan, math.inf), "nan+infj"),
        (2**70, 2**70),
        (2**1023 - 1, 2**1023 - 1),
        (-(10**4000), "-~10^4000"),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_numbers_json_cannot_say_travel_as_strings(number: Any, told: Any) -> None:
    assert tensors.scalar(number) == told
    value = TensorValue("Tensor", (1,), "float32", values=(tensors.scalar(number),))
    assert from_json(json.loads(json.dumps(to_json(value), allow_nan=False))) == value


def test_a_number_json_cannot_say_is_never_sent() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode(Finished("job", "finished", ms=math.nan))


def test_a_step_without_news_is_small() -> None:
    assert len(encode(StepEnded("job", 3, "done", ms=0.01))) < 80
    assert len(encode(Printed("job", 3, "stdout", "x\n"))) < 80
    assert len(encode(Job("job", "x = 1"))) < 50


def test_jobs_and_errors_nest() -> None:
    job = Job("a", "x", claims=(Question("raises", "1 / 0", "Zero"),), timeout=0.5, trace=False)
    error = Error("E", "m", cause=Error("F", "n", cause=Error("G", "o")), notes=("a", "b"))

    assert decode(encode(job)) == job
    assert decode(encode(Cancel("a"))) == Cancel("a")
    assert decode(encode(StepEnded("a", 0, "raised", error=error))).error == error
