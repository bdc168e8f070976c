# EXPECT: oom|error|killed
# Shared pages that are unmapped from view stay allocated, and no longer count as resident.
import ctypes, mmap, time
STEP = 40 << 20
def solve(x):
    held = []
    for _ in range(25):
        area = mmap.mmap(-1, STEP)
        ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(area)), 7, STEP)
        area.madvise(mmap.MADV_DONTNEED)
        held.append(area)
    time.sleep(0.1)
    alive = sum(area[STEP // 2] == 7 for area in held)
    if alive * STEP > 800 << 20:
        return {"breach": f"{alive * STEP >> 20} MB held beside a limit of 400 MB"}
    raise RuntimeError("contained")
