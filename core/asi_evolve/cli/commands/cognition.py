"""``asievolve cognition``: add, search, list, export."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from asi_evolve.cli.papers import add_papers
from asi_evolve.cli.session import require_plugin
from asi_evolve.cli.shared import Shared, common, print_table
from asi_evolve.errors import UsageError
from asi_evolve.report.text import counted, one_line
from asi_evolve.report.unwritable import cannot_write

if TYPE_CHECKING:
    from asi_evolve.domain import Domain
    from asi_evolve.loop.experience import Decision, Item
    from asi_evolve.records import CognitionItem


@click.group("cognition")
@common
def command() -> None:
    """The knowledge base of a domain: what it ships with, and what was added to the database."""


@command.command("add")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Add what papers give without showing it for approval.")
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path), help="Write the items of papers to a TOML file."
)
@click.option("--llm", metavar="NAME", help="Model that distils papers; without it their sentences are extracted.")
@click.option("--budget-usd", type=float, metavar="USD", help="Stop asking the model at this cost.")
@common
@click.pass_obj
def add(
    shared: Shared, files: tuple[Path, ...], yes: bool, out: Path | None, llm: str | None, budget_usd: float | None
) -> None:
    """Add items to the knowledge of the chosen domain, in the database.

    FILE is a TOML file of items or a folder of such files, or a paper: PDF, HTML, Markdown, text, BibTeX, TeX, or a
    source of arXiv (.tar.gz).
    """
    papers = [file for file in files if file.is_file() and file.suffix.lower() != ".toml"]
    if papers and len(papers) < len(files):
        raise UsageError(f"{papers[0]}: add papers and files of items one after the other")
    if papers:
        flags = {"llm": llm, "budget.usd": budget_usd}
        add_papers(shared, papers, {key: value for key, value in flags.items() if value is not None}, yes, out)
        return
    for option, value in (("--llm", llm), ("--out", out), ("--budget-usd", budget_usd)):
        if value is not None:
            raise UsageError(f"{option}: is for papers; {files[0]} holds items already")
    for file in files:
        _add_items(shared, file)


def _add_items(shared: Shared, file: Path) -> None:
    from asi_evolve.cognition import load_items_for
    from asi_evolve.store import open_store

    settings = shared.resolve().settings
    require_plugin(settings.plugin)
    if not file.exists():
        raise UsageError(f"{file}: there is no such file")
    plugin, shipped, domain = _shipped(shared)
    # Of all backends: an item may be about a block that only one of them has.
    items = load_items_for(file, {block.name for backend in domain.backends.values() for block in backend.blocks})
    taken = sorted({item.item_id for item in items} & {item.item_id for item in shipped})
    if taken:
        raise UsageError(f"{file}: item {taken[0]!r} is already one of {plugin}'s own; give it another id")
    with open_store(settings.store.db, purpose="cognition add") as store:
        known = {item.item_id for item in store.cognition(plugin)}
        store.add_cognition(items, plugin)
        store.flush()
    changed = sum(item.item_id in known for item in items)
    if shared.json:
        shared.emit(
            {
                "plugin": plugin,
                "added": [i.item_id for i in items if i.item_id not in known],
                "replaced": [i.item_id for i in items if i.item_id in known],
            }
        )
    else:
        click.echo(
            f"{counted(len(items) - changed, 'item')} added, {changed} replaced for {plugin} in {settings.store.db}"
        )


@command.command("list")
@common
@click.pass_obj
def list_(shared: Shared) -> None:
    """All items of the chosen domain."""
    _, items = _all(shared)
    if shared.json:
        shared.emit([_object(item) for item in items])
        return
    print_table(
        ("id", "title", "blocks", "source"),
        [
            (one_line(i.item_id, 40), one_line(i.title, 60), one_line(", ".join(i.blocks), 40), one_line(i.source, 60))
            for i in items
        ],
    )
    click.echo(counted(len(items), "item"), err=True)


@command.command("search")
@click.argument("query")
@click.option("--k", type=click.IntRange(min=1), default=5, show_default=True, help="Items to show.")
@common
@click.pass_obj
def search(shared: Shared, query: str, k: int) -> None:
    """The items nearest to QUERY, with their similarity, as a run would retrieve them."""
    from asi_evolve.cognition import KnowledgeBase, make_embedder

    embedder = make_embedder(shared.resolve().settings.cognition.embedder, {})
    _, items = _all(shared)
    hits = KnowledgeBase(items, embedder).search(query, k)
    if shared.json:
        shared.emit([{"similarity": score, **_object(item)} for item, score in hits])
        return
    for item, score in hits:
        click.secho(f"{score:.3f}  {one_line(item.item_id, 60)}: {one_line(item.title, 120)}", bold=True)
        click.echo(f"       {one_line(item.insight, 400)}")
        click.echo(f"       {one_line(item.source, 200)}")
    click.echo(f"embedder: {embedder.name}", err=True)


@command.command("export")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="File to write. Default: print.")
@common
@click.pass_obj
def export(shared: Shared, out: Path | None) -> None:
    """Write all items of the chosen domain as TOML, in the form that `cognition add` reads."""
    from asi_evolve.cognition import dump_items

    plugin, items = _all(shared)
    text = dump_items(items)
    if out is not None:
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise cannot_write("--out", out, error) from None
        click.echo(f"wrote {counted(len(items), 'item')} of {plugin} to {out}", err=shared.json)
    if shared.json:
        shared.emit([_object(item) for item in items])
    elif out is None:
        click.echo(text, nl=not text.endswith("\n"))


@command.command("learned")
@click.argument("run", required=False)
@click.option("--keep", is_flag=True, help="Add what is not retired to the knowledge of the domain, for other runs.")
@common
@click.pass_obj
def learned_(shared: Shared, run: str | None, keep: bool) -> None:
    """What models learned in RUN (default: the latest): each item with the experiments for and against it."""
    from asi_evolve.api.learned import as_cognition, learned
    from asi_evolve.store import open_store

    with closing(shared.reader()) as reader:
        info = reader.run_info(reader.resolve_run(run))
        items = learned(reader, info.run_id)
    kept = as_cognition(items, info.run_id) if keep else ()
    if kept:
        with open_store(shared.database(), purpose="cognition learned --keep") as store:
            store.add_cognition(kept, info.plugin)
            store.flush()
    if shared.json:
        shared.emit([_learned_object(item) for item in items])
        return
    print_table(
        ("id", "confidence", "for", "against", "state", "lesson"),
        [
            (
                item.lesson.lesson_id,
                f"{item.confidence:.2f}",
                str(len(item.pro)),
                str(len(item.against)),
                ("retired" if item.retired else "in use") + (" (by hand)" if item.decision else ""),
                one_line(item.lesson.text, 200),
            )
            for item in items
        ],
    )
    click.echo(f"{counted(len(items), 'item')} of run {info.run_id}", err=True)
    if keep:
        click.echo(f"{counted(len(kept), 'item')} added to the knowledge of {info.plugin}", err=True)


@command.command("retire")
@click.argument("item")
@common
@click.pass_obj
def retire(shared: Shared, item: str) -> None:
    """Show ITEM, an id that `cognition learned` lists, to no later round of its run, whatever the evidence says."""
    _decide(shared, item, "retire")


@command.command("restore")
@click.argument("item")
@common
@click.pass_obj
def restore(shared: Shared, item: str) -> None:
    """Show ITEM, an id that `cognition learned` lists, to later rounds of its run, whatever the evidence says."""
    _decide(shared, item, "restore")


def _decide(shared: Shared, item: str, decision: Decision) -> None:
    from asi_evolve.api.learned import decide
    from asi_evolve.store import open_store

    with closing(shared.reader()):
        pass  # one clear line if there is no database
    with open_store(shared.database(), purpose=f"cognition {decision}") as store:
        made = decide(store, item, decision)
    if shared.json:
        shared.emit(_learned_object(made))
    else:
        state = "retired" if made.retired else "in use again"
        click.echo(f"{made.lesson.lesson_id} is {state}: {one_line(made.lesson.text, 200)}")


def _learned_object(item: Item) -> dict[str, object]:
    return {
        "lesson_id": item.lesson.lesson_id,
        "text": item.lesson.text,
        "tags": list(item.lesson.tags),
        "effect": item.lesson.effect,
        "confidence": item.confidence,
        "for": list(item.pro),
        "against": list(item.against),
        "retired": item.retired,
        "decided_by_hand": item.decision,
    }


def _shipped(shared: Shared) -> tuple[str, tuple[CognitionItem, ...], Domain]:
    """The chosen domain's name, the items that it ships with, and the domain."""
    from asi_evolve.cognition import load_items
    from asi_evolve.config import domain_config
    from asi_evolve.plugins import load_plugins

    settings = shared.resolve().settings
    require_plugin(settings.plugin)
    plugins = load_plugins(settings.plugin, disabled=settings.plugins.disable)
    domain = plugins.with_domain(domain_config(plugins.domain, settings.domain)).domain
    return plugins.name, load_items(domain.cognition) if domain.cognition is not None else (), domain


def _all(shared: Shared) -> tuple[str, tuple[CognitionItem, ...]]:
    """The shipped items and those in the database (if there is one), in that order, each id once."""
    plugin, shipped, _ = _shipped(shared)
    own = {item.item_id for item in shipped}
    if not Path(shared.database()).exists():
        return plugin, shipped
    with closing(shared.reader()) as reader:
        added = [item for item in reader.cognition(plugin) if item.item_id not in own]
    return plugin, (*shipped, *added)


def _object(item: CognitionItem) -> dict[str, object]:
    return {
        "item_id": item.item_id,
        "title": item.title,
        "insight": item.insight,
        "source": item.source,
        "tags": list(item.tags),
        "blocks": list(item.blocks),
        "origin": item.origin,
    }
