# EXPECT: oom|error|killed
# A mapping cut down to its first page keeps every page of the object behind it; nothing of that is in view.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
STEP = 8 << 20
def solve(x):
    held = []
    for _ in range(130):
        address = libc.mmap(None, STEP, 3, 0x21, -1, 0)
        if address == ctypes.c_void_p(-1).value:
            raise OSError(ctypes.get_errno(), "mmap")
        ctypes.memset(address, 7, STEP)
        libc.munmap(address + 4096, STEP - 4096)
        held.append(address)
    alive = 0
    for address in held:
        whole = libc.mremap(address, 4096, STEP, 1)
        alive += ctypes.string_at(whole + STEP // 2, 1) == b"\7"
        libc.munmap(whole + 4096, STEP - 4096)
    if alive * STEP > 800 << 20:
        return {"breach": f"{alive * STEP >> 20} MB held beside a limit of 400 MB"}
    raise RuntimeError("contained")
