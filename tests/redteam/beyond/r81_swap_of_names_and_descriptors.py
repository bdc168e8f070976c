# EXPECT: disk|error
# Many open files, each unlinked and replaced: what is held by descriptors alone adds up.
import os, time
def solve(x):
    held = []
    for i in range(100):
        handle = os.open("one", os.O_CREAT | os.O_RDWR)
        for _ in range(4): os.write(handle, b"x" * (1 << 20))
        os.unlink("one")
        held.append(handle)
    time.sleep(0.5)
    return {"breach": "400 MB held by descriptors beside a limit of 64 MB"}
