"""Frames and values as MessagePack with typed decoding.

Arrays are an extension. Never pickle.

A frame is `length (4 bytes, big-endian, of what follows after the kind) | kind (1 byte) | payload`.
A value is MessagePack as msgspec writes a dataclass; an array is extension 1, whose body is
`dtype code (1 byte) | number of dimensions (1 byte) | each dimension (4 bytes) | data`, all little-endian.
"""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Collection
from typing import Any, TypeVar, get_origin

import msgspec
import numpy as np

VERSION = 3
"""Both ends say theirs first; unequal versions never talk."""

MAX_FRAME_BYTES = 1 << 30
_ARRAY = 1
_HEADER = struct.Struct(">IB")
_DTYPES: tuple[np.dtype[Any], ...] = tuple(
    np.dtype(code) for code in ("<f4", "<f8", "<i8", "<i4", "|u1", "|b1", "<f2", "|i1", "<i2")
)
_MAX_DIMENSIONS = 8

T = TypeVar("T")


class BrokenMessage(ValueError):
    """Bytes do not decode into the expected type."""


def _pack_array(value: np.ndarray[Any, Any]) -> msgspec.msgpack.Ext:
    data = np.ascontiguousarray(value)
    dtype = data.dtype.newbyteorder("<") if data.dtype.itemsize > 1 else data.dtype
    if dtype not in _DTYPES or data.ndim > _MAX_DIMENSIONS:
        raise TypeError(f"an array of {value.dtype} with {value.ndim} dimensions cannot be sent")
    head = bytes((_DTYPES.index(dtype), value.ndim)) + struct.pack(f"<{value.ndim}I", *value.shape)
    return msgspec.msgpack.Ext(_ARRAY, head + data.astype(dtype, copy=False).tobytes())


def _unpack_array(code: int, body: memoryview) -> np.ndarray[Any, Any]:
    if code != _ARRAY or len(body) < 2 or body[0] >= len(_DTYPES) or body[1] > _MAX_DIMENSIONS:
        raise BrokenMessage("an extension that is no array")
    dtype, dimensions = _DTYPES[body[0]], body[1]
    start = 2 + 4 * dimensions
    if len(body) < start:
        raise BrokenMessage("an array whose shape is cut short")
    shape = struct.unpack(f"<{dimensions}I", body[2:start])
    expected = dtype.itemsize
    for size in shape:
        expected *= size
    if len(body) - start != expected:
        raise BrokenMessage(f"an array of shape {shape} with {len(body) - start} bytes of data, not {expected}")
    return np.frombuffer(bytes(body[start:]), dtype=dtype).reshape(shape)


