# EXPECT: crash|error
# The x32 bit, and high bits that a filter may compare and the kernel ignore.
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    if platform.machine() != "x86_64":
        raise RuntimeError("contained")
    for number in (41, 57, 59, 101, 272, 321):
        for bit in (0x100000000, 0x8000000000000000 - (1 << 64), 0x40000000):
            got = libc.syscall(ctypes.c_long(number | bit), ctypes.c_long(1), ctypes.c_long(1), ctypes.c_long(0))
            if got == 0 and number == 57: libc._exit(0)
            if got >= 0: return {"breach": (number, hex(bit))}
    raise RuntimeError("contained")
