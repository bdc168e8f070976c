"""The domain that a recorded run was made with, and what changed between two of its programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asi_evolve.errors import AsiEvolveError

if TYPE_CHECKING:
    from asi_evolve.domain import Domain, Slot
    from asi_evolve.plugins import Plugins
    from asi_evolve.records import Experiment
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
    from asi_evolve.source.blocks import BlockBook
    from asi_evolve.source.diff import changes

    slots: tuple[Slot, ...] = ()
    book = None
    try:
        if domain is not None:
            slots = domain.slots
            backend = domain.backends.get(after.candidate.backend)
            book = BlockBook(slots, backend.blocks) if backend is not None else None
        return changes(before.candidate.files, after.candidate.files, slots, after.candidate.entry, book)
    except (AsiEvolveError, SyntaxError, ValueError):
        return []
