# EXPECT: ok
# WHAT: Two megabytes on stdout.
def solve(x):
    for _ in range(200):
        print("progress " * 1000)
    return float((x * x).sum())
