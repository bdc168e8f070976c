"""One plugin manager for a run: the chosen domain, the cross-cutting plugins and our own defaults."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pluggy

import asi_evolve
from asi_evolve.domain import Backend, Domain
from asi_evolve.errors import AsiEvolveError, MissingExtraError, PluginError, did_you_mean, install_hint
from asi_evolve.hookspecs import PROJECT, SPECS
from asi_evolve.plugins.discovery import (
    PLUGIN_GROUP,
    Found,
    describe,
    entry_points,
    find,
    import_failure,
    load_entry_point,
)
from asi_evolve.plugins.domain_check import check_domain
from asi_evolve.plugins.hook_check import (
    HOOKS,
    OBSERVER_HOOKS,
    check_hooks,
    check_provider,
    check_single,
    implementations,
)
from asi_evolve.plugins.registry import Registry

_LOG = logging.getLogger("asi_evolve")

#: Parts that `-p no:NAME` cannot turn off.
_FIXED = ("defaults", "store")

_KINDS = ("samplers", "executors", "embedders", "llms", "exporters")


@dataclass(frozen=True, slots=True)
class Plugins:
    """The plugins of a run. Made by :func:`load_plugins`."""

    pm: pluggy.PluginManager
    domain: Domain
    """Checked. The one that :meth:`with_domain` configured, once that was called."""
    name: str
    """What the plugin is called: the entry point's name, else the domain's."""
    version: str
    reference: str
    """What another process gives to :func:`load_plugins` for the same plugin; empty for a plugin given as an object."""
    distribution: str
    """Name of the distribution that brought it; empty for a file, a module or an object."""
    module: str
    samplers: Mapping[str, Callable[..., Any]]
    executors: Mapping[str, Callable[..., Any]]
    embedders: Mapping[str, Callable[..., Any]]
    llms: Mapping[str, Callable[..., Any]]
    exporters: Mapping[str, Callable[..., Any]]
    source: str = ""
    """The plugin in words, for messages."""
    disabled: tuple[str, ...] = ()

    @property
    def hook(self) -> Any:
        """Calls hooks: ``plugins.hook.score(context=..., ...)``."""
        return self.pm.hook

    @property
    def others(self) -> tuple[str, ...]:
        """Names of the cross-cutting plugins and our own parts that are loaded, sorted."""
        return tuple(sorted(name for name, _ in self.pm.list_name_plugin() if name != _domain_key(self.name)))

    def with_domain(self, config: Any) -> Plugins:
        """These plugins with the domain as ``Domain.configure`` makes it from ``config``.

        Args:
            config: The instance that ``asi_evolve.config.domain_config`` made; None if the domain has no settings.

        Raises:
            PluginError: If ``configure`` fails or what it returns does not fit together.
        """
        if self.domain.configure is None:
            return self
        try:
            domain = self.domain.configure(config)
        except AsiEvolveError:
            raise
        except Exception as error:
            raise PluginError(f"{self.source}: Domain.configure raised {describe(error)}") from error
        return replace(self, domain=check_domain(domain, f"{self.source}, configured", asi_evolve.__version__))

    def backend(self, name: str | None = None) -> tuple[str, Backend]:
        """The backend called ``name`` (the domain's default if None), with its libraries installed.

        Raises:
            PluginError: If the domain has no such backend; names those it has.
            MissingExtraError: If a library is not installed that candidates of that backend import.
        """
        import importlib.util

        chosen = name or self.domain.default_backend
        backend = self.domain.backends.get(chosen)
        if backend is None:
            there = ", ".join(sorted(self.domain.backends))
            raise PluginError(
                f"{self.name} has no backend {chosen!r}{did_you_mean(chosen, self.domain.backends)}; it has: {there}"
            )
        for library in backend.libraries:
            if importlib.util.find_spec(library.partition(".")[0]) is None:
                mend = install_hint(backend.extra) if backend.extra else f"install {library}"
                raise MissingExtraError(
                    f"backend {chosen!r} of {self.name} needs {library!r}, which is not installed: {mend}"
                )
        return chosen, backend

    def notify(self, hook_name: str, event: object, log: logging.Logger = _LOG) -> None:
        """Tell every observer of ``hook_name`` about ``event``, one after the other.

        An observer's exception (``sys.exit()`` too) is logged and contained: the others are told, and the run goes on.
        """
        if hook_name not in OBSERVER_HOOKS:
            raise ValueError(f"{hook_name!r} is not an observer hook")
        caller = getattr(self.pm.hook, hook_name)
        for implementation in reversed(caller.get_hookimpls()):
            try:
                implementation.function(*(event for _ in implementation.argnames))
            except (Exception, SystemExit) as error:
                log.warning("%s of plugin %s failed: %s", hook_name, implementation.plugin_name, describe(error))


def load_plugins(
    plugin: str | object,
    *,
    builtins: Sequence[tuple[str, object]] = (),
    disabled: Sequence[str] = (),
    extra_services: bool = True,
) -> Plugins:
    """Load and check the domain, our own parts and the cross-cutting plugins.

    Only the chosen domain is imported. Every fault is found here, before anything runs.

    Args:
        plugin: Entry-point name, path of a ``.py`` file, module name, or the plugin object itself.
        builtins: ``(name, plugin)`` of our own parts; they cannot be disabled.
        disabled: Names of cross-cutting plugins to leave out (``-p no:NAME``, ``[plugins] disable``).
        extra_services: False leaves every cross-cutting plugin out.

    Raises:
        PluginError: If a plugin is missing, cannot be imported or breaks the hook contract.
        MissingExtraError: If a library is missing that an extra installs.
    """
    found = find(plugin)
    _check_disabled(disabled, found, [name for name, _ in builtins])
    instance = _instance(found)
    pm = pluggy.PluginManager(PROJECT)
    for spec in SPECS:
        pm.add_hookspecs(spec)
    check_hooks(instance, found.source)
    check_provider(instance, found.source)
    for name, part in builtins:
        _register(pm, part, name, f"asi-evolve's {name}")
    owners = [(f"asi-evolve's {name}", part, True) for name, part in builtins]
    others = _cross_cutting(disabled) if extra_services else []
    check_single(instance, found.source, [(one.source, part) for one, part in others])
    for one, part in others:
        _register(pm, part, one.name, one.source)
        owners.append((one.source, part, False))
    # Registered last, so the domain's own hooks are asked first.
    _register(pm, instance, _domain_key(found.name or found.module or "object"), found.source)
    owners.append((found.source, instance, False))
    try:
        pm.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(" ".join(str(error).split())) from error
    registries = {kind: _collect(kind, owners) for kind in _KINDS}
    domain = check_domain(_declared(pm, found), found.source, asi_evolve.__version__)
    name = found.name or domain.name
    if not found.name:
        pm.unregister(instance)
        pm.register(instance, _domain_key(name))
    return Plugins(
        pm=pm,
        domain=domain,
        name=name,
        version=found.version,
        reference=found.reference,
        distribution=found.distribution,
        module=found.module,
        source=found.source,
        disabled=tuple(disabled),
        **registries,
    )


def _domain_key(name: str) -> str:
    # Apart from the cross-cutting names: a domain and a plugin may be called the same.
    return f"domain:{name}"


def _check_disabled(disabled: Sequence[str], found: Found, builtins: Sequence[str]) -> None:
    fixed = (*_FIXED, *builtins)
    for name in disabled:
        if name in fixed:
            raise PluginError(f"-p no:{name}: {name!r} is a part of asi-evolve and cannot be disabled")
        if found.name and name == found.name:
            raise PluginError(f"-p no:{name}: {name!r} is the chosen domain and cannot be disabled")


def _instance(found: Found) -> object:
    """The plugin object; a class that an entry point names is instantiated, as its hooks are methods."""
    plugin = found.plugin
    if not inspect.isclass(plugin):
        return plugin
    try:
        return plugin()
    except Exception as error:
        raise PluginError(f"{found.source}: {plugin.__name__}() raised {describe(error)}") from error


def _cross_cutting(disabled: Sequence[str]) -> list[tuple[Found, object]]:
    loaded: dict[str, tuple[Found, object]] = {}
    known: set[str] = set()
    for point in entry_points(PLUGIN_GROUP):
        known.add(point.name)
        if point.name in disabled:
            continue
        try:
            found = load_entry_point(point)
        except AsiEvolveError as error:
            raise type(error)(f"{error}; or leave it out with -p no:{point.name}") from error
        if point.name in loaded:
            raise PluginError(
                f"two plugins are called {point.name!r}: of {loaded[point.name][0].distribution} and of "
                f"{found.distribution}; uninstall one, or leave both out with -p no:{point.name}"
            )
        if point.name in _FIXED:
            raise PluginError(f"{found.source}: the name {point.name!r} is taken by a part of asi-evolve; rename it")
        instance = _instance(found)
        check_hooks(instance, found.source)
        loaded[point.name] = (found, instance)
    for name in sorted(set(disabled) - known):
        # Not an error: a project file may name a plugin that this machine does not have.
        listing = f"there is {', '.join(sorted(known))}" if known else "no service plugin is installed"
        near = did_you_mean(name, known)
        _LOG.warning("-p no:%s: there is no plugin of that name to leave out%s; %s", name, near, listing)
    return list(loaded.values())


def _register(pm: pluggy.PluginManager, plugin: object, name: str, source: str) -> None:
    try:
        pm.register(plugin, name)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(f"{source}: {' '.join(str(error).split())}") from error


def _collect(kind: str, owners: Sequence[tuple[str, object, bool]]) -> Registry:
    """Fill one registry, plugin by plugin, so that a clash can name both."""
    registry = Registry(kind)
    hook = f"register_{kind}"
    assert hook in HOOKS
    for source, plugin, builtin in owners:
        register = registry.registrar(source, builtin=builtin)
        for name, function, _ in implementations(plugin):
            if name != hook:
                continue
            try:
                function(*(register for _ in inspect.signature(function).parameters))
            except AsiEvolveError:
                raise
            except Exception as error:
                raise PluginError(f"{source}: {hook}() raised {describe(error)}") from error
    return registry


def _declared(pm: pluggy.PluginManager, found: Found) -> object:
    try:
        return pm.hook.domain()
    except AsiEvolveError:
        raise
    except ModuleNotFoundError as error:
        raise import_failure(found.source, error, found.name) from error
    except Exception as error:
        raise PluginError(f"{found.source}: domain() raised {describe(error)}") from error