def _to_builtin(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _pack_array(value)
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _from_builtin(expected: Any, value: Any) -> Any:
    kind = get_origin(expected) or expected
    if isinstance(value, kind):
        return value
    raise BrokenMessage(f"expected {kind.__name__}, got {type(value).__name__}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_to_builtin)
_decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}
_preparing = threading.Lock()


def _decoder(expected: type[T]) -> msgspec.msgpack.Decoder[T]:
    """Return the decoder of a type. It is prepared once, and one thread prepares at a time.

    What msgspec learns of a class it keeps at the class, from before it has learned all. A thread that decodes the
    class at that moment follows an empty pointer, and the whole process dies.
    """
    if expected not in _decoders:
        with _preparing:
            if expected not in _decoders:
                _decoders[expected] = msgspec.msgpack.Decoder(expected, dec_hook=_from_builtin, ext_hook=_unpack_array)
    return _decoders[expected]


def prepare(*expected: type) -> None:
    """Prepare the decoders of these types. Whoever forks does so before, once for all children."""
    for one in expected:
        _decoder(one)


def encode(value: object) -> bytes:
    """One value (a dataclass, builtin or array) as bytes.

    Raises:
        TypeError: the value holds something that is not data.
    """
    return _encoder.encode(value)


def decode(payload: bytes | bytearray | memoryview, expected: type[T]) -> T:
    """Decode `payload` into `expected`, checked field by field.

    Raises:
        BrokenMessage: it holds anything else. Nothing partial is returned.
    """
    try:
        return _decoder(expected).decode(payload)
    except (msgspec.MsgspecError, RecursionError, ValueError, OverflowError, MemoryError) as error:
        raise BrokenMessage(str(error)[:200]) from None


def field_bytes(payload: bytes | memoryview, most: int = 15) -> dict[str, int]:
    """Measure the fields of an encoded dataclass without decoding.

    Args:
        payload: the dataclass, encoded.
        most: fields it has at most, 15 or fewer.

    Raises:
        BrokenMessage: `payload` is no mapping from names to values, or one of more.
    """
    # the first byte of a map of up to 15 pairs is 0x80 and their number: more are refused before any is looked at
    if not payload[:1] or not 0x80 <= payload[0] <= 0x80 + most:
        raise BrokenMessage(f"not a dataclass of at most {most} fields")
    return {name: len(memoryview(value)) for name, value in decode(payload, dict[str, msgspec.Raw]).items()}


def take_out(payload: bytes | memoryview, names: Collection[str]) -> tuple[bytes, dict[str, memoryview]]:
    """Cut the fields `names` out of an encoded dataclass.

    Returns the dataclass with empty bytes in their place, and views of `payload` by name, no copies.

    Raises:
        BrokenMessage: `payload` is no mapping from names to values, or a field is there that holds no bytes.
    """
    fields = decode(payload, dict[str, msgspec.Raw])
    taken = {name: decode(memoryview(fields[name]), memoryview) for name in names if name in fields}
    return encode(fields | dict.fromkeys(taken, b"")), taken


def frame(kind: int, payload: bytes) -> bytes:
    """`payload` ready to be written to a pipe."""
    return _header(kind, len(payload)) + payload


def framed(kind: int, value: object) -> bytearray:
    """Encode `value` as a frame, in memory once. The bytes are those of `frame(kind, encode(value))`."""
    data = bytearray(_HEADER.size)
    _encoder.encode_into(value, data, _HEADER.size)
    data[: _HEADER.size] = _header(kind, len(data) - _HEADER.size)
    return data


def _header(kind: int, length: int) -> bytes:
    if length > MAX_FRAME_BYTES:
        raise BrokenMessage(f"a frame of {length} bytes is over the bound of {MAX_FRAME_BYTES}")
    return _HEADER.pack(length, kind)


def read_frame(read: Callable[[int], bytes], max_bytes: int = MAX_FRAME_BYTES) -> tuple[int, bytes] | None:
    """Read the next `(kind, payload)` from a blocking `read(n)`.

    None at a clean end of the stream.

    Raises:
        BrokenMessage: the frame is longer than `max_bytes` or the stream ends inside it.
    """
    header = _read_exactly(read, _HEADER.size)
    if not header:
        return None
    if len(header) < _HEADER.size:
        raise BrokenMessage("the stream ends inside a frame's header")
    length, kind = _HEADER.unpack(header)
    if length > max_bytes:
        raise BrokenMessage(f"a frame of {length} bytes is over the bound of {max_bytes}")
    payload = _read_exactly(read, length)
    if len(payload) < length:
        raise BrokenMessage("the stream ends inside a frame")
    return kind, payload


def _read_exactly(read: Callable[[int], bytes], length: int) -> bytes:
    parts: list[bytes] = []
    missing = length
    while missing:
        part = read(min(missing, 1 << 20))
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


class FrameSplitter:
    """Cuts a stream of pieces of any size into frames.

    At most one frame's bytes are held.

    A frame is collected where it will be used: when it is complete it is handed over, not copied.

    Args:
        max_bytes: bound on the payload of one frame; it may be lowered while frames arrive.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._head = bytearray()
        self._payload = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, bytearray]]:
        """The frames completed by `data`.

        Raises:
            BrokenMessage: a header announces more than `max_bytes`.
        """
        frames: list[tuple[int, bytearray]] = []
        rest = memoryview(data)
        while True:
            rest = _move(rest, self._head, _HEADER.size)
            if len(self._head) < _HEADER.size:
                return frames
            length, kind = _HEADER.unpack(self._head)
            if length > self.max_bytes:
                raise BrokenMessage(f"a frame of {length} bytes is over the bound of {self.max_bytes}")
            rest = _move(rest, self._payload, length)
            if len(self._payload) < length:
                return frames
            frames.append((kind, self._payload))
            self._head, self._payload = bytearray(), bytearray()


def _move(data: memoryview, target: bytearray, length: int) -> memoryview:
    """Fill `target` up to `length` bytes from `data`. Returns the rest of `data`."""
    missing = length - len(target)
    target += data[:missing]
    return data[missing:]
