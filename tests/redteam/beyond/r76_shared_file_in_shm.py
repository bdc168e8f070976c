# EXPECT: oom|error|disk|crash
# Work folder and shared memory folder are memory too: their caps hold for what nobody maps.
import mmap, os
def solve(x):
    total = 0
    for folder in (".", "/dev/shm"):
        for i in range(20):
            with open(f"{folder}/z{i}", "wb", 0) as file:
                for _ in range(10): total += file.write(b"x" * (1 << 20))
    return {"breach": f"{total >> 20} MB of files in memory"}
