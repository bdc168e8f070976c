"""A server on a real socket that speaks the Anthropic Messages and the OpenAI Chat Completions formats, with faults.

What it says is a script: a list of replies, one a request, or a function of the parsed request that gives one.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """One reply. ``text`` answers; the rest are faults."""

    text: str = ""
    stop: str = ""
    """In the provider's words; empty: it had finished."""
    tokens: tuple[int, int, int, int] = (100, 20, 0, 0)
    """In, out, read from the cache, written to the cache."""
    status: int = 200
    message: str = "injected"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """The body as it is."""
    cut: bool = False
    """Announce the whole body, send half of it and hang up."""
    reset: bool = False
    """Reset the connection without an answer."""
    wait_s: float = 0.0
    drip_s: float = 0.0
    """Send a space so often, without end."""
    endless: bool = False
    """Send as fast as it is read, without end."""


Script = Sequence[Reply] | Callable[[dict[str, Any], int], Reply]


class WireServer:
    """Runs until closed. ``requests`` are the bodies that came, ``keys`` the keys that were sent."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: set[str] = set()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner._answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> WireServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        key = handler.headers.get("x-api-key") or handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if handler.path.endswith("/count_tokens"):
            self._send(handler, 200, json.dumps({"input_tokens": 4321}).encode(), {})
            return
        with self._lock:
            number = len(self.requests)
            self.requests.append(body)
            self.paths.append(handler.path)
            self.keys.add(key)
        if callable(self.script):
            reply = self.script(body, number)
        else:
            reply = self.script[number] if number < len(self.script) else Reply(status=400, message="no more replies")
        if reply.wait_s:
            self._closing.wait(reply.wait_s)
        if reply.reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        if reply.drip_s or reply.endless:
            self._without_end(handler, reply)
            return
        chat = handler.path.endswith("/chat/completions")
        if reply.status != 200:
            error = {"type": "error", "error": {"type": "injected_error", "message": reply.message}}
            # The SDKs wait as long as they are told to; nobody gains from a slow test.
            self._send(handler, reply.status, json.dumps(error).encode(), {"retry-after-ms": "5", **reply.headers})
            return
        data = (
            reply.raw
            if reply.raw is not None
            else json.dumps((_chat if chat else _message)(reply, body, number)).encode()
        )
        self._send(handler, 200, data, reply.headers, cut=reply.cut)

    def _without_end(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True
        with contextlib.suppress(OSError):  # the other side has hung up
            while not self._closing.wait(reply.drip_s):
                handler.wfile.write(b" " if reply.drip_s else b" " * 65536)
                handler.wfile.flush()

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str], *, cut: bool = False
    ) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            handler.close_connection = True


def _message(reply: Reply, body: dict[str, Any], number: int) -> dict[str, Any]:
    fresh, out, read, written = reply.tokens
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": body["model"] + "-served",
        "content": [
            {"type": "thinking", "thinking": "not for the record", "signature": "s"},
            *([{"type": "text", "text": reply.text}] if reply.text else []),
        ],
        "stop_reason": reply.stop or "end_turn",
        "stop_sequence": None,
        "stop_details": {"type": "refusal", "category": None, "explanation": "not this"}
        if reply.stop == "refusal"
        else None,
        "usage": {
            "input_tokens": fresh - read - written,
            "output_tokens": out,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
        },
    }


def _chat(reply: Reply, body: dict[str, Any], number: int) -> dict[str, Any]:
    total, out, read, _ = reply.tokens
    return {
        "id": f"chatcmpl_{number}",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"] + "-served",
        "choices": [
            {
                "index": 0,
                "finish_reason": reply.stop or "stop",
                "message": {
                    "role": "assistant",
                    "content": reply.text or None,
                    "refusal": "not this" if reply.stop == "refusal" else None,
                },
            }
        ],
        "usage": {
            "prompt_tokens": total,
            "completion_tokens": out,
            "total_tokens": total + out,
            "prompt_tokens_details": {"cached_tokens": read},
        },
    }
