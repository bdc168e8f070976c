# EXPECT: error|ok0|killed|timeout
# Kernel objects that no memory limit sees must end by their own limits.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    made, timer = 0, ctypes.c_void_p()
    for _ in range(100_000):
        if libc.timer_create(1, None, ctypes.byref(timer)) != 0: break
        made += 1
    if made > 5000:
        return {"breach": f"{made} timers"}
    raise RuntimeError("contained")
