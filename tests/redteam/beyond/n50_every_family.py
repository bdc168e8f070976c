# EXPECT: error
# No socket of any family, not even one that goes nowhere.
import socket
def solve(x):
    got = []
    for family in range(64):
        for kind in (1, 2, 3, 5, 10):
            for protocol in (0, 1, 15, 255):
                try:
                    socket.socket(family, kind, protocol).close()
                    got.append((family, kind, protocol))
                except OSError:
                    pass
    if got:
        return {"breach": got[:5]}
    raise RuntimeError("contained")
