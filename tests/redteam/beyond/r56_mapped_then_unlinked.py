# EXPECT: disk|error|oom
# Closed and unlinked, but mapped: neither a name nor a descriptor is left.
import mmap, os, time
def solve(x):
    held = []
    for i in range(6):
        with open(f"f{i}", "w+b") as file:
            os.posix_fallocate(file.fileno(), 0, 50 << 20)
            held.append(mmap.mmap(file.fileno(), 50 << 20))
        os.unlink(f"f{i}")
    time.sleep(0.5)
    return {"breach": "300 MB mapped beside a limit of 64 MB"}
