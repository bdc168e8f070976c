# EXPECT: timeout
# WHAT: Floods stdout without end.
import os


def solve(x):
    block = b"y" * 65536
    while True:
        os.write(1, block)
