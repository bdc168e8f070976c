# EXPECT: invalid_result
# WHAT: Returns a list of three million numbers.
# LIMITS: wall_s=5 cpu_s=5
def solve(x):
    return [0] * 3_000_000
