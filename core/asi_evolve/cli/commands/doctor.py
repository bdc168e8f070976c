"""``asievolve doctor``."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from contextlib import closing
from pathlib import Path

import click

from asi_evolve.cli.shared import Shared, common
from asi_evolve.errors import AsiEvolveError, install_hint
from asi_evolve.report.text import one_line

#: Library -> the extra that installs it; empty for a base dependency.
_PACKAGES = {
    "pluggy": "",
    "click": "",
    "duckdb": "",
    "anthropic": "",
    "rich": "",
    "numpy": "",
    "pyarrow": "",
    "jinja2": "",
    "scipy": "circle_packing",
    "matplotlib": "circle_packing",
    "pandas": "dataframes",
    "sentence-transformers": "embeddings",
    "torch": "torch",
    "jax": "jax",
}

#: MiB that a database needs to start.
_ENOUGH_DISK = 64


@click.command("doctor")
@common
@click.pass_obj
def command(shared: Shared) -> None:
    """What works here, what does not, and why: Python, packages, isolation, database, domains, disk.

    Exit status 0 if a run can start, 1 if something that it needs is missing.
    """
    lines = [*_python(), *_packages(), *_isolation(), *_configuration(shared)]
    lines += [*_models(shared), *_database(shared), *_domains()]
    passed = all(state != "FAIL" for _, _, state, _ in lines)
    if shared.json:
        shared.emit(
            {
                "passed": passed,
                "checks": [{"group": g, "name": n, "state": s, "message": m} for g, n, s, m in lines],
            }
        )
    else:
        previous = ""
        for group, name, state, message in lines:
            if group != previous:
                click.secho(group, bold=True)
                previous = group
            click.echo(f"  {state:<5} {name:<22} {one_line(message, 160)}")
    click.get_current_context().exit(0 if passed else 1)


#: Group, name, state (``ok``, ``-`` for absent but optional, ``note``, ``FAIL``), message.
_Line = tuple[str, str, str, str]


def _python() -> list[_Line]:
    from asi_evolve import __version__
    from asi_evolve.api.accelerators import accelerators

    devices = accelerators()
    good = sys.version_info >= (3, 11)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [
        ("System", "asi-evolve", "ok", __version__),
        ("System", "Python", "ok" if good else "FAIL", platform.python_version() + ("" if good else ": 3.11 needed")),
        ("System", "platform", "ok", f"{platform.system()} {platform.release()} {platform.machine()}, {cores} cores"),
        ("System", "accelerator", "ok" if devices.count else "-", devices.text),
    ]


def _packages() -> list[_Line]:
    from importlib.metadata import PackageNotFoundError, version

    lines = []
    for name, extra in _PACKAGES.items():
        try:
            lines.append(("Packages", name, "ok", version(name)))
        except PackageNotFoundError:
            missing = f"not installed; {install_hint(extra)}" if extra else "not installed, but needed"
            lines.append(("Packages", name, "-" if extra else "FAIL", missing))
    return lines


def _isolation() -> list[_Line]:
    from asi_evolve.sandbox import probe, resolve_tier

    reports = probe()
    lines = [
        (
            "Isolation",
            f"tier {name}",
            "ok" if report.available else "-",
            report.statement if report.available else report.reason,
        )
        for name, report in sorted(reports.items())
    ]
    try:
        chosen = resolve_tier("auto", assembled_only=False)
        lines.append(("Isolation", "any candidate", "ok", f"runs in tier {chosen}"))
    except AsiEvolveError as error:
        lines.append(("Isolation", "any candidate", "note", str(error)))
    try:
        chosen = resolve_tier("auto", assembled_only=True)
        lines.append(("Isolation", "assembled from blocks", "ok", f"runs in tier {chosen}"))
    except AsiEvolveError as error:
        lines.append(("Isolation", "assembled from blocks", "FAIL", str(error)))
    return lines


def _configuration(shared: Shared) -> list[_Line]:
    try:
        resolved = shared.resolve()
    except AsiEvolveError as error:
        return [("Configuration", "settings", "FAIL", str(error))]
    where = f"read from {resolved.config_file}" if resolved.config_file is not None else "no project file here"
    plugin = resolved.settings.plugin or "none (give --plugin)"
    return [("Configuration", "settings", "ok", f"{where}; plugin {plugin}")]


def _models(shared: Shared) -> list[_Line]:
    """Who would be asked, at what price. Nobody is."""
    from asi_evolve.api.assemble import models_of

    try:
        settings = shared.resolve().settings
        chosen = models_of(settings) if settings.plugin else None
    except AsiEvolveError as error:
        return [("Models", "llm", "FAIL", str(error))]
    if chosen is None:
        return [("Models", "llm", "-", f"none is asked with --proposer {settings.proposer.name}")]
    named = [("llm", chosen.main), *(("mix.models", one) for one in chosen.mix.values())]
    named += [(f"roles.{role}", one) for role, one in chosen.roles.items()]
    lines = [("Models", key, "ok", f"{one.resolved} ({one.cost})") for key, one in named]
    chosen.close()
    return lines


def _database(shared: Shared) -> list[_Line]:
    from asi_evolve.cli.owner import live_owner
    from asi_evolve.store import SCHEMA_VERSION, open_reader

    try:
        path = Path(shared.database())
    except AsiEvolveError as error:
        return [("Database", "path", "FAIL", str(error))]
    folder = path.absolute().parent
    if not folder.is_dir():
        return [("Database", str(path), "FAIL", f"the folder {folder} does not exist")]
    lines: list[_Line] = []
    if path.exists():
        try:
            owner = live_owner(str(path))
            with closing(open_reader(path)) as reader:
                runs = reader.runs()
            size = path.stat().st_size / 2**20
            state = f"{len(runs)} runs, {size:.1f} MiB, schema {SCHEMA_VERSION}"
            lines.append(("Database", str(path), "ok", state + (f"; live: {owner}" if owner else "")))
        except AsiEvolveError as error:
            lines.append(("Database", str(path), "FAIL", str(error)))
    else:
        lines.append(("Database", str(path), "-", "does not exist yet; the first run makes it"))
    writable = os.access(folder, os.W_OK)
    free = shutil.disk_usage(folder).free // 2**20
    lines.append(
        ("Database", "folder", "ok" if writable else "FAIL", f"{folder} {'is' if writable else 'is not'} writable")
    )
    lines.append(("Database", "disk", "ok" if free >= _ENOUGH_DISK else "FAIL", f"{free} MiB free"))
    return lines


def _domains() -> list[_Line]:
    from asi_evolve.plugins import available_domains, load_plugins

    lines: list[_Line] = []
    for entry in available_domains():
        try:
            load_plugins(entry.name)
            lines.append(("Domains", entry.name, "ok", f"{entry.distribution} {entry.version}".strip()))
        except AsiEvolveError as error:
            lines.append(("Domains", entry.name, "note", str(error)))
    return lines or [("Domains", "none", "note", f"no domain is installed; {install_hint('circle_packing')}")]
