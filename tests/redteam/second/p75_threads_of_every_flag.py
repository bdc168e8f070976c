# EXPECT: error
# Each flag of clone with those of a thread: none may give a process, a namespace or descriptors of its own.
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    base = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000
    got = []
    for flags in (base & ~0x400, base & ~0x10000, base & ~0x400 | 0x40000, 0x10000 | 0x800 | 0x100, base & ~0x10000 | 17, base | 0x80, base | 0x2000000, base & ~0x10000 | 0x4000, base & ~0x10000 | 0x8000):
        pid = libc.syscall(number, ctypes.c_ulong(flags), None, None, None, None)
        if pid == 0: libc._exit(0)
        if pid > 0: got.append(hex(flags))
    for number in (435,):
        arguments = (ctypes.c_ulong * 11)(base & ~0x10000, 0, 0, 0, 17)
        if libc.syscall(number, arguments, 88) >= 0: got.append("clone3")
    if got: return {"breach": got}
    raise RuntimeError("contained")
