# EXPECT: error
# WHAT: Opens a performance counter.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.syscall(298, ctypes.create_string_buffer(128), 0, -1, -1, 0) >= 0:
        return {"breach": "perf"}
    raise OSError(ctypes.get_errno(), "refused")
