# EXPECT: ok
# LIMITS: memory_mb=128
# Stacks of threads are reserved, not used.
import threading
def solve(x):
    out, gate = [], threading.Barrier(32)
    def part(i):
        gate.wait()
        out.append(float((x[i::32] ** 2).sum()))
    workers = [threading.Thread(target=part, args=(i,)) for i in range(32)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    return sum(out)
