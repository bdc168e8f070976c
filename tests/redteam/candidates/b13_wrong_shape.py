# EXPECT: score0
# WHAT: Returns an array where a number is wanted.
def solve(x):
    return x * x
