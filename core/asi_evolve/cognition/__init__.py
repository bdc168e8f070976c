"""asi_evolve.cognition."""
