"""Find plugins: installed entry points, ``.py`` files and modules. Only what is chosen is imported."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import asi_evolve.domain
import asi_evolve.records
from asi_evolve.errors import (
    AsiEvolveError,
    MissingExtraError,
    PluginError,
    did_you_mean,
    install_hint,
)

#: Entry points of domains: name -> module. Only the chosen one is imported.
DOMAIN_GROUP = "asi_evolve.domains"

#: Entry points of cross-cutting plugins. All are loaded that are not disabled.
PLUGIN_GROUP = "asi_evolve.plugins"

#: Domains that are planned, so that asking for one gets a straight answer.
ANNOUNCED: tuple[str, ...] = ("data_cleaning", "dti")

_CORE = "asi-evolve"


@dataclass(frozen=True, slots=True)
class DomainEntry:
    """An installed domain, known from its metadata alone."""

    name: str
    distribution: str
    version: str
    module: str
    extra: str
    """The extra of the distribution with the domain's name, or empty if there is none."""


@dataclass(frozen=True, slots=True)
class Found:
    """A loaded plugin object and where it came from."""

    plugin: object
    name: str
    """The entry point's name; empty for a file, a module or an object (the domain's own name is used)."""
    reference: str
    """What another process gives to ``load_plugins`` for the same plugin; empty for an object."""
    distribution: str
    version: str
    module: str
    source: str
    """In words, for errors."""


def available_domains() -> list[DomainEntry]:
    """The installed domains, sorted by name. Imports none of them."""
    return [
        DomainEntry(
            point.name,
            _distribution(point),
            _version(point),
            point.module,
            point.name if point.name in _extras(point) else "",
        )
        for point in entry_points(DOMAIN_GROUP)
    ]


def entry_points(group: str) -> list[EntryPoint]:
    """The entry points of ``group``, sorted by name and distribution, each once.

    One that names no module, or whose distribution's metadata cannot be read, is none.
    """
    unique = {}
    for point in _of_group(group):
        with contextlib.suppress(Exception):
            if point.pattern.match(point.value):
                unique[point.name, _distribution(point), point.value] = point
    return [unique[key] for key in sorted(unique)]


def _of_group(group: str) -> Iterable[EntryPoint]:
    try:
        return importlib.metadata.entry_points(group=group)
    except Exception:
        # The metadata of one distribution, which need not be ours, cannot be read: the others still can.
        found: list[EntryPoint] = []
        for distribution in importlib.metadata.distributions():
            with contextlib.suppress(Exception):
                found += distribution.entry_points.select(group=group)
        return found


def find(plugin: str | object) -> Found:
    """Load the domain plugin that ``plugin`` names.

    Args:
        plugin: An entry-point name, the path of a ``.py`` file, a module name, or the plugin object itself.

    Raises:
        PluginError: If there is none, there are two, or it cannot be imported.
        MissingExtraError: If a library is missing that an extra installs.
    """
    if not isinstance(plugin, str):
        name = getattr(plugin, "__name__", type(plugin).__name__)
        version = str(getattr(plugin, "__version__", ""))
        return Found(plugin, "", "", "", version, str(getattr(plugin, "__module__", name)), f"plugin object {name}")
    if not plugin.strip():
        raise PluginError(f"no plugin was chosen; give --plugin NAME; installed: {_listing()}")
    points = [point for point in entry_points(DOMAIN_GROUP) if point.name == plugin]
    if len(points) > 1:
        who = " and ".join(f"{_distribution(p)} ({p.value})" for p in points)
        raise PluginError(f"plugin {plugin!r} is provided twice, by {who}; uninstall one of them")
    if points:
        return load_entry_point(points[0])
    if plugin.endswith(".py") or "/" in plugin or "\\" in plugin:
        return _load_file(Path(plugin))
    if plugin not in ANNOUNCED and _is_module(plugin):
        return _load_module(plugin)
    raise unknown_plugin(plugin)


def unknown_plugin(name: str) -> PluginError:
    """The error for a domain that is not installed, with near names and how to get it."""
    if name in ANNOUNCED:
        return PluginError(f"plugin {name!r}: this version does not have it; installed: {_listing()}")
    if Path(f"{name}.py").is_file():
        return PluginError(f"plugin {name!r} is not installed; for the file write --plugin ./{name}.py")
    names = [entry.name for entry in available_domains()]
    return PluginError(
        f"plugin {name!r} is not installed{did_you_mean(name, names)}; installed: {_listing()}; a domain of this "
        f"project comes with {install_hint('NAME')}, another's with its own distribution"
    )


def load_entry_point(point: EntryPoint) -> Found:
    """Import what an entry point names.

    Raises:
        PluginError: If it cannot be imported.
        MissingExtraError: If a library is missing that an extra installs.
    """
    source = f"plugin {point.name!r} of {_distribution(point)}"
    try:
        plugin = point.load()
    except Exception as error:
        raise import_failure(source, error, point.name, point) from error
    return Found(plugin, point.name, point.name, _distribution(point), _version(point), point.module, source)


