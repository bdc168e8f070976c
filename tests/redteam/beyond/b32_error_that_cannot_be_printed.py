# EXPECT: error
class Odd(Exception):
    def __str__(self): raise SystemExit(3)
    __repr__ = __str__
def solve(x):
    raise Odd
