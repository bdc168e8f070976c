"""Frames between us and our own scorer processes: length-prefixed pickles on pipes.

Both ends are trusted code of the same installation, and no candidate code runs in either, so pickle is safe
here. It is never used towards a jail: see ``asi_evolve.sandbox`` for that channel.
"""

from __future__ import annotations

import pickle
import struct
from typing import IO, Any

_HEADER = struct.Struct("!Q")


def write_frame(stream: IO[bytes], message: Any) -> None:
    """Send one message and flush."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_HEADER.pack(len(body)) + body)
    stream.flush()


def read_frame(stream: IO[bytes]) -> Any:
    """Receive one message; EOFError when the other end is gone."""
    header = _read(stream, _HEADER.size)
    return pickle.loads(_read(stream, _HEADER.unpack(header)[0]))


def _read(stream: IO[bytes], size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = stream.read(size)
        if not part:
            raise EOFError("the other end has closed")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
