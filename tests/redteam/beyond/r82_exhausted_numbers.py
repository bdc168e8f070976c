# EXPECT: error|killed|ok0|oom
# Threads that come and go as fast as can be, so that numbers of threads wrap around.
import threading
def solve(x):
    for _ in range(3000):
        worker = threading.Thread(target=int)
        worker.start()
        worker.join()
    return 0.0
