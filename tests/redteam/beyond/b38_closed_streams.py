# EXPECT: ok|error
import sys
def solve(x):
    sys.stdout.close()
    sys.stderr = None
    return float(x @ x)
