# EXPECT: oom|error
# WHAT: Takes 1.5 GB, a piece at a time.
import time


def solve(x):
    held = [bytearray(b"x") * (10 << 20) for _ in range(150)]
    time.sleep(0.5)
    return {"breach": f"{len(held) * 10} MB"}
