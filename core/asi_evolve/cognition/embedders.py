"""What an embedder is, and how one is chosen by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from asi_evolve.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Turns texts into vectors whose dot product says how near they are in meaning."""

    name: str
    """Names the vectors: two embedders with the same name give the same vectors. Stored beside them."""
    dim: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, dim]; each row has length 1, or is zero where a text has nothing in it to embed."""
        ...


#: ``factory(options) -> Embedder``: what ``register_embedders`` registers too.
Factory = Callable[[Mapping[str, Any]], Embedder]


def _hashing(options: Mapping[str, Any]) -> Embedder:
    from asi_evolve.cognition.hashing import HashingEmbedder

    return HashingEmbedder(**_known("hashing", options, {"dim": int}))


def _sentence(options: Mapping[str, Any]) -> Embedder:
    from asi_evolve.cognition.sentence import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(**_known("sentence", options, {"path": str, "device": str}))


#: The embedders that come with the core, by the name used in ``[cognition] embedder``.
BUILTIN: Mapping[str, Factory] = {"hashing": _hashing, "sentence": _sentence}


def make_embedder(
    name: str, options: Mapping[str, Any] | None = None, registered: Mapping[str, Factory] | None = None
) -> Embedder:
    """The embedder called ``name``.

    Args:
        name: ``hashing`` (needs nothing), ``sentence`` (needs the extra ``embeddings``), or a registered name.
        options: ``hashing``: dim. ``sentence``: path (a folder with a model), device.
        registered: factories that plugins registered; a built-in name wins.

    Raises:
        ConfigError: no embedder has that name, or an option is wrong.
        MissingExtraError: the embedder's library is not installed.
    """
    known = {**(registered or {}), **BUILTIN}
    if name not in known:
        raise ConfigError(
            f"[cognition] embedder = {name!r}: there is no such embedder{did_you_mean(name, known)}; choose one of: "
            f"{', '.join(sorted(known))}"
        )
    return known[name](options or {})


def _known(name: str, options: Mapping[str, Any], fields: Mapping[str, type]) -> dict[str, Any]:
    for key in sorted(options):
        if key not in fields:
            raise ConfigError(
                f"[cognition] unknown key {key!r} for embedder {name!r}{did_you_mean(key, fields)}; it takes: "
                f"{', '.join(sorted(fields))}"
            )
        if not isinstance(options[key], fields[key]) or isinstance(options[key], bool):
            kind = "a text" if fields[key] is str else "a whole number"
            raise ConfigError(f"[cognition] {key} = {options[key]!r} for embedder {name!r}: give {kind}")
    return dict(options)
