# EXPECT: ok
# WHAT: The task, done plainly.
def solve(x):
    return float((x * x).sum())
