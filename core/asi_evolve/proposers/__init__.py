"""asi_evolve.proposers."""
