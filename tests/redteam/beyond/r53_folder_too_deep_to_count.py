# EXPECT: disk|error|oom
# A path longer than the longest path: a count that goes by names does not see what lies below.
import os, time
def solve(x):
    here = os.open(".", os.O_RDONLY)
    for _ in range(20):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    for i in range(30):
        with open(f"f{i}", "wb", 0) as file:
            for _ in range(10): file.write(b"x" * (1 << 20))
    time.sleep(0.5)
    os.fchdir(here)
    return {"breach": "300 MB in a deep folder beside a limit of 64 MB"}
