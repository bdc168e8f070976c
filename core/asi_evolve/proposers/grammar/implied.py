"""What the grammar works on where a domain names no slots: the functions of its seed programs."""

from __future__ import annotations

import ast
from dataclasses import replace

from asi_evolve.domain import Block, Domain, Slot
from asi_evolve.errors import ConfigError
from asi_evolve.source.constants import read_constants
from asi_evolve.source.normalise import normalised_hash
from asi_evolve.source.tree import read


def with_implied_slots(domain: Domain, backend: str) -> Domain:
    """The domain as the grammar sees it, so that the smallest domain needs to declare neither slots nor blocks.

    Without slots, each top-level function of the first seed's entry file is one that holds a constant marked with
    ``tunable`` or that another seed defines differently. A slot without blocks has the definitions of the seed
    programs as its blocks. A domain that declares both is returned unchanged.

    Raises:
        ConfigError: If there is nothing to change: no slot, no constant, no second way.
    """
    given = domain.backends[backend]
    slots = domain.slots or _functions_to_change(domain, backend)
    filled = {block.slot for block in given.blocks}
    blocks = list(given.blocks)
    for slot in slots:
        if slot.name not in filled:
            blocks += _seed_definitions(domain, backend, slot)
    choices = len(blocks) > len(slots) or any(read_constants(block.source) for block in blocks)
    if not slots or not choices:
        raise ConfigError(
            f"--proposer: domain {domain.name!r} leaves the grammar nothing to change for {backend}: declare slots "
            f"with blocks, or mark constants of the seed program with tunable(...)"
        )
    if len(blocks) == len(given.blocks) and domain.slots:
        return domain
    backends = {**domain.backends, backend: replace(given, blocks=tuple(blocks))}
    return replace(domain, slots=tuple(slots), backends=backends)


def _functions_to_change(domain: Domain, backend: str) -> tuple[Slot, ...]:
    given = domain.backends[backend]
    modules = [read(files[given.entry]) for files in given.seeds.values()]
    found = []
    for name, node in modules[0].definitions.items():
        if not isinstance(node, ast.FunctionDef) or name in domain.protected:
            continue
        others = [module for module in modules[1:] if name in module.definitions]
        texts = [module.node_text(module.definitions[name]) for module in (modules[0], *others)]
        if read_constants(texts[0]) or len({normalised_hash(text) for text in texts}) > 1:
            found.append(Slot(name, doc="a function of the seed program"))
    return tuple(found)


def _seed_definitions(domain: Domain, backend: str, slot: Slot) -> list[Block]:
    given = domain.backends[backend]
    blocks, seen = [], set()
    for name, files in given.seeds.items():
        module = read(files[given.entry])
        node = module.definitions.get(slot.name)
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        text = module.node_text(node)
        digest = normalised_hash(text)
        if digest not in seen:
            seen.add(digest)
            blocks.append(Block(f"{slot.name}_of_{name}", slot.name, text + "\n"))
    return blocks
