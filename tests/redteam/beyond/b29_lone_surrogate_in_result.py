# EXPECT: ok0|invalid_result
def solve(x):
    return {"note": "half a pair \ud83d", "\udc80": 1}
