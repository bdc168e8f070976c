"""The process of one query of a user: ``python -m asi_evolve.store.sql_main``, started by :mod:`.sqlprocess`.

Reads one JSON request; writes one line of JSON and, if it went well, an Arrow stream.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from pathlib import Path
from typing import Any

from asi_evolve.errors import AsiEvolveError


def main() -> None:
    """Answer the request on the standard input."""
    request: dict[str, Any] = json.load(sys.stdin)
    try:
        answer = _answer(request)
    except AsiEvolveError as exc:
        answer = json.dumps({"error": type(exc).__name__, "message": str(exc)}).encode() + b"\n"
    except MemoryError:
        answer = b""
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)  # a query that was given up may still hold DuckDB's threads


def _answer(request: dict[str, Any]) -> bytes:
    import pyarrow as pa

    from asi_evolve.store.connection import open_database
    from asi_evolve.store.usersql import run_user_sql

    connection, _ = open_database(Path(request["database"]), read_only=True)
    _bound_memory(request["largest_growth"])
    guard = threading.Timer(request["timeout_s"] + request["patience_s"], _give_up)
    guard.daemon = True
    guard.start()
    table = run_user_sql(connection.cursor(), request["sql"], request["timeout_s"], request["params"])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    guard.cancel()
    return b"{}\n" + bytes(sink.getvalue())


def _bound_memory(growth: int) -> None:
    """Nothing above what is in use now and ``growth`` bytes."""
    if not sys.platform.startswith("linux"):
        return
    in_use = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = in_use + growth if hard < 0 else min(hard, in_use + growth)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _give_up() -> None:
    """End the process from a timer's thread: the main one is inside DuckDB and may stay there for minutes."""
    os.write(1, b'{"deaf": true}\n')
    os._exit(0)


if __name__ == "__main__":
    main()
