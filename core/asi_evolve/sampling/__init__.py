"""Samplers: which past experiments the next proposal starts from.

Each sampler is a set of pure functions over an explicit, small, JSON-able state (:mod:`.protocol`), so that it is
saved with the run and a resumed run goes on exactly. ``docs/explanation/samplers.md`` says when to use which.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from asi_evolve.errors import ConfigError, did_you_mean
from asi_evolve.sampling.protocol import Sampler, Selection, State

if TYPE_CHECKING:
    from asi_evolve.domain import Domain

#: ``factory(options, domain) -> Sampler``: what ``register_samplers`` registers too.
Factory = Callable[[Mapping[str, Any], "Domain | None"], Sampler]


# The imports are inside the functions so that listing the names loads no numpy.
def _ucb1(options: Mapping[str, Any], domain: Domain | None) -> Sampler:
    from asi_evolve.sampling.inspirations import features_of
    from asi_evolve.sampling.options import read_options
    from asi_evolve.sampling.ucb1 import Ucb1, Ucb1Options

    return Ucb1(read_options("ucb1", Ucb1Options, options), features_of(domain))


def _greedy(options: Mapping[str, Any], domain: Domain | None) -> Sampler:
    from asi_evolve.sampling.greedy import Greedy, GreedyOptions
    from asi_evolve.sampling.inspirations import features_of
    from asi_evolve.sampling.options import read_options

    return Greedy(read_options("greedy", GreedyOptions, options), features_of(domain))


def _random(options: Mapping[str, Any], domain: Domain | None) -> Sampler:
    from asi_evolve.sampling.options import read_options
    from asi_evolve.sampling.random import Random, RandomOptions

    return Random(read_options("random", RandomOptions, options))


def _map_elites(options: Mapping[str, Any], domain: Domain | None) -> Sampler:
    from asi_evolve.sampling.map_elites import MapElites, MapElitesOptions
    from asi_evolve.sampling.options import read_options

    return MapElites(
        read_options("map_elites", MapElitesOptions, options), domain.features if domain is not None else ()
    )


def _islands(options: Mapping[str, Any], domain: Domain | None) -> Sampler:
    from asi_evolve.sampling.inspirations import features_of
    from asi_evolve.sampling.islands import Islands, IslandsOptions
    from asi_evolve.sampling.options import read_options

    return Islands(read_options("islands", IslandsOptions, options), features_of(domain))


def _top_k(options: Mapping[str, Any], domain: Domain | None) -> Sampler:
    from asi_evolve.sampling.options import read_options
    from asi_evolve.sampling.top_k import TopK, TopKOptions

    return TopK(read_options("top_k", TopKOptions, options))


#: The samplers that come with the core, by the name used in ``--sampler`` and ``[sampler] name``.
BUILTIN: Mapping[str, Factory] = {
    "ucb1": _ucb1,
    "greedy": _greedy,
    "random": _random,
    "map_elites": _map_elites,
    "islands": _islands,
    "top_k": _top_k,
}


def make_sampler(
    name: str,
    options: Mapping[str, Any],
    domain: Domain | None,
    registered: Mapping[str, Factory] | None = None,
) -> Sampler:
    """The sampler called ``name``.

    Args:
        name: a key of :data:`BUILTIN` or of ``registered``.
        options: the keys under ``[sampler]`` beside ``name``.
        domain: gives the axes of behaviour; None where there is no domain.
        registered: factories that plugins registered; a built-in name wins.

    Raises:
        ConfigError: no sampler has that name, or an option is unknown or out of range.
    """
    known = {**(registered or {}), **BUILTIN}
    if name not in known:
        raise ConfigError(
            f"[sampler] name = {name!r}: there is no such sampler{did_you_mean(name, known)}; choose one of: "
            f"{', '.join(sorted(known))}"
        )
    return known[name](options, domain)


__all__ = ["BUILTIN", "Factory", "Sampler", "Selection", "State", "make_sampler"]
