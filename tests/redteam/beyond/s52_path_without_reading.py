# EXPECT: error
# A handle without reading rights is given by every kernel; it must not become one with them.
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    handle = os.open("@CANARY@", os.O_PATH)
    for attempt in (
        lambda: os.open(f"/proc/self/fd/{handle}", os.O_RDONLY),
        lambda: os.open(f"/dev/fd/{handle}", os.O_RDONLY),
        lambda: os.open(f"/proc/{os.getpid()}/fd/{handle}", os.O_RDONLY),
        lambda: os.open(f"/proc/thread-self/fd/{handle}", os.O_RDONLY),
        lambda: os.read(handle, 10),
        lambda: os.pread(handle, 10, 0),
        lambda: libc.linkat(handle, b"", -100, b"mine", 0x1000) == 0 or 1 / 0,
        lambda: libc.linkat(-100, f"/proc/self/fd/{handle}".encode(), -100, b"mine", 0x400) == 0 or 1 / 0,
        lambda: libc.openat(handle, b"", 0) >= 0 or 1 / 0,
    ):
        try:
            attempt()
            return {"breach": "a handle became readable"}
        except (OSError, ZeroDivisionError): pass
    raise RuntimeError("contained")
