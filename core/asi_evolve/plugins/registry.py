"""Named factories that plugins register: samplers, executors, embedders, models, exporters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from asi_evolve.config import KEYS
from asi_evolve.errors import PluginError

Factory = Callable[..., Any]

#: Registry -> the setting that chooses from it, whose built-in names no plugin may take.
_SETTING = {"samplers": "sampler.name", "executors": "executor.name", "embedders": "cognition.embedder"}


class Registry(Mapping[str, Factory]):
    """Name -> factory, with who registered it. A name is given once."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._factories: dict[str, Factory] = {}
        self._owners: dict[str, str] = {}
        key = KEYS.get(_SETTING.get(kind, ""))
        # `replay` needs the database, so the run makes it itself.
        self._reserved = key.choices if key is not None else ("replay",) if kind == "llms" else ()

    def registrar(self, owner: str, *, builtin: bool = False) -> Callable[[str, Factory], None]:
        """The ``register`` function that the plugin of ``owner`` (in words) is given."""

        def register(name: str, factory: Factory) -> None:
            kind = self.kind.removesuffix("s")
            if not isinstance(name, str) or not name.strip():
                raise PluginError(f"{owner}: register_{self.kind} was given {name!r}; the name of a {kind} is text")
            if not callable(factory):
                raise PluginError(
                    f"{owner}: the {kind} {name!r} was registered with {factory!r}, which is not callable"
                )
            taken = self._owners.get(name) or ("asi-evolve itself" if name in self._reserved and not builtin else "")
            if taken:
                raise PluginError(f"the {kind} {name!r} is registered by {taken} and by {owner}; rename or disable one")
            self._factories[name], self._owners[name] = factory, owner

        return register

    def owner(self, name: str) -> str:
        """In words, who registered ``name``; KeyError if nobody did."""
        return self._owners[name]

    def __getitem__(self, name: str) -> Factory:
        return self._factories[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._factories))

    def __len__(self) -> int:
        return len(self._factories)
