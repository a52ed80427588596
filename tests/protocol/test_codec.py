"""Honest messages arrive unchanged; all others are refused cheaply."""

from __future__ import annotations

import dataclasses
import math
import struct
import tracemalloc
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.protocol import loops, masks, messages, observations, raised
from grader.protocol.codec import BrokenMessage, decode, encode, field_bytes
from grader.protocol.observations import Criterion, Fit, Predictions
from grader.protocol.probes import PROBES
from tests.testing.protocol_values import instances

FEW = settings(max_examples=25, derandomize=True, deadline=None, database=None)
SOME = settings(max_examples=40, derandomize=True, deadline=None, database=None)
MANY = settings(max_examples=150, derandomize=True, deadline=None, database=None)

OBSERVATIONS = sorted({kind.observation for kind in PROBES.values()}, key=lambda cls: cls.__name__)
MESSAGES = [
    cls for cls in vars(messages).values() if dataclasses.is_dataclass(cls) and cls.__module__ == messages.__name__
]


def same(a: Any, b: Any) -> bool:
    """Compare type and value of two decoded messages.

    NaN equals itself. Arrays are compared by shape, type and content.
    """
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if dataclasses.is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float) and math.isnan(a):
        return isinstance(b, float) and math.isnan(b)
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("cls", [*OBSERVATIONS, *MESSAGES], ids=lambda cls: cls.__name__)
def test_everything_that_is_sent_arrives_as_it_was(cls: type) -> None:
    """Every observation and message arrives unchanged, whatever its fields hold."""

    @FEW
    @given(instances(cls))
    def there_and_back(value: Any) -> None:
        assert same(decode(encode(value), cls), value)

    there_and_back()


def test_every_probe_and_message_is_tried() -> None:
    """The lists of classes above are complete. They are found by looking, so they could be empty."""
    assert len(OBSERVATIONS) >= 15
    named = {"Hello", "Ready", "Phase", "Ended", "Observed", "ProbeRaised", "Progress", "Position"}
    assert named <= {c.__name__ for c in MESSAGES}
    homes = {observations.__name__, loops.__name__, masks.__name__}
    assert {cls.__module__ for cls in OBSERVATIONS} == homes


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=np.float32).reshape(3, 4).T,
        np.arange(12, dtype=np.int64)[::-2],
        np.arange(3, dtype=">f8"),
        np.array(3, dtype=np.float32),
        np.zeros((0, 10), np.float32),
    ],
    ids=["transposed", "backwards", "big-endian", "one number", "empty"],
)
def test_the_layout_of_an_array_in_memory_does_not_matter(array: np.ndarray[Any, Any]) -> None:
    """The memory layout of an array does not matter.

    Values and shape stay; order, strides and byte order may differ.
    """
    received = decode(encode(array), np.ndarray)
    assert received.shape == array.shape
    assert np.array_equal(received, array)
    assert not received.flags.writeable


@pytest.mark.parametrize(
    "value",
    [np.array([object()]), np.zeros(1, np.complex64), np.array(["a"]), np.zeros((1,) * 9, np.uint8), object(), len],
    ids=["objects", "complex", "text", "nine dimensions", "object", "function"],
)
def test_what_is_no_data_is_not_sent(value: object) -> None:
    """Encoding what is no data raises a TypeError. Nothing is pickled or turned into text instead."""
    with pytest.raises(TypeError):
        encode(value)


@MANY
@given(st.binary(max_size=200))
def test_noise_is_refused(noise: bytes) -> None:
    """Random bytes decode to the expected type or are refused. `BrokenMessage` is the only error."""
    for expected in (Predictions, Fit, messages.Observed, messages.Ended):
        try:
            value = decode(noise, expected)
        except BrokenMessage:
            continue
        assert type(value) is expected


@SOME
@given(instances(Fit), st.data())
def test_damaged_messages_are_refused_or_still_typed(fit: Fit, data: st.DataObject) -> None:
    """A damaged message is refused, or has the expected type. The damage is one changed byte, or a cut anywhere."""
    whole = encode(fit)
    damage = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(damage, min_size=6, max_size=6)):
        with pytest.raises(BrokenMessage):
            decode(whole[:place], Fit)
        try:
            received = decode(whole[:place] + bytes([byte]) + whole[place + 1 :], Fit)
        except BrokenMessage:
            continue
        assert type(received) is Fit
        assert type(received.scores) is np.ndarray
        assert all(type(move) is float for move in received.moves)


def extension(body: bytes, code: int = 1) -> bytes:
    """Encode `Predictions` whose scores are an extension with this body."""
    return msgspec.msgpack.encode({"scores": msgspec.msgpack.Ext(code, body)})


def array_body(dtype: int, *shape: int, data: bytes = b"") -> bytes:
    """Encode an array with any header, also a false one."""
    return bytes((dtype, len(shape))) + struct.pack(f"<{len(shape)}I", *shape) + data


