"""The settings of a run that are not the default, and commands that repeat it or make its control."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePath
from shlex import quote
from typing import TYPE_CHECKING, Any

from asi_evolve.config import KEYS, Settings, to_json
from asi_evolve.records import Json

if TYPE_CHECKING:
    from asi_evolve.domain import Domain
    from asi_evolve.store import RunInfo

#: Said elsewhere in the report, or of no meaning to another person's machine.
_ELSEWHERE = frozenset({"plugin", "store.db", "run.seed", "run.rounds", "run.workers"})


def changed_settings(info: RunInfo, domain: Domain | None) -> dict[str, Json]:
    """Dotted key -> value, for the settings that differ from the core's and the domain's defaults."""
    defaults = flat(to_json(Settings()))
    if domain is not None:
        defaults |= {
            "run.backend": domain.default_backend,
            "run.stage": domain.stages[-1].name,
            "run.target": domain.target,
        }
    return {
        key: value
        for key, value in flat(info.config).items()
        if key not in _ELSEWHERE and value != defaults.get(key) and value is not None
    }


def command(
    info: RunInfo, domain: Domain | None, *, changes: Mapping[str, Json] | None = None, db: str | None = None
) -> str:
    """The ``asievolve run`` that makes this run again, with ``changes`` (dotted key -> value; None: the default)."""
    settings = {
        "run.rounds": info.rounds,
        "run.seed": info.seed,
        "run.workers": info.workers,
        **changed_settings(info, domain),
        **(changes or {}),
    }
    words = ["asievolve", "--plugin", plugin_name(info), "run"]
    if settings.get("proposer.name") == "random":
        settings = {key: value for key, value in settings.items() if not key.startswith(("proposer.", "sampler."))}
        settings["proposer.name"] = "random"
    for key, value in settings.items():
        if value is None:
            continue
        flag = KEYS[key].flag if key in KEYS else ""
        if flag.startswith("--no-"):
            words += [flag] if value is False else []
        elif flag.startswith("--") and isinstance(value, bool):
            words += [flag] if value else []
        elif flag.startswith("--"):
            words += [flag, _word(value)]
        elif flag.startswith("-p"):
            words += [word for name in value for word in ("-p", f"no:{name}")]
        else:
            words += ["--set", f"{key}={_word(value)}"]
    if db is not None:
        words += ["--db", db]
    return " ".join(quote(word) for word in words)


def plugin_name(info: RunInfo) -> str:
    """What to give to ``--plugin``: as it was given, but a file in another folder by its name only."""
    given = str(info.config.get("plugin") or info.plugin)
    return PurePath(given).name if PurePath(given).is_absolute() else given


def flat(data: Mapping[str, Json], prefix: str = "") -> dict[str, Json]:
    """Nested settings as dotted keys."""
    out: dict[str, Json] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and (not prefix or name in KEYS):
            out |= flat(value, f"{name}.")
        else:
            out[name] = value
    return out


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.17g}" if float(f"{value:.12g}") != value else f"{value:.12g}"
    return json.dumps(value)
