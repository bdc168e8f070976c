# EXPECT: no_result|error|crash|killed
import os
def solve(x):
    os.closerange(3, 1024)
    return 0.0
