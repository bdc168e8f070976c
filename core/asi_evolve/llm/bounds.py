"""Bounds on what a server may send: its length, and how long it may take in all.

The SDKs' own timeout is for each read, so a server that sends a byte now and then is waited for without end, and a body
is read to its end however long it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

#: Most bytes of a response; the longest answers of today's models have some hundred thousand.
MAX_BYTES = 16 << 20


def bounded_client(make: Any, timeout_s: float) -> Any:
    """An HTTP client of an SDK whose responses are bounded.

    Args:
        make: The SDK's ``DefaultHttpxClient``.
        timeout_s: Seconds from the request to the end of its response. Time in which not even the head of a response
            comes to its end is bounded for each read only.
    """
    import httpx2

    class Bounded(httpx2.SyncByteStream):  # type: ignore[misc]  # the package is not followed
        def __init__(self, stream: Any, request: Any) -> None:
            self._stream, self._request = stream, request

        def __iter__(self) -> Iterator[bytes]:
            size = 0
            for part in self._stream:
                size += len(part)
                if size > MAX_BYTES:
                    raise httpx2.ReadError(f"the response is longer than {MAX_BYTES} bytes", request=self._request)
                if time.monotonic() > self._request.extensions["asi_evolve_until"]:
                    raise httpx2.ReadTimeout("the response does not end", request=self._request)
                yield part

        def close(self) -> None:
            self._stream.close()

    def begin(request: Any) -> None:
        request.extensions["asi_evolve_until"] = time.monotonic() + timeout_s

    def bound(response: Any) -> None:
        # A small compressed body can be of any length; none was asked for.
        if response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise httpx2.ReadError("the response is compressed, which was not asked for", request=response.request)
        response.stream = Bounded(response.stream, response.request)

    return make(
        timeout=timeout_s,
        headers={"Accept-Encoding": "identity"},
        event_hooks={"request": [begin], "response": [bound]},
    )
