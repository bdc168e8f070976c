"""``asievolve cognition add`` with papers: read, distil or extract, show for approval, add."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.session import require_plugin
from asi_evolve.cli.shared import Shared
from asi_evolve.errors import UsageError
from asi_evolve.report.text import counted, one_line, printable
from asi_evolve.report.unwritable import cannot_write

if TYPE_CHECKING:
    from asi_evolve.api.papers import Repeated
    from asi_evolve.records import CognitionItem


def add_papers(shared: Shared, files: Sequence[Path], flags: Mapping[str, Any], yes: bool, out: Path | None) -> None:
    """Add what papers teach to the knowledge of the chosen domain, or write it to a file.

    Raises:
        UsageError: A file cannot be read, or nobody can be asked for approval; nothing is added then.
    """
    from asi_evolve.api.papers import distiller, items_of, new_ones
    from asi_evolve.cognition import dump_items, load_items, make_embedder
    from asi_evolve.cognition.papers import read_paper
    from asi_evolve.config import domain_config
    from asi_evolve.plugins import load_plugins
    from asi_evolve.store import open_store

    settings = shared.resolve(flags).settings
    require_plugin(settings.plugin)
    if not yes and out is None and (shared.json or not sys.stdin.isatty()):
        raise UsageError("cognition add: items of papers are shown for approval, which needs a terminal; "
                         "give --yes to add them all, or --out FILE to look at them in an editor")  # fmt: skip
    plugins = load_plugins(settings.plugin, disabled=settings.plugins.disable)
    domain = plugins.with_domain(domain_config(plugins.domain, settings.domain)).domain
    shipped = load_items(domain.cognition) if domain.cognition is not None else ()
    papers = [read_paper(file) for file in files]
    with open_store(settings.store.db, purpose="cognition add") as store:
        stored = store.cognition(plugins.name)
        own = {item.item_id for item in shipped}
        known = [*shipped, *(item for item in stored if item.item_id not in own)]
        with distiller(settings, domain, store, _tell) if "llm" in flags else nullcontext() as by:
            found = items_of(papers, domain, by, _tell)
        fresh, repeated = new_ones(found, known, make_embedder(settings.cognition.embedder, {}))
        _tell_repeated(repeated)
        taken = fresh if yes or out is not None else _approved(fresh)
        if out is not None:
            _write(out, dump_items(taken))
        else:
            store.add_cognition(taken, plugins.name)
            store.flush()
    if shared.json:
        shared.emit(
            {
                "plugin": plugins.name,
                "added": [item.item_id for item in taken],
                "repeated": {one.item.item_id: one.of for one in repeated},
                "left_out": [item.item_id for item in fresh if item not in taken],
            }
        )
        return
    where = f"written to {out}" if out is not None else f"added for {plugins.name} in {settings.store.db}"
    click.echo(f"{counted(len(taken), 'item')} {where}")


def _approved(items: Sequence[CognitionItem]) -> list[CognitionItem]:
    """Those that the person at the terminal wants."""
    taken: list[CognitionItem] = []
    for number, item in enumerate(items, start=1):
        click.secho(f"\n{number} of {len(items)}: {one_line(item.title, 120)}", bold=True)
        click.echo(printable(item.insight, keep_newlines=True))
        click.echo(one_line(item.source, 300))
        answer = click.prompt(
            "Add it? (y)es, (n)o, (a)ll that follow, (q)uit",
            type=click.Choice(["y", "n", "a", "q"]),
            show_choices=False,
        )
        if answer == "a":
            return [*taken, *items[number - 1 :]]
        if answer == "q":
            return taken
        if answer == "y":
            taken.append(item)
    return taken


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _tell_repeated(repeated: Sequence[Repeated]) -> None:
    for one in repeated:
        click.echo(f"left out, as {one_line(one.of, 60)} says it: {one_line(one.item.title, 100)}", err=True)


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise cannot_write("--out", out, error) from None
