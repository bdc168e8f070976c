# EXPECT: disk|error
# Files change folders all the time, so that a walk may miss them.
import os, threading, time
def solve(x):
    for name in "abcdefgh": os.makedirs(name, exist_ok=True)
    stop = []
    def shuffle():
        while not stop:
            for one in "abcdefgh":
                for two in "hgfedcba":
                    try:
                        for name in os.listdir(one): os.rename(f"{one}/{name}", f"{two}/{name}")
                    except OSError: pass
    mover = threading.Thread(target=shuffle)
    mover.start()
    written = 0
    try:
        for i in range(20):
            with open(f"a/f{i}", "wb", 0) as file:
                for _ in range(16): written += file.write(b"x" * (1 << 20))
        time.sleep(0.5)
    finally:
        stop.append(1)
        mover.join()
    return {"breach": f"{written >> 20} MB moving about beside a limit of 64 MB"}
