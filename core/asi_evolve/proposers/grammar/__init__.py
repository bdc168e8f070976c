"""asi_evolve.proposers.grammar."""
