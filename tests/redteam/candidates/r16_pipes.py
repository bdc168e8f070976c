# EXPECT: score0|error
# WHAT: Fills the kernel's memory through pipes.
import fcntl
import os


def solve(x):
    total = 0
    try:
        for _ in range(500):
            r, w = os.pipe()
            fcntl.fcntl(w, 1031, 1 << 20)
            os.set_blocking(w, False)
            total += os.write(w, bytes(1 << 20))
    except OSError:
        pass
    return {"breach": total} if total > 200 << 20 else 0.0
