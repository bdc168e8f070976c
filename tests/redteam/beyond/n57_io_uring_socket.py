# EXPECT: error
# Rings make their own system calls, out of a filter's sight.
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    got = [number for number in (425, 426, 427) if libc.syscall(number, 8, ctypes.create_string_buffer(512), 0, 0, 0, 0) >= 0]
    if got:
        return {"breach": got}
    raise RuntimeError("contained")
