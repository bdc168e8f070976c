"""``asievolve config``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from asi_evolve.cli.runflags import RUN, run_options, to_flags
from asi_evolve.cli.shared import Shared, common, print_table
from asi_evolve.report.text import one_line

if TYPE_CHECKING:
    from asi_evolve.config import Settings


@click.command("config")
@run_options(RUN)
@common
@click.pass_obj
def command(shared: Shared, /, sets: tuple[str, ...], **options: Any) -> None:
    """Every setting with its value and where it came from; takes the options of `run`.

    A flag or --set wins over the environment (ASIEVOLVE_RUN_ROUNDS), that over asievolve.toml, that over the
    domain's default, that over the core's.
    """
    from asi_evolve.config import KEYS

    resolved = shared.resolve(to_flags(options), sets)
    origins = dict(resolved.origins)
    values = _values(resolved.settings)
    if resolved.settings.plugin:
        _fill_in(resolved.settings, shared, values, origins)
    rows: list[dict[str, Any]] = [
        {
            "key": key,
            "value": values.get(key),
            "origin": origins.get(key, "default"),
            "doc": KEYS[key].doc if key in KEYS else "",
            "choices": list(KEYS[key].choices) if key in KEYS else [],
        }
        for key in [*KEYS, *sorted(key for key in values if key not in KEYS)]
    ]
    if shared.json:
        shared.emit(rows)
        return
    print_table(
        ("setting", "value", "from", "meaning"),
        [(row["key"], _text(row["value"]), one_line(row["origin"], 60), one_line(row["doc"], 80)) for row in rows],
    )


def _values(settings: Settings) -> dict[str, Any]:
    """Dotted key -> value, the open tables' own keys included."""
    from asi_evolve.config import to_json

    values: dict[str, Any] = {}
    for name, value in to_json(settings).items():
        if isinstance(value, dict):
            values.update({f"{name}.{key}": item for key, item in value.items()})
        else:
            values[name] = value
    return values


def _fill_in(settings: Settings, shared: Shared, values: dict[str, Any], origins: dict[str, str]) -> None:
    """Show the chosen domain's defaults where nothing else was said."""
    import dataclasses

    from asi_evolve.config import domain_config
    from asi_evolve.plugins import load_plugins

    plugins = load_plugins(settings.plugin, disabled=settings.plugins.disable)
    config = domain_config(plugins.domain, settings.domain)
    domain = plugins.with_domain(config).domain
    origin = f"domain {plugins.name}"
    defaults = {
        "run.rounds": domain.rounds,
        "run.backend": domain.default_backend,
        "run.stage": domain.stages[-1].name,
        "run.target": domain.target,
    }
    if config is not None and dataclasses.is_dataclass(config):
        defaults.update({f"domain.{field.name}": getattr(config, field.name) for field in dataclasses.fields(config)})
    for key, value in defaults.items():
        if values.get(key) is None and value is not None:
            values[key], origins[key] = value, origin
        elif key.startswith("domain."):
            values[key] = value


def _text(value: Any) -> str:
    if value is None or value in ("", [], ()):
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value), 60)
