# EXPECT: error
# ioctl by number with bits that a filter may not compare; asynchronous signals; leases; notifications; seals; large pipes.
import ctypes, fcntl, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    got = []
    file = os.open("f", os.O_RDWR | os.O_CREAT)
    buffer = ctypes.create_string_buffer(4096)
    for handle in (0, 1, 3, 4, file):
        for request in (0x5412, 0x541C, 0x5452, 0x5480, 0x8901, 0x8902, 0x8910, 0x40049409, 0x4020940D, 0xC0189436, 0xC020660B, 0x40086602, 0x401C5820, 0x8008B705, 0xB701, 0x5411):
            for high in (0, 1 << 32, -1 << 32):
                if libc.ioctl(handle, ctypes.c_ulong((request + high) & (2**64 - 1)), buffer) >= 0: got.append(hex(request))
        for command in (8, 10, 15, 1024, 1026, 1036, 1038):
            try: fcntl.fcntl(handle, command, os.getppid()); got.append(("fcntl", command))
            except (OSError, OverflowError): pass
    if got: return {"breach": got[:8]}
    raise RuntimeError("contained")
