# EXPECT: error
# Fresh memory, files and stack must not hold what another process left there.
import os, re
import numpy as np
def solve(x):
    pattern = re.compile(b"(?:SECRET" + b"KEY|TOP" + b"SECRET)-[0-9a-f]{16}")
    hits = []
    for size in (64, 4096, 1 << 16, 1 << 20, 1 << 24):
        hits += pattern.findall(np.empty(size, np.uint8).tobytes())
    with open("hole", "w+b") as file:
        file.truncate(1 << 24)
        hits += pattern.findall(file.read())
    if hits:
        return {"breach": f"{len(hits)} secrets in fresh memory"}
    raise RuntimeError("contained")
