"""What changed between a parent and its child: slots, constants, steps and other code, each in words."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from asi_evolve.domain import Slot
from asi_evolve.records import Json
from asi_evolve.source.blocks import ARROW, UNKNOWN, BlockBook
from asi_evolve.source.constants import read_constants
from asi_evolve.source.normalise import nodes_hash, normalised_hash, shape_hash
from asi_evolve.source.slots import read_sequence, read_slots
from asi_evolve.source.tree import SourceError, bound_names, read


@dataclass(frozen=True, slots=True)
class Change:
    """One difference."""

    kind: Literal["slot", "constant", "step", "code"]
    slot: str
    """The slot in which it lies; empty for other code."""
    name: str
    """The constant's or step's name, the file of other code, or the slot itself."""
    before: Json
    """Block name, value, or the steps; ``unknown`` for code that is no block, None for what was not there."""
    after: Json

    @property
    def text(self) -> str:
        """In words, for example ``search: relocate_hop instead of no_search``."""
        if self.kind == "constant":
            if self.before is None or self.after is None:
                return f"constant {self.name} {'added' if self.before is None else 'removed'}"
            return f"{self.name} from {brief(self.before)} to {brief(self.after)}"
        if self.kind == "step":
            if self.before is None:
                return f"{self.slot}: step {self.name} inserted"
            if self.after is None:
                return f"{self.slot}: step {self.name} dropped"
            return f"{self.slot}: order {self.after} instead of {self.before}"
        if self.kind == "slot":
            if self.before == self.after:
                return f"{self.slot}: rewritten"
            new = "new code" if self.after == UNKNOWN else self.after
            return f"{self.slot}: {new} instead of {'other code' if self.before == UNKNOWN else self.before}"
        state = "added" if self.before is None else "removed" if self.after is None else "changed"
        return f"other code in {self.name} {state}"


def brief(value: Json) -> str:
    """A constant's value in few digits."""
    return f"{value:.4g}" if isinstance(value, float) else repr(value) if isinstance(value, str) else str(value)


def changes(
    parent_files: Mapping[str, str],
    child_files: Mapping[str, str],
    slots: Iterable[Slot],
    entry: str,
    book: BlockBook | None = None,
) -> list[Change]:
    """The differences, in the order of the slots, then other code.

    Args:
        parent_files, child_files: path -> source.
        slots: The domain's slots; one that either side lacks counts as other code.
        entry: The file that holds the slots.
        book: Names the blocks; without it every changed slot is ``unknown``.

    Never raises for sources that do not parse: then the whole entry is other code.
    """
    found: list[Change] = []
    before, after = parent_files.get(entry, ""), child_files.get(entry, "")
    if before != after:
        try:
            found += _entry_changes(before, after, tuple(slots), entry, book)
        except (SourceError, RecursionError):
            found.append(Change("code", "", entry, UNKNOWN, UNKNOWN))
    for path in sorted(set(parent_files) | set(child_files)):
        old, new = parent_files.get(path), child_files.get(path)
        if path != entry and old != new:
            python = path.endswith(".py") and old is not None and new is not None
            if not (python and normalised_hash(old or "") == normalised_hash(new or "")):
                found.append(
                    Change("code", "", path, None if old is None else UNKNOWN, None if new is None else UNKNOWN)
                )
    return found


def _entry_changes(
    before: str, after: str, slots: tuple[Slot, ...], entry: str, book: BlockBook | None
) -> list[Change]:
    both = [slot for slot in slots if _has(before, slot) and _has(after, slot)]
    old_slots, new_slots = read_slots(before, both), read_slots(after, both)
    names = (book.identify(before), book.identify(after)) if book is not None else ({}, {})
    found: list[Change] = []
    for slot in both:
        old, new = old_slots[slot.name], new_slots[slot.name]
        if slot.kind == "sequence":
            found += _step_changes(before, after, slot, book)
        if old == new:
            continue
        if shape_hash(old) == shape_hash(new):
            found += _constant_changes(slot, old, new)
        elif slot.kind != "sequence":
            held = [side.get(slot.name, UNKNOWN) for side in names]
            found.append(Change("slot", slot.name, slot.name, *held))
    if _rest(before, both) != _rest(after, both):
        found.append(Change("code", "", entry, UNKNOWN, UNKNOWN))
    return found


def _has(source: str, slot: Slot) -> bool:
    return any(slot.name in bound_names(node) for node in read(source).tree.body)


def _constant_changes(slot: Slot, old: str, new: str) -> list[Change]:
    if old == new:
        return []
    values = {c.name: c.value for c in read_constants(old)}
    return [
        Change("constant", slot.name, c.name, values[c.name], c.value)
        for c in read_constants(new)
        if c.name in values and (values[c.name] != c.value or type(values[c.name]) is not type(c.value))
    ]


def _step_changes(before: str, after: str, slot: Slot, book: BlockBook | None) -> list[Change]:
    old, new = read_sequence(before, slot), read_sequence(after, slot)

    def named(step: str) -> str:
        return step if book is None else book.block_of_step(slot.name, step)

    gone = [named(step) for step in dict.fromkeys(old) if step not in new]
    come = [named(step) for step in dict.fromkeys(new) if step not in old]
    found = [Change("step", slot.name, step, step, None) for step in gone]
    found += [Change("step", slot.name, step, None, step) for step in come]
    if [s for s in old if s in new] != [s for s in new if s in old]:
        found.append(Change("step", slot.name, slot.name, ARROW.join(map(named, old)), ARROW.join(map(named, new))))
    texts = [_functions(source) for source in (before, after)]
    for step in dict.fromkeys(new):
        pair = [text.get(step, "") for text in texts]
        if step not in old or normalised_hash(pair[0]) == normalised_hash(pair[1]):
            continue
        if shape_hash(pair[0]) == shape_hash(pair[1]):
            if found:  # Otherwise the caller compares the constants of the whole sequence.
                found += _constant_changes(slot, *pair)
        else:
            found.append(Change("slot", slot.name, step, UNKNOWN, UNKNOWN))
    return found


def _functions(source: str) -> dict[str, str]:
    module = read(source)
    return {
        node.name: "\n".join(module.lines[node.lineno - 1 : node.end_lineno])
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _rest(source: str, slots: list[Slot]) -> str:
    """Hash of what is no slot, no private helper and no import."""
    skip = {slot.name for slot in slots}
    for slot in slots:
        if slot.kind == "sequence":
            skip |= set(read_sequence(source, slot))
    module = read(source)
    kept = [
        node
        for node in module.tree.body
        if not isinstance(node, ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        and not any(name in skip or name.startswith("_") for name in bound_names(node))
    ]
    return nodes_hash(module, kept, shape=False)
