# EXPECT: ok
import numpy as np
def solve(x):
    table = np.memmap("table.bin", dtype="f8", mode="w+", shape=(2_000_000,))
    table[: len(x)] = x
    table.flush()
    return float(table[: len(x)] @ table[: len(x)])
