"""The options of ``run``, ``resume`` and ``fork``, each bound to its configuration key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: Parameter name -> dotted configuration key.
KEYS: dict[str, str] = {
    "rounds": "run.rounds",
    "seed": "run.seed",
    "workers": "run.workers",
    "proposer": "proposer.name",
    "sampler": "sampler.name",
    "llm": "llm",
    "backend": "run.backend",
    "stage": "run.stage",
    "target": "run.target",
    "executor": "executor.name",
    "gpus": "executor.gpus",
    "trust": "sandbox.trust",
    "ordered": "run.ordered",
    "budget_usd": "budget.usd",
    "budget_tokens": "budget.tokens",
    "wall": "budget.wall_s",
    "cpu_hours": "budget.cpu_hours",
    "sandbox": "sandbox.tier",
    "analyzer": "analyzer.name",
    "no_analyzer": "analyzer.enabled",
    "no_cognition": "cognition.enabled",
}

_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "rounds": click.option("--rounds", type=int, metavar="N", help="Rounds to make. Default: the domain's."),
    "seed": click.option("--seed", type=int, metavar="N", help="Seed of all randomness. Default: drawn and recorded."),
    "workers": click.option("--workers", type=int, metavar="N", help="Rounds at once. Default: the processor's cores."),
    "proposer": click.option(
        "--proposer", metavar="NAME", help="What writes candidates: grammar (default), random, llm, hybrid."
    ),
    "sampler": click.option(
        "--sampler",
        metavar="NAME",
        help="What chooses parents: ucb1 (default), greedy, random, map_elites, islands, top_k.",
    ),
    "llm": click.option(
        "--llm", metavar="NAME", help="Model for --proposer llm or --analyzer llm; otherwise none is used."
    ),
    "backend": click.option("--backend", metavar="NAME", help="Array library of the candidates: numpy, torch, jax."),
    "stage": click.option("--stage", metavar="NAME", help="Last stage that candidates may be promoted to."),
    "target": click.option("--target", type=float, metavar="VALUE", help="Stop once a valid value reaches this."),
    "executor": click.option("--executor", metavar="NAME", help="Where candidates run. Default: local."),
    "gpus": click.option("--gpus", type=int, metavar="N", help="Accelerators to use."),
    "trust": click.option(
        "--trust",
        type=click.Choice(["mine"]),
        help="mine: every candidate is your own code, so a weak isolation tier is accepted.",
    ),
    "ordered": click.option(
        "--ordered", is_flag=True, help="Make several workers reproducible, at some cost in speed."
    ),
    "budget_usd": click.option("--budget-usd", type=float, metavar="USD", help="Stop at this cost of models."),
    "budget_tokens": click.option("--budget-tokens", type=int, metavar="N", help="Stop at this many model tokens."),
    "wall": click.option("--wall", type=float, metavar="SECONDS", help="Stop after this much wall time."),
    "cpu_hours": click.option(
        "--cpu-hours", type=float, metavar="HOURS", help="Stop after this much CPU time of candidates."
    ),
    "sandbox": click.option("--sandbox", metavar="TIER", help="Isolation tier: auto (default), A to F."),
    "analyzer": click.option(
        "--analyzer",
        metavar="NAME",
        help="Who writes the reports: rules, llm, or auto (default): llm where a model proposes, else rules.",
    ),
    "no_analyzer": click.option("--no-analyzer", is_flag=True, help="Write no analyses and learn no lessons."),
    "no_cognition": click.option("--no-cognition", is_flag=True, help="Do without the knowledge base."),
    "sets": click.option(
        "--set",
        "sets",
        metavar="KEY=VALUE",
        multiple=True,
        help="Any setting, for example domain.cpu_seconds=2. Repeatable. `asievolve config` lists them.",
    ),
}

#: Options that a resumed run accepts; the others would make it another run.
RESUME = (
    *("rounds", "workers", "target", "ordered", "executor", "gpus", "sandbox", "trust"),
    *("budget_usd", "budget_tokens", "wall", "cpu_hours", "sets"),
)
#: Where a replay runs is its own affair; everything else is as recorded.
REPLAY = ("executor", "gpus", "sandbox", "trust")
FORK = tuple(name for name in _OPTIONS if name != "backend")
RUN = tuple(_OPTIONS)


def run_options(names: tuple[str, ...]) -> Callable[[F], F]:
    """Add the named options to a command; their values arrive as keyword arguments."""

    def decorate(function: F) -> F:
        for name in reversed(names):
            function = _OPTIONS[name](function)
        return function

    return decorate


def to_flags(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as dotted configuration keys (``--no-x`` as False)."""
    flags: dict[str, Any] = {}
    for name, value in values.items():
        if value is None or value is False or name not in KEYS:
            continue
        flags[KEYS[name]] = False if name.startswith("no_") else value
    return flags


def sets_to_overrides(sets: tuple[str, ...]) -> dict[str, str]:
    """``KEY=VALUE`` texts as a mapping; the values are parsed where they are used."""
    overrides = {}
    for text in sets:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"--set {text!r}: must have the form KEY=VALUE, for example run.workers=1")
        overrides[key.strip()] = value.strip()
    return overrides
