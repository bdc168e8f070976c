# EXPECT: error
# WHAT: Sets up io_uring, which would pass system calls by the filter.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.syscall(425, 4, ctypes.create_string_buffer(256)) >= 0:
        return {"breach": "io_uring"}
    raise OSError(ctypes.get_errno(), "refused")
