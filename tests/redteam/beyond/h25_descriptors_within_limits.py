# EXPECT: ok
import os
def solve(x):
    files = [open(f"f{i}", "w+b") for i in range(60)]
    for file in files: file.write(x.tobytes())
    for file in files: file.close()
    return float(x @ x)
