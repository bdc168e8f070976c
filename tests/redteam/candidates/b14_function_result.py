# EXPECT: invalid_result
# WHAT: Returns a function.
def solve(x):
    return solve
