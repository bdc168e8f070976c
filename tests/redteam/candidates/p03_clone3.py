# EXPECT: error
# WHAT: The same by clone3, whose flags a filter cannot see.
import ctypes
import struct

libc = ctypes.CDLL(None, use_errno=True)


def solve(x):
    arguments = struct.pack("<8Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0)
    pid = libc.syscall(435, arguments, len(arguments))
    if pid == 0:
        libc._exit(0)
    if pid > 0:
        return {"breach": "clone3 made a process"}
    raise OSError(ctypes.get_errno(), "refused")
