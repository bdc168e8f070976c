"""Slots, building blocks and whole objectives, made from the pieces of the zoo, which are read as text."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from asi_evolve import Block, Slot

_HERE = Path(__file__).parent
ENTRY = "candidate.py"

SLOTS: tuple[Slot, ...] = (
    Slot(
        "advantages",
        signature="(rewards [P, G], lengths [P, G], greedy_rewards [P], statistics) -> [P, G] or [P, G, T]",
        doc="How much better each answer was than expected. statistics: mean, std, running_mean of the rewards.",
    ),
    Slot("select_groups", signature="(rewards [P, G]) -> bool [P]", doc="Which groups the loss is made of."),
    Slot(
        "token_weights",
        signature="(logp, logp_old, advantages, mask [P, G, T], generator) -> [P, G, T]",
        doc="Constant weights of tokens; may be random (generator).",
    ),
    Slot(
        "surrogate",
        signature="(logp, logp_old, advantages, weights, mask [P, G, T]) -> [P, G, T]",
        doc="The loss of each token, to be made small.",
    ),
    Slot(
        "regularise",
        signature="(logp, logp_ref, mask [P, G, T]) -> [P, G, T]",
        doc="Added to the loss of each token, to stay near the warm start.",
    ),
    Slot(
        "aggregate",
        signature="(per_token [P, G, T], mask [P, G, T], lengths [P, G], max_length: int) -> scalar",
        doc="One number from the losses of all tokens.",
    ),
)

_ORDER = tuple(slot.name for slot in SLOTS)
_PLAIN = ("all_groups", "equal_weights")

#: Published objectives: the piece for each slot, in the order of :data:`SLOTS`, with the constants of the papers.
OBJECTIVES: dict[str, tuple[str, str, str, str, str, str]] = {
    "grpo": ("group_normalised", *_PLAIN, "clipped_ratio", "no_regulariser", "sequence_mean"),
    "grpo_kl": ("group_normalised", *_PLAIN, "clipped_ratio", "divergence_k3", "sequence_mean"),
    "dr_grpo": ("group_centered", *_PLAIN, "clipped_ratio", "no_regulariser", "constant_length"),
    "dapo": ("group_normalised", "telling_groups", "equal_weights", "clip_higher", "no_regulariser", "token_mean"),
    "gspo": ("group_normalised", *_PLAIN, "sequence_ratio", "no_regulariser", "sequence_mean"),
    "cispo": ("group_normalised", *_PLAIN, "clipped_weight", "no_regulariser", "token_mean"),
    "gmpo": ("group_normalised", *_PLAIN, "geometric_mean", "no_regulariser", "sequence_mean"),
    "sapo": ("group_normalised", *_PLAIN, "soft_gate", "no_regulariser", "sequence_mean"),
    "gpg": ("gpg_rescaled", *_PLAIN, "plain_gradient", "no_regulariser", "token_mean"),
    "rloo": ("leave_one_out", *_PLAIN, "plain_gradient", "no_regulariser", "sequence_sum"),
    "reinforce_pp": ("batch_whitened", *_PLAIN, "clipped_ratio", "no_regulariser", "token_mean"),
    "remax": ("greedy_baseline", *_PLAIN, "plain_gradient", "no_regulariser", "sequence_sum"),
    "opo": ("length_weighted_baseline", *_PLAIN, "plain_gradient", "no_regulariser", "token_mean"),
    "dual_clip": ("group_normalised", *_PLAIN, "dual_clip", "no_regulariser", "sequence_mean"),
    "pairwise_asymmetric": (
        "pairwise_tanh", "all_groups", "high_impact_dropout", "sign_windows", "no_regulariser", "token_mean"
    ),
    "dynamic_radius": ("percentile_scaled", *_PLAIN, "dynamic_radius", "no_regulariser", "token_mean"),
}  # fmt: skip

_HEADER = '"""{title}"""\n\n{imports}\n\n\n'


def _pieces(backend: str, slot: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Name -> source under the slot's name, and the ids of the knowledge that it comes from."""
    text = (_HERE / f"zoo_{backend}" / f"{slot}.py").read_text(encoding="utf-8")
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef):
            source = ast.get_source_segment(text, node) or ""
            cited = re.search(r"^\s*Cognition: (.*)$", source, flags=re.MULTILINE)
            source = re.sub(r"\n\n\s*Cognition: .*\n\s*\"\"\"", '"""', source)
            source = source.replace(f"def {node.name}(", f"def {slot}(", 1)
            ids = tuple(word.strip() for word in cited.group(1).split(",")) if cited else ()
            found[node.name] = (source + "\n", ids)
    return found


def _imports(source: str, backend: str) -> tuple[str, ...]:
    lines = {
        "torch": (("torch.", "import torch"),),
        "jax": (("jax.", "import jax"), ("jnp.", "import jax.numpy as jnp")),
    }
    found = [line for word, line in lines[backend] if word in source]
    return (*found, *(("from asi_evolve import tunable",) if "tunable(" in source else ()))


@cache
def blocks(backend: str) -> tuple[Block, ...]:
    """All building blocks of a backend."""
    return tuple(
        Block(name, slot, source, _imports(source, backend), ids)
        for slot in _ORDER
        for name, (source, ids) in _pieces(backend, slot).items()
    )


@cache
def objective(name: str, backend: str) -> str:
    """The source of a published objective."""
    by_name = {(block.slot, block.name): block for block in blocks(backend)}
    parts = [by_name[slot, piece] for slot, piece in zip(_ORDER, OBJECTIVES[name], strict=True)]
    imports = sorted(
        {line for part in parts for line in part.imports}, key=lambda line: (line.startswith("from"), line)
    )
    return _HEADER.format(title=f"The objective {name}.", imports="\n".join(imports)) + "\n\n".join(
        part.source for part in parts
    )
