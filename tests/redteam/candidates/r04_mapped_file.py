# EXPECT: oom|disk|error|crash
# WHAT: Takes memory by mapping a file of its work folder.
# LIMITS: wall_s=10 cpu_s=10
import mmap


def solve(x):
    with open("big", "wb+") as file:
        file.truncate(600 << 20)
        held = mmap.mmap(file.fileno(), 600 << 20)
        for i in range(0, len(held), 4096):
            held[i] = 1
    return {"breach": "600 MB in a mapped file"}
