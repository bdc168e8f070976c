"""The store: one DuckDB file with everything that runs leave behind, one writer, any number of readers.

``open_store`` gives the single writer, ``open_reader`` read access from any process, live or not. Names are
imported on first use, so that importing :mod:`asi_evolve.store.runinfo` loads no DuckDB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_EXPORTS = {
    "open_store": "opening",
    "Store": "store",
    "open_reader": "reader",
    "Reader": "reader",
    "Queries": "queries",
    "SPEND": "queries",
    "RunInfo": "runinfo",
    "SCHEMA_VERSION": "schema",
}

__all__ = ["SCHEMA_VERSION", "SPEND", "Queries", "Reader", "RunInfo", "Store", "open_reader", "open_store"]

if TYPE_CHECKING:
    from asi_evolve.store.opening import open_store
    from asi_evolve.store.queries import SPEND, Queries
    from asi_evolve.store.reader import Reader, open_reader
    from asi_evolve.store.runinfo import RunInfo
    from asi_evolve.store.schema import SCHEMA_VERSION
    from asi_evolve.store.store import Store


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'asi_evolve.store' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"asi_evolve.store.{module}"), name)
