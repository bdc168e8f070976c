"""Check a plugin's hook implementations before they are registered: what pluggy would accept in silence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from asi_evolve.errors import PluginError, did_you_mean
from asi_evolve.hookspecs import PROJECT, SPECS, DomainSpec, ObserverSpec

_MARK = f"{PROJECT}_impl"
_BY_NAME = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _hooks(spec: type) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(p for p in inspect.signature(function).parameters if p != "self")
        for name, function in vars(spec).items()
        if hasattr(function, f"{PROJECT}_spec")
    }


#: Hook name -> the names of its parameters.
HOOKS: Mapping[str, tuple[str, ...]] = {name: params for spec in SPECS for name, params in _hooks(spec).items()}
DOMAIN_HOOKS = tuple(_hooks(DomainSpec))
OBSERVER_HOOKS = tuple(_hooks(ObserverSpec))


def implementations(plugin: object) -> Iterator[tuple[str, Callable[..., Any], Mapping[str, Any]]]:
    """Each marked function of ``plugin``: name, function, pluggy's options."""
    for name in sorted(dir(plugin)):
        function = inspect.getattr_static(plugin, name, None)
        bound = getattr(plugin, name, None) if function is not None else None
        options = getattr(bound, _MARK, None)
        if isinstance(options, Mapping) and callable(bound):
            yield options.get("specname") or name, bound, options


def provides(plugin: object) -> set[str]:
    """The hooks that ``plugin`` implements itself (wrappers change a call and do not count)."""
    return {
        name
        for name, _, options in implementations(plugin)
        if not options.get("wrapper") and not options.get("hookwrapper")
    }


def check_hooks(plugin: object, source: str) -> None:
    """Refuse misspelt, unmarked and async hooks, and signatures that pluggy's builds treat differently.

    Args:
        plugin: A module or an instance.
        source: In words, for the error.

    Raises:
        PluginError: At the first fault, naming the plugin, the hook and the mend.
    """
    marked: set[str] = set()
    for name, function, options in implementations(plugin):
        marked.add(getattr(function, "__name__", name))
        _check_one(name, function, options, source)
    for name in HOOKS:
        unmarked = getattr(plugin, name, None)
        if name not in marked and inspect.isroutine(unmarked) and _is_own(unmarked, plugin):
            raise PluginError(
                f"{source}: {name}() has a hook's name but is not marked; write @hookimpl above it "
                "(from asi_evolve import hookimpl), or rename it"
            )


def _check_one(name: str, function: Callable[..., Any], options: Mapping[str, Any], source: str) -> None:
    parameters = HOOKS.get(name)
    if parameters is None:
        if options.get("optionalhook"):
            return
        near = did_you_mean(name, HOOKS)
        listing = f"; hooks: {', '.join(HOOKS)}"
        raise PluginError(f"{source}: there is no hook {name!r}{near or listing}")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise PluginError(f"{source}: {name}() is async; hooks are plain functions: write `def {name}`")
    wrapper = bool(options.get("wrapper") or options.get("hookwrapper"))
    if wrapper and name in OBSERVER_HOOKS:
        raise PluginError(f"{source}: {name}() is a wrapper; observers only watch: write plain @hookimpl")
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in _BY_NAME:
            raise PluginError(
                f"{source}: parameter {parameter.name!r} of {name}() is keyword-only or variable; "
                f"hooks name plain parameters out of: {', '.join(parameters)}"
            )
        if parameter.default is not inspect.Parameter.empty:
            raise PluginError(
                f"{source}: parameter {parameter.name!r} of {name}() has a default value; remove the default"
            )
        if parameter.name not in parameters:
            raise PluginError(
                f"{source}: {name}() has no parameter {parameter.name!r}{did_you_mean(parameter.name, parameters)}; "
                f"it may take: {', '.join(parameters)}"
            )


def check_provider(plugin: object, source: str) -> None:
    """Refuse a domain plugin that lacks ``domain`` or ``score``.

    Raises:
        PluginError: Naming the hook that is missing and a name that may have been meant.
    """
    there = provides(plugin)
    for name in ("domain", "score"):
        if name in there:
            continue
        own = [n for n in dir(plugin) if inspect.isroutine(getattr(plugin, n, None)) and not n.startswith("_")]
        raise PluginError(
            f"{source} has no {name}() hook{did_you_mean(name, own)}; a domain implements domain and score"
        )


def check_single(domain: object, domain_source: str, others: list[tuple[str, object]]) -> None:
    """Refuse a second provider of a hook of which a run has one.

    Args:
        domain: The chosen domain plugin.
        domain_source: In words, for the error.
        others: ``(in words, plugin)`` of each cross-cutting plugin.

    Raises:
        PluginError: Naming both.
    """
    taken = {name: domain_source for name in provides(domain) if name in DOMAIN_HOOKS}
    for source, plugin in others:
        for name in sorted(provides(plugin) & set(DOMAIN_HOOKS)):
            if name in ("domain", "inputs", "score"):
                taken.setdefault(name, domain_source)
            if name in taken:
                raise PluginError(
                    f"{name}() is provided by {taken[name]} and by {source}; a run has one: make the second a wrapper "
                    "(hookimpl(wrapper=True)) or disable it with -p no:NAME"
                )
            taken[name] = source


def _is_own(function: Any, plugin: object) -> bool:
    home = plugin.__name__ if inspect.ismodule(plugin) else type(plugin).__module__
    return getattr(function, "__module__", None) == home
