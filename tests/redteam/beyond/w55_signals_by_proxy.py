# EXPECT: error|ok0
# Timers, leases and owners of descriptors send signals too.
import ctypes, fcntl, os, signal, struct
libc = ctypes.CDLL(None, use_errno=True)
def solve(x):
    inlet, outlet = os.pipe()
    for pid in (@VICTIM@, @SUPERVISOR@, os.getppid(), 1):
        for command, argument in ((8, pid), (10, 9), (15, struct.pack("<ii", 1, pid)), (4, 0o20000 | 0o4000)):
            try: fcntl.fcntl(inlet, command, argument)
            except OSError: pass
        os.write(outlet, b"x")
        event = struct.pack("<Qiii", 0, 9, 4, pid) + bytes(64)
        timer = ctypes.c_void_p()
        if libc.timer_create(1, event, ctypes.byref(timer)) == 0:
            libc.timer_settime(timer, 0, struct.pack("<qqqq", 0, 0, 0, 1000), None)
    return 0.0
