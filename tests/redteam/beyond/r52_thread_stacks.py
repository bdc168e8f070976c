# EXPECT: oom|error|killed
import ctypes, threading, time
def deep():
    time.sleep(1)
def solve(x):
    threading.stack_size(60 << 20)
    libc = ctypes.CDLL(None)
    def fill():
        (ctypes.c_char * 1)()
        import mmap
        area = mmap.mmap(-1, 15 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        area.write(b"x" * (15 << 20))
        time.sleep(1)
    workers = [threading.Thread(target=fill) for _ in range(50)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    return {"breach": "750 MB in 50 threads"}
