# EXPECT: ok0|disk|error
# Sparse files of the largest size: lengths are not usage, and reading them must not count as memory.
import os
def solve(x):
    for i in range(8):
        with open(f"s{i}", "wb") as file: file.truncate(60 << 20)
    return float(sum(os.path.getsize(f"s{i}") for i in range(8)))
