# EXPECT: score0
# WHAT: Returns None.
def solve(x):
    pass
