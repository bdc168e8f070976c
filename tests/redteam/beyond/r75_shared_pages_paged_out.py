# EXPECT: oom|error|killed
import ctypes, mmap, time
STEP = 40 << 20
libc = ctypes.CDLL(None)
def solve(x):
    held = []
    for _ in range(25):
        area = mmap.mmap(-1, STEP)
        address = ctypes.addressof(ctypes.c_char.from_buffer(area))
        ctypes.memset(address, 7, STEP)
        # Mapping something else over it, while a second mapping of the same pages stays untouched.
        libc.mremap.restype = ctypes.c_void_p
        second = libc.mremap(ctypes.c_void_p(address), ctypes.c_size_t(0), ctypes.c_size_t(STEP), 1)
        area.madvise(mmap.MADV_DONTNEED)
        held.append((area, second))
    alive = sum(area[STEP // 2] == 7 for area, _ in held)
    if alive * STEP > 800 << 20:
        return {"breach": f"{alive * STEP >> 20} MB held beside a limit of 400 MB"}
    raise RuntimeError("contained")
