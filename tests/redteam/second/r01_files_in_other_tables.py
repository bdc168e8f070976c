# EXPECT: disk|error
# LIMITS: disk_mb=16 wall_s=12
# A thread with a descriptor table of its own holds files that /proc/PID/fd does not show.
import ctypes, os, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    held, refused = [], []
    def hold(number):
        if libc.syscall(436, 60000, 60001, 2) != 0:  # close_range with CLOSE_RANGE_UNSHARE
            refused.append(ctypes.get_errno())
            return
        path = f"f{number}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT)
        os.unlink(path)
        for _ in range(12):
            os.write(handle, bytes(1 << 20))
            time.sleep(0.01)
        held.append(12)
        time.sleep(30)
    workers = [threading.Thread(target=hold, args=(i,), daemon=True) for i in range(8)]
    for worker in workers:
        worker.start(); time.sleep(0.15)
    time.sleep(1)
    if refused:
        raise RuntimeError(f"contained {refused}")
    return {"breach": f"{sum(held)} MB on disk, 16 allowed"}
