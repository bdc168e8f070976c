"""Which building block each slot of a program holds, whoever wrote the program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from asi_evolve.domain import Block, Slot
from asi_evolve.source.normalise import nodes_hash
from asi_evolve.source.slots import read_sequence
from asi_evolve.source.tree import Module, SourceError, read

#: What a slot holds when no block's source matches.
UNKNOWN = "unknown"
#: Between the steps of a sequence, where it is written as one word.
ARROW = " > "


@dataclass(frozen=True, slots=True)
class _Shape:
    block: Block
    name: str
    """What it defines: the slot's name, or a step's."""
    own: str
    helpers: tuple[tuple[str, str], ...]


class BlockBook:
    """The building blocks of one backend, found again in programs by the shape of their definitions.

    A definition matches a block when their normalised syntax trees are equal with the values of tunable constants
    left out, and the same holds for each private helper that the block brings.

    Args:
        slots: The domain's slots.
        blocks: The backend's blocks.

    Raises:
        SourceError: If a block's slot is unknown, or its source does not define what it must.
    """

    def __init__(self, slots: Iterable[Slot], blocks: Iterable[Block]) -> None:
        self.slots: tuple[Slot, ...] = tuple(slots)
        known = {slot.name: slot for slot in self.slots}
        self._by_slot: dict[str, list[Block]] = {slot.name: [] for slot in self.slots}
        self._shapes: dict[tuple[str, str], list[_Shape]] = {}
        self._step: dict[str, dict[str, Block]] = {slot.name: {} for slot in self.slots if slot.kind == "sequence"}
        for block in blocks:
            if block.slot not in known:
                raise SourceError(f"block {block.name!r} names the slot {block.slot!r}, which the domain does not have")
            shape = _shape(block, known[block.slot])
            if any(other.name == block.name for other in self._by_slot[block.slot]):
                raise SourceError(f"slot {block.slot!r} has two blocks called {block.name!r}; rename one")
            self._by_slot[block.slot].append(block)
            self._shapes.setdefault((block.slot, shape.own), []).append(shape)
            if block.slot in self._step:
                self._step[block.slot][shape.name] = block
        self._identify = lru_cache(maxsize=256)(self._identified)

    def of(self, slot: str) -> tuple[Block, ...]:
        """The blocks of a slot, in the order in which they were declared."""
        return tuple(self._by_slot[slot])

    def get(self, slot: str, name: str) -> Block | None:
        """A slot's block by its name, or None."""
        return next((block for block in self._by_slot.get(slot, ()) if block.name == name), None)

    def step_name(self, slot: str, block: Block) -> str:
        """The name of the step function that a block of a sequence defines."""
        return next(name for name, other in self._step[slot].items() if other is block)

    def block_of_step(self, slot: str, step: str) -> str:
        """The name of the block that defines a step of a sequence; the step's own name if there is none."""
        block = self._step.get(slot, {}).get(step)
        return step if block is None else block.name

    def identify(self, source: str) -> dict[str, str]:
        """Slot name -> name of the block that it holds, ``unknown``, or for a sequence its steps (``a > b``).

        A slot that is not there is left out; a source that does not parse gives an empty dict.
        """
        return dict(self._identify(source))

    def _identified(self, source: str) -> tuple[tuple[str, str], ...]:
        try:
            module = read(source)
        except SourceError:
            return ()
        found = module.definitions
        out: list[tuple[str, str]] = []
        for slot in self.slots:
            if slot.name not in found:
                continue
            if slot.kind == "sequence":
                try:
                    steps = read_sequence(source, slot)
                except SourceError:
                    out.append((slot.name, UNKNOWN))
                    continue
                named = [self._match(module, slot.name, step) or step for step in steps]
                out.append((slot.name, ARROW.join(named)))
            else:
                out.append((slot.name, self._match(module, slot.name, slot.name) or UNKNOWN))
        return tuple(out)

    def _match(self, module: Module, slot: str, name: str) -> str:
        found = module.definitions
        if name not in found:
            return ""
        for shape in self._shapes.get((slot, nodes_hash(module, [found[name]])), ()):
            if shape.name == name and all(
                helper in found and nodes_hash(module, [found[helper]]) == digest for helper, digest in shape.helpers
            ):
                return shape.block.name
        return ""


def _shape(block: Block, slot: Slot) -> _Shape:
    try:
        module = read(block.source)
    except SourceError as error:
        raise SourceError(f"block {block.name!r} of slot {slot.name!r}: {error}") from error
    found = module.definitions
    public = [name for name in found if not name.startswith("_")]
    name = slot.name if slot.kind != "sequence" else (public[0] if public else "")
    if public != [name]:
        wanted = f"{slot.name!r}" if slot.kind != "sequence" else "one step function"
        raise SourceError(f"block {block.name!r} must define {wanted} and private helpers only; it defines {public}")
    private = tuple((n, nodes_hash(module, [node])) for n, node in found.items() if n != name)
    return _Shape(block, name, nodes_hash(module, [found[name]]), private)
