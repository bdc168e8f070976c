"""Reading a sampler's options: frozen dataclasses with ranges, and errors that name the key."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from asi_evolve.errors import ConfigError, did_you_mean

T = TypeVar("T")


def option(default: Any, low: float | None = None, high: float | None = None) -> Any:
    """A dataclass field with an inclusive range; its type is the type of ``default``."""
    return dataclasses.field(default=default, metadata={"low": low, "high": high})


def read_options(sampler: str, kind: type[T], options: Mapping[str, Any]) -> T:
    """Fill the options dataclass ``kind`` of ``sampler`` from the keys under ``[sampler]``.

    Raises:
        ConfigError: an unknown key, a wrong type or a value outside its range.
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key in sorted(options):
        if key not in fields:
            takes = ", ".join(sorted(fields)) or "no options"
            raise ConfigError(
                f"[sampler] unknown key {key!r} for sampler {sampler!r}{did_you_mean(key, fields)}; it takes: {takes}"
            )
        values[key] = _value(sampler, fields[key], options[key])
    return kind(**values)


def _value(sampler: str, field: dataclasses.Field[Any], value: Any) -> Any:
    default = field.default
    where = f"[sampler] {field.name} = {value!r} for sampler {sampler!r}"
    if isinstance(default, tuple):
        if isinstance(value, str) or not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            raise ConfigError(f'{where}: give a list of names, for example ["a", "b"]')
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigError(f"{where}: give a number")
    if isinstance(default, int) and not (isinstance(value, int) or value.is_integer()):
        raise ConfigError(f"{where}: give a whole number")
    number = int(value) if isinstance(default, int) else float(value)
    low, high = field.metadata.get("low"), field.metadata.get("high")
    if not (low is None or number >= low) or not (high is None or number <= high):
        raise ConfigError(f"{where}: give a number {_range(low, high)}")
    return number


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return f"of {low:g} or more"
    return f"from {low:g} to {high:g}" if low is not None else f"of {high:g} or less"
