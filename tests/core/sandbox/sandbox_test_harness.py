"""A harness of the kind that a domain ships: trusted code that runs beside the candidate. Imported by name."""

from __future__ import annotations


def run(candidate, inputs, budget, rng, emit):
    """Call ``candidate.work`` with everything that a harness is given."""
    return {"answer": candidate.work(inputs, budget, rng, emit), "limit": budget.memory_mb}
