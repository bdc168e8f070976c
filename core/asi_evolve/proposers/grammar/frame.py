"""What a domain and backend give to the grammar: slots, blocks and a frame to put them into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asi_evolve.domain import Domain, Slot
from asi_evolve.errors import ConfigError, did_you_mean
from asi_evolve.proposers.grammar.program import Program
from asi_evolve.source.blocks import BlockBook
from asi_evolve.source.tree import SourceError, read


@dataclass(frozen=True, slots=True)
class Grammar:
    """The grammar of one backend of a domain."""

    slots: tuple[Slot, ...]
    book: BlockBook
    entry: str
    frame: Program
    """The first seed program."""
    domain: str

    @staticmethod
    def of(domain: Domain, backend: str) -> Grammar:
        """Read a domain.

        Raises:
            ConfigError: If the backend is unknown, or the domain has no slots or no blocks for it.
            SourceError: If a block or the seed program is broken.
        """
        if backend not in domain.backends:
            raise ConfigError(
                f"--backend: {domain.name} has no backend {backend!r}{did_you_mean(backend, domain.backends)}; "
                f"it has {', '.join(sorted(domain.backends))}"
            )
        given = domain.backends[backend]
        if not domain.slots or not given.blocks:
            raise ConfigError(
                f"--proposer: {domain.name} declares no {'building blocks' if domain.slots else 'slots'} for "
                f"{backend}, so there is no grammar; use another proposer or give the domain blocks"
            )
        book = BlockBook(domain.slots, given.blocks)
        keep: set[str] = set()
        for files in given.seeds.values():
            module = read(files[given.entry])
            keep |= {name for name in module.definitions if name.startswith("_")}
        name, files = next(iter(given.seeds.items()))
        frame = Program(dict(files), given.entry, book, frozenset(keep))
        missing = [slot.name for slot in domain.slots if slot.name not in frame.blocks]
        if missing:
            raise SourceError(f"seed program {name!r} of {domain.name} does not define the slot {missing[0]!r}")
        return Grammar(tuple(domain.slots), book, given.entry, frame, domain.name)

    def program(self, files: Mapping[str, str]) -> Program:
        """A candidate's files as a program of this grammar."""
        return Program(dict(files), self.entry, self.book, self.frame.keep)
