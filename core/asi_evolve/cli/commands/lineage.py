"""``asievolve lineage``."""

from __future__ import annotations

from contextlib import closing
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.shared import Shared, common, console
from asi_evolve.report.text import number, one_line

if TYPE_CHECKING:
    from rich.tree import Tree

#: A longer line of descent is a plain list: as a tree it would run off the screen.
DEEP = 12

_FIELDS = ("experiment_id", "round", "status", "value", "valid", "stage", "origin", "parents", "motivation")


@click.command("lineage")
@click.argument("experiment", required=False)
@click.option("--run", metavar="RUN", help="The run. Default: the latest.")
@click.option("--tree", is_flag=True, help="The run's whole family tree instead of one line of descent.")
@common
@click.pass_obj
def command(shared: Shared, experiment: str | None, run: str | None, tree: bool) -> None:
    """The line of descent of EXPERIMENT (default: the best), the seed first; --tree shows everything."""
    with closing(shared.reader()) as reader:
        run_id = None if experiment is not None and "." in experiment else shared.run_id(reader, run)
        if tree:
            rows = reader.rows(run_id or reader.resolve_experiment(experiment or "best").partition(".")[0])
        else:
            rows = reader.lineage(reader.resolve_experiment(experiment or "best", run_id))
    if shared.json:
        shared.emit([{name: row.get(name) for name in _FIELDS} for row in rows])
        return
    if not tree and len(rows) > DEEP:
        for number, row in enumerate(rows):
            before = rows[number - 1]["value"] if number else None
            console().print(_label(row, before, known=number > 0))
        return
    for root in _trees(rows) if tree else [_line(rows)]:
        console().print(root)


def _label(row: dict[str, Any], before: float | None, *, known: bool) -> Any:
    from rich.text import Text

    label = Text(row["experiment_id"], style="bold")
    value = row["value"]
    label.append(f"  {number(value) if row['valid'] else row['status']}", style="green" if row["valid"] else "red")
    if known and value is not None and before is not None:
        label.append(f" ({value - before:+.3g})")
    label.append(f"  {one_line(row['motivation'] or row['origin'], 110)}")
    return label


def _line(rows: list[dict[str, Any]]) -> Tree:
    from rich.tree import Tree

    root = node = Tree(_label(rows[0], None, known=False))
    for before, row in pairwise(rows):
        node = node.add(_label(row, before["value"], known=True))
    return root


def _trees(rows: list[dict[str, Any]]) -> list[Tree]:
    """One tree for each experiment without a main parent in the run."""
    from rich.tree import Tree

    nodes: dict[str, Tree] = {}
    values: dict[str, float | None] = {}
    roots: list[Tree] = []
    for row in rows:  # completion order, so a parent comes before its children
        parent = row["parents"][0] if row["parents"] else None
        label = _label(row, values.get(parent or ""), known=parent in values)
        if parent in nodes:
            nodes[row["experiment_id"]] = nodes[parent].add(label)
        else:
            nodes[row["experiment_id"]] = Tree(label)
            roots.append(nodes[row["experiment_id"]])
        values[row["experiment_id"]] = row["value"]
    return roots
