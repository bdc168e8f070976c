# EXPECT: disk|error
# WHAT: Writes 200 MB into files that it has unlinked, out of a file count's sight.
import os
import time


def solve(x):
    held = []
    for i in range(10):
        file = open(f"f{i}", "wb", 0)
        os.unlink(f"f{i}")
        for _ in range(20):
            file.write(b"x" * (1 << 20))
        held.append(file)
    time.sleep(0.5)
    return {"breach": "200 MB unlinked"}
