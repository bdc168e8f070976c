"""Blocks and objectives as text: they parse, cite what is known, and make the programs that they say."""

from __future__ import annotations

import ast

import pytest
from asi_evolve_grpo_variants import domain
from asi_evolve_grpo_variants.declaration import BACKENDS, Config, configure
from asi_evolve_grpo_variants.programs import OBJECTIVES, SLOTS, blocks, objective

EACH = pytest.mark.parametrize("backend", BACKENDS)


@EACH
def test_there_are_blocks_for_every_slot_and_each_defines_it(backend: str) -> None:
    made = blocks(backend)
    assert len(made) >= 30
    for slot in SLOTS:
        own = [block for block in made if block.slot == slot.name]
        assert len(own) >= 4
        assert len({block.source for block in own}) == len(own)
    for block in made:
        (function,) = ast.parse(block.source).body
        assert isinstance(function, ast.FunctionDef)
        assert function.name == block.slot
        assert ast.get_docstring(function)
        assert "Cognition" not in block.source


@EACH
def test_every_citation_is_a_knowledge_item(backend: str) -> None:
    import tomllib

    folder = domain().cognition
    assert folder is not None
    known = {}
    for path in folder.glob("*.toml"):
        known |= {item["id"]: item for item in tomllib.loads(path.read_text(encoding="utf-8"))["item"]}
    cited = {name for block in blocks(backend) for name in block.cognition_ids}
    assert cited <= set(known)
    names = {block.name for block in blocks(backend)}
    for item in known.values():
        assert set(item.get("blocks", ())) <= names
        assert any(word in item["source"] for word in ("arXiv:", "doi:", "http", "NIPS", "ICLR", "Journal"))


@EACH
def test_objectives_are_whole_programs_and_differ(backend: str) -> None:
    sources = {name: objective(name, backend) for name in OBJECTIVES}
    assert len(set(sources.values())) == len(sources)
    for source in sources.values():
        defined = [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
        assert defined == [slot.name for slot in SLOTS]


def test_the_zoo_is_measured_when_asked_for() -> None:
    small, large = configure(Config()), configure(Config(zoo=True))
    assert not small.backends["torch"].baselines
    assert len(small.stages) == 1
    sure = configure(Config(confirm=True))
    assert list(sure.backends["torch"].baselines) == ["grpo"]
    assert [stage.name for stage in sure.stages] == ["laptop", "confirm"]
    assert list(large.backends["torch"].baselines) == list(OBJECTIVES)
    assert len(configure(Config(repeats=2)).stages[0].replicate_seeds) == 6
