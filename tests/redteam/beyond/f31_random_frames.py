# EXPECT: invalid_result|no_result
# Flipped bytes in well-made frames, a few hundred of them as emissions, one as the result.
import os, random
import numpy as np
from asi_evolve.sandbox import wire
draw = random.Random(11)
def bent(frame, times):
    data = bytearray(frame)
    for _ in range(times):
        data[draw.randrange(wire.PREFIX.size + 8, len(data))] = draw.randrange(256)
    return bytes(data)
def solve(x):
    good = wire.encode({"emit": {"a": [1, 2.5, "t", {"b": np.arange(4.0)}], "c": 1j, "$d": (1,)}}, tuples=True)
    for _ in range(400):
        os.write(4, bent(good, draw.randrange(1, 6)))
    os.write(4, bent(wire.encode({"result": [np.arange(9.0)]}), 200))
    os._exit(0)
