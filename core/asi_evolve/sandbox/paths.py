"""Which files the jail may read: the interpreter, its libraries, and nothing of the user's."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

#: System folders and files that hold no user data. Missing ones are skipped.
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/alternatives",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
)
#: Device nodes that candidates may use.
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
#: Of those, the ones that may be written to. A writable /dev/zero, mapped shared, is memory that no limit counts.
WRITABLE_DEVICES = ("/dev/null", "/dev/full")


def readable(extra: Iterable[str] = ()) -> list[str]:
    """Absolute paths that candidates may read, without those inside another one, sorted.

    Of the interpreter: the standard library, shared libraries beside it, and the folders of installed packages. A
    virtual environment inside a checkout gives its ``site-packages`` only.
    """
    names = {*_SYSTEM, *(str(Path(path).resolve()) for path in extra)}
    for base in {sys.base_prefix, sys.base_exec_prefix}:
        names.add(str(Path(base) / "lib"))
    for key in ("stdlib", "platstdlib", "purelib", "platlib"):
        path = sysconfig.get_path(key)
        if path:
            names.add(path)
    names.update(entry for entry in sys.path if entry.endswith(("site-packages", "dist-packages", "lib-dynload")))
    kept: list[str] = []
    for name in sorted(names):
        # A top-level link (/lib -> usr/lib on merged systems) is kept as a link.
        path = name if Path(name).parent == Path("/") else str(Path(name).resolve())
        if Path(path).exists() and path not in kept and not any(path.startswith(each + "/") for each in kept):
            kept.append(path)
    return [path for path in sorted(kept) if not any(path != each and path.startswith(each + "/") for each in kept)]


def search_paths(modules: Iterable[str]) -> list[str]:
    """Folders from which the top-level packages of ``modules`` are imported here, for a server that starts clean."""
    found: list[str] = []
    for name in modules:
        top = name.partition(":")[0].partition(".")[0]
        if not top or top in sys.builtin_module_names:
            continue
        loaded = sys.modules.get(top)
        try:
            spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec(top)
        except (ImportError, ValueError):
            continue
        if spec is None:
            continue
        for place in spec.submodule_search_locations or ([spec.origin] if spec.has_location and spec.origin else []):
            folder = str(Path(place).resolve().parent)
            if folder not in found:
                found.append(folder)
    return found
