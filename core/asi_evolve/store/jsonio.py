"""JSON that keeps what strict JSON cannot: NaN and infinities, complex numbers, numeric arrays. Never pickle.

Encodings: ``{"$float": "nan" | "inf" | "-inf"}``; ``{"$complex": [re, im]}``; ``{"$array": {"dtype", "shape", "data":
base64}}`` in place, or ``{"$array": i}`` for array number i of an artifact. A key of the data that begins with ``$``
gets one more ``$``.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from asi_evolve.records import Array, Data

_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def clean(text: str) -> str:
    """``text`` with lone surrogates replaced, which candidates can print and no database takes."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")
    return text


def plain(value: Data, put: Callable[[Array], Any]) -> Any:
    """``value`` as strict JSON, each array replaced by what ``put`` gives for it.

    Raises:
        TypeError: for anything but JSON values and numeric arrays.
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, np.generic):
        return plain(value.item(), put)
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        return {"$float": "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"}
    if isinstance(value, complex):
        return {"$complex": [plain(value.real, put), plain(value.imag, put)]}
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {
            clean("$" + str(key) if str(key).startswith("$") else str(key)): plain(item, put)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item, put) for item in value]
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject or value.dtype.kind not in "biufcSU":
            raise TypeError(f"an array of dtype {value.dtype} cannot be stored; use a numeric one")
        return {"$array": put(value)}
    raise TypeError(f"a {type(value).__name__} cannot be stored; use JSON values and numeric arrays")


def restore(value: Any, get: Callable[[Any], Array]) -> Data:
    """The inverse of :func:`plain`; ``get`` gives the array for what ``put`` gave."""
    if isinstance(value, list):
        return [restore(item, get) for item in value]
    if isinstance(value, dict):
        if len(value) == 1:
            if "$float" in value:
                return _FLOATS[value["$float"]]
            if "$complex" in value:
                real, imaginary = (restore(part, get) for part in value["$complex"])
                return complex(real, imaginary)
            if "$array" in value:
                return get(value["$array"])
        return {(key[1:] if key.startswith("$") else key): restore(item, get) for key, item in value.items()}
    return value


def _put_inline(array: Array) -> dict[str, Any]:
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def _get_inline(spec: dict[str, Any]) -> Array:
    flat = np.frombuffer(base64.b64decode(spec["data"]), dtype=np.dtype(spec["dtype"]))
    return flat.reshape(spec["shape"]).copy()


_STRICT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def dumps(value: Data) -> str:
    """``value`` as one line of strict JSON, arrays in place."""
    try:
        # Nearly everything is strict JSON already, and is encoded a hundred times as fast without a look at each part.
        text = _STRICT.encode(value)
        text.encode("utf-8")
        if '"$' not in text:
            return text
    except (TypeError, ValueError):
        pass
    return _STRICT.encode(plain(value, _put_inline))


def loads(text: str) -> Data:
    """The inverse of :func:`dumps`."""
    return restore(json.loads(text), _get_inline)


def array_bytes(value: Data) -> int:
    """Bytes of all arrays in ``value``: tells cheaply whether it is worth encoding."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, Mapping):
        return sum(array_bytes(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return sum(array_bytes(item) for item in value)
    return 0
