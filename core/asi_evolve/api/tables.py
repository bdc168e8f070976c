"""A run's experiments as an Arrow table with the same columns for every run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

#: Column -> Arrow type; the same for every run, whatever its values are.
_COLUMNS = {
    **dict.fromkeys(("experiment_id", "run_id"), "string"),
    **dict.fromkeys(("seq", "round"), "int64"),
    **dict.fromkeys(("stage", "backend", "origin", "status"), "string"),
    **dict.fromkeys(("value", "fitness"), "float64"),
    "valid": "bool",
    "stderr": "float64",
    "replicates": "int64",
    "attested": "bool",
    "parents": "list",
    **dict.fromkeys(("motivation", "expected_effect", "provenance_class", "feedback", "error", "tier"), "string"),
    "truncated": "bool",
    **dict.fromkeys(("wall_s", "cpu_s", "peak_memory_mb"), "float64"),
    **dict.fromkeys(("created_at", "notes", "sampler_data"), "string"),
}


def experiments_table(rows: Sequence[Mapping[str, Any]], sources: Mapping[str, str] | None = None) -> pyarrow.Table:
    """Experiments as an Arrow table, one row each.

    Args:
        rows: As ``Reader.rows`` gives them.
        sources: Experiment id -> source, for a last column ``source``; None leaves it out.

    Returns:
        A ``pyarrow.Table``: the columns of ``experiments``, ``notes`` and ``sampler_data`` as JSON text, then
        ``metric.NAME`` and ``feature.NAME`` (float64), sorted by name.
    """
    import pyarrow as pa

    types = {"list": pa.list_(pa.string()), "bool": pa.bool_()}
    fields = [pa.field(name, types.get(kind) or getattr(pa, kind)()) for name, kind in _COLUMNS.items()]
    measured = []
    for prefix, key in (("metric", "metrics"), ("feature", "features")):
        names = sorted({name for row in rows for name in row[key]})
        measured += [(f"{prefix}.{name}", key, name) for name in names]
    fields += [pa.field(column, pa.float64()) for column, _, _ in measured]
    if sources is not None:
        fields.append(pa.field("source", pa.string()))
    flat = []
    for row in rows:
        out = {name: row[name] for name in _COLUMNS}
        out["notes"], out["sampler_data"] = (json.dumps(row[key]) for key in ("notes", "sampler_data"))
        out.update({column: row[key].get(name) for column, key, name in measured})
        if sources is not None:
            out["source"] = sources.get(row["experiment_id"])
        flat.append(out)
    return pa.Table.from_pylist(flat, schema=pa.schema(fields))
