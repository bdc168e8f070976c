# EXPECT: ok
# WHAT: The mark of the grammar is importable inside.
from asi_evolve import tunable


def solve(x):
    return float((abs(x) ** tunable(2, 1, 3)).sum())
