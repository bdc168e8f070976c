"""asi_evolve.sampling."""
