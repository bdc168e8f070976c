# EXPECT: timeout|oom|error
def solve(x):
    return 9 ** 9 ** 9
