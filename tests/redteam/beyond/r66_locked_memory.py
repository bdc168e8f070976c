# EXPECT: error
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    area = mmap.mmap(-1, 1 << 24)
    if libc.mlock(ctypes.addressof(ctypes.c_char.from_buffer(area)), 1 << 24) == 0 or libc.mlockall(3) == 0:
        return {"breach": "memory locked"}
    for flags in (0x40000, 0x40000 | 21 << 26, 0x40000 | 30 << 26):
        try:
            mmap.mmap(-1, 1 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | flags)[0] = 1
            return {"breach": "huge pages"}
        except (OSError, ValueError): pass
    raise RuntimeError("contained")
