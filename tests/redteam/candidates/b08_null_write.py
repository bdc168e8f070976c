# EXPECT: crash
# WHAT: Writes to address 0.
import ctypes


def solve(x):
    ctypes.memset(0, 1, 8)
