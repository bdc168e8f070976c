"""What is recorded about the machine and the installation: enough to tell two results apart, nothing private."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib import metadata

from asi_evolve.records import Json

_ALWAYS = ("numpy", "duckdb", "pluggy")


def environment(libraries: Sequence[str]) -> dict[str, Json]:
    """Python, system, processor count and the versions of the packages that a result may depend on."""
    versions = {}
    for name in (*_ALWAYS, *libraries):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cpus": usable_cpus(),
        "packages": versions,
    }


def usable_cpus() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
