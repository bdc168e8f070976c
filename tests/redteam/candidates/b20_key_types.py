# EXPECT: invalid_result
# WHAT: Returns a dict with keys that are not text.
def solve(x):
    return {1: 2.0, (3, 4): 5.0}
