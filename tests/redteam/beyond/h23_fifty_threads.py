# EXPECT: ok
import threading
def solve(x):
    out = []
    workers = [threading.Thread(target=lambda i=i: out.append(float(x[i] ** 2))) for i in range(len(x))]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    return sum(out)
