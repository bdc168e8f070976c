"""The owner's read API: other processes read a live database through it.

A Unix socket in a folder of its own (mode 0700), or loopback TCP where there are none, with a token from the lock
file. A request is a JSON frame, an answer a JSON frame and, for tables, an Arrow IPC stream. Every query runs on the
owner's locked-down connection.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import shutil
import socket
import socketserver
import struct
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asi_evolve.errors as errors
from asi_evolve.errors import AsiEvolveError, StoreError
from asi_evolve.store.backend import Backend, GoneError
from asi_evolve.store.lock import SOCKET, SOCKET_FOLDER, Owner
from asi_evolve.store.sqlprocess import private

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD = struct.Struct(">IQ")
#: Seconds for which an answer waits for its reader at each step; then the connection is closed.
_READER_S = 60.0
#: Longest path that a socket may have everywhere (macOS: 104 bytes with the zero), and what mkdtemp adds to a name.
_LONGEST_PATH, _RANDOM = 103, 8
#: Seconds that a copy of a live database may take.
_SNAPSHOT_S = 600.0
_LARGEST_REQUEST = 16 * 1024 * 1024
#: Connections that may wait to be taken: the system refuses further ones at once.
_WAITING = {"request_queue_size": 128}


def _send(connection: socket.socket, head: dict[str, Any], body: bytes = b"") -> None:
    text = json.dumps(head).encode("utf-8")
    connection.sendall(_HEAD.pack(len(text), len(body)) + text)
    if body:
        connection.sendall(body)


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts, left = [], size
    while left:
        part = connection.recv(min(left, 1 << 20))
        if not part:
            raise ConnectionError("closed")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _receive(connection: socket.socket, largest: int | None = None) -> tuple[Any, bytes]:
    text_size, body_size = _HEAD.unpack(_exactly(connection, _HEAD.size))
    if largest is not None and text_size + body_size > largest:
        raise ConnectionError("request too large")
    return json.loads(_exactly(connection, text_size)), _exactly(connection, body_size)


def _to_ipc(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _answer(server: Any, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    method = request["method"]
    if method == "snapshot":
        target = Path(str(request["target"]))
        if not private(target):
            raise StoreError(f"{target} is no place for a copy; give a new file in a folder of mode 0700")
        server.snapshot(target)
        return {"ok": True}, b""
    backend: Backend = server.backend
    sql = str(request["sql"])
    if method == "rows":
        return {"ok": True, "rows": backend.rows(sql, request["params"])}, b""
    if method == "table":
        return {"ok": True}, _to_ipc(backend.table(sql, request["params"]))
    raise StoreError(f"the read API has no method {method!r}; both processes need the same version of asi-evolve")


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server: Any = self.server
        with contextlib.suppress(OSError, ValueError, RecursionError, struct.error):
            while True:
                request, _ = _receive(self.request, _LARGEST_REQUEST)
                if not isinstance(request, dict):
                    return
                given = str(request.get("token", "")).encode("utf-8", "replace")
                if not hmac.compare_digest(given, server.token.encode()):
                    _send(self.request, {"ok": False, "error": "StoreError", "message": "wrong token for the read API"})
                    return
                try:
                    head, body = _answer(server, request)
                except AsiEvolveError as exc:
                    head, body = {"ok": False, "error": type(exc).__name__, "message": str(exc)}, b""
                except GoneError:
                    return
                except Exception as exc:
                    head, body = {"ok": False, "error": "StoreError", "message": f"the read API failed: {exc}"}, b""
                # A reader that stopped reading must not keep its answer in our memory for good.
                self.request.settimeout(_READER_S)
                _send(self.request, head, body)
                self.request.settimeout(None)


def _socket_folder() -> str:
    """A new folder that only we may enter, in the usual place for temporary files if a socket's path may be so long."""
    usual = tempfile.gettempdir()
    length = len(os.fsencode(f"{usual}/{SOCKET_FOLDER}/{SOCKET}")) + _RANDOM
    return tempfile.mkdtemp(prefix=SOCKET_FOLDER, dir=usual if length <= _LONGEST_PATH else "/tmp")


class ReadServer:
    """Answers readers from threads of its own until closed."""

    def __init__(self, backend: Backend, snapshot: Callable[[Path], None]) -> None:
        self.token = secrets.token_hex(16)
        self._folder: str | None = None
        server: Any
        if hasattr(socket, "AF_UNIX"):
            self._folder = _socket_folder()
            path = str(Path(self._folder) / SOCKET)
            kind = type("_Unix", (socketserver.ThreadingMixIn, socketserver.UnixStreamServer), _WAITING)
            server = kind(path, _Handler)
            self.address: tuple[str, ...] = ("unix", path)
        else:
            kind = type("_Tcp", (socketserver.ThreadingMixIn, socketserver.TCPServer), _WAITING)
            server = kind(("127.0.0.1", 0), _Handler)
            self.address = ("tcp", "127.0.0.1", str(server.server_address[1]))
        server.daemon_threads = True
        server.block_on_close = False
        server.backend, server.snapshot, server.token = backend, snapshot, self.token
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="asi-evolve-read-api", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and remove the socket."""
        self._server.shutdown()
        self._server.server_close()
        self._server.backend.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


class RemoteBackend:
    """Reads through the owner of a database. One request at a time."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._lock = threading.Lock()
        try:
            self._socket = self._connect()
        except (OSError, ValueError, IndexError, OverflowError) as exc:
            raise GoneError from exc

    def _connect(self) -> socket.socket:
        kind, *rest = self._owner.address or ("none",)
        if kind == "unix":
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(5)
            connection.connect(rest[0])
        elif kind == "tcp":
            connection = socket.create_connection((rest[0], int(rest[1])), timeout=5)
        else:
            raise ConnectionError("the owner does not answer yet")
        return connection

    def _ask(self, patience_s: float, **request: Any) -> tuple[dict[str, Any], bytes]:
        with self._lock:
            try:
                self._socket.settimeout(patience_s + 10)
                _send(self._socket, {"token": self._owner.token, **request})
                head, body = _receive(self._socket)
                if not isinstance(head, dict):
                    raise ValueError("not an answer of the read API")
            except (OSError, ValueError, RecursionError, struct.error) as exc:
                self._socket.close()
                raise GoneError from exc
        if not head.get("ok"):
            kind = getattr(errors, str(head.get("error")), None)
            if not (isinstance(kind, type) and issubclass(kind, AsiEvolveError)):
                kind = StoreError
            raise kind(str(head.get("message")))
        return head, body

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """See :class:`asi_evolve.store.backend.Backend`."""
        head, _ = self._ask(60, method="rows", sql=sql, params=list(params))
        try:
            return [tuple(row) for row in head["rows"]]
        except (KeyError, TypeError) as exc:
            raise GoneError from exc

    def table(self, sql: str, params: Sequence[Any] = ()) -> pa.Table:
        """See :class:`asi_evolve.store.backend.Backend`."""
        return self._read(self._ask(60, method="table", sql=sql, params=list(params))[1])

    def snapshot(self, target: Path) -> None:
        """Let the owner copy the database to ``target``: a new file in a folder that only we may enter."""
        self._ask(_SNAPSHOT_S, method="snapshot", target=str(target))

    @staticmethod
    def _read(data: bytes) -> pa.Table:
        import pyarrow as pa

        try:
            with pa.ipc.open_stream(data) as reader:
                return reader.read_all()
        except (pa.ArrowException, OSError) as exc:
            raise GoneError from exc

    def close(self) -> None:
        """See :class:`asi_evolve.store.backend.Backend`."""
        self._socket.close()
