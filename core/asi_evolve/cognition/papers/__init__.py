"""Papers on disk as knowledge items: read in a process of their own, cut into passages, distilled or extracted."""

from asi_evolve.cognition.papers.distill import Distiller
from asi_evolve.cognition.papers.extract import extract
from asi_evolve.cognition.papers.passages import Passage, passages
from asi_evolve.cognition.papers.reading import KINDS, Paper, read_paper

__all__ = ["KINDS", "Distiller", "Paper", "Passage", "extract", "passages", "read_paper"]
