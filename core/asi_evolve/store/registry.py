"""Which databases this process has open: DuckDB's file lock does not keep a process from itself."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asi_evolve.store.reader import Reader
    from asi_evolve.store.store import Store

_mutex = threading.Lock()
_stores: dict[Path, weakref.ref[Store]] = {}
_readers: weakref.WeakSet[Reader] = weakref.WeakSet()


def add_store(store: Store) -> None:
    """Remember an open store."""
    with _mutex:
        _stores[store.path.resolve()] = weakref.ref(store)


def remove_store(store: Store) -> None:
    """Forget a store that is closing."""
    with _mutex:
        _stores.pop(store.path.resolve(), None)


def open_store_of(path: Path) -> Store | None:
    """The store of this process that owns ``path``, if any."""
    with _mutex:
        reference = _stores.get(path.resolve())
    return reference() if reference is not None else None


def add_reader(reader: Reader) -> None:
    """Remember a reader, so that a store of this process can have the file."""
    with _mutex:
        _readers.add(reader)


def release_readers(path: Path) -> None:
    """Make the readers of this process let go of the file ``path``; they find the store at their next query."""
    with _mutex:
        readers = [reader for reader in _readers if reader.path.resolve() == path.resolve()]
    for reader in readers:
        reader.release()


_pid = os.getpid()


@atexit.register
def _close_all() -> None:
    if os.getpid() != _pid:  # a forked child has no business with its parent's databases
        return
    # DuckDB's bindings complain on standard error about connections that outlive the interpreter.
    with _mutex:
        readers, stores = list(_readers), [reference() for reference in _stores.values()]
    for reader in readers:
        reader.close()
    for store in stores:
        if store is not None:
            store.close()
