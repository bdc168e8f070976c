"""``asievolve export``."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from asi_evolve.cli.shared import Shared, common
from asi_evolve.errors import UsageError, did_you_mean
from asi_evolve.report.unwritable import cannot_write

_SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


@click.command("export")
@click.argument("run", required=False)
@click.option("--out", required=True, metavar="FILE", type=click.Path(path_type=Path), help="File to write.")
@click.option("--format", "kind", metavar="NAME", help="parquet, csv or jsonl. Default: by the file's suffix.")
@click.option("--sources", is_flag=True, help="Add a column with the source of the entry file.")
@common
@click.pass_obj
def command(shared: Shared, run: str | None, out: Path, kind: str | None, sources: bool) -> None:
    """Write the experiments of RUN (default: the latest), one row each, as Parquet, CSV or JSON lines."""
    from asi_evolve.api.tables import experiments_table

    write = _writer(shared, kind or _SUFFIXES.get(out.suffix.lower(), ""), out)
    with closing(shared.reader()) as reader:
        run_id = shared.run_id(reader, run)
        table = experiments_table(reader.rows(run_id), _sources(reader, run_id) if sources else None)
    _atomically(out, lambda path: write(table, path))
    if shared.json:
        shared.emit({"run_id": run_id, "file": str(out), "rows": table.num_rows, "columns": table.column_names})
    else:
        click.echo(f"wrote {table.num_rows} experiments of run {run_id} to {out}")


def _sources(reader: Any, run_id: str) -> dict[str, str]:
    sql = (
        "SELECT e.experiment_id AS id, f.source AS source FROM experiments e "
        "JOIN candidate_files f ON f.experiment_id = e.experiment_id AND f.path = e.entry WHERE e.run_id = ?"
    )
    return {row["id"]: row["source"] for row in reader.table(sql, [run_id]).to_pylist()}


def _writer(shared: Shared, kind: str, out: Path) -> Callable[[Any, Path], None]:
    """The function that writes a table in the format ``kind``: ours, or one that a plugin registered."""
    from asi_evolve.cli.tables import write_csv, write_jsonl

    def text(write: Callable[[Any, Any], None]) -> Callable[[Any, Path], None]:
        def to_file(table: Any, path: Path) -> None:
            with path.open("w", encoding="utf-8", newline="") as stream:
                write(table, stream)

        return to_file

    def parquet(table: Any, path: Path) -> None:
        import pyarrow.parquet as pq

        pq.write_table(table, path)

    builtin = {"parquet": parquet, "csv": text(write_csv), "jsonl": text(write_jsonl)}
    if kind in builtin:
        return builtin[kind]
    exporters: dict[str, Any] = {}
    settings = shared.resolve().settings
    if settings.plugin and kind:
        from asi_evolve.plugins import load_plugins

        exporters = dict(load_plugins(settings.plugin, disabled=settings.plugins.disable).exporters)
        if kind in exporters:
            exporter = exporters[kind]()
            return lambda table, path: exporter.export(table, path)
    known = sorted([*builtin, *exporters])
    if not kind:
        raise UsageError(f"--out {out}: the suffix does not say the format; give --format {' or '.join(known)}")
    raise UsageError(f"--format {kind}: unknown{did_you_mean(kind, known)}; there is {', '.join(known)}")


def _atomically(out: Path, write: Callable[[Path], None]) -> None:
    """Write beside ``out`` and rename, so that a reader never sees half a file."""
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        write(part)
        part.replace(out)
    except OSError as error:
        raise cannot_write("--out", out, error) from None
    finally:
        part.unlink(missing_ok=True)
