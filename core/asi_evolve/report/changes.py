"""The domain that a recorded run was made with, and what changed between two of its programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asi_evolve.errors import AsiEvolveError

if TYPE_CHECKING:
    from asi_evolve.domain import Domain, Slot
    from asi_evolve.plugins import Plugins
    from asi_evolve.records import Candidate, Experiment
    from asi_evolve.source.diff import Change
    from asi_evolve.store import RunInfo


def plugins_of(info: RunInfo) -> Plugins:
    """The plugins of a recorded run, with the domain configured as it was then.

    Raises:
        UsageError: If the plugin is not installed here any more or refuses the recorded settings.
    """
    from asi_evolve.config import domain_config, from_json
    from asi_evolve.plugins import load_plugins

    settings = from_json(info.config)
    plugins = load_plugins(settings.plugin or info.plugin, disabled=settings.plugins.disable)
    return plugins.with_domain(domain_config(plugins.domain, settings.domain))


def changes_between(before: Experiment, after: Experiment, domain: Domain | None) -> list[Change]:
    """What differs between two programs: slots with the names of their blocks, constants, steps, other code.

    Without the domain everything but constants is other code. Empty where a source does not parse.
    """
    return candidate_changes(before.candidate, after.candidate, domain)


def candidate_changes(before: Candidate, after: Candidate, domain: Domain | None) -> list[Change]:
    """The same for programs that were given as they are. Slots are those that the grammar works on: where a domain
    names none, the functions of its seed programs.
    """
    from asi_evolve.source.blocks import BlockBook
    from asi_evolve.source.diff import changes

    slots: tuple[Slot, ...] = ()
    book = None
    try:
        if domain is not None and after.backend in domain.backends:
            seen = _as_the_grammar_sees(domain, after.backend)
            slots = seen.slots
            book = BlockBook(slots, seen.backends[after.backend].blocks)
        return changes(before.files, after.files, slots, after.entry, book)
    except (AsiEvolveError, SyntaxError, ValueError):
        return []


def _as_the_grammar_sees(domain: Domain, backend: str) -> Domain:
    from asi_evolve.errors import ConfigError
    from asi_evolve.proposers.grammar.implied import with_implied_slots

    try:
        return with_implied_slots(domain, backend)
    except ConfigError:
        return domain
