# EXPECT: error|invalid_result
def solve(x):
    raise ValueError("half a pair \ud83d")
