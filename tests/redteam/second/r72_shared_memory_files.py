# EXPECT: ok0|error|disk|oom|crash
# TIERS: A
# LIMITS: disk_mb=16 memory_mb=100
# Files in /dev/shm, mapped and filled, then unmapped and unlinked while open: bounded by the size of that file system.
import mmap, os
def solve(x):
    total, held = 0, []
    try:
        for number in range(100):
            handle = os.open(f"/dev/shm/{number}", os.O_RDWR | os.O_CREAT)
            os.ftruncate(handle, 1 << 20)
            with mmap.mmap(handle, 1 << 20) as memory: memory[:] = b"x" * (1 << 20)
            os.unlink(f"/dev/shm/{number}")
            held.append(handle)
            total += 1
    except (OSError, ValueError): pass
    return {"breach": f"{total} MB in /dev/shm"} if total > 32 else 0.0
