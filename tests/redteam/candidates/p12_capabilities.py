# EXPECT: error
# WHAT: Gives itself every capability.
import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    if libc.capset(__import__('struct').pack('<Ii', 0x20080522, 0), b'\xff' * 24) >= 0:
        return {"breach": "capset"}
    raise OSError(ctypes.get_errno(), "refused")
