"""Which earlier experiments a program is near to, by vectors of its reason and of its code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from asi_evolve.records import Candidate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Origins whose reasons are not an author's: they say that a program is a seed.
_WITHOUT_REASON = ("seed", "baseline")
#: Experiments that are read and embedded together.
_BATCH = 64


class TextEmbedder(Protocol):
    """What turns texts into vectors (those of the recall)."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32[n, dim]; rows of length 1, or zero for a text with nothing in it."""
        ...


@dataclass(frozen=True, slots=True)
class Near:
    """An earlier experiment, and how near a candidate is to it."""

    experiment_id: str
    motivation: float
    """Cosine of the reasons, -1 to 1; 0 where one has none."""
    code: float
    """Cosine of the programs."""


class Nearest:
    """Vectors of all finished experiments, made when they are first needed and kept: 2 * dim * 4 bytes for each.

    Thread-safe. A look-up is two products of a matrix and a vector.

    Args:
        embedder: Makes the vectors.
        read: Index in the history -> that experiment's candidate.
        lock: The run's, which guards the history: a lock of its own could be waited for by who holds that one.
    """

    def __init__(
        self, embedder: TextEmbedder, read: Callable[[int], Candidate], lock: AbstractContextManager[Any]
    ) -> None:
        self._embedder, self._read, self._lock = embedder, read, lock
        self._count = 0
        self._ids: list[str] = []
        self._vectors: dict[str, Any] = {}

    def find(self, candidate: Candidate, known: int, k: int) -> list[Near]:
        """The ``k`` nearest of the first ``known`` experiments, the mean of the two cosines deciding.

        What was finished later is left out, so that the answer repeats.
        """
        import numpy as np

        with self._lock:
            self._grow(known)
            if not known:
                return []
            own = {name: vectors[0] for name, vectors in self._embed([candidate]).items()}
            cosines = {name: self._vectors[name][:known] @ own[name] for name in own}
            order = np.argsort(-(cosines["motivation"] + cosines["code"]), kind="stable")[:k]
            return [
                Near(self._ids[i], float(cosines["motivation"][i]), float(cosines["code"][i])) for i in map(int, order)
            ]

    def _grow(self, known: int) -> None:
        import numpy as np

        while self._count < known:
            batch = [self._read(index) for index in range(self._count, min(known, self._count + _BATCH))]
            made = self._embed(batch)
            for name, vectors in made.items():
                kept = self._vectors.get(name)
                if kept is None or len(kept) < self._count + len(batch):
                    larger = np.zeros((max(2 * self._count, 1024), vectors.shape[1]), np.float32)
                    if kept is not None:
                        larger[: self._count] = kept[: self._count]
                    self._vectors[name] = kept = larger
                kept[self._count : self._count + len(batch)] = vectors
            self._ids += [one.experiment_id for one in batch]
            self._count += len(batch)

    def _embed(self, batch: Sequence[Candidate]) -> Mapping[str, Any]:
        reasons = ["" if one.origin in _WITHOUT_REASON else one.motivation for one in batch]
        programs = ["\n".join(source for _, source in sorted(one.files.items())) for one in batch]
        return {"motivation": self._embedder.embed(reasons), "code": self._embedder.embed(programs)}
