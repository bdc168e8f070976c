"""Modules for candidates whose libraries start threads: imported in each one's own process, ours from memory.

Inside the jail the checkout cannot be read. So the server, which still can, takes along the sources of the
packages that are not in a readable folder, and this finder serves them.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType

_LARGEST_SOURCE = 1 << 20


class MemoryFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules in a mapping of names to sources."""

    def __init__(self) -> None:
        self.sources: dict[str, tuple[str, bool]] = {}

    def take(self, name: str) -> None:
        """Take along all Python sources of the top-level package or module ``name``, where it can be found."""
        spec = importlib.util.find_spec(name)
        if spec is None:
            return
        if not spec.submodule_search_locations:
            if spec.origin is not None and spec.origin.endswith(".py"):
                self.sources[name] = (Path(spec.origin).read_text(encoding="utf-8"), False)
            return
        for folder in spec.submodule_search_locations:
            for path in sorted(Path(folder).rglob("*.py")):
                if path.stat().st_size <= _LARGEST_SOURCE:
                    parts = [name, *path.relative_to(folder).with_suffix("").parts]
                    package = parts[-1] == "__init__"
                    self.sources[".".join(parts[:-1] if package else parts)] = (path.read_text("utf-8"), package)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See :class:`importlib.abc.MetaPathFinder`."""
        if fullname not in self.sources:
            return None
        return importlib.util.spec_from_loader(fullname, self, is_package=self.sources[fullname][1])

    def exec_module(self, module: ModuleType) -> None:
        """See :class:`importlib.abc.Loader`."""
        source, _ = self.sources[module.__name__]
        exec(compile(source, f"<{module.__name__}>", "exec"), module.__dict__)


def install(names: Iterable[str], readable: Sequence[str]) -> None:
    """Serve from memory those top-level packages of ``names`` that lie outside the readable folders."""
    finder = MemoryFinder()
    for name in sorted({name.partition(":")[0].partition(".")[0] for name in names if name}):
        spec = importlib.util.find_spec(name)
        origin = next(iter(spec.submodule_search_locations or [spec.origin or ""]), "") if spec else ""
        if origin and not any(Path(origin).is_relative_to(path) for path in readable):
            finder.take(name)
    sys.meta_path.insert(0, finder)
