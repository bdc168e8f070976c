"""Fill in a domain's configuration class from the ``[domain]`` table, with typed checks."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from asi_evolve.domain import Domain
from asi_evolve.errors import AsiEvolveError, ConfigError, did_you_mean
from asi_evolve.records import Json

_SEQUENCES = (list, tuple, Sequence)


def domain_config(domain: Domain, raw: Mapping[str, Json], origins: Mapping[str, str] | None = None) -> Any:
    """An instance of ``domain.config`` with the keys of ``[domain]``.

    Field types may be bool, int, float, str, Path, ``Literal``, lists or tuples of those, and ``| None``; others take
    the value as it is. A field's metadata may bound it: ``field(default=2, metadata={"low": 1, "high": 9})``.

    Args:
        domain: The loaded domain.
        raw: ``Settings.domain``.
        origins: ``Resolved.origins``, so that an error can say where the value was given.

    Returns:
        The instance; None if the domain has no configuration class.

    Raises:
        ConfigError: For an unknown key or a wrong value.
    """

    def origin(name: str) -> str:
        return (origins or {}).get(f"domain.{name}") or f"[domain] {name}"

    cls = domain.config
    if cls is None:
        for name in sorted(raw):
            raise ConfigError(f"{origin(name)}: the domain {domain.name!r} has no settings; remove it")
        return None
    if not dataclasses.is_dataclass(cls):
        raise ConfigError(f"domain {domain.name!r}: config must be a dataclass, not {cls!r}")
    known = {one.name: one for one in dataclasses.fields(cls) if one.init}
    try:
        hints = get_type_hints(cls)
    except Exception:
        # An annotation that only a type checker can resolve; its field is then taken as it is.
        hints = {}
    values: dict[str, Any] = {}
    for name in sorted(raw):
        if name not in known:
            listing = ", ".join(sorted(known)) or "none"
            near = did_you_mean(name, known)
            raise ConfigError(
                f"{origin(name)}: the domain {domain.name!r} has no such setting{near}; it has: {listing}"
            )
        value = _coerce(raw[name], hints.get(name, Any), origin(name))
        _check_bounds(value, known[name].metadata, origin(name))
        values[name] = value
    try:
        return cls(**values)
    except AsiEvolveError:
        raise
    except Exception as error:
        # A rule of the class's own (__post_init__), which knows what it expects but not who gave it.
        where = ", ".join(origin(name) for name in sorted(values)) or "[domain]"
        raise ConfigError(f"{where}: {' '.join(str(error).split()) or type(error).__name__}") from error


def _coerce(value: Json, wanted: Any, origin: str) -> Any:
    kind = get_origin(wanted)
    if kind in (Union, types.UnionType):
        return _coerce_union(value, get_args(wanted), origin)
    if kind is Literal:
        choices = get_args(wanted)
        for choice in choices:
            if choice == value and isinstance(choice, bool) == isinstance(value, bool):
                return choice
            # `--set domain.size=26` is read as a number where the choice is text.
            if isinstance(choice, str) and not isinstance(value, bool) and str(value) == choice:
                return choice
        listing = ", ".join(repr(choice) for choice in choices)
        raise ConfigError(
            f"{origin}: must be one of {listing}, not {value!r}{did_you_mean(str(value), map(str, choices))}"
        )
    if kind in _SEQUENCES or wanted in (list, tuple):
        return _coerce_sequence(value, wanted, kind or wanted, origin)
    if wanted is bool:
        if isinstance(value, bool):
            return value
        raise ConfigError(f"{origin}: must be true or false, not {value!r}")
    if wanted is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise ConfigError(f"{origin}: must be a whole number, not {value!r}")
    if wanted is float:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        raise ConfigError(f"{origin}: must be a number, not {value!r}")
    if wanted in (str, Path):
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return wanted(value if isinstance(value, str) else str(value))
        raise ConfigError(f"{origin}: must be text, not {value!r}")
    return value


def _coerce_union(value: Json, options: tuple[Any, ...], origin: str) -> Any:
    if value is None or (isinstance(value, str) and value.lower() == "none" and str not in options):
        if type(None) in options:
            return None
        raise ConfigError(f"{origin}: must not be empty")
    rest = [option for option in options if option is not type(None)]
    first: ConfigError | None = None
    for option in rest:
        try:
            return _coerce(value, option, origin)
        except ConfigError as error:
            first = first or error
    assert first is not None
    raise first


def _coerce_sequence(value: Json, wanted: Any, kind: Any, origin: str) -> Any:
    if not isinstance(value, (list, tuple)):
        raise ConfigError(f"{origin}: must be a list, not {value!r}")
    arguments = get_args(wanted)
    if kind is tuple and arguments and not (len(arguments) == 2 and arguments[1] is Ellipsis):
        if len(arguments) != len(value):
            raise ConfigError(f"{origin}: must have {len(arguments)} items, not {len(value)}")
        return tuple(_coerce(item, want, origin) for item, want in zip(value, arguments, strict=True))
    item_type = arguments[0] if arguments else Any
    items = [_coerce(item, item_type, origin) for item in value]
    return items if kind is list else tuple(items)


def _check_bounds(value: Any, metadata: Mapping[str, Any], origin: str) -> None:
    choices = metadata.get("choices")
    if choices and value not in choices:
        listing = ", ".join(repr(choice) for choice in choices)
        raise ConfigError(
            f"{origin}: must be one of {listing}, not {value!r}{did_you_mean(str(value), map(str, choices))}"
        )
    low, high = metadata.get("low"), metadata.get("high")
    if isinstance(value, (int, float)) and ((low is not None and value < low) or (high is not None and value > high)):
        bounds = (
            f"from {low} to {high}"
            if low is not None and high is not None
            else (f"of at least {low}" if low is not None else f"of at most {high}")
        )
        raise ConfigError(f"{origin}: must be a number {bounds}, not {value!r}")
