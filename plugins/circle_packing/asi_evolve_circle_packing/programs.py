"""Reads the seed program and the building blocks, which are shipped as ordinary Python files, as text."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from asi_evolve import Block, Slot

_HERE = Path(__file__).parent
_SEED_MODULE = "asi_evolve_circle_packing.seed"

SLOTS: tuple[Slot, ...] = (
    Slot(
        "initial_layout",
        signature="(n: int, width: float, rng) -> centers float64[n, 2]",
        doc="Centers to start from, inside the box [0, width] x [0, 2 - width].",
    ),
    Slot(
        "assign_radii",
        signature="(centers float64[n, 2], width: float) -> radii float64[n]",
        doc="Radii without overlap for centers that stay where they are; no randomness.",
    ),
    Slot(
        "relax",
        signature="(layouts float64[b, n, 2], radii float64[b, n], width: float, rng) -> (layouts, radii)",
        doc="Coarse, cheap spreading of a batch of layouts together; small overlaps may remain.",
    ),
    Slot(
        "refine",
        signature="(centers float64[n, 2], radii float64[n], width: float) -> (centers, radii, width)",
        doc="A precise local optimum from one relaxed packing; changes the width only if FREE_WIDTH.",
    ),
    Slot(
        "search",
        signature="(start: Packing, hops: int, rng) -> Packing",
        doc="Looks for better packings near a local optimum with at most `hops` calls of improve (one layout each).",
    ),
    Slot(
        "schedule",
        signature="(n: int, effort: float, rng) -> Packing",
        doc="Divides the work: how many starts, which of them are searched, how deep. Counts scale with effort.",
    ),
)

#: What the seed program's own slots are called as blocks, with their cost hints.
SEED_BLOCKS = {
    "initial_layout": ("grid", 1.0),
    "assign_radii": ("greedy_radii", 1.0),
    "relax": ("no_relax", 0.6),
    "refine": ("no_refine", 0.2),
    "search": ("no_search", 0.2),
    "schedule": ("single_start", 0.3),
}


def seed_source(*, free_width: bool = False) -> str:
    """The seed program's source; with ``FREE_WIDTH = True`` for the rectangle problems."""
    source = (_HERE / "seed.py").read_text(encoding="utf-8")
    return source.replace("FREE_WIDTH = False", "FREE_WIDTH = True") if free_width else source


def parse_block(name: str, slot: str, text: str) -> Block:
    """The block that a block file holds.

    The file's docstring gives the metadata (``Cognition: id, id`` and ``Cost: number``); its imports become the
    block's imports, except those of names that the seed program defines; the rest is the block's source.
    """
    tree = ast.parse(text)
    imports: list[str] = []
    first: int | None = None
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module not in ("__future__", _SEED_MODULE):
                imports.append(ast.unparse(node))
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)) and first is None:
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(d.lineno for d in decorators)])
    if first is None:
        raise ValueError(f"block {slot}/{name} defines nothing")
    lines = text.splitlines()
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    fields = {"Cognition": "", "Cost": "1"}
    for line in (ast.get_docstring(tree) or "").splitlines():
        key, colon, value = line.partition(":")
        if colon and key in fields:
            fields[key] = value.strip()
    return Block(
        name=name,
        slot=slot,
        source="\n".join(lines[first - 1 :]).strip() + "\n",
        imports=tuple(imports),
        cognition_ids=tuple(word.strip() for word in fields["Cognition"].split(",") if word.strip()),
        cost_hint=float(fields["Cost"]),
    )


def _seed_blocks() -> list[Block]:
    """The seed program's own slot functions, as blocks, so that a program can also go back to them."""
    text = seed_source()
    found = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    return [
        Block(
            name=name,
            slot=slot,
            source=(ast.get_source_segment(text, found[slot]) or "") + "\n",
            imports=("import numpy as np",),
            cost_hint=cost,
        )
        for slot, (name, cost) in SEED_BLOCKS.items()
    ]


def _folder(folder: str, slot: str) -> list[Block]:
    paths = sorted((_HERE / "blocks" / folder).glob("*.py"))
    return [parse_block(path.stem, slot, path.read_text(encoding="utf-8")) for path in paths]


@cache
def blocks(backend: str = "numpy") -> tuple[Block, ...]:
    """All building blocks of a backend: ``torch`` and ``jax`` have their own ``relax`` blocks and share the rest."""
    out = _seed_blocks()
    for slot in SLOTS:
        own = slot.name == "relax" and backend != "numpy"
        out += _folder(f"relax_{backend}" if own else slot.name, slot.name)
    return tuple(out)
