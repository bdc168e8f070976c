# EXPECT: error
# WHAT: Opens as many descriptors as it can.
import os


def solve(x):
    held = []
    try:
        for _ in range(5000):
            held.append(os.dup(1))
    except OSError:
        pass
    for each in held:
        os.close(each)
    if len(held) > 200:
        return {"breach": f"{len(held)} descriptors"}
    raise OSError("limited")
