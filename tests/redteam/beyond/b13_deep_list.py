# EXPECT: invalid_result
def solve(x):
    out = []
    for _ in range(100000):
        out = [out]
    return out
