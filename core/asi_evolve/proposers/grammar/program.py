"""A candidate program as the grammar sees it: which block each slot holds, and its constants. Immutable."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from asi_evolve.domain import Block, Slot
from asi_evolve.records import Json
from asi_evolve.source.blocks import ARROW, UNKNOWN, BlockBook
from asi_evolve.source.constants import Constant, read_constants, set_constants
from asi_evolve.source.normalise import program_hash
from asi_evolve.source.slots import (
    foreign_names,
    read_sequence,
    read_slots,
    replace_slot,
    replace_slots,
    slot_imports,
    write_sequence,
)
from asi_evolve.source.tree import SourceError, read


@dataclass(frozen=True, slots=True)
class Program:
    """Files of a candidate; only the entry is edited.

    All methods that return a Program raise SourceError when the edit cannot be made.
    """

    files: Mapping[str, str]
    entry: str
    book: BlockBook
    keep: frozenset[str] = frozenset()
    """Private names of the domain's frame, which blocks may rely on."""

    @property
    def source(self) -> str:
        """The entry file."""
        return self.files[self.entry]

    @property
    def blocks(self) -> dict[str, str]:
        """Slot -> block name, ``unknown``, or the steps of a sequence."""
        return self.book.identify(self.source)

    @property
    def digest(self) -> str:
        """The normalised hash of the whole program."""
        return program_hash(self.files)

    def slot_text(self, slot: str) -> str:
        """Source of a slot with its helpers."""
        return read_slots(self.source, [self._slot(slot)])[slot]

    def constants(self, slot: str) -> list[Constant]:
        """The constants of a slot, helpers included; empty if the slot is not there."""
        if slot not in self.blocks:
            return []
        return read_constants(self.slot_text(slot))

    def steps(self, slot: str) -> list[str]:
        """Step names of a sequence."""
        return read_sequence(self.source, self._slot(slot))

    def with_block(self, block: Block) -> Program:
        """The slot's definition exchanged for the block's, constants at their defaults."""
        slot = self._slot(block.slot)
        return self._with(replace_slot(self.source, slot, block.source, block.imports, keep=self.keep))

    def with_sources(self, new: Mapping[str, str], imports: Iterable[str]) -> Program:
        """Several function or class slots exchanged at once: slot -> source."""
        return self._with(replace_slots(self.source, new, imports, keep=self.keep))

    def with_slot_of(self, other: Program, slot: str) -> Program:
        """The slot's definition, or all steps of a sequence, as another program has them."""
        declared = self._slot(slot)
        foreign = foreign_names(other.source, declared, self.source)
        if foreign:
            raise SourceError(f"slot {slot!r} needs {foreign[0]!r}, which the program does not define")
        imports = slot_imports(other.source, declared)
        if declared.kind == "sequence":
            steps = other.steps(slot)
            return self._with(
                write_sequence(self.source, declared, steps, other._step_sources(steps), imports, keep=self.keep)
            )
        return self._with(replace_slot(self.source, declared, other.slot_text(slot), imports, keep=self.keep))

    def with_steps(self, slot: str, steps: Sequence[str], new: Collection[Block] = ()) -> Program:
        """Other steps in a sequence; ``new`` are the blocks whose functions are not there yet."""
        sources = {self.book.step_name(slot, block): block.source for block in new}
        imports = [line for block in new for line in block.imports]
        return self._with(write_sequence(self.source, self._slot(slot), list(steps), sources, imports, keep=self.keep))

    def with_constants(self, values: Mapping[str, Json]) -> Program:
        """Some constants set."""
        return self._with(set_constants(self.source, values))

    def _step_sources(self, steps: Sequence[str]) -> dict[str, str]:
        slots = [Slot(step) for step in dict.fromkeys(steps) if step in read(self.source).definitions]
        return read_slots(self.source, slots)

    def _slot(self, name: str) -> Slot:
        return next(slot for slot in self.book.slots if slot.name == name)

    def _with(self, source: str) -> Program:
        return replace(self, files={**self.files, self.entry: source})


def split_steps(held: str) -> list[str]:
    """The steps in an identified sequence."""
    return [step for step in held.split(ARROW) if step]


def known(held: str | None) -> bool:
    """Whether a slot holds a block with a name."""
    return held is not None and held != UNKNOWN
