# EXPECT: error|ok
import sys
sys.modules.clear()
def solve(x):
    return float(x @ x)
