# EXPECT: oom|error|killed
# A shared mapping of /dev/zero is the same memory by another name.
import ctypes, mmap, os, time
STEP = 40 << 20
def solve(x):
    handle, held = os.open("/dev/zero", os.O_RDWR), []
    for _ in range(25):
        area = mmap.mmap(handle, STEP)
        ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(area)), 7, STEP)
        area.madvise(mmap.MADV_DONTNEED)
        held.append(area)
    alive = sum(area[STEP // 2] == 7 for area in held)
    if alive * STEP > 800 << 20:
        return {"breach": f"{alive * STEP >> 20} MB held beside a limit of 400 MB"}
    raise RuntimeError("contained")
