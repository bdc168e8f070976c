"""asi_evolve.checks."""
