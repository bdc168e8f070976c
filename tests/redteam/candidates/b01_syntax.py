# EXPECT: error
# WHAT: Does not parse.
def solve(x:
    return 0
