"""asi_evolve.analysis."""
