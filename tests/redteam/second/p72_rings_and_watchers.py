# EXPECT: error
# io_uring, fanotify, userfaultfd, file handles, seccomp listeners, tokens of BPF, mounts by descriptor.
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    buffer = ctypes.create_string_buffer(512)
    numbers = {"x86_64": (425, 426, 427, 300, 301, 323, 303, 304, 317, 321, 428, 429, 430, 431, 432, 433, 442, 457, 458), "aarch64": (425, 426, 427, 262, 263, 282, 264, 265, 277, 280, 428, 429, 430, 431, 432, 433, 442, 457, 458)}.get(platform.machine(), ())
    got = []
    for number in numbers:
        for first in (0, 1, 8, 0x80000):
            if libc.syscall(number, ctypes.c_long(first), buffer, buffer, buffer, ctypes.c_long(0), ctypes.c_long(0)) >= 0: got.append((number, first))
    if got: return {"breach": got}
    raise RuntimeError("contained")
