"""Programs assembled from blocks, loaded without the sandbox: all of them are ours."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

# Before numpy: the blocks' results must not depend on how many threads a machine has.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from asi_evolve.source.slots import replace_slot
from asi_evolve_circle_packing.programs import SLOTS, blocks, seed_source


def assemble(choice: dict[str, str], *, backend: str = "numpy", free_width: bool = False) -> str:
    """The seed program with the named blocks in their slots."""
    source = seed_source(free_width=free_width)
    table = {(block.slot, block.name): block for block in blocks(backend)}
    for slot in SLOTS:
        if slot.name in choice:
            block = table[slot.name, choice[slot.name]]
            source = replace_slot(source, slot, block.source, block.imports)
    return source


@pytest.fixture
def load() -> Iterator[Callable[..., ModuleType]]:
    """``load(choice, backend=, free_width=)`` gives the assembled program as a module."""
    name = "circle_packing_candidate"

    def loader(choice: dict[str, str], **options: Any) -> ModuleType:
        module = types.ModuleType(name)
        sys.modules[name] = module
        exec(compile(assemble(choice, **options), name, "exec"), module.__dict__)
        return module

    yield loader
    sys.modules.pop(name, None)


class Budget:
    """Limits with a small share of the usual effort, so that the whole suite stays quick."""

    cpu_s = 1.0


@pytest.fixture
def pack(load: Callable[..., ModuleType]) -> Callable[..., tuple[Any, ...]]:
    """``pack(choice, n=10, seed=0, ...)`` assembles a program and runs it."""

    def packer(choice: dict[str, str], *, n: int = 10, seed: int = 0, **options: Any) -> tuple[Any, ...]:
        return tuple(load(choice, **options).pack(n, Budget(), np.random.default_rng(seed)))

    return packer
