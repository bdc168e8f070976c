"""Every block, alone in the frame: it loads and looks back only; the knowledge names blocks that exist."""

from __future__ import annotations

import ast
import tomllib
import types
from pathlib import Path
from typing import Any

import asi_evolve_arch_search
import pytest
from asi_evolve import Block
from asi_evolve_arch_search.programs import KNOWN, SEED_BLOCKS, SLOTS, assemble, blocks, seed_source

BLOCKS = blocks()
ITEMS = [
    item
    for path in sorted((Path(asi_evolve_arch_search.__file__).parent / "cognition").glob("*.toml"))
    for item in tomllib.loads(path.read_text(encoding="utf-8"))["item"]
]


def mixer(source: str) -> Any:
    torch = pytest.importorskip("torch", reason="torch is not installed (extra arch_search)")
    module = types.ModuleType("candidate")
    exec(compile(source, "candidate", "exec"), module.__dict__)
    torch.manual_seed(0)
    return module.Mixer(16, 2)


def test_there_are_alternatives_for_every_slot() -> None:
    for slot in SLOTS:
        assert len([block for block in BLOCKS if block.slot == slot.name]) >= 5
    assert len({block.name for block in BLOCKS}) == len(BLOCKS)


def test_the_frame_alone_is_the_frame() -> None:
    assert assemble({}) == seed_source()
    assert ast.dump(ast.parse(assemble(SEED_BLOCKS))) == ast.dump(ast.parse(seed_source()))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.slot}-{block.name}")
def test_a_block_in_the_frame_looks_back_only_and_is_used(block: Block) -> None:
    choice = {block.slot: block.name} | ({"Paths": "four_paths"} if block.slot == "Router" else {})
    layer = mixer(assemble(choice))
    import torch

    x = torch.randn(2, 41, 16, generator=torch.Generator().manual_seed(1))
    whole, part = layer(x), layer(x[:, :19])
    assert whole.shape == x.shape
    assert (whole[:, :19] - part).abs().max() < 1e-4 * whole.abs().max()
    whole.square().sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


@pytest.mark.parametrize("name", KNOWN)
def test_known_layers_differ_from_each_other(name: str) -> None:
    others = {assemble(choice) for other, choice in KNOWN.items() if other != name}
    assert assemble(KNOWN[name]) not in others


def test_knowledge_and_blocks_name_each_other() -> None:
    names, ids = {block.name for block in BLOCKS}, {item["id"] for item in ITEMS}
    assert len(ids) == len(ITEMS) >= 50
    for item in ITEMS:
        assert set(item.get("blocks", [])) <= names, item["id"]
        assert "arXiv:" in item["source"] or "doi:" in item["source"], item["id"]
    for block in BLOCKS:
        assert set(block.cognition_ids) <= ids, block.name
