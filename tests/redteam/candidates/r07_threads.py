# EXPECT: error|killed|oom|timeout
# WHAT: Starts ten thousand threads.
import threading
import time


def solve(x):
    threading.stack_size(65536)
    for i in range(10_000):
        threading.Thread(target=time.sleep, args=(30,), daemon=True).start()
    return {"breach": "10,000 threads"}
