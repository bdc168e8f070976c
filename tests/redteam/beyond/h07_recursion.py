# EXPECT: ok
import sys
sys.setrecursionlimit(5000)
def total(x, i):
    return 0.0 if i == len(x) else x[i] ** 2 + total(x, i + 1)
def depth(n):
    return n if n == 0 else depth(n - 1)
def solve(x):
    depth(3000)
    return float(total(x, 0))
