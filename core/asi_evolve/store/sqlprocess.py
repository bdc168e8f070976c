"""A user's SQL in a process of its own, whose memory and time are bounded from outside.

DuckDB looks neither at its clock nor at its memory limit within one function on one huge value, so a query may take
gigabytes or not stop. It must do neither in a process that has a run. While one is live nobody else may open the file;
the query then reads a copy, which the owner makes between two commits.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asi_evolve import errors
from asi_evolve.errors import AsiEvolveError, StoreError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

#: Bytes by which a query may make its process grow: above DuckDB's own limit and the largest result together.
LARGEST_GROWTH = 3 * 1024**3
#: Seconds that a query gets to stop after it was told to; then its process ends itself.
PATIENCE_S = 5.0
#: Seconds beyond both after which the process is ended from here.
_DEAF_S = 120.0
#: Free bytes that a copy must leave on its disk.
_LEAST_FREE = 256 * 1024**2


def query(database: Path, sql: str, params: Sequence[Any], timeout_s: float) -> pa.Table:
    """The result of one SELECT on a database that nobody has open for writing.

    Raises:
        UsageError: it is refused, fails, takes too long or too much memory.
        StoreError: the database cannot be opened.
    """
    request = {
        "database": str(database),
        "sql": sql,
        "params": list(params),
        "timeout_s": timeout_s,
        "patience_s": PATIENCE_S,
        "largest_growth": LARGEST_GROWTH,
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "asi_evolve.store.sql_main"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        try:
            answer, _ = process.communicate(json.dumps(request).encode(), timeout_s + PATIENCE_S + _DEAF_S)
        except subprocess.TimeoutExpired:
            raise _not_stopped(timeout_s) from None
        finally:
            process.kill()
    return _table(answer, timeout_s)


def _table(answer: bytes, timeout_s: float) -> pa.Table:
    import pyarrow as pa

    head, _, body = answer.partition(b"\n")
    if not head:  # ended by the system or by DuckDB itself, in the middle of an allocation
        raise UsageError("the SQL needs too much memory; narrow it")
    told = json.loads(head)
    if told.get("deaf"):
        raise _not_stopped(timeout_s)
    if "error" in told:
        kind: type[AsiEvolveError] = getattr(errors, told["error"])
        raise kind(told["message"])
    with pa.ipc.open_stream(body) as reader:
        return reader.read_all()


def _not_stopped(timeout_s: float) -> UsageError:
    return UsageError(f"the SQL did not stop after {timeout_s:g} s and was given up; narrow it")


@contextmanager
def copy_of(database: Path, snapshot: Callable[[Path], None]) -> Iterator[Path]:
    """A copy of a live database for the time of the block, beside it.

    Args:
        database: The live one.
        snapshot: Lets the owner write the copy.

    Raises:
        StoreError: there is no room, or it cannot be written.
    """
    size = sum(path.stat().st_size for path in (database, database.with_name(database.name + ".wal")) if path.exists())
    free = shutil.disk_usage(database.parent).free
    if free < size + _LEAST_FREE:
        raise StoreError(
            f"a query while a run is live needs a copy of the database, {size // 1024**2} MiB, and only "
            f"{free // 1024**2} MiB are free at {database.parent}; free some or ask when the run has ended"
        )
    try:
        folder = tempfile.mkdtemp(prefix=".asi-evolve-sql-", dir=database.parent)
    except OSError as exc:
        raise StoreError(
            f"a query while a run is live needs a copy of the database in {database.parent}, which cannot be written "
            f"({exc.strerror}); ask when the run has ended"
        ) from exc
    try:
        copy = Path(folder) / "copy.duckdb"
        snapshot(copy)
        yield copy
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def private(target: Path) -> bool:
    """Whether ``target`` is a new file in a folder that only we may enter: where an owner writes copies to."""
    try:
        state = target.parent.lstat()
    except OSError:
        return False
    ours = state.st_uid == os.getuid() and state.st_mode & 0o777 == 0o700
    return target.is_absolute() and ours and target.parent.is_dir() and not os.path.lexists(target)
