# EXPECT: error|oom|disk
# WHAT: Fills /dev/shm.
import os


def solve(x):
    with open("/dev/shm/x", "wb", 0) as file:
        for _ in range(200):
            file.write(b"x" * (1 << 20))
    os.unlink("/dev/shm/x")
    return {"breach": "200 MB in /dev/shm"}
