"""Reads the frame and the building blocks, which are ordinary Python files, as text, and puts programs together."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from asi_evolve import Block, Slot

_HERE = Path(__file__).parent
ENTRY = "candidate.py"

SLOTS: tuple[Slot, ...] = (
    Slot(
        "Project",
        kind="class",
        signature="(d_model, heads): forward(x [B, T, D]) -> (q, k, v), each [B, T, D]",
        doc="Queries, keys and values before the local convolution.",
    ),
    Slot(
        "LocalConv",
        kind="class",
        signature="(d_model): forward(x [B, T, D]) -> [B, T, D]",
        doc="Short causal look back and nonlinearity, one instance each for queries, keys and values.",
    ),
    Slot(
        "normalise",
        signature="(q [B, T, H, K], k [B, T, H, K]) -> (q, k)",
        doc="Feature map or scaling of queries and keys, within each head.",
    ),
    Slot(
        "Memory",
        kind="class",
        signature="(d_model, heads): forward(x [B, T, D], q, k, v [B, T, H, K]) -> [B, T, H, K]",
        doc="The state: what is written, what is forgotten, what is read. Causal and linear in T.",
    ),
    Slot(
        "Paths",
        kind="class",
        signature="(d_model, heads), count = P: forward(v, memory [B, T, H, K]) -> [B, T, P, H, K]",
        doc="What the router may choose from; the memory's output comes first.",
    ),
    Slot(
        "Router",
        kind="class",
        signature="(d_model, heads, count): forward(x [B, T, D], paths [B, T, P, H, K]) -> [B, T, H, K]",
        doc="Mixes the paths for each row and head.",
    ),
    Slot(
        "OutputGate",
        kind="class",
        signature="(d_model, heads): forward(x [B, T, D], y [B, T, H, K]) -> [B, T, D]",
        doc="Norm, gate and output matrix.",
    ),
)

#: The frame's own definition of each slot, as a block.
SEED_BLOCKS = {
    "Project": "full_projections",
    "LocalConv": "conv_silu",
    "normalise": "unit_length",
    "Memory": "delta_rule",
    "Paths": "memory_only",
    "Router": "mean_router",
    "OutputGate": "rms_norm",
}
_CITED = {"Memory": ("schlag-2021-deltanet", "yang-2024-deltanet-parallel"), "LocalConv": ("gu-2023-mamba",)}

#: Layers that people know, as a choice of blocks; what is not named is the frame's own.
KNOWN: Mapping[str, Mapping[str, str]] = {
    "deltanet": {},
    "gated_deltanet": {"Memory": "gated_delta", "OutputGate": "silu_gate"},
    "gla": {"Memory": "gated_linear", "normalise": "unit_length", "OutputGate": "silu_gate"},
    "mamba2": {"Memory": "ssd", "OutputGate": "silu_gate"},
    "linear_attention": {"Memory": "linear", "normalise": "elu_plus_one"},
}


def seed_source() -> str:
    """The source of the frame: DeltaNet."""
    return (_HERE / "seed.py").read_text(encoding="utf-8")


def parse_block(name: str, slot: str, text: str) -> Block:
    """The block in a file: ``Cognition:`` and ``Cost:`` lines of its docstring, its imports, and its definitions.

    Raises:
        ValueError: If the file defines nothing.
    """
    tree = ast.parse(text)
    fields = {"Cognition": "", "Cost": "1"}
    for line in (ast.get_docstring(tree) or "").splitlines():
        key, colon, value = line.partition(":")
        if colon and key in fields:
            fields[key] = value.strip()
    imports = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", None) != "__future__"
    ]
    definitions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if not definitions:
        raise ValueError(f"block {slot}/{name} defines nothing")
    return Block(
        name=name,
        slot=slot,
        source="\n\n\n".join(ast.get_source_segment(text, node) or "" for node in definitions) + "\n",
        imports=tuple(imports),
        cognition_ids=tuple(word.strip() for word in fields["Cognition"].split(",") if word.strip()),
        cost_hint=float(fields["Cost"]),
    )


@cache
def blocks() -> tuple[Block, ...]:
    """All building blocks, slot by slot, the frame's own first."""
    text = seed_source()
    tree = ast.parse(text)
    imports = tuple(
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and getattr(node, "module", None) != "__future__"
    )
    own = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    out = []
    for slot in SLOTS:
        source = (ast.get_source_segment(text, own[slot.name]) or "") + "\n"
        out.append(Block(SEED_BLOCKS[slot.name], slot.name, source, imports, _CITED.get(slot.name, ())))
        for path in sorted((_HERE / "blocks" / slot.name).glob("*.py")):
            out.append(parse_block(path.stem, slot.name, path.read_text(encoding="utf-8")))
    return tuple(out)


def assemble(choice: Mapping[str, str]) -> str:
    """The frame with the named blocks in their slots.

    Raises:
        KeyError: If there is no such slot or block.
    """
    table = {(block.slot, block.name): block for block in blocks()}
    chosen = {slot: table[slot, name] for slot, name in choice.items()}
    text = seed_source()
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    for node in reversed(tree.body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in chosen:
            lines[node.lineno - 1 : node.end_lineno] = [chosen[node.name].source]
    body = "".join(lines)
    present = {ast.unparse(node) for node in ast.parse(body).body if isinstance(node, ast.Import | ast.ImportFrom)}
    wanted = dict.fromkeys(line for block in chosen.values() for line in block.imports if line not in present)
    marker = "from torch.nn import functional\n"
    return body.replace(marker, marker + "".join(f"{line}\n" for line in wanted), 1)


@cache
def attention_source() -> str:
    """Softmax attention in the same frame. Quadratic: a yardstick, not a seed."""
    memory = '''class Memory(nn.Module):
    """Causal softmax attention without positions."""

    def __init__(self, d_model: int, heads: int) -> None:
        super().__init__()

    def forward(self, x: Tensor, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return softmax_attention(q, k, v)
'''
    text = assemble({"normalise": "as_projected"})
    node = next(n for n in ast.parse(text).body if isinstance(n, ast.ClassDef) and n.name == "Memory")
    lines = text.splitlines(keepends=True)
    lines[node.lineno - 1 : node.end_lineno] = [memory]
    return "".join(lines).replace("causal_conv, chunkwise\n", "causal_conv, softmax_attention\n", 1)
