# EXPECT: disk|error
import ctypes, os, time
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
def solve(x):
    for i in range(6):
        handle = os.open(f"f{i}", os.O_CREAT | os.O_RDWR)
        if libc.fallocate(handle, 1, 0, 60 << 20) != 0:
            raise OSError(ctypes.get_errno(), "fallocate")
    time.sleep(0.5)
    return {"breach": "360 MB reserved in empty files"}
