"""A whole record as one small value, kept beside its columns so that reading it again takes one query instead of nine.

The columns are what counts. The copy is for a run that goes back to old experiments; a row without one, or with one
of a version with other columns, is read from the columns.
"""

from __future__ import annotations

import json
import zlib
from functools import cache

from asi_evolve.store.codec import Encoded, Row
from asi_evolve.store.renaming import VERBATIM, renamer
from asi_evolve.store.schema import CHILD_TABLES, column_names, main_columns


@cache
def _columns() -> tuple[tuple[str, ...], dict[str, tuple[str, ...]], bytes]:
    """The packed columns of ``experiments``, those of the other tables, and a mark that changes with any of them."""
    main = main_columns()
    children = {table: column_names(table)[2:] for table in CHILD_TABLES}
    mark = zlib.crc32(json.dumps([main, children]).encode()).to_bytes(4, "big")
    return main, children, mark


def pack(encoded: Encoded) -> bytes:
    """``encoded`` without its artifacts: a mark of the layout, then compressed JSON of the values alone."""
    main, children, mark = _columns()
    values = [
        [encoded.main[name] for name in main],
        [[[row[name] for name in names] for row in encoded.children[table]] for table, names in children.items()],
    ]
    text = json.dumps(values, separators=(",", ":"), ensure_ascii=False)
    return mark + zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpack(data: bytes, run_id: str) -> Encoded | None:
    """What was packed, or None if its layout is another or it is damaged.

    Args:
        data: From :func:`pack`.
        run_id: The run that it belongs to now. A fork copies packed records as they are; its ids are put in here.
    """
    main_names, child_names, mark = _columns()
    if data[:4] != mark:
        return None
    try:
        main_values, child_values = json.loads(zlib.decompress(data[4:]).decode("utf-8", "surrogatepass"))
        main: Row = dict(zip(main_names, main_values, strict=True))
        children: dict[str, list[Row]] = {
            table: [dict(zip(names, row, strict=True)) for row in rows]
            for (table, names), rows in zip(child_names.items(), child_values, strict=True)
        }
    except (zlib.error, ValueError, TypeError, RecursionError):
        return None
    if main["run_id"] != run_id:
        rename = renamer(main["run_id"], run_id)
        for row in [main, *(row for rows in children.values() for row in rows)]:
            row.update({name: rename(value) for name, value in row.items() if name not in VERBATIM})
            if "run_id" in row:
                row["run_id"] = run_id
    return Encoded(main["experiment_id"], run_id, main, children)
