# EXPECT: oom|error|killed
import threading, time
def eat(out):
    try:
        for _ in range(40): out.append(bytearray(b"x" * (1 << 20)))
    except MemoryError: pass
def solve(x):
    parts = [[] for _ in range(30)]
    workers = [threading.Thread(target=eat, args=(part,)) for part in parts]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    time.sleep(0.2)
    total = sum(map(len, parts))
    if total > 600:
        return {"breach": f"{total} MB"}
    raise RuntimeError("contained")
