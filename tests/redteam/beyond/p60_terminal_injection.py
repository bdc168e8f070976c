# EXPECT: error
import fcntl, os, termios
def solve(x):
    got = []
    for descriptor in range(5):
        for request, argument in ((termios.TIOCSTI, b"x"), (termios.TIOCSCTTY, 0), (0x541C, b"\x03\0\0\0\0\0\0\0"), (0x5452, 1), (0x8901, 1), (0x40046601, b"\0" * 8), (0xC0205865, b"\0" * 32)):
            try:
                fcntl.ioctl(descriptor, request, argument)
                got.append((descriptor, hex(request)))
            except OSError: pass
    if [each for each in got if each[1] != "0x5452"]:
        return {"breach": got}
    raise RuntimeError("contained")
