# EXPECT: disk|error
# WHAT: Keeps files alive by one mapped page each: no name, no descriptor, hardly any address space.
import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


def solve(x):
    for i in range(10):
        handle = os.open(f"f{i}", os.O_RDWR | os.O_CREAT)
        for _ in range(20):
            os.write(handle, b"x" * (1 << 20))
        libc.mmap(None, 4096, 1, 1, handle, 0)
        os.unlink(f"f{i}")
        os.close(handle)
    time.sleep(0.5)
    return {"breach": "200 MB behind ten pages"}
