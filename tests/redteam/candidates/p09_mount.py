# EXPECT: error
# WHAT: Mounts a file system.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None) >= 0:
        return {"breach": "mount"}
    raise OSError(ctypes.get_errno(), "refused")
