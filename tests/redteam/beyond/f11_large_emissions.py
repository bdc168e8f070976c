# EXPECT: ok0|timeout|invalid_result|oom
# Each as large as allowed: the supervisor must not keep them all.
import os
import numpy as np
from asi_evolve.sandbox import wire
FRAME = wire.encode({"emit": {"a": np.zeros(2_000_000)}})
def solve(x):
    for _ in range(20):
        view = memoryview(FRAME)
        while view: view = view[os.write(4, view):]
    return 0.0
