"""Where a proposal came from: known literature, experience of the run, or neither."""

from __future__ import annotations

from typing import Literal

from asi_evolve.records import Experiment

ProvenanceClass = Literal["cognition", "experience", "novel"]


def provenance_class(experiment: Experiment) -> ProvenanceClass:
    """The class of one experiment.

    ``experience`` if it used a lesson, or block credit that was learned in the run; else ``cognition`` if it used
    at least one item of the knowledge base; else ``novel``.
    """
    kinds = {used.kind for used in experiment.candidate.used}
    if "lesson" in kinds or experiment.notes.get("credit_used"):
        return "experience"
    return "cognition" if "cognition" in kinds else "novel"
