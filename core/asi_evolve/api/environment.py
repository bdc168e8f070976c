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


def code_digest(module: str) -> str:
    """Digest of a domain's code: SHA-256 over the names and texts of its Python and TOML files.

    Args:
        module: Name of the imported module: a package with all that is below it, or a single file.

    Returns:
        64 hexadecimal digits; empty if the module has no file.
    """
    import hashlib
    import sys
    from pathlib import Path

    file = getattr(sys.modules.get(module), "__file__", None)
    if not file:
        return ""
    place = Path(file)
    if place.name == "__init__.py":
        root = place.parent
        files = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".toml") and path.is_file())
    else:
        root, files = place.parent, [place]
    digest = hashlib.sha256()
    for path in files:
        data = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def usable_cpus() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
