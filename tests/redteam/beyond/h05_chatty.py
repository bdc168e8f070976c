# EXPECT: ok
import sys
def solve(x):
    for i in range(20000):
        print(i, "working on it " * 20)
        if i % 100 == 0:
            print("note", i, file=sys.stderr)
    return float(x @ x)
