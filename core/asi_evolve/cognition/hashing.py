"""The embedder that needs nothing: feature hashing of words and parts of words.

It finds shared vocabulary, not shared meaning: "hexagonal lattice" is near "hex lattices" and far from
"honeycomb". It is the labelled fallback; the extra ``embeddings`` has an encoder that knows synonyms.

Sources: signed feature hashing, Weinberger et al. 2009 (arXiv:0902.2206); sublinear term frequency, Manning,
Raghavan and Schuetze, "Introduction to Information Retrieval", 2008, section 6.4.1; parts of words against
inflection, McNamee and Mayfield 2004 (doi:10.1023/B:INRT.0000009441.78971.be).
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from asi_evolve.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Length of the parts of words.
NGRAM = 4
#: Weight of a word, of two words in a row, and of a part of a word: parts are many and overlap.
WORD, PAIR, PART = 1.0, 0.6, 0.3

#: English function words that carry no topic.
STOP = frozenset(
    re.findall(
        r"\w+",
        """a about all also an and any are as at be been both but by can do does each for from had has have how if in
        into is it its may more most no not of on one or other our out over so some such than that the their them then
        there these they this to under up was were what when where which while who will with without would you your""",
    )
)

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class HashingEmbedder:
    """Signed feature hashing into ``dim`` numbers.

    The same text gives the same vector in every process and on every machine: features are hashed with CRC-32,
    never with ``hash()``.

    Raises:
        ConfigError: ``dim`` is not between 16 and 65536.
    """

    def __init__(self, dim: int = 512) -> None:
        if not 16 <= dim <= 65_536:
            raise ConfigError(f"[cognition] dim = {dim} for embedder 'hashing': give a whole number from 16 to 65536")
        self.dim = dim
        self.name = f"hashing-{dim}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, dim], rows of length 1; a text without words gives a zero row."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float64)
        for row, text in zip(vectors, texts, strict=True):
            counts = Counter(_features(text))
            for feature, weight in sorted(counts):
                count = counts[feature, weight]
                code = zlib.crc32(feature.encode("utf-8", "replace"))
                # The top bit gives the sign and the others the place, so that collisions cancel on average.
                row[(code & 0x7FFFFFFF) % self.dim] += (1.0 if code >> 31 else -1.0) * weight * (1.0 + np.log(count))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors /= np.where(lengths > 0.0, lengths, 1.0)
        return vectors.astype(np.float32)


def words_of(text: str) -> list[str]:
    """Lower-case words without function words; ``snake_case`` and ``camelCase`` names come apart."""
    plain = _CAMEL.sub(" ", unicodedata.normalize("NFKC", text))
    return [word for word in _WORD.findall(plain.casefold()) if word not in STOP]


def _features(text: str) -> Iterator[tuple[str, float]]:
    words = words_of(text)
    for word in words:
        yield f"w {word}", WORD
        padded = f"<{word}>"
        for start in range(len(padded) - NGRAM + 1):
            yield f"c {padded[start : start + NGRAM]}", PART
    for first, second in pairwise(words):
        yield f"p {first} {second}", PAIR
