"""asi_evolve.store."""
