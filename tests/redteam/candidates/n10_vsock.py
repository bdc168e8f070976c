# EXPECT: error
# WHAT: Opens a socket to the hypervisor.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.socket(40, 1, 0) >= 0:
        return {"breach": "vsock"}
    raise OSError(ctypes.get_errno(), "refused")
