# EXPECT: crash|error|timeout|oom|ok0
import sys, threading
sys.setrecursionlimit(10**8)
def down(n):
    return [*map(down, [n + 1])]
def solve(x):
    threading.stack_size(1 << 20)
    worker = threading.Thread(target=down, args=(0,))
    worker.start(), worker.join()
    return 0.0