HOSTILE = {
    "shape of 16 exabytes": extension(array_body(0, 2**32 - 1, 2**32 - 1)),
    "shape that overflows to nothing": extension(array_body(1, 2**31, 2**31, 2**31, 8)),
    "unknown type of numbers": extension(array_body(200, 1, data=b"1234")),
    "nine dimensions": extension(bytes((4, 9)) + struct.pack("<9I", *[1] * 9) + b"x"),
    "shape cut short": extension(bytes((4, 3)) + b"\x01\x00"),
    "too little data": extension(array_body(0, 2, data=b"1234")),
    "too much data": extension(array_body(0, 1, data=b"12345678")),
    "no header": extension(b""),
    "another extension": extension(array_body(0, 1, data=b"1234"), code=2),
    "a timestamp": extension(b"1234", code=-1),
    "a list where an array should be": msgspec.msgpack.encode({"scores": [1.0, 2.0]}),
    "a field missing": msgspec.msgpack.encode({}),
    "not a mapping": msgspec.msgpack.encode([1, 2, 3]),
    "bytes after the end": encode(Predictions(np.zeros((1, 10), np.float32))) + b"\x00",
    "a pickle": b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "a list that says it has four billion items": b"\xdd\xff\xff\xff\xff",
    "a text that says it has four billion letters": b"\xdb\xff\xff\xff\xff",
    "a mapping that says it has four billion entries": b"\xdf\xff\xff\xff\xff",
    "no text at all": b"\xa2\xff\xfe",
    "a hundred thousand lists in one another": b"\x91" * 100_000,
    "nothing": b"",
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
def test_made_up_payloads_are_refused(payload: bytes) -> None:
    """False sizes, types or ends make a broken message."""
    with pytest.raises(BrokenMessage):
        decode(payload, Predictions)


def test_deep_nesting_ends_in_a_refusal_where_anything_is_allowed() -> None:
    """Deep nesting is refused. A decoder that follows it for ever would end the grader."""
    with pytest.raises(BrokenMessage):
        decode(b"\x91" * 1_000_000, list)


@pytest.mark.parametrize(
    "value",
    [{"value": "3"}, {"value": True}, {"shape": [1.5]}, {"shape": "12"}, {"callable": 1}, {"gradient": 0}],
    ids=str,
)
def test_nothing_is_converted(value: dict[str, Any]) -> None:
    """A field of a wrong type is refused, not converted."""
    honest = msgspec.to_builtins(Criterion(True, "Tensor", [], 1.0, True, None))
    decode(msgspec.msgpack.encode(honest), Criterion)
    with pytest.raises(BrokenMessage):
        decode(msgspec.msgpack.encode(honest | value), Criterion)


MEBIBYTE = 1 << 20
WORST = 40
"""The most bytes of memory per byte of a message.

A number of one byte becomes a float of 24 and its place in a list of 8.
"""


def many(item: bytes) -> bytes:
    """Encode a list of as many items as a mebibyte holds."""
    count = MEBIBYTE // len(item)
    return b"\xdd" + struct.pack(">I", count) + item * count


def field(name: str, value: bytes) -> bytes:
    """Encode a mapping with one entry."""
    return b"\x81" + msgspec.msgpack.encode(name) + value


EMPTY_ARRAY = b"\xc7\x06\x01" + array_body(4, 0)
BLOBS: dict[str, tuple[type, bytes]] = {
    "zeros": (Predictions, bytes(MEBIBYTE)),
    "lists in lists": (list, b"\x91" * MEBIBYTE),
    "empty lists": (loops.Loop, field("returned", many(b"\x90"))),
    "empty mappings": (messages.ProbeRaised, many(b"\x80")),
    "numbers": (loops.Loop, field("returned", many(b"\x00"))),
    "letters": (observations.Optimizer, field("missing", many(b"\xa1x"))),
    "empty arrays": (observations.Linearity, field("between", many(EMPTY_ARRAY))),
    "frames": (
        raised.Raised,
        field("frames", many(msgspec.msgpack.encode(raised.Frame("", 0, "", "")))),
    ),
    "one big array": (Predictions, extension(array_body(4, MEBIBYTE, data=bytes(MEBIBYTE)))),
    "one big array that is none": (Predictions, extension(array_body(1, 2**30, data=bytes(MEBIBYTE)))),
}


@pytest.mark.parametrize(("expected", "blob"), BLOBS.values(), ids=BLOBS.keys())
def test_a_mebibyte_never_costs_more_than_its_worst(expected: type, blob: bytes) -> None:
    """The length of a message bounds the memory it takes. What the message says of its own size does not count."""
    tracemalloc.start()
    try:
        decode(blob, expected)
    except BrokenMessage:
        pass  # most are refused; the memory used until then counts
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < WORST * MEBIBYTE


@pytest.mark.parametrize(
    "head", [b"\xdd", b"\xdf", b"\xdb", b"\xc6", b"\xc9"], ids=["list", "map", "text", "bytes", "extension"]
)
def test_a_length_alone_costs_nothing(head: bytes) -> None:
    """An announced length reserves no memory. Five bytes that announce four gigabytes are refused at once."""
    tracemalloc.start()
    try:
        with pytest.raises(BrokenMessage):
            decode(field("returned", head + b"\xff\xff\xff\xff\x01"), loops.Loop)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < MEBIBYTE


def test_fields_are_measured_unopened() -> None:
    """The size of each field is measured without decoding it. Bytes that are no message have no sizes."""
    payload = encode(observations.Training(b"w" * 1000, b"", b"i", [0.5, 1.0], "list", 2, 1.0))
    sizes = field_bytes(payload)
    assert sizes == {
        "weights": 1003,
        "initial": 2,
        "scrambled": 3,
        "losses": 19,
        "returned_kind": 5,
        "epochs": 1,
        "seconds": 9,
        "witness": 19,
    }
    for broken in (b"", b"\x93\x01\x02\x03", b"\x81\x01\x02", payload[:-1]):
        with pytest.raises(BrokenMessage):
            field_bytes(broken)
