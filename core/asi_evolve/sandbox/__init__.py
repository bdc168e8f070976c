"""asi_evolve.sandbox."""
