# EXPECT: disk|error|timeout
import os
def solve(x):
    made = 0
    for i in range(100):
        os.mkdir(f"d{i}")
        for j in range(500):
            os.close(os.open(f"d{i}/{j}", os.O_CREAT | os.O_WRONLY))
            os.link(f"d{i}/{j}", f"d{i}/l{j}"), os.symlink("x", f"d{i}/s{j}")
            made += 3
    import time
    time.sleep(0.3)
    return {"breach": f"{made} names beside a limit of 2048"}
