"""Programs that were tried before: equal after normalisation (comments, docstrings and layout do not count)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING

from asi_evolve.records import Verdict

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "duplicate"


class DuplicateIndex:
    """Which experiment had a program first. In memory only: it is rebuilt from the store's hashes at resume.

    What a resume finds is kept as Arrow columns, sorted by hash: a hundred megabytes for a million programs, where a
    dict of strings takes three times as much. Not thread-safe: the loop calls it under its lock.
    """

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._before: pa.Table | None = None

    def __len__(self) -> int:
        return len(self._first) + (0 if self._before is None else len(self._before))

    def refill(self, known: pa.Table) -> None:
        """Take in the programs of earlier processes: ``program_hash``, ascending, and ``experiment_id``."""
        self._before = known.combine_chunks()

    def add(self, program_hash: str, experiment_id: str) -> None:
        """Note that an experiment has this program; the first one stays."""
        self.claim(program_hash, experiment_id)

    def claim(self, program_hash: str, experiment_id: str) -> str | None:
        """Add the program for an experiment, unless another one has it: then that one's id."""
        earlier = self._earlier(program_hash) or self._first.setdefault(program_hash, experiment_id)
        return None if earlier == experiment_id else earlier

    def _earlier(self, program_hash: str) -> str | None:
        """Whose program it was before this process; by bisection."""
        if self._before is None:
            return None
        hashes = self._before["program_hash"]
        place = bisect_left(range(len(hashes)), program_hash, key=lambda i: str(hashes[i]))
        if place == len(hashes) or str(hashes[place]) != program_hash:
            return None
        return str(self._before["experiment_id"][place])

    def discard(self, program_hash: str, experiment_id: str) -> None:
        """Take back what that experiment added; nothing if another one had the program first."""
        if self._first.get(program_hash) == experiment_id:
            del self._first[program_hash]

    def find(self, program_hash: str) -> str | None:
        """Id of the first experiment with this program, or None."""
        return self._earlier(program_hash) or self._first.get(program_hash)


def check_duplicate(files: Mapping[str, str], index: DuplicateIndex) -> Verdict:
    """Whether a program is new to ``index``.

    Args:
        files: relative path -> source.
        index: the programs so far. It is not changed.

    Returns:
        A verdict named ``duplicate``; ``details`` has the ``hash`` and, where it failed, the ``experiment_id``.
    """
    from asi_evolve.source.normalise import program_hash

    key = program_hash(files)
    earlier = index.find(key)
    if earlier is None:
        return Verdict(NAME, True, details={"hash": key})
    return Verdict(
        NAME,
        False,
        f"the program is that of {earlier} (comments and layout apart): change what it does",
        details={"hash": key, "experiment_id": earlier},
    )
