# EXPECT: ok
import os, sys
def solve(x):
    os.write(1, bytes(range(256)) * 300)
    print("half a pair \ud83d", file=sys.stderr)
    return float(x @ x)
