# EXPECT: ok0|timeout|invalid_result
import os
from asi_evolve.sandbox import wire
FRAME = wire.encode({"emit": {"a": 1.0}}) * 2000
def solve(x):
    for _ in range(100):
        view = memoryview(FRAME)
        while view: view = view[os.write(4, view):]
    return 0.0
