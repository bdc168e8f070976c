# EXPECT: disk|error
import os, time
def solve(x):
    os.mkdir("closed")
    handle = os.open("closed", os.O_RDONLY)
    os.fchmod(handle, 0o300)
    for i in range(30):
        with open(f"closed/f{i}", "wb", 0) as file:
            for _ in range(10): file.write(b"x" * (1 << 20))
    time.sleep(0.5)
    return {"breach": "300 MB in an unlistable folder beside a limit of 64 MB"}
