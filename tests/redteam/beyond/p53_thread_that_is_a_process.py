# EXPECT: error
# Flags of a thread and of a process together, and namespaces among them.
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
    thread = 0x10000 | 0x800 | 0x100
    stack = ctypes.create_string_buffer(65536)
    for flags in (0x10000, 0x10000 | 0x800, 0x10000000 | 17, thread | 0x10000000, thread | 0x40000000, thread | 0x20000, 0x2000 | 17):
        pid = libc.syscall(number, ctypes.c_ulong(flags), None, None, None, None)
        if pid == 0: libc._exit(0)
        if pid > 0: return {"breach": f"clone({flags:#x}) gave {pid}"}
    raise RuntimeError("contained")