def import_failure(
    source: str, error: BaseException, name: str = "", point: EntryPoint | None = None
) -> AsiEvolveError:
    """The one-line error for an exception while a plugin was imported; names the extra if a library is missing."""
    if isinstance(error, AsiEvolveError):
        return error
    if isinstance(error, ModuleNotFoundError) and error.name:
        library = error.name.partition(".")[0]
        distributions = [point.dist] if point is not None and point.dist is not None else []
        core = _core_distribution()
        extra = next(
            (e for e in (_extra_for(library, name, d) for d in [*distributions, core] if d is not None) if e), ""
        )
        if extra:
            return MissingExtraError(f"{source} needs {library!r}, which is not installed: {install_hint(extra)}")
        return PluginError(f"{source} cannot be imported: no module named {error.name!r}; install it first")
    return PluginError(f"{source} cannot be imported: {describe(error)}")


def describe(error: BaseException, module: str = "") -> str:
    """An exception on one line, with the place in the plugin where it was raised.

    Args:
        error: The exception.
        module: The plugin's module: the place named is the innermost one in its package, not in a library it called.
    """
    if isinstance(error, SyntaxError):
        return f"SyntaxError: {error.msg} ({Path(error.filename or '?').name}:{error.lineno})"
    text = " ".join(str(error).split()) + _near_keyword(error)
    trace = _place(error, module.partition(".")[0])
    where = f" ({Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno})" if trace is not None else ""
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"


def _place(error: BaseException, package: str) -> TracebackType | None:
    """The innermost frame of ``package``; the innermost of all where that has none."""
    trace = error.__traceback__
    own = last = None
    while trace is not None:
        last = trace
        if str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0] == package:
            own = trace
        trace = trace.tb_next
    return own or last


def _near_keyword(error: BaseException) -> str:
    """A hint where one of our records was made with a misspelt field; otherwise empty."""
    match = re.match(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", str(error))
    if not isinstance(error, TypeError) or match is None or "did you mean" in str(error).lower():
        return ""
    record = getattr(asi_evolve.domain, match[1], None) or getattr(asi_evolve.records, match[1], None)
    return did_you_mean(match[2], [one.name for one in fields(record)]) if is_dataclass(record) else ""


def _load_file(path: Path) -> Found:
    source = f"plugin file {path}"
    if path.is_dir():
        raise PluginError(f"{source} is a folder; give the .py file, or install the folder's distribution")
    if not path.is_file():
        raise PluginError(f"{source} does not exist")
    if path.suffix != ".py":
        raise PluginError(f"{source} is not a .py file")
    path = path.resolve()
    name = _module_name(path)
    module = _imported(name, path)
    if module is None:
        # After the other entries: a file beside the plugin can be imported but shadows nothing.
        if str(path.parent) not in sys.path:
            sys.path.append(str(path.parent))
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        # Records that the plugin makes are pickled by module name.
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            del sys.modules[name]
            raise import_failure(source, error) from error
    version = str(getattr(module, "__version__", ""))
    return Found(module, "", str(path), "", version, name, source)


def _module_name(path: Path) -> str:
    """The file's own name if nothing else is called so, else a name that cannot shadow anything.

    The same in every process, because what a plugin returns is pickled under it.
    """
    stem = re.sub(r"\W", "_", path.stem)
    if not path.stem.isidentifier():
        return f"asi_evolve_plugin_{stem}"
    try:
        spec = importlib.util.find_spec(stem)
    except (ImportError, ValueError, AttributeError):
        spec = None
    taken = spec is not None and spec.origin != str(path)
    return f"asi_evolve_plugin_{stem}" if taken else stem


def _imported(name: str, path: Path) -> ModuleType | None:
    module = sys.modules.get(name)
    return module if module is not None and getattr(module, "__file__", None) == str(path) else None


def _is_module(name: str) -> bool:
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    try:
        return importlib.util.find_spec(name.partition(".")[0]) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def _load_module(name: str) -> Found:
    source = f"plugin module {name!r}"
    try:
        module = importlib.import_module(name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and error.name and (name + ".").startswith(error.name + "."):
            raise unknown_plugin(name) from None
        raise import_failure(source, error) from error
    return Found(module, "", name, "", str(getattr(module, "__version__", "")), name, source)


def _listing() -> str:
    return ", ".join(entry.name for entry in available_domains()) or "none"


def _distribution(point: EntryPoint) -> str:
    return str(point.dist.name) if point.dist is not None else "an unknown distribution"


def _version(point: EntryPoint) -> str:
    return str(point.dist.version) if point.dist is not None else ""


def _extras(point: EntryPoint) -> Sequence[str]:
    if point.dist is None:
        return ()
    # Installers may have written `circle-packing` for the extra `circle_packing`.
    return [str(e).replace("-", "_") for e in point.dist.metadata.get_all("Provides-Extra") or ()]


def _core_distribution() -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(_CORE)
    except importlib.metadata.PackageNotFoundError:
        return None


def _extra_for(library: str, plugin: str, distribution: Any) -> str:
    """The extra of ``distribution`` that installs the module ``library``; the one called ``plugin`` first."""
    wanted = re.sub(r"[-_.]+", "_", library).lower()
    found: list[str] = []
    for requirement in distribution.requires or ():
        match = re.match(r"([A-Za-z0-9._-]+)[^;]*;.*extra\s*==\s*[\"']([^\"']+)[\"']", requirement)
        if match and re.sub(r"[-_.]+", "_", match.group(1)).lower() == wanted:
            found.append(match.group(2).replace("-", "_"))
    specific = [extra for extra in sorted(found) if extra not in ("all", "dev")] or sorted(found)
    return plugin if plugin in specific else (specific[0] if specific else "")
