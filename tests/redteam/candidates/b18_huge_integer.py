# EXPECT: invalid_result
# WHAT: Returns an integer of 100,000 bits.
def solve(x):
    return 1 << 100_000
