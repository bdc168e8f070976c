"""``asievolve plugins``: list, info, check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.shared import Shared, common, print_table
from asi_evolve.report.text import counted, number, one_line, printable

if TYPE_CHECKING:
    from asi_evolve.domain import Domain
    from asi_evolve.plugins import Plugins


@click.group("plugins")
@common
def command() -> None:
    """List, describe and check domains."""


@command.command("list")
@common
@click.pass_obj
def list_(shared: Shared) -> None:
    """The installed domains and service plugins. Imports none of them."""
    from asi_evolve.plugins import ANNOUNCED, PLUGIN_GROUP, available_domains
    from asi_evolve.plugins.discovery import entry_points

    domains = available_domains()
    services = entry_points(PLUGIN_GROUP)
    if shared.json:
        shared.emit(
            {
                "domains": [
                    {
                        "name": entry.name,
                        "distribution": entry.distribution,
                        "version": entry.version,
                        "module": entry.module,
                        "extra": entry.extra,
                    }
                    for entry in domains
                ],
                "services": [{"name": point.name, "module": point.value} for point in services],
            }
        )
        return
    print_table(
        ("domain", "distribution", "version", "module"),
        [(entry.name, entry.distribution, entry.version, entry.module) for entry in domains],
    )
    if services:
        print_table(("service plugin", "module"), [(point.name, point.value) for point in services])
    missing = [name for name in ANNOUNCED if name not in {entry.name for entry in domains}]
    if missing:
        click.echo(f"planned, not in this version: {', '.join(missing)}", err=True)


def _load(shared: Shared, name: str | None, sets: tuple[str, ...]) -> tuple[Plugins, Any, Any]:
    """The named (or chosen) plugin, configured; its config; the settings."""
    from asi_evolve.cli.session import require_plugin
    from asi_evolve.config import domain_config
    from asi_evolve.defaults import Defaults
    from asi_evolve.plugins import load_plugins

    settings = shared.resolve({"plugin": name} if name is not None else {}, sets).settings
    require_plugin(settings.plugin)
    plugins = load_plugins(
        settings.plugin, builtins=[("asi_evolve.defaults", Defaults())], disabled=settings.plugins.disable
    )
    config = domain_config(plugins.domain, settings.domain)
    return plugins.with_domain(config), config, settings


@command.command("info")
@click.argument("name", required=False)
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="A setting of the domain, domain.KEY=VALUE.")
@common
@click.pass_obj
def info(shared: Shared, name: str | None, sets: tuple[str, ...]) -> None:
    """What domain NAME (default: --plugin) is: task, slots, blocks, stages, settings, knowledge."""
    plugins, config, _ = _load(shared, name, sets)
    facts = _facts(plugins, config)
    if shared.json:
        shared.emit(facts)
        return
    domain = plugins.domain
    click.echo(f"{_words(plugins.name, plugins.version)}: {one_line(domain.title, 200)}")
    click.echo(f"from {plugins.distribution or plugins.module}; {counted(len(facts['cognition']), 'knowledge item')}")
    click.echo(f"\n{printable(domain.task_markdown).strip()}\n")
    objective = domain.objective
    target = f", target {number(domain.target)}" if domain.target is not None else ""
    click.echo(
        f"objective: {_words(objective.name, objective.unit)}{target}, {counted(domain.rounds, 'round')} by default"
    )
    if domain.slots:
        blocks = domain.backends[domain.default_backend].blocks
        click.echo(f"\nslots, with the building blocks of {domain.default_backend}:")
        print_table(
            ("slot", "kind", "blocks", "what it does"),
            [
                (slot.name, slot.kind, str(sum(block.slot == slot.name for block in blocks)), one_line(slot.doc, 100))
                for slot in domain.slots
            ],
            right=("blocks",),
        )
    click.echo("\nbackends:")
    print_table(
        ("backend", "seeds", "baselines", "blocks", "libraries"),
        [
            (
                key + (" (default)" if key == domain.default_backend else ""),
                ", ".join(backend.seeds),
                ", ".join(backend.baselines) or "-",
                str(len(backend.blocks)),
                ", ".join(backend.libraries),
            )
            for key, backend in domain.backends.items()
        ],
    )
    click.echo("\nstages and their ceilings:")
    print_table(
        ("stage", "CPU s", "wall s", "memory MiB", "replicates"),
        [
            (
                stage.name,
                f"{stage.limits.cpu_s:g}",
                f"{stage.limits.wall_s:g}",
                str(stage.limits.memory_mb),
                str(len(stage.replicate_seeds)),
            )
            for stage in domain.stages
        ],
    )
    if facts["settings"]:
        click.echo("\nsettings:")
        print_table(
            ("setting (--set domain.KEY=VALUE)", "value", "default", "accepts", "meaning"),
            [
                (
                    f"domain.{row['name']}",
                    one_line(str(row["value"]), 60),
                    one_line(str(row["default"]), 60),
                    one_line(row["accepts"] or "-", 80),
                    one_line(row["doc"] or "-", 160),
                )
                for row in facts["settings"]
            ],
        )


def _words(*parts: str) -> str:
    return " ".join(filter(None, (part.strip() for part in parts)))


def _facts(plugins: Plugins, config: Any) -> dict[str, Any]:
    domain = plugins.domain
    return {
        "name": plugins.name,
        "title": domain.title,
        "version": plugins.version,
        "distribution": plugins.distribution,
        "module": plugins.module,
        "task": domain.task_markdown,
        "objective": {
            "name": domain.objective.name,
            "unit": domain.objective.unit,
            "known_bound": domain.objective.known_bound,
            "noisy": domain.objective.noisy,
        },
        "target": domain.target,
        "rounds": domain.rounds,
        "default_backend": domain.default_backend,
        "slots": [
            {"name": slot.name, "kind": slot.kind, "signature": slot.signature, "doc": slot.doc}
            for slot in domain.slots
        ],
        "backends": {
            key: {
                "seeds": list(backend.seeds),
                "baselines": list(backend.baselines),
                "libraries": list(backend.libraries),
                "extra": backend.extra,
                "blocks": [
                    {"name": block.name, "slot": block.slot, "cognition": list(block.cognition_ids)}
                    for block in backend.blocks
                ],
            }
            for key, backend in domain.backends.items()
        },
        "stages": [
            {
                "name": stage.name,
                "cpu_s": stage.limits.cpu_s,
                "wall_s": stage.limits.wall_s,
                "memory_mb": stage.limits.memory_mb,
                "replicates": len(stage.replicate_seeds),
            }
            for stage in domain.stages
        ],
        "checks": [check.name for check in domain.checks],
        "features": [feature.name for feature in domain.features],
        "settings": _settings(domain, config),
        "cognition": [item.item_id for item in _items(domain)],
    }


def _settings(domain: Domain, config: Any) -> list[dict[str, Any]]:
    from dataclasses import asdict

    from asi_evolve.config import domain_settings

    return [asdict(row) for row in domain_settings(domain, config)]


def _items(domain: Domain) -> tuple[Any, ...]:
    from asi_evolve.cognition import load_items

    return load_items(domain.cognition) if domain.cognition is not None else ()


@command.command("check")
@click.argument("name", required=False)
@click.option("--set", "sets", metavar="KEY=VALUE", multiple=True, help="A setting of the domain, domain.KEY=VALUE.")
@click.option("--sandbox", metavar="TIER", help="Isolation tier: auto (default), A to F.")
@common
@click.pass_obj
def check(shared: Shared, name: str | None, sets: tuple[str, ...], sandbox: str | None) -> None:
    """Load domain NAME (default: --plugin), run every seed program in the sandbox and score it.

    Exit status 2 if it cannot be loaded, 1 if a seed or a check fails.
    """
    from asi_evolve.cli.plugincheck import check_plugin

    plugins, config, settings = _load(shared, name, sets)
    items = _items(plugins.domain)
    results = [("load", True, f"{plugins.source}; hooks, domain, {counted(len(items), 'knowledge item')} well formed")]
    results += check_plugin(plugins, config, tier=sandbox or settings.sandbox.tier, backend=settings.run.backend)
    passed = all(ok for _, ok, _ in results)
    if shared.json:
        shared.emit(
            {
                "name": plugins.name,
                "passed": passed,
                "results": [{"what": what, "passed": ok, "message": text} for what, ok, text in results],
            }
        )
    else:
        for what, ok, text in results:
            click.echo(f"{'ok  ' if ok else 'FAIL'}  {what}: {one_line(text, 300)}")
    click.get_current_context().exit(0 if passed else 1)
