# EXPECT: disk|error
# WHAT: Writes 200 MB in many files.
import time


def solve(x):
    for i in range(20):
        with open(f"f{i}", "wb", 0) as file:
            for _ in range(10):
                file.write(b"x" * (1 << 20))
    time.sleep(0.5)
    return {"breach": "200 MB"}
