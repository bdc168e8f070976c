# EXPECT: ok0|error|crash
import ctypes
def solve(x):
    try: x.flags.writeable = True
    except ValueError: pass
    ctypes.memset(x.ctypes.data, 0, x.nbytes)
    return float(x @ x)
