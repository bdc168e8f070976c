# EXPECT: error
# WHAT: Recurses without end.
def solve(x):
    return solve(x) + 1
