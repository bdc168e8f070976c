# EXPECT: invalid_result
def solve(x):
    return 7 ** 1_200_000
