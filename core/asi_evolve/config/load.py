"""Bring the layers together: flag or ``--set`` > environment > project file > domain's default > core default.

The domain's defaults (rounds, backend, target) are filled in by the run, when the domain is loaded: here they are
None, with the origin ``default``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asi_evolve.config.keys import KEYS, environment_name
from asi_evolve.config.settings import OPEN_TABLES, TABLES, Settings
from asi_evolve.errors import ConfigError, did_you_mean
from asi_evolve.records import Json

#: The project file that is read from the working directory.
PROJECT_FILE = "asievolve.toml"

#: Variables with our prefix that are not settings.
RESERVED_VARIABLES = ("ASIEVOLVE_DEBUG",)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Settings, and for each dotted key where its value came from."""

    settings: Settings
    origins: Mapping[str, str] = field(default_factory=dict)
    """``default``, ``--rounds``, ``--set run.rounds``, ``ASIEVOLVE_RUN_ROUNDS``, ``asievolve.toml:3: [run] rounds``."""
    config_file: Path | None = None
    """The project file that was read, if any."""


def load_settings(
    flags: Mapping[str, Any] | None = None,
    sets: Sequence[str] = (),
    config_file: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Resolved:
    """Resolve the settings of a command.

    Args:
        flags: Dotted key -> value of each option that was given; None values are left out.
        sets: ``KEY=VALUE`` texts of ``--set``; a key given twice has its last value.
        config_file: The file of ``--config``; without it ``asievolve.toml`` in ``cwd``, if there is one.
        env: Environment variables; those that start with ``ASIEVOLVE_`` count, empty ones do not.
        cwd: The working directory; None means the process's own.

    Raises:
        ConfigError: For an unknown key, a wrong value, or an unreadable or malformed file.
    """
    values: dict[str, Json] = {}
    origins: dict[str, str] = {}
    path = config_file if config_file is not None else (cwd or Path.cwd()) / PROJECT_FILE
    read = config_file is not None or path.is_file()
    if read:
        _merge(values, origins, _from_file(path))
    _merge(values, origins, _from_environment(env or {}))
    _merge(values, origins, _from_command(flags or {}, sets))
    return Resolved(_build(values, origins), _all_origins(origins), path if read else None)


def override(
    settings: Settings, flags: Mapping[str, Any] | None = None, sets: Sequence[str] = (), *, origin: str = "the run"
) -> Resolved:
    """``settings`` (of a stored run) with some keys changed by options.

    Args:
        settings: The settings to start from.
        flags: As in :func:`load_settings`.
        sets: As in :func:`load_settings`.
        origin: What the unchanged keys' origin is called.

    Raises:
        ConfigError: As :func:`load_settings`.
    """
    values = {
        key: tuple(value) if key in KEYS and isinstance(value, list) else value
        for key, value in _flatten(to_json(settings)).items()
    }
    origins = dict.fromkeys(values, origin)
    _merge(values, origins, _from_command(flags or {}, sets))
    return Resolved(_build(values, origins), _all_origins(origins))


def to_json(settings: Settings) -> dict[str, Json]:
    """Settings as nested JSON values, in the shape of the project file."""
    out: dict[str, Json] = {"plugin": settings.plugin, "llm": settings.llm}
    for table in TABLES:
        section = getattr(settings, table)
        rows = {
            key.split(".", 1)[1]: getattr(section, key.split(".", 1)[1]) for key in KEYS if key.startswith(table + ".")
        }
        out[table] = {name: list(value) if isinstance(value, tuple) else value for name, value in rows.items()}
        out[table].update(getattr(section, "options", {}))
    out["domain"] = dict(settings.domain)
    return out


def from_json(data: Mapping[str, Json]) -> Settings:
    """The inverse of :func:`to_json`. Keys that are missing take their default.

    Raises:
        ConfigError: For an unknown key or a wrong value.
    """
    values: dict[str, Json] = {}
    for key, value in _flatten(data).items():
        origin = f"stored configuration: {key}"
        values[key] = _checked(key, value, origin, text=False)
    # Runs of a version that had one analyzer only go on with it, and are replayed with it.
    values.setdefault("analyzer.name", "rules")
    return _build(values, {key: f"stored configuration: {key}" for key in values})


_Layer = dict[str, tuple[Json, str]]


def _merge(values: dict[str, Json], origins: dict[str, str], layer: _Layer) -> None:
    for key, (value, origin) in layer.items():
        if key == "plugins.disable" and values.get(key):
            # Adds up: `-p no:x` does not bring back what the project file turned off.
            value = tuple(dict.fromkeys((*values[key], *value)))
            origin = f"{origins[key]}, {origin}"
        values[key], origins[key] = value, origin


def _flatten(data: Mapping[str, Json]) -> dict[str, Json]:
    flat: dict[str, Json] = {}
    for name, value in data.items():
        if isinstance(value, Mapping) and (name in TABLES or name in OPEN_TABLES):
            flat.update({f"{name}.{inner}": item for inner, item in value.items()})
        else:
            flat[name] = value
    return flat


def _checked(key: str, value: Any, origin: str, *, text: bool) -> Json:
    """The value of ``key`` after its checks; for an open table's own key the value as it is."""
    known = KEYS.get(key)
    if known is not None:
        return known.read(value, origin, text=text)
    table, _, name = key.partition(".")
    if not name and (table in TABLES or table in OPEN_TABLES):
        first = "name" if f"{table}.name" in KEYS else "KEY"
        raise ConfigError(f"{origin}: {table!r} is a table; set {table}.{first} instead")
    if table in OPEN_TABLES and name:
        return _toml_value(value) if text and isinstance(value, str) else value
    near = _suggest(key)
    raise ConfigError(f"{origin}: unknown setting {key!r}{near or '; `asievolve config` lists all settings'}")


def _suggest(key: str) -> str:
    known = [*KEYS, "domain.KEY"]
    near = did_you_mean(key, known)
    if near:
        return near
    # A key that was given without its table: `rounds` for `run.rounds`.
    last = key.rpartition(".")[2]
    same = [name for name in KEYS if name.rpartition(".")[2] == last]
    return f" (did you mean {' or '.join(repr(n) for n in same)}?)" if same else ""


def _toml_value(text: str) -> Json:
    """``text`` as a TOML value if it is a number, boolean, quoted text or list of those; else the text itself."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    value = parsed.get("value")
    if len(parsed) != 1 or not _is_json(value):
        return text
    return value


def _is_json(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_is_json(item) for item in value)
    if isinstance(value, dict):
        return all(_is_json(item) for item in value.values())
    return isinstance(value, (bool, int, float, str))


def _from_command(flags: Mapping[str, Any], sets: Sequence[str]) -> _Layer:
    layer: _Layer = {}
    for text in sets:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            raise ConfigError(f"--set {text!r}: must have the form KEY=VALUE, for example run.rounds=10")
        origin = f"--set {key}"
        layer[key] = (_checked(key, value.strip(), origin, text=True), origin)
    for key, value in flags.items():
        if value is None:
            continue
        known = KEYS.get(key)
        origin = known.flag if known is not None and known.flag else f"option {key}"
        checked = _checked(key, value, origin, text=True)
        if key in layer and layer[key][0] != checked:
            raise ConfigError(f"{origin} and --set {key} give different values; keep one of them")
        layer[key] = (checked, origin)
    return layer


def _from_environment(env: Mapping[str, str]) -> _Layer:
    by_variable = {environment_name(key): key for key in KEYS}
    layer: _Layer = {}
    for variable in sorted(env):
        value = env[variable]
        if not variable.startswith("ASIEVOLVE_") or variable in RESERVED_VARIABLES or not value.strip():
            continue
        key = by_variable.get(variable)
        if key is None:
            table, _, name = variable.removeprefix("ASIEVOLVE_").lower().partition("_")
            if table not in OPEN_TABLES or not name:
                near = did_you_mean(variable, by_variable)
                raise ConfigError(f"{variable}: no setting has this environment variable{near or '; unset it'}")
            key = f"{table}.{name}"
        layer[key] = (_checked(key, value, variable, text=True), variable)
    return layer


def _from_file(path: Path) -> _Layer:
    try:
        source = path.read_text(encoding="utf-8")
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: not valid TOML: {error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name}: not UTF-8 text; save it as UTF-8") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a thousand brackets
        raise ConfigError(f"{path.name}: cannot be read as TOML: {str(error).partition(';')[0]}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from None
    for name, value in data.items():
        if isinstance(value, dict) and name not in TABLES and name not in OPEN_TABLES:
            tables = sorted({*TABLES, *OPEN_TABLES})
            line = _line_of(source, "", name)
            near = did_you_mean(name, tables) or f"; tables: {', '.join(tables)}"
            raise ConfigError(f"{path.name}{f':{line}' if line else ''}: there is no table [{name}]{near}")
    layer: _Layer = {}
    for key, value in _flatten(data).items():
        table, _, name = key.rpartition(".")
        line = _line_of(source, table, name)
        where = f"{path.name}{f':{line}' if line else ''}: {f'[{table}] ' if table else ''}{name}"
        if not _is_json(value):
            raise ConfigError(f"{where}: must be a number, text, true, false or a list of those, not {value!r}")
        layer[key] = (_checked(key, value, where, text=False), where)
    return layer


def _line_of(source: str, table: str, name: str) -> int | None:
    """The 1-based line where ``name`` is set in ``[table]``; None if it is written in a way not followed here."""
    current = ""
    for number, line in enumerate(source.splitlines(), start=1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        if header:
            current = header.group(1).strip().strip("\"'")
            if not table and current == name:
                return number
            continue
        assigned = re.match(r"\s*([\w\"'.-]+)\s*=", line)
        if assigned:
            written = assigned.group(1).replace('"', "").replace("'", "")
            if (f"{current}.{written}" if current else written) == (f"{table}.{name}" if table else name):
                return number
    return None


def _build(values: Mapping[str, Json], origins: Mapping[str, str]) -> Settings:
    if values.get("proposer.name") == "hybrid":
        raise ConfigError(
            f"{origins.get('proposer.name', 'proposer.name')}: 'hybrid': this version has no hybrid proposer yet; "
            "choose llm, grammar or random"
        )
    sections: dict[str, dict[str, Json]] = {table: {} for table in TABLES}
    options: dict[str, dict[str, Json]] = {table: {} for table in OPEN_TABLES}
    top: dict[str, Json] = {}
    for key, value in values.items():
        table, _, name = key.partition(".")
        if not name:
            top[key] = value
        elif key in KEYS:
            sections[table][name] = value
        else:
            options[table][name] = value
    built: dict[str, Any] = {}
    for table, cls in TABLES.items():
        extra = {"options": options[table]} if table in OPEN_TABLES else {}
        built[table] = cls(**sections[table], **extra)
    return Settings(**top, **built, domain=options["domain"])


def _all_origins(given: Mapping[str, str]) -> dict[str, str]:
    extra = sorted(key for key in given if key not in KEYS)
    return {key: given.get(key, "default") for key in [*KEYS, *extra]}
