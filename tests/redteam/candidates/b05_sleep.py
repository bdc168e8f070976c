# EXPECT: timeout
# WHAT: Sleeps, using no CPU.
import time


def solve(x):
    time.sleep(1000)
