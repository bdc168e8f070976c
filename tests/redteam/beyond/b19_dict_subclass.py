# EXPECT: invalid_result
class Odd(dict):
    def items(self): return [("score", 1e9)] * 3
def solve(x):
    return Odd(a=1)
