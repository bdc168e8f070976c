"""The data-only channel: a length-prefixed JSON header and raw numeric buffers. Never pickle.

A frame is two little-endian uint32 (bytes of header, bytes of body), the header and the body. The header is JSON
in which ``{"$a": [dtype, shape]}`` stands for the next array of the body (C order, little-endian, each padded to 16
bytes), ``{"$c": [re, im]}`` for a complex number, ``{"$t": [...]}`` for a tuple and ``{"$d": {...}}`` for a mapping
with a key that starts with ``$``. The decoder takes nothing on trust: sizes, counts, depth and dtypes are checked
before anything is allocated for them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from json import dumps, loads
from typing import Any

from asi_evolve.records import Data

PREFIX = struct.Struct("<II")
#: Numeric types that may cross: bool, signed and unsigned integers, floats, complex.
DTYPES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"})
MAX_DEPTH = 32
MAX_NODES = 1_000_000
MAX_INT_BITS = 64
MAX_DIMS = 32
_ALIGN = 16
# Bound here, as ``dumps`` is: a candidate that replaces builtins in its own process still gets its result across.
_PLAIN = (bool, str, float)
_ONLY = "only numbers, text, lists, dicts and arrays may be returned"


class WireError(ValueError):
    """The value is not plain data, or the frame is malformed. One line."""


class TooLargeError(WireError):
    """The value is over the size limit."""


#: Where a value is: the way to its container, and its key or index there; None is the top. Put in words only when
#: something is wrong with it.
_Path = tuple["_Path", "str | int"] | None


def _words(path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, key = path
        parts.append(f".{key}" if type(key) is str else f"[{key}]")
    return "result" + "".join(reversed(parts))


class _Encoder:
    def __init__(self, limit: int, tuples: bool) -> None:
        self.limit, self.tuples = limit, tuples
        self.bodies: list[bytes] = []
        self.count = self.size = 0

    def walk(self, item: Any, path: _Path, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH:
            raise WireError(f"{_words(path)[:80]} is nested deeper than {MAX_DEPTH} levels")
        if self.count > MAX_NODES:
            raise WireError(f"more than {MAX_NODES:,} values; return large data as arrays")
        kind = type(item)
        if item is None or kind in _PLAIN:
            return item
        if kind is int:
            if item.bit_length() > MAX_INT_BITS:
                raise WireError(
                    f"{_words(path)} is an integer of {item.bit_length()} bits, over the limit of {MAX_INT_BITS}"
                )
            return item
        if kind is complex:
            return {"$c": [item.real, item.imag]}
        if kind is list or kind is tuple:
            items = [self.walk(each, (path, i), depth + 1) for i, each in enumerate(item)]
            return {"$t": items} if self.tuples and kind is tuple else items
        if kind is dict or (self.tuples and isinstance(item, Mapping)):
            out, reserved = {}, False
            for key, each in item.items():
                if type(key) is not str:
                    raise WireError(f"{_words(path)} has a key of type {type(key).__name__}; keys must be str")
                out[key] = self.walk(each, (path, key), depth + 1)
                reserved = reserved or key[:1] == "$"
            return {"$d": out} if reserved else out
        return self.array(item, path, depth)

    def array(self, item: Any, path: _Path, depth: int) -> Any:
        array, scalar = _as_array(item, path)
        if array is None:
            raise WireError(f"{_words(path)} is of type {type(item).__name__}; {_ONLY}")
        name = array.dtype.str[1:]
        if name not in DTYPES:
            raise WireError(
                f"{_words(path)} is of dtype {array.dtype}; only bool, integer, float and complex may be returned"
            )
        if scalar:
            return self.walk(array.item(), path, depth)
        if self.size + array.nbytes > self.limit:
            raise TooLargeError(f"the data is over the limit of {self.limit / 2**20:.0f} MB")
        raw = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False).tobytes()
        self.bodies.append(raw + bytes(-len(raw) % _ALIGN))
        self.size += len(self.bodies[-1])
        return {"$a": [name, list(array.shape)]}


def _as_array(item: Any, path: _Path) -> tuple[Any, bool]:
    """``item`` as a numpy array and whether it was a numpy scalar; (None, False) if it is neither."""
    import numpy as np

    if isinstance(item, np.ma.MaskedArray):
        raise WireError(f"{_words(path)} is a masked array; return its data and its mask apart")
    if isinstance(item, np.ndarray | np.generic):
        return np.asarray(item), isinstance(item, np.generic)
    home = type(item).__module__.split(".")[0]
    if home == "torch" and type(item).__name__ in ("Tensor", "Parameter"):
        return np.asarray(item.detach().cpu().numpy()), False
    if home in ("jax", "jaxlib") and hasattr(item, "__array__"):
        return np.asarray(item), False
    return None, False


def encode(value: Any, *, limit: int = 1 << 31, tuples: bool = False) -> bytes:
    """Encode ``value`` as one frame.

    Args:
        value: None, bool, int (at most 64 bits), float, complex, str, arrays of a type in :data:`DTYPES`, and lists,
            tuples and string-keyed dicts of those. CPU torch tensors and JAX arrays are taken as arrays.
        limit: Most bytes of header and body together.
        tuples: Keep tuples apart from lists (inputs do, results do not).

    Raises:
        WireError: for anything else, with the path to it; TooLargeError over the limit.
    """
    encoder = _Encoder(limit, tuples)
    tree = encoder.walk(value, None, 0)
    try:
        header = dumps(tree, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise WireError(f"the data cannot be written as JSON: {error}") from None
    total = len(header) + encoder.size
    if total > limit:
        raise TooLargeError(f"the data is {total / 2**20:.1f} MB, over the limit of {limit / 2**20:.0f} MB")
    return b"".join([PREFIX.pack(len(header), encoder.size), header, *encoder.bodies])


def sizes(prefix: bytes | bytearray, limit: int) -> tuple[int, int]:
    """Header and body bytes of the frame that starts with ``prefix`` (8 bytes).

    Raises:
        TooLargeError: when they are over ``limit`` together; nothing was allocated.
    """
    header, body = PREFIX.unpack_from(prefix)
    if header + body > limit:
        raise TooLargeError(f"the data is {(header + body) / 2**20:.1f} MB, over the limit of {limit / 2**20:.0f} MB")
    return header, body


def marks(header: bytes | bytearray) -> int:
    """Separators and brackets: each value in JSON costs at least one, so this bounds them before any is built."""
    return header.count(b",") + header.count(b"[") + header.count(b"{")


class _Decoder:
    def __init__(self, body: bytes | bytearray) -> None:
        self.body = body
        self.offset = self.count = 0

    def walk(self, item: Any, depth: int) -> Any:
        self.count += 1
        if depth > MAX_DEPTH:
            raise WireError(f"the data is nested deeper than {MAX_DEPTH} levels")
        if self.count > MAX_NODES:
            raise WireError(f"more than {MAX_NODES:,} values; return large data as arrays")
        if type(item) is list:
            return [self.walk(each, depth + 1) for each in item]
        if type(item) is str:
            return _text(item)
        if type(item) is not dict:
            return item
        if len(item) == 1:
            ((key, value),) = item.items()
            if key == "$a":
                return self.array(value)
            if key == "$c":
                return _complex(value)
            if key == "$t" and type(value) is list:
                return tuple(self.walk(each, depth + 1) for each in value)
            if key == "$d" and type(value) is dict:
                return {_text(name): self.walk(each, depth + 1) for name, each in value.items()}
        if any(key.startswith("$") for key in item):
            raise WireError("a reserved key in the data")
        return {_text(name): self.walk(each, depth + 1) for name, each in item.items()}

    def array(self, spec: Any) -> Any:
        import numpy as np

        if type(spec) is not list or len(spec) != 2:
            raise WireError("malformed array header")
        name, shape = spec
        if type(name) is not str or name not in DTYPES:
            raise WireError(f"array type {str(name)[:20]!r} is not allowed")
        if type(shape) is not list or len(shape) > MAX_DIMS or any(type(n) is not int or n < 0 for n in shape):
            raise WireError("malformed array shape")
        dtype = np.dtype("<" + name)
        items = math.prod(shape)
        nbytes = items * dtype.itemsize
        if nbytes > len(self.body) - self.offset or any(n > 1 << 31 for n in shape):
            raise WireError("an array is larger than the bytes that came with it")
        try:
            out = np.frombuffer(self.body, dtype, items, self.offset) if items else np.empty(0, dtype)
            out = out.reshape(shape)
        except (ValueError, TypeError, OverflowError) as error:
            raise WireError(f"malformed array: {str(error)[:80]}") from None
        # Other bytes than these make a bool that is neither equal to True nor to False.
        if name == "b1" and items and int(out.view(np.uint8).max()) > 1:
            raise WireError("an array of bool holds a byte that is neither 0 nor 1")
        self.offset = min(self.offset + nbytes + (-nbytes % _ALIGN), len(self.body))
        return out


def decode(header: bytes | bytearray, body: bytes | bytearray) -> Data:
    """Decode one frame. Arrays are views on ``body`` (writable if it is a bytearray).

    Raises:
        WireError: for anything that :func:`encode` would not have made.
    """
    if marks(header) > 2 * MAX_NODES:
        raise WireError(f"more than {MAX_NODES:,} values; return large data as arrays")
    try:
        tree = loads(header.decode(), parse_int=_integer)
    except WireError:
        raise
    except RecursionError:
        raise WireError(f"the data is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise WireError(f"not a frame of data: {str(error)[:80]}") from None
    decoder = _Decoder(body)
    out = decoder.walk(tree, 0)
    if decoder.offset != len(body):
        raise WireError("bytes are left over after the last array")
    return out


def _text(text: str) -> str:
    # A lone surrogate passes through JSON, and would fail later where the text is stored.
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise WireError("text that is not valid Unicode (a lone surrogate)") from None
    return text


def _complex(value: Any) -> complex:
    if type(value) is not list or len(value) != 2 or any(type(n) not in (int, float) for n in value):
        raise WireError("malformed complex number")
    return complex(value[0], value[1])


def _integer(text: str) -> int:
    # 2**64 has 20 digits; longer ones are refused before Python's quadratic conversion sees them.
    value = int(text) if len(text) <= 21 else 1 << 65
    if value.bit_length() > MAX_INT_BITS:
        raise WireError(f"an integer of {len(text)} digits is over the limit of {MAX_INT_BITS} bits")
    return value
