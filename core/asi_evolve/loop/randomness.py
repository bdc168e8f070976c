"""All randomness of a run, as a function of its seed and the number of the round.

A round's generators depend on nothing else: not on the clock, the hash seed, the number of workers or the rounds
before it. So a round that was interrupted is drawn again exactly, and 10 rounds and 10 more equal 20.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Purpose = Literal["sample", "propose", "check", "run", "recheck", "analyze", "model"]

# Numbers, not the names' hashes: they are part of what a seed means and must never change.
_PURPOSES: dict[Purpose, int] = {
    "sample": 1,
    "propose": 2,
    "check": 3,
    "run": 4,
    "recheck": 5,
    "analyze": 6,
    "model": 7,
}


def round_rng(run_seed: int, number: int, purpose: Purpose) -> np.random.Generator:
    """The generator of one purpose in one round (0 for what belongs to the whole run)."""
    return np.random.default_rng(np.random.SeedSequence([run_seed, number, _PURPOSES[purpose]]))


def round_seed(run_seed: int, number: int, purpose: Purpose, index: int = 0) -> int:
    """A seed below 2**31 for code that makes its own generator; ``index`` counts attempts or replicates."""
    sequence = np.random.SeedSequence([run_seed, number, _PURPOSES[purpose], index])
    return int(sequence.generate_state(1, np.uint32)[0] >> 1)
