# EXPECT: error
import ctypes, socket
def solve(x):
    for family, kind, protocol in ((16, 3, 0), (16, 3, 9), (17, 3, 0x0300), (17, 2, 0x0300), (2, 3, 1), (38, 5, 0), (40, 1, 0), (44, 3, 0)):
        try:
            socket.socket(family, kind, protocol)
            return {"breach": f"family {family}"}
        except OSError: pass
    raise RuntimeError("contained")
