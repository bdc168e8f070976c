# EXPECT: disk|error
import os, time
def solve(x):
    held, block = [], b"x" * (1 << 20)
    for i in range(6):
        handle = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
        for _ in range(50): os.write(handle, block)
        held.append(handle)
    time.sleep(0.5)
    return {"breach": "300 MB in files without a name beside a limit of 64 MB"}
