# EXPECT: score0
# WHAT: Changes its inputs, hoping that the scorer uses them.
def solve(x):
    x[:] = 0
    return 0.0
