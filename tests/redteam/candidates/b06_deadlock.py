# EXPECT: timeout
# WHAT: Waits for itself.
import threading

lock = threading.Lock()


def solve(x):
    with lock, lock:
        return 0.0
