"""Messages with descriptors between supervisor, server and warden: JSON of ours, over Unix stream sockets."""

from __future__ import annotations

import array
import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any

_LENGTH = struct.Struct("<I")
_MAX_FDS = 8


def send(link: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message; the receiver gets duplicates of the descriptors."""
    data = json.dumps(message).encode()
    data = _LENGTH.pack(len(data)) + data
    extra = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    sent = link.sendmsg([data], extra)
    if sent < len(data):
        link.sendall(data[sent:])


def receive(link: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The next message and its descriptors (close-on-exec). EOFError when the other end is gone."""
    head, ancillary, _, _ = link.recvmsg(_LENGTH.size, socket.CMSG_SPACE(_MAX_FDS * array.array("i").itemsize))
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    head += _exactly(link, _LENGTH.size - len(head)) if head else b""
    if not head:
        raise EOFError
    try:
        message = json.loads(_exactly(link, _LENGTH.unpack(head)[0]))
    except RecursionError:
        raise ValueError("a message that is nested too deeply") from None
    return message, list(descriptors)


def _exactly(link: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = link.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
