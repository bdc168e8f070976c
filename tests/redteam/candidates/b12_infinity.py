# EXPECT: ok0
def solve(x):
    return float("-inf")
