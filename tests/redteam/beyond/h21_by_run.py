# EXPECT: ok
# MODE: run
def solve(x):
    return float(x @ x)
