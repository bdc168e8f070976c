# EXPECT: no_result|error|ok0|invalid_result|crash
# Closes everything, replaces the pipes by each other and by files, and ends in the middle of it.
import os
def solve(x):
    a, b = os.pipe()
    os.dup2(a, 4), os.dup2(b, 3), os.dup2(os.open("f", os.O_CREAT | os.O_RDWR), 1)
    os.closerange(0, 64)
    return 0.0
