"""asi_evolve.cli."""
