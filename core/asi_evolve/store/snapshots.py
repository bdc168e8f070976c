"""A copy of a live database for tools that open DuckDB files themselves."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb

from asi_evolve.errors import StoreError

# Copied by another process: closing a handle of the file here would drop DuckDB's lock on it.
_COPY = """
import os, shutil, sys
shutil.copyfile(sys.argv[1], sys.argv[2])
handle = os.open(sys.argv[2], os.O_RDWR); os.fsync(handle); os.close(handle)
"""


def _checkpoint(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    """Empty the log into the file. It is refused while a reader's query runs; forcing it can wait for ever."""
    deadline = time.monotonic() + 30
    while True:
        try:
            connection.execute("CHECKPOINT")
            return
        except duckdb.Error as exc:
            if time.monotonic() > deadline:
                raise StoreError(
                    f"the snapshot {target} was given up: readers were at work for 30 s; try again"
                ) from exc
            time.sleep(0.02)


def copy_database(connection: duckdb.DuckDBPyConnection, source: Path, target: Path) -> None:
    """Checkpoint and copy, while nobody writes; the target is replaced in one step.

    Raises:
        StoreError: the copy cannot be written.
    """
    _checkpoint(connection, target)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    done = subprocess.run(
        [sys.executable, "-I", "-c", _COPY, str(source), str(part)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        part.unlink(missing_ok=True)
        lines = done.stderr.strip().splitlines() or ["unknown"]
        raise StoreError(f"the snapshot {target} cannot be written ({lines[-1]}); choose another place")
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
