"""Cognition: what is known before a run (and distilled during it), as cited items with a search over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asi_evolve.cognition.embedders import BUILTIN, Embedder, make_embedder
from asi_evolve.cognition.items import dump_items, load_items, load_items_for

if TYPE_CHECKING:
    from asi_evolve.cognition.hashing import HashingEmbedder
    from asi_evolve.cognition.knowledge import KnowledgeBase
    from asi_evolve.cognition.sentence import SentenceTransformerEmbedder

#: Imported on first use: they load numpy (and the last one, when it is made, torch).
_LAZY = {"HashingEmbedder": "hashing", "KnowledgeBase": "knowledge", "SentenceTransformerEmbedder": "sentence"}

__all__ = [
    "BUILTIN",
    "Embedder",
    "HashingEmbedder",
    "KnowledgeBase",
    "SentenceTransformerEmbedder",
    "dump_items",
    "load_items",
    "load_items_for",
    "make_embedder",
]


def __getattr__(name: str) -> Any:
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"module 'asi_evolve.cognition' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"asi_evolve.cognition.{module}"), name)
