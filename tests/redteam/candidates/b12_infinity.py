# EXPECT: score0
# WHAT: Returns an infinity.
def solve(x):
    return float("inf")
