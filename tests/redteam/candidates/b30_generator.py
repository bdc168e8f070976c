# EXPECT: invalid_result
# WHAT: Returns a generator.
def solve(x):
    yield 1.0
