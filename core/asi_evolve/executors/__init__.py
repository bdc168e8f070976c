"""asi_evolve.executors."""
