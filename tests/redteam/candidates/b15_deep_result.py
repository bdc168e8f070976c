# EXPECT: invalid_result
# WHAT: Returns a list nested 100,000 deep.
def solve(x):
    nest = []
    for _ in range(100_000):
        nest = [nest]
    return nest
