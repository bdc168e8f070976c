# EXPECT: error
# System calls that are newer than the filter, and every number in between, by number.
import ctypes, platform
libc = ctypes.CDLL(None, use_errno=True)
KNOWN = {436, 439, 441, 437, 449, 452}
def solve(x):
    if platform.machine() not in ("x86_64", "aarch64"): raise RuntimeError("contained")
    got = []
    for number in [*range(424, 700), 1023, 4095, 65535, 0x3FFFFFFF]:
        if number in KNOWN: continue
        for arguments in ((0, 0, 0, 0, 0, 0), (-1, 0, 0, 0, 0, 0), (4, 4, 4, 4, 4, 4)):
            if libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) for a in arguments)) >= 0: got.append(number)
            elif ctypes.get_errno() not in (1, 38): got.append((number, ctypes.get_errno()))
    if got: return {"breach": sorted(set(map(str, got)))[:10]}
    raise RuntimeError("contained")
